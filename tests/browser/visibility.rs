use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use leptos::prelude::*;
use use_aa::{
    BiconomyV2, BoxFuture, MemoryStore, PendingUserOp, Query, Services, SessionStore, StoreError,
    provide_smart_account, store::Change, use_pending_user_ops,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    page::{Page, TestWallet, js, key, settle, until},
    provider::connect,
};

/// A store that counts the reads of pending operations.
#[derive(Default)]
struct Counting {
    store: MemoryStore,
    reads: AtomicUsize,
}

impl SessionStore for Counting {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        if key.starts_with("use-aa:ops:") {
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
        self.store.read(key)
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.update(key, change)
    }
}

/// Tells the page that it has become visible, as a browser does: the event bubbles from the document.
fn show() {
    js("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
}

/// Counts the armed timers of 5 s from now on, the interval at which pending operations are read again.
fn watch_timers() {
    js("const [set, clear] = [setTimeout, clearTimeout];
        globalThis.armed = new Set();
        globalThis.setTimeout = (act, delay, ...args) => {
            const id = set(() => { armed.delete(id); act(...args); }, delay);
            if (delay === 5000) armed.add(id);
            return id;
        };
        globalThis.clearTimeout = (id) => { armed.delete(id); clear(id); };");
}

fn armed() -> Option<f64> {
    js("return armed.size").as_f64()
}

/// Connects a wallet to a page with a store, and returns the page and its pending operations once they are read.
async fn pending_user_ops(store: &Arc<Counting>) -> (Page, Query<Vec<PendingUserOp>>) {
    let test = TestWallet::new([key(7)]);
    let page = Page::new().await;
    let account = page.with(|| {
        let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
        provide_smart_account(
            services,
            BiconomyV2::KIND,
            Arc::clone(store) as Arc<dyn SessionStore>,
        )
    });
    settle().await;
    test.announce("one", "com.example");
    connect(&page, account).await;
    let pending = page.with(use_pending_user_ops);
    until("the operations are fetched", || {
        pending.data.get_untracked().is_some()
    })
    .await;
    (page, pending)
}

#[wasm_bindgen_test]
async fn a_page_that_becomes_visible_fetches_again_until_it_is_gone() {
    let store = Arc::new(Counting::default());
    let reads = || store.reads.load(Ordering::Relaxed);
    let (page, _) = pending_user_ops(&store).await;
    let first = reads();

    show();
    until("they are fetched again", || reads() == first + 1).await;
    drop(page);
    show();
    settle().await;

    assert_eq!(reads(), first + 1, "a page that is gone fetches nothing");
}

#[wasm_bindgen_test]
async fn the_interval_of_a_query_ends_with_its_component() {
    watch_timers();
    let store = Arc::new(Counting::default());

    let (page, _) = pending_user_ops(&store).await;
    let running = armed();
    drop(page);
    settle().await;

    assert_eq!((running, armed()), (Some(1.0), Some(0.0)));
}
