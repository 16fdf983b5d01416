//! Wallets that are locked and unlocked, that change the chain, and that do not answer.

use leptos::prelude::*;
use use_aa::{Status, UseSmartAccount, Wallet};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    page::{Page, TestWallet, account_of, js, key, set, settle, until},
    provider::{connected, provide},
};

const NO_ACCOUNT: [alloy::signers::local::PrivateKeySigner; 0] = [];

/// Loads the page again, with an announced wallet that has the given keys.
async fn reloaded(test: &TestWallet) -> (Page, UseSmartAccount) {
    let page = Page::reload();
    let account = page.with(provide);
    until("the account is there", || {
        account.address.get_untracked().is_some()
    })
    .await;
    test.announce("one", "com.example");
    settle().await;
    (page, account)
}

fn asked_to_prompt(test: &TestWallet) -> usize {
    let asked = test.asked();
    asked
        .iter()
        .filter(|method| *method == "eth_requestAccounts")
        .count()
}

#[wasm_bindgen_test]
async fn a_wallet_that_is_unlocked_again_is_connected_without_a_click() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;

    for (locked, back) in [
        ("accountsChanged", 7),
        ("accountsChanged", 8),
        ("disconnect", 8),
        ("accountsChanged", 7),
    ] {
        test.emit(locked, js("return []"));
        settle().await;
        assert_eq!(account.owner.get_untracked(), None, "{locked}");
        assert_eq!(account.wallet.get_untracked(), None, "{locked}");

        test.emit("accountsChanged", TestWallet::addresses(&[key(back)]));
        settle().await;
        assert_eq!(
            account.owner.get_untracked(),
            Some(key(back).address()),
            "{locked}"
        );
        assert_eq!(account.address.get_untracked(), Some(account_of(&key(back))));
        assert_eq!(account.wallet.get_untracked().unwrap().rdns(), "com.example");
        assert_eq!(account.wallet_chain.get_untracked(), Some(80002));
    }
    assert_eq!(asked_to_prompt(&test), 1, "{:?}", test.asked());
    assert_eq!(test.listeners(), 4);
}

#[wasm_bindgen_test]
async fn a_wallet_that_reaches_its_chain_again_is_connected_without_a_click() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;

    test.emit("disconnect", js("return { code: 4900 }"));
    settle().await;
    test.emit("connect", js("return { chainId: '0x13882' }"));
    settle().await;

    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
    assert_eq!(asked_to_prompt(&test), 1);
}

#[wasm_bindgen_test]
async fn a_page_that_is_loaded_while_the_wallet_is_locked_is_connected_once_it_is_unlocked() {
    let (page, _) = connected(&TestWallet::new([key(7)])).await;
    drop(page);
    let test = TestWallet::new(NO_ACCOUNT);
    let (_page, account) = reloaded(&test).await;
    assert_eq!(account.owner.get_untracked(), None);
    assert!(!account.is_loading.get_untracked());

    test.use_keys([key(7)]);
    test.emit("accountsChanged", TestWallet::addresses(&[key(7)]));
    settle().await;

    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
    assert_eq!(test.asked(), ["eth_accounts", "eth_chainId"]);
    assert_eq!(account.connect.status.get_untracked(), Status::Idle);
}

#[wasm_bindgen_test]
async fn a_refused_connection_does_not_stop_the_listening() {
    let (page, _) = connected(&TestWallet::new([key(7)])).await;
    drop(page);
    let test = TestWallet::new(NO_ACCOUNT);
    let (page, account) = reloaded(&test).await;
    test.refuse(js("return { code: 4001 }"));
    let wallet = page.with(use_aa::use_wallets).get_untracked()[0].clone();
    account.connect.mutate.run(wallet);
    until("it is refused", || account.connect.is_error.get_untracked()).await;

    test.emit("accountsChanged", TestWallet::addresses(&[key(7)]));
    settle().await;

    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
}

#[wasm_bindgen_test]
async fn a_wallet_that_comes_back_takes_nothing_from_the_one_in_its_place() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;
    test.emit("accountsChanged", js("return []"));
    settle().await;

    account
        .connect
        .mutate
        .run(Wallet::local("Local dev wallet", key(9)));
    settle().await;
    test.emit("accountsChanged", TestWallet::addresses(&[key(7)]));
    settle().await;
    assert_eq!(account.owner.get_untracked(), Some(key(9).address()));
    assert_eq!(test.listeners(), 0);

    account.disconnect.run(());
    test.emit("accountsChanged", TestWallet::addresses(&[key(7)]));
    settle().await;
    assert_eq!(account.owner.get_untracked(), None);
}

#[wasm_bindgen_test]
async fn disconnecting_a_locked_wallet_ends_the_listening() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;
    test.emit("accountsChanged", js("return []"));
    test.emit("accountsChanged", TestWallet::addresses(&[key(7)]));

    account.disconnect.run(());
    settle().await;

    assert_eq!(account.address.get_untracked(), None);
    assert_eq!(test.listeners(), 0);
}

#[wasm_bindgen_test]
async fn a_wallet_that_does_not_answer_after_a_reload_leaves_the_page_usable() {
    let (page, _) = connected(&TestWallet::new([key(7)])).await;
    drop(page);
    let test = TestWallet::new([key(7)]);
    test.think(2_000);
    js("window.own = setTimeout; window.setTimeout = (call, ms) => own(call, ms >= 10_000 ? 100 : ms)");
    let (_page, account) = reloaded(&test).await;
    assert!(account.is_loading.get_untracked());

    until("it is given up", || !account.is_loading.get_untracked()).await;
    js("window.setTimeout = own");
    assert_eq!(account.owner.get_untracked(), None);
    assert_eq!(account.error.get_untracked(), None);

    until("it has answered after all", || {
        account.owner.get_untracked() == Some(key(7).address())
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_wallets_chain_is_read_however_it_is_written() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;
    let cases = [
        ("'0x1'", Some(1)),
        ("1", Some(1)),
        ("'1'", Some(1)),
        ("' 137 '", Some(137)),
        ("'0xAa36A7'", Some(11_155_111)),
        ("'0XAA36A7'", Some(11_155_111)),
        ("'0x0001'", Some(1)),
        ("10n", Some(10)),
        ("{ chainId: '0x1' }", Some(1)),
        ("{ chainId: 10 }", Some(10)),
        ("{ chainId: '137', networkVersion: '1' }", Some(137)),
        ("'eip155:80002'", Some(80_002)),
        ("{ chainId: 'eip155:10' }", Some(10)),
        ("9007199254740991", Some(9_007_199_254_740_991)),
        ("undefined", None),
        ("null", None),
        ("'loading'", None),
        ("'0xzz'", None),
        ("'eip155:'", None),
        ("''", None),
        ("'0x'", None),
        ("'0x0'", None),
        ("0", None),
        ("-1", None),
        ("1.5", None),
        ("NaN", None),
        ("1e300", None),
        ("-1n", None),
        ("2n ** 80n", None),
        ("true", None),
        ("{}", None),
        ("{ chainId: {} }", None),
        ("new Proxy({}, { get() { throw 1 } })", None),
    ];

    for (chain, expected) in cases {
        for before in ["'0x5'", "7"] {
            test.emit("chainChanged", js(&format!("return {before}")));
            settle().await;
            assert!(account.wallet_chain.get_untracked().is_some(), "{before}");
            test.emit("chainChanged", js(&format!("return {chain}")));
            settle().await;
            assert_eq!(account.wallet_chain.get_untracked(), expected, "{chain}");
        }
    }
    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
}

#[wasm_bindgen_test]
async fn the_chain_that_a_wallet_answers_is_read_however_it_is_written() {
    for (chain, expected) in [
        ("'0x1'", Some(1)),
        ("1", Some(1)),
        ("'1'", Some(1)),
        ("1n", Some(1)),
        ("{ chainId: '0x1' }", Some(1)),
        ("{ result: '0x1' }", Some(1)),
        ("'?'", None),
        ("undefined", None),
    ] {
        let provider = js(&format!(
            "return {{ async request({{ method }}) {{
                return method === 'eth_chainId' ? {chain} : ['0x00000000000000000000000000000000000000aa'];
            }} }}"
        ));
        let page = Page::new().await;
        let account = page.with(provide);
        account
            .connect
            .mutate
            .run(Wallet::eip1193("Test wallet", provider).unwrap());
        until("it is connected", || account.connect.is_success.get_untracked()).await;
        settle().await;

        assert_eq!(account.wallet_chain.get_untracked(), expected, "{chain}");
    }
}

#[wasm_bindgen_test]
async fn a_provider_without_a_way_to_stop_listening_is_not_followed_for_ever() {
    for methods in [
        "off(...args) { this.removed(...args) }",
        "",
        "get removeListener() { throw 1 }",
        "removeListener() { throw 1 }",
        "removeListener() {}",
    ] {
        let test = TestWallet::new([key(7)]);
        let provider = js(&format!("return {{ {methods} }}"));
        for name in ["request", "on", "emit"] {
            set(&provider, name, crate::page::get(&test.provider, name));
        }
        set(
            &provider,
            "removed",
            crate::page::get(&test.provider, "removeListener"),
        );
        let page = Page::new().await;
        let account = page.with(provide);
        account
            .connect
            .mutate
            .run(Wallet::eip1193("Test wallet", provider).unwrap());
        until("it is connected", || account.connect.is_success.get_untracked()).await;

        account.disconnect.run(());
        settle().await;
        // Its listeners must not throw into the wallet.
        test.emit("accountsChanged", TestWallet::addresses(&[key(8)]));
        settle().await;

        assert_eq!(account.owner.get_untracked(), None, "{methods}");
        assert_eq!(test.listeners() == 0, methods.starts_with("off"), "{methods}");
    }
}
