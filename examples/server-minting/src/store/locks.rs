use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use alloy::primitives::keccak256;
use futures::lock::{Mutex as AsyncMutex, OwnedMutexGuard};
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The locks of names, as session-level advisory locks of PostgreSQL.
pub(super) struct Locks {
    options: PgConnectOptions,
    /// The locks of this process: one connection waits for each name.
    here: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
    connections: Arc<Semaphore>,
}

/// A held lock, which ends with its connection.
#[allow(dead_code, reason = "held until it is dropped")]
pub(super) struct Lock {
    // Before the lock of this process, whose next holder connects anew.
    connection: PgConnection,
    here: OwnedMutexGuard<()>,
    permit: OwnedSemaphorePermit,
}

/// The most names that a process locks at once. A further one waits.
const MOST_CONNECTIONS: usize = 16;

impl Locks {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            here: Mutex::default(),
            connections: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
        }
    }

    /// Waits for the lock of a name. PostgreSQL notices within its `lock_timeout` that the future was dropped.
    pub(super) async fn lock(&self, name: &str) -> Result<Lock, sqlx::Error> {
        let here = self.named(name).lock_owned().await;
        let permit = Arc::clone(&self.connections).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        // Not of a pool: a connection that still waits must not be used again.
        let mut connection = self.options.connect().await?;
        while let Err(error) = sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(id(name))
            .execute(&mut connection)
            .await
        {
            if !is_timeout(&error) {
                return Err(error);
            }
        }
        Ok(Lock {
            connection,
            here,
            permit,
        })
    }

    fn named(&self, name: &str) -> Arc<AsyncMutex<()>> {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = here.get(name).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::default();
        here.insert(name.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

/// Returns the number of a name's lock. Two names of one number only wait for each other.
fn id(name: &str) -> i64 {
    let hash = keccak256(format!("use-aa lock:{name}"));
    i64::from_be_bytes(*hash.first_chunk().expect("a hash has 32 bytes"))
}

fn is_timeout(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("55P03")
}
