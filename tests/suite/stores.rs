//! The common behaviour of all session stores.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/store.rs"]
mod store;

use use_aa::{FileStore, MemoryStore};

#[tokio::test]
async fn the_memory_behaves_as_a_store() {
    store::behaves(&MemoryStore::default()).await;
}

#[tokio::test]
async fn files_behave_as_a_store() {
    let folder = tempfile::tempdir().unwrap();

    store::behaves(&FileStore::new(folder.path())).await;
}
