use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::task::AbortHandle;
use use_aa::store::{Listener, Subscription};

/// The changes of all processes, by `LISTEN` and `NOTIFY`.
pub(super) struct Changes {
    listeners: Listeners,
    task: AbortHandle,
}

type Listeners = Arc<Mutex<Vec<Weak<Listener>>>>;

/// The channel, whose messages are the changed keys.
const CHANNEL: &str = "use_aa_session_texts";

impl Changes {
    /// Listens on a connection of its own, which is renewed when it is lost.
    pub(super) async fn listen(options: PgConnectOptions, pool: PgPool) -> Result<Self, sqlx::Error> {
        let listeners = Listeners::default();
        let listener = connect(options.clone()).await?;
        let follow = follow(listener, options, pool, Arc::clone(&listeners));
        Ok(Self {
            listeners,
            task: tokio::spawn(follow).abort_handle(),
        })
    }

    /// Reports a changed key once the transaction is committed.
    pub(super) async fn report(transaction: &mut PgConnection, key: &str) -> Result<(), sqlx::Error> {
        let notify = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(key);
        notify.execute(transaction).await.map(drop)
    }

    pub(super) fn subscribe(&self, listener: Listener) -> Subscription {
        let listener = Arc::new(listener);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.push(Arc::downgrade(&listener));
        Subscription::new(listener)
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connect(options: PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options)
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn follow(mut listener: PgListener, options: PgConnectOptions, pool: PgPool, listeners: Listeners) {
    const PAUSE: Duration = Duration::from_secs(1);

    loop {
        while let Ok(Some(change)) = listener.try_recv().await {
            tell(&listeners, change.payload());
        }
        // Changes since the connection was lost have been missed.
        let keys = loop {
            tokio::time::sleep(PAUSE).await;
            let Ok(connected) = connect(options.clone()).await else {
                continue;
            };
            listener = connected;
            let keys = sqlx::query_scalar("SELECT key FROM session_texts").fetch_all(&pool);
            if let Ok(keys) = keys.await {
                break keys;
            }
        };
        keys.iter().for_each(|key: &String| tell(&listeners, key));
    }
}

/// Notifies the current listeners. A listener may use the store.
fn tell(listeners: &Listeners, key: &str) {
    let mut all = listeners.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|listener| listener.strong_count() > 0);
    let listening: Vec<_> = all.iter().filter_map(Weak::upgrade).collect();
    drop(all);
    for listener in listening {
        listener(key);
    }
}
