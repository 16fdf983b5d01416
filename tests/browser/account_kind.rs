use std::sync::Arc;

use alloy::primitives::Address;
use leptos::prelude::*;
use use_aa::{
    AccountKind, AccountOwner, BiconomyV2, LocalStore, Nexus, Services, SmartAccount, UseSmartAccount,
    provide_smart_account,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    page::{Page, TestWallet, account_of, key, settle, until},
    provider::connect,
};

#[derive(Clone, Copy)]
enum Kind {
    First,
    Second,
}

impl Kind {
    fn kind(self) -> &'static dyn AccountKind {
        match self {
            Self::First => &BiconomyV2::KIND,
            Self::Second => &Nexus::KIND,
        }
    }
}

impl AccountKind for Kind {
    fn name(&self) -> &'static str {
        self.kind().name()
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        self.kind().owned_by(owner)
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        self.kind().at(address)
    }
}

/// Provides the accounts of a kind that may change.
fn provide(page: &Page, kind: Kind) -> (RwSignal<Kind>, UseSmartAccount) {
    page.with(|| {
        let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
        let kind = RwSignal::new(kind);
        let account = provide_smart_account(services, Signal::<Kind>::from(kind), LocalStore::new());
        (kind, account)
    })
}

#[wasm_bindgen_test]
async fn connected_wallet_continues_with_its_account_of_another_kind() {
    let page = Page::new().await;
    let (kind, account) = provide(&page, Kind::First);
    settle().await;
    TestWallet::new([key(7)]).announce("one", "com.example");
    connect(&page, account).await;
    let first = account_of(&key(7));
    assert_eq!(account.address.get_untracked(), Some(first));

    kind.set(Kind::Second);
    settle().await;

    let second = Nexus::owned_by(Arc::new(key(7))).address();
    assert_ne!(second, first);
    assert_eq!(account.address.get_untracked(), Some(second));
    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
    kind.set(Kind::First);
    settle().await;
    assert_eq!(account.address.get_untracked(), Some(first));
}

#[wasm_bindgen_test]
async fn account_without_its_wallet_has_no_counterpart_of_another_kind() {
    let page = Page::new().await;
    let (_, account) = provide(&page, Kind::First);
    settle().await;
    TestWallet::new([key(7)]).announce("one", "com.example");
    connect(&page, account).await;
    drop(page);
    let first = Some(account_of(&key(7)));
    let page = Page::reload();
    let (kind, account) = provide(&page, Kind::First);
    until("it is there", || account.address.get_untracked() == first).await;

    kind.set(Kind::Second);
    settle().await;
    assert_eq!(account.address.get_untracked(), None);

    kind.set(Kind::First);
    until("it is there again", || account.address.get_untracked() == first).await;
    drop(page);
    let page = Page::reload();
    let (_, account) = provide(&page, Kind::Second);
    settle().await;
    assert_eq!(account.address.get_untracked(), None);
}
