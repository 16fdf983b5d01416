//! The contract of stores, and the locks and changes of several connections.

use std::sync::Arc;

use futures::{FutureExt, future::join_all};
use server_minting::{PostgresStore, StartError, Vault};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use use_aa::{
    SessionStore, StoreError,
    store::{Change, Subscription},
};

use crate::{
    behaviour,
    postgres::{Postgres, connect, locks_are, vault},
};

fn write(text: &str) -> Change<'_> {
    Box::new(|_| Ok(Some(text.to_owned())))
}

/// Subscribes to the changed keys of a store.
fn changes(store: &PostgresStore) -> (Subscription, UnboundedReceiver<String>) {
    let (sender, changes) = unbounded_channel();
    let listener = move |key: &str| drop(sender.send(key.to_owned()));
    (store.subscribe(Arc::new(listener)).unwrap(), changes)
}

#[tokio::test]
async fn postgres_behaves_as_a_store() {
    let url = Postgres::shared().database().await;

    behaviour::behaves(&connect(&url).await).await;
}

#[tokio::test]
async fn what_one_connection_writes_another_reads() {
    let url = Postgres::shared().database().await;
    // Both create the tables, or wait for the other to do so.
    let (one, other) = futures::join!(connect(&url), connect(&url));

    one.update("key", write("a text with \0")).await.unwrap();

    assert_eq!(other.read("key").await, Ok(Some("a text with \0".to_owned())));
}

#[tokio::test]
async fn changes_at_once_lose_nothing() {
    let url = Postgres::shared().database().await;
    let stores = [connect(&url).await, connect(&url).await];
    let count = |old: Option<String>| {
        let number: u32 = old.map_or(0, |old| old.parse().unwrap());
        Ok(Some((number + 1).to_string()))
    };

    let updates = (0..50).map(|number| stores[number % 2].update("count", Box::new(count)));
    let results = join_all(updates).await;

    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(stores[0].read("count").await, Ok(Some("50".to_owned())));
}

#[tokio::test]
async fn change_that_panics_leaves_the_old_text_and_a_usable_store() {
    let store = Arc::new(connect(&Postgres::shared().database().await).await);
    store.update("key", write("old")).await.unwrap();

    let panicking = Arc::clone(&store);
    let task = tokio::spawn(async move {
        let panic: Change<'_> = Box::new(|_| panic!("a change that panics, as the test wants it"));
        panicking.update("key", panic).await
    });

    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(store.read("key").await, Ok(Some("old".to_owned())));
    store.update("key", write("new")).await.unwrap();
}

#[tokio::test]
async fn lock_excludes_the_same_name_on_every_connection_and_no_other_name() {
    let url = Postgres::shared().database().await;
    let (one, other) = (connect(&url).await, connect(&url).await);
    let held = one.lock("grant").await.unwrap();

    let mut here = one.lock("grant");
    let mut there = other.lock("grant");
    futures::select! {
        _ = (&mut there).fuse() => panic!("two connections have the lock"),
        () = locks_are(&url, false, 1).fuse() => {}
    }
    assert!((&mut here).now_or_never().is_none());
    let _another_name = other.lock("another").await.unwrap();

    drop(held);
    // One after the other, in either order.
    let (here, there) = futures::join!(async { here.await.map(drop) }, async { there.await.map(drop) });
    assert_eq!((here, there), (Ok(()), Ok(())));
}

#[tokio::test]
async fn lock_that_is_no_longer_waited_for_is_not_taken() {
    let url = Postgres::shared().database().await;
    let (one, other) = (connect(&url).await, connect(&url).await);
    let held = one.lock("grant").await.unwrap();
    {
        let mut waiting = other.lock("grant");
        futures::select! {
            _ = (&mut waiting).fuse() => panic!("two connections have the lock"),
            () = locks_are(&url, false, 1).fuse() => {}
        }
    }

    drop(held);

    let lock = other.lock("grant").await.unwrap();
    drop(lock);
    locks_are(&url, true, 0).await;
}

#[tokio::test]
async fn more_locks_than_connections_wait_for_each_other() {
    let url = Postgres::shared().database().await;
    let store = connect(&url).await;
    let names: Vec<_> = (0..40).map(|number| format!("name {number}")).collect();

    let locked = names.iter().map(|name| async {
        let _lock = store.lock(name).await?;
        store.update(name, write(name)).await
    });
    let results = join_all(locked).await;

    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[tokio::test]
async fn changes_of_every_connection_are_reported_until_the_subscription_ends() {
    let url = Postgres::shared().database().await;
    let (one, other) = (connect(&url).await, connect(&url).await);
    let (subscription, mut changed) = changes(&one);
    let (_until_the_end, mut all) = changes(&one);

    other.update("of another", write("a")).await.unwrap();
    assert_eq!(changed.recv().await.as_deref(), Some("of another"));
    one.update("own", write("a")).await.unwrap();
    assert_eq!(changed.recv().await.as_deref(), Some("own"));
    drop(subscription);
    // Neither is a change.
    one.update("own", write("a")).await.unwrap();
    one.update("missing", Box::new(|_| Ok(None))).await.unwrap();
    one.update("own", Box::new(|_| Ok(None))).await.unwrap();
    one.update("last", write("a")).await.unwrap();

    assert_eq!(changed.recv().await, None);
    for key in ["of another", "own", "own", "last"] {
        assert_eq!(all.recv().await.as_deref(), Some(key));
    }
}

#[tokio::test]
async fn store_works_again_once_the_database_is_back() {
    let mut server = Postgres::start();
    let url = server.database().await;
    let store = connect(&url).await;
    let (_subscription, mut changed) = changes(&store);
    store.update("key", write("old")).await.unwrap();
    assert_eq!(changed.recv().await.as_deref(), Some("key"));

    server.stop();
    let failed = [
        store.read("key").await.map(drop),
        store.update("key", write("new")).await,
        store.lock("name").await.map(drop),
    ];
    server.restart();

    for failed in failed {
        let error = failed.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert!(use_aa::Error::from(error).is_retryable());
    }
    assert_eq!(store.read("key").await, Ok(Some("old".to_owned())));
    drop(store.lock("name").await.unwrap());
    // The changes of others in between cannot be known.
    assert_eq!(changed.recv().await.as_deref(), Some("key"));
    store.update("key", write("new")).await.unwrap();
    assert_eq!(changed.recv().await.as_deref(), Some("key"));
}

#[tokio::test]
async fn bytes_that_are_no_text_can_be_read_and_replaced() {
    let url = Postgres::shared().database().await;
    let store = connect(&url).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let damage = r"INSERT INTO session_texts VALUES ('key', '\x7bff7d')";
    connection.execute(damage).await.unwrap();

    assert_eq!(store.read("key").await, Ok(Some("{\u{fffd}}".to_owned())));
    store.update("key", write("{}")).await.unwrap();
    assert_eq!(store.read("key").await, Ok(Some("{}".to_owned())));
}

#[tokio::test]
async fn key_that_postgres_cannot_keep_is_an_error() {
    let store = connect(&Postgres::shared().database().await).await;
    let long: String = (0..4000).map(|number| format!("{number} ")).collect();

    for key in ["with \0", &long] {
        let error = store.update(key, write("a")).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }
}

#[tokio::test]
async fn database_of_another_vault_key_is_refused_by_name() {
    let url = Postgres::shared().database().await;
    drop(connect(&url).await);

    let refused = PostgresStore::connect(&url, Vault::parse(&"0".repeat(64)).unwrap()).await;

    let error = refused.unwrap_err();
    assert!(matches!(error, StartError::WrongVaultKey), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("VAULT_KEY is not the key of this database")
    );
    connect(&url).await;
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused() {
    let url = Postgres::shared().database().await;
    drop(connect(&url).await);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let newer = r"INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                  VALUES (4000, 'newer', true, '\x00', 1)";
    connection.execute(newer).await.unwrap();

    let refused = PostgresStore::connect(&url, vault()).await;

    let error = refused.unwrap_err();
    assert!(matches!(error, StartError::NewerTables(4000)), "{error}");
}

#[tokio::test]
async fn debug_shows_neither_url_nor_text() {
    let store = connect(&Postgres::shared().database().await).await;

    assert_eq!(format!("{store:?}"), "PostgresStore");
}
