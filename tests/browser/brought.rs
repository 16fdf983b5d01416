//! Services that change and wallets, both given to the provider by the app.

use leptos::prelude::*;
use use_aa::{BiconomyV2, LocalStore, Services, UseSmartAccount, Wallet, provide_smart_account, use_wallets};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    page::{Page, TestWallet, account_of, js, key, settle, until},
    provider::{connect, provide},
};

/// Creates a page whose services can change, with an announced and connected wallet.
async fn connected_to(test: &TestWallet, services: Services) -> (Page, RwSignal<Services>, UseSmartAccount) {
    let page = Page::new().await;
    let current = page.with(|| RwSignal::new(services));
    let account = page.with(|| provide_smart_account(current, BiconomyV2::KIND, LocalStore::new()));
    settle().await;
    test.announce("one", "com.example");
    connect(&page, account).await;
    (page, current, account)
}

fn services(chain_id: u64, url: &str) -> Services {
    Services::new(chain_id, url).unwrap()
}

fn chain_of(account: UseSmartAccount) -> Option<u64> {
    let client = account.client.get_untracked()?;
    Some(client.services().chain_id())
}

#[wasm_bindgen_test]
async fn other_services_keep_the_wallet_and_change_the_client() {
    let test = TestWallet::new([key(7)]);
    let (page, current, account) = connected_to(&test, services(80002, "http://127.0.0.1:1")).await;

    current.set(services(137, "http://127.0.0.1:1"));
    settle().await;
    assert_eq!(chain_of(account), Some(137));
    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
    assert_eq!(account.wallet.get_untracked().unwrap().rdns(), "com.example");

    // The attempt that the user refuses changes nothing.
    test.refuse(js("return { code: 4001 }"));
    let wallet = page.with(use_wallets).get_untracked()[0].clone();
    account.connect.mutate.run(wallet);
    until("it is refused", || account.connect.is_error.get_untracked()).await;
    current.set(services(80002, "http://127.0.0.1:1"));
    settle().await;
    assert_eq!(chain_of(account), Some(80002));
    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
}

#[wasm_bindgen_test]
async fn account_without_its_wallet_is_that_of_the_chain() {
    let test = TestWallet::new([key(7)]);
    let (_page, current, account) = connected_to(&test, services(80002, "http://127.0.0.1:1")).await;
    test.emit("accountsChanged", TestWallet::addresses(&[]));
    settle().await;

    current.set(services(80002, "http://127.0.0.1:2"));
    settle().await;
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));

    // Nothing was connected there.
    current.set(services(137, "http://127.0.0.1:1"));
    settle().await;
    assert_eq!(account.address.get_untracked(), None);

    current.set(services(80002, "http://127.0.0.1:1"));
    until("it is there again", || account.address.get_untracked().is_some()).await;
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));

    account.disconnect.run(());
    current.set(services(137, "http://127.0.0.1:1"));
    settle().await;
    assert_eq!(account.address.get_untracked(), None);
}

#[wasm_bindgen_test]
async fn wallet_of_the_app_is_listed_and_reconnected_whenever_it_comes() {
    let wallet = |byte| Wallet::local(format!("key {byte}"), key(byte));
    let page = Page::new().await;
    let account = page.with(|| provide().wallets(vec![wallet(7), wallet(8)]));
    assert_eq!(page.with(use_wallets).get_untracked(), [wallet(7), wallet(8)]);
    account.connect.mutate.run(wallet(8));
    until("it is connected", || account.connect.is_success.get_untracked()).await;
    drop(page);

    let page = Page::reload();
    let brought = page.with(|| RwSignal::new(vec![wallet(7)]));
    let account = page.with(|| provide().wallets(brought));
    until("the account is there", || {
        account.address.get_untracked().is_some()
    })
    .await;
    settle().await;
    assert_eq!(account.owner.get_untracked(), None);

    brought.update(|wallets| wallets.push(wallet(8)));
    until("it is reconnected", || account.owner.get_untracked().is_some()).await;

    assert_eq!(account.owner.get_untracked(), Some(key(8).address()));
}
