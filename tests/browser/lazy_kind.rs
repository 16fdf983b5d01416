use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use alloy::primitives::Address;
use futures::{FutureExt, channel::oneshot};
use leptos::prelude::*;
use use_aa::{
    AccountKind, AccountOwner, BiconomyV2, BoxFuture, LocalStore, Nexus, Services, SmartAccount,
    UseSmartAccount, account::KindNotLoaded, provide_smart_account, use_wallets,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    page::{Page, TestWallet, account_of, key, settle, until},
    provider::connect,
};

/// A kind whose code a test loads, or fails to load.
#[derive(Clone, Default)]
struct Lazy {
    is_loaded: ArcRwSignal<bool>,
    is_nexus: ArcRwSignal<bool>,
    loads: Arc<AtomicUsize>,
    waiting: Arc<Mutex<Vec<oneshot::Sender<bool>>>>,
}

impl Lazy {
    /// Ends the loads that have begun.
    async fn end(&self, is_loaded: bool) {
        if is_loaded {
            self.is_loaded.set(true);
        }
        for load in self.waiting.lock().unwrap().drain(..) {
            let _ = load.send(is_loaded);
        }
        settle().await;
    }

    fn kind(&self) -> &'static dyn AccountKind {
        assert!(self.is_loaded.get_untracked(), "the code is not there");
        match self.is_nexus.get_untracked() {
            true => &Nexus::KIND,
            false => &BiconomyV2::KIND,
        }
    }
}

impl AccountKind for Lazy {
    fn name(&self) -> &'static str {
        self.is_loaded.track();
        match self.is_nexus.get() {
            true => "nexus",
            false => "biconomy-v2",
        }
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        self.kind().owned_by(owner)
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        self.kind().at(address)
    }

    fn load(&self) -> Option<BoxFuture<'static, Result<(), KindNotLoaded>>> {
        if self.is_loaded.get_untracked() {
            return None;
        }
        self.loads.fetch_add(1, Relaxed);
        let (end, ended) = oneshot::channel();
        self.waiting.lock().unwrap().push(end);
        let load = ended.map(|ended| match ended {
            Ok(true) => Ok(()),
            _ => Err(KindNotLoaded),
        });
        Some(load.boxed())
    }
}

/// Connects the wallet, until the code of its account loads: while the wallet is asked, and for its answer.
async fn begin(page: &Page, account: UseSmartAccount, kind: &Lazy) {
    let wallet = page.with(use_wallets).get_untracked()[0].clone();
    account.connect.mutate.run(wallet);
    until("the code loads", || kind.loads.load(Relaxed) == 2).await;
}

fn provide(page: &Page, kind: &Lazy) -> UseSmartAccount {
    page.with(|| {
        let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
        provide_smart_account(services, kind.clone(), LocalStore::new())
    })
}

/// Opens a page beside an announced wallet, with a kind whose code is there or is not.
async fn open(is_loaded: bool) -> (Page, Lazy, UseSmartAccount) {
    let page = Page::new().await;
    let kind = Lazy::default();
    kind.end(is_loaded).await;
    let account = provide(&page, &kind);
    settle().await;
    TestWallet::new([key(7)]).announce("one", "com.example");
    (page, kind, account)
}

#[wasm_bindgen_test]
async fn wallet_is_asked_before_the_code_of_its_account_is_there() {
    let (page, kind, account) = open(false).await;

    begin(&page, account, &kind).await;

    assert!(account.connect.is_pending.get_untracked());
    assert_eq!(account.address.get_untracked(), None);
    kind.end(true).await;
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));
    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
}

#[wasm_bindgen_test]
async fn code_that_is_not_loaded_is_an_error_and_is_loaded_by_the_next_attempt() {
    let (page, kind, account) = open(false).await;
    begin(&page, account, &kind).await;

    kind.end(false).await;

    let error = account.connect.error.get_untracked().unwrap();
    assert_eq!(error.code(), "account.not_loaded");
    assert!(error.is_retryable());
    assert_eq!(account.address.get_untracked(), None);
    let wallet = account.connect.variables.get_untracked().unwrap();
    account.connect.mutate.run(wallet);
    settle().await;
    kind.end(true).await;
    assert_eq!(account.connect.error.get_untracked(), None);
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));
}

#[wasm_bindgen_test]
async fn last_account_is_restored_when_the_code_is_there_after_a_failed_load() {
    let (page, _, account) = open(true).await;
    connect(&page, account).await;
    drop(page);
    let page = Page::reload();
    let kind = Lazy::default();
    let account = provide(&page, &kind);
    until("the code loads", || kind.loads.load(Relaxed) == 1).await;

    kind.end(false).await;
    assert_eq!(account.address.get_untracked(), None);
    kind.end(true).await;

    let expected = Some(account_of(&key(7)));
    until("the account is there", || {
        account.address.get_untracked() == expected
    })
    .await;
}

#[wasm_bindgen_test]
async fn wallet_continues_with_another_kind_when_the_code_of_that_is_there() {
    let (page, kind, account) = open(true).await;
    connect(&page, account).await;
    let first = account.address.get_untracked();

    kind.is_loaded.update_untracked(|is_loaded| *is_loaded = false);
    kind.is_nexus.set(true);
    settle().await;

    assert_eq!(account.address.get_untracked(), first);
    kind.end(true).await;
    let nexus = Nexus::owned_by(Arc::new(key(7))).address();
    until("the other account is there", || {
        account.address.get_untracked() == Some(nexus)
    })
    .await;
}
