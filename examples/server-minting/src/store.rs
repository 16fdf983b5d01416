//! The store of sessions in PostgreSQL.

mod changes;
mod locks;
mod schema;

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use use_aa::{
    BoxFuture, SessionStore, StoreError,
    store::{Change, KeyVault, Listener, StoreLock, Subscription},
};

use self::{changes::Changes, locks::Locks};
use crate::{error::StartError, vault::Vault};

/// A session store in a PostgreSQL database that several processes share.
///
/// - An update is a transaction that locks the row of its key. It gives up after 10 s of waiting for the row.
/// - A lock excludes every process. It ends with its connection: at once if the process is killed, and within about a
///   minute if the machine is gone. Locks and changes need connections of their own, so a connection pooler in
///   front of PostgreSQL must be in session mode.
/// - Changes of every process are reported. Once a lost connection is back, every key is reported.
/// - Session keys are sealed by the [`Vault`].
///
/// The store needs a Tokio runtime. `Debug` shows neither the URL nor a text.
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
/// use server_minting::{PostgresStore, Vault};
/// use use_aa::{Nexus, Services, SmartAccountClient};
///
/// # async fn example(vault_key: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::connect("postgres://minter@db.example/minter", Vault::parse(vault_key)?).await?;
/// let services = Services::new(80002, "https://node.example/rpc")?;
/// let account = "0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af".parse()?;
/// let client = SmartAccountClient::new(services, Nexus::at(account)).store(Arc::new(store));
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
pub struct PostgresStore {
    pool: PgPool,
    locks: Locks,
    changes: Changes,
    vault: Vault,
}

/// The maximum wait for a connection, also while PostgreSQL is down.
const PATIENCE: Duration = Duration::from_secs(5);

impl PostgresStore {
    /// Connects to the database of a URL and creates missing tables.
    ///
    /// The first vault that connects to a database makes its key the key of that database.
    ///
    /// # Errors
    ///
    /// [`StartError::Database`] if the database cannot be reached, [`StartError::WrongVaultKey`] if another key has
    /// sealed what is in it, [`StartError::NewerTables`] and [`StartError::Migration`] if its tables do not fit.
    pub async fn connect(url: &str, vault: Vault) -> Result<Self, StartError> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("use-aa")
            .options([
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "30s"),
                // PostgreSQL ends the connections of a machine that is gone, and with them its locks.
                ("tcp_keepalives_idle", "30"),
                ("tcp_keepalives_interval", "10"),
                ("tcp_keepalives_count", "3"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone())
            .await?;
        schema::migrate(&pool).await?;
        schema::check_vault(&pool, &vault).await?;
        Ok(Self {
            changes: Changes::listen(options.clone(), pool.clone()).await?,
            locks: Locks::new(options),
            pool,
            vault,
        })
    }

    /// Returns the connections, for other tables of the same database.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl From<PostgresStore> for Arc<dyn SessionStore> {
    fn from(store: PostgresStore) -> Self {
        Arc::new(store)
    }
}

impl SessionStore for PostgresStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(async move {
            let content = sqlx::query_scalar("SELECT content FROM session_texts WHERE key = $1")
                .bind(key)
                .fetch_optional(&self.pool)
                .await;
            Ok(content.map_err(|error| failed(&error))?.flatten().map(text))
        })
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let failed = |error| failed(&error);
            // A transaction that is dropped is rolled back.
            let mut transaction = self.pool.begin().await.map_err(failed)?;
            let old: Option<Vec<u8>> = sqlx::query_scalar(
                // Locks the row, also that of a new key.
                "INSERT INTO session_texts (key) VALUES ($1)
                 ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING content",
            )
            .bind(key)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
            let old = old.map(text);
            let new = change(old.clone())?;
            if new == old {
                return transaction.rollback().await.map_err(failed);
            }
            let write = match &new {
                Some(_) => "UPDATE session_texts SET content = $2 WHERE key = $1",
                None => "DELETE FROM session_texts WHERE key = $1 AND $2::bytea IS NULL",
            };
            sqlx::query(write)
                .bind(key)
                .bind(new.as_deref().map(str::as_bytes))
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            Changes::report(&mut transaction, key).await.map_err(failed)?;
            transaction.commit().await.map_err(failed)
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<StoreLock, StoreError>> {
        Box::pin(async move {
            let lock = self.locks.lock(name).await;
            lock.map(StoreLock::new).map_err(|error| failed(&error))
        })
    }

    fn subscribe(&self, listener: Listener) -> Option<Subscription> {
        Some(self.changes.subscribe(listener))
    }

    fn vault(&self) -> Option<&dyn KeyVault> {
        Some(&self.vault)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}

/// Invalid UTF-8 reads as damaged text, which a caller that allows it can replace.
fn text(content: Vec<u8>) -> String {
    String::from_utf8(content).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Converts an error of PostgreSQL. The error code is the SQLSTATE.
pub(crate) fn failed(error: &sqlx::Error) -> StoreError {
    const DISK_FULL: &str = "53100";
    const LOCK_NOT_AVAILABLE: &str = "55P03";

    match error
        .as_database_error()
        .and_then(|error| error.code())
        .as_deref()
    {
        Some(DISK_FULL) => StoreError::Full,
        Some(LOCK_NOT_AVAILABLE) => StoreError::Unavailable(
            "another process locks the row in PostgreSQL; end that process".to_owned(),
        ),
        _ => StoreError::Unavailable(format!("PostgreSQL: {error}; check that it runs, and try again")),
    }
}
