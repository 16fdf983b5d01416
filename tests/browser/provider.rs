use leptos::prelude::*;
use use_aa::{
    BiconomyV2, Error, ErrorKind, LocalStore, OwnerError, Services, SessionStore, Status, UseSmartAccount,
    Wallet, provide_smart_account, use_session, use_wallets,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Page, TestWallet, account_of, clear_site, js, key, settle, until};

pub(crate) fn provide() -> UseSmartAccount {
    let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
    provide_smart_account(services, BiconomyV2::KIND, LocalStore::new())
}

/// Creates a page with an announced and connected wallet.
pub(crate) async fn connected(test: &TestWallet) -> (Page, UseSmartAccount) {
    let page = Page::new().await;
    let account = page.with(provide);
    settle().await;
    test.announce("one", "com.example");
    connect(&page, account).await;
    (page, account)
}

pub(crate) async fn connect(page: &Page, account: UseSmartAccount) {
    let wallet = page.with(use_wallets).get_untracked()[0].clone();
    account.connect.mutate.run(wallet);
    // The wallet is remembered by then as well.
    until("it is connected", || account.connect.is_success.get_untracked()).await;
}

#[wasm_bindgen_test]
async fn an_announced_wallet_is_connected_and_followed_to_its_other_accounts() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;
    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));

    test.emit("accountsChanged", TestWallet::addresses(&[key(8), key(7)]));
    settle().await;

    assert_eq!(account.owner.get_untracked(), Some(key(8).address()));
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(8))));
    assert_eq!(
        account.client.get_untracked().unwrap().owner(),
        Some(key(8).address())
    );
}

#[wasm_bindgen_test]
async fn the_same_account_again_keeps_the_client() {
    let test = TestWallet::new([key(7)]);
    let (page, account) = connected(&test).await;
    let clients = page.with(|| {
        let clients = RwSignal::new(0);
        Effect::new(move |_| {
            account.client.track();
            clients.update(|clients| *clients += 1);
        });
        clients
    });
    settle().await;

    test.emit("accountsChanged", TestWallet::addresses(&[key(7)]));
    test.emit("chainChanged", "0x1");
    settle().await;

    assert_eq!(clients.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn a_wallet_that_leaves_takes_the_owner_and_leaves_the_account() {
    for (event, value) in [
        ("accountsChanged", "return []"),
        ("disconnect", "return { code: 4900 }"),
        ("disconnect", "return undefined"),
    ] {
        let test = TestWallet::new([key(7)]);
        let (_page, account) = connected(&test).await;

        test.emit(event, js(value));
        settle().await;

        assert_eq!(account.owner.get_untracked(), None, "{event}");
        assert_eq!(account.wallet.get_untracked(), None, "{event}");
        assert_eq!(
            account.address.get_untracked(),
            Some(account_of(&key(7))),
            "{event}"
        );
        let asked = test.asked();
        assert!(!asked.contains(&"eth_accounts".to_owned()), "{event}: {asked:?}");
    }
}

#[wasm_bindgen_test]
async fn what_is_no_event_changes_nothing() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;
    until("the chain is known", || {
        account.wallet_chain.get_untracked().is_some()
    })
    .await;

    for (event, value) in [
        ("accountsChanged", "return undefined"),
        ("accountsChanged", "return 1"),
        ("accountsChanged", "return ['0x12']"),
        ("accountsChanged", "return new Proxy([], { get() { throw 1 } })"),
        ("disconnect", "return { code: 1013 }"),
    ] {
        test.emit(event, js(value));
        settle().await;

        assert_eq!(
            account.owner.get_untracked(),
            Some(key(7).address()),
            "{event} {value}"
        );
        assert_eq!(
            account.wallet_chain.get_untracked(),
            Some(80002),
            "{event} {value}"
        );
    }
}

#[wasm_bindgen_test]
async fn the_wallets_chain_is_known_and_followed() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;
    until("the chain is known", || {
        account.wallet_chain.get_untracked() == Some(80002)
    })
    .await;

    test.emit("chainChanged", "0x1");
    settle().await;

    assert_eq!(account.wallet_chain.get_untracked(), Some(1));
}

#[wasm_bindgen_test]
async fn nobody_listens_when_the_provider_is_gone() {
    let test = TestWallet::new([key(7)]);
    let (page, _) = connected(&test).await;
    assert_eq!(test.listeners(), 4);

    test.emit("accountsChanged", TestWallet::addresses(&[key(8)]));
    drop(page);
    settle().await;

    assert_eq!(test.listeners(), 0);
}

#[wasm_bindgen_test]
async fn a_second_connection_ends_the_first() {
    let test = TestWallet::new([key(7)]);
    let (_page, account) = connected(&test).await;

    account
        .connect
        .mutate
        .run(Wallet::local("Local dev wallet", key(9)));
    settle().await;
    test.emit("accountsChanged", TestWallet::addresses(&[key(8)]));
    settle().await;

    assert_eq!(account.owner.get_untracked(), Some(key(9).address()));
    assert_eq!(test.listeners(), 0);
}

#[wasm_bindgen_test]
async fn a_refused_connection_says_why_and_keeps_what_there_was() {
    let test = TestWallet::new([key(7)]);
    let (page, account) = connected(&test).await;

    test.refuse(js("return { code: 4001 }"));
    let wallet = page.with(use_wallets).get_untracked()[0].clone();
    account.connect.mutate.run(wallet);
    until("it is refused", || account.connect.is_error.get_untracked()).await;

    assert_eq!(
        account.error.get_untracked(),
        Some(ErrorKind::Owner(OwnerError::Rejected).into())
    );
    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
}

#[wasm_bindgen_test]
async fn after_a_reload_the_account_is_there_without_its_wallet() {
    let (page, _) = connected(&TestWallet::new([key(7)])).await;
    drop(page);

    let page = Page::reload();
    let account = page.with(provide);
    until("it is there", || account.address.get_untracked().is_some()).await;

    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));
    assert_eq!(account.client.get_untracked().unwrap().owner(), None);
    assert_eq!(account.owner.get_untracked(), None);
    assert_eq!(account.connect.status.get_untracked(), Status::Idle);
}

#[wasm_bindgen_test]
async fn after_a_reload_a_wallet_that_still_trusts_the_page_is_connected_without_asking() {
    let (page, _) = connected(&TestWallet::new([key(7)])).await;
    drop(page);

    let test = TestWallet::new([key(7)]);
    let page = Page::reload();
    let account = page.with(provide);
    until("it is there", || account.address.get_untracked().is_some()).await;
    TestWallet::new([key(9)]).announce("another", "com.another");
    test.announce("a new uuid", "com.example");
    until("it is connected", || account.owner.get_untracked().is_some()).await;

    assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
    assert!(
        !test.asked().contains(&"eth_requestAccounts".to_owned()),
        "{:?}",
        test.asked()
    );
    assert!(!account.is_loading.get_untracked());
}

#[wasm_bindgen_test]
async fn after_a_reload_a_wallet_that_does_not_trust_the_page_is_left_alone() {
    let (page, _) = connected(&TestWallet::new([key(7)])).await;
    drop(page);

    let test = TestWallet::new([]);
    let page = Page::reload();
    let account = page.with(provide);
    until("it is there", || account.address.get_untracked().is_some()).await;
    test.announce("one", "com.example");
    settle().await;

    assert_eq!(test.asked(), ["eth_accounts"]);
    assert_eq!(account.owner.get_untracked(), None);
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));
    assert_eq!(account.connect.status.get_untracked(), Status::Idle);
}

#[wasm_bindgen_test]
async fn what_the_user_does_comes_before_what_the_page_does_by_itself() {
    let (page, _) = connected(&TestWallet::new([key(7)])).await;
    drop(page);

    let slow = TestWallet::new([key(7)]);
    slow.think(200);
    let page = Page::reload();
    let account = page.with(provide);
    until("it is there", || account.address.get_untracked().is_some()).await;
    slow.announce("one", "com.example");
    settle().await;
    assert!(account.is_loading.get_untracked());
    account
        .connect
        .mutate
        .run(Wallet::local("Local dev wallet", key(9)));
    until("the slow one has answered", || {
        !account.is_loading.get_untracked()
    })
    .await;
    settle().await;

    assert_eq!(account.owner.get_untracked(), Some(key(9).address()));
}

#[wasm_bindgen_test]
async fn a_disconnected_wallet_is_forgotten() {
    let (page, account) = connected(&TestWallet::new([key(7)])).await;

    account.disconnect.run(());
    assert!(account.client.get_untracked().is_none());
    while LocalStore::new().read("use-aa:connection:80002").await != Ok(None) {
        settle().await;
    }
    drop(page);

    let page = Page::reload();
    let account = page.with(provide);
    settle().await;
    assert_eq!(account.address.get_untracked(), None);
}

#[wasm_bindgen_test]
async fn what_is_remembered_of_another_chain_or_kind_or_damaged_is_not_used() {
    let account = account_of(&key(7));
    let remembered = format!(r#"{{"account":"{account}","kind":"biconomy-v2","wallet":"com.example"}}"#);
    let of_another_kind = remembered.replace("biconomy-v2", "nexus");
    // The form of the version before kinds had names.
    let without_kind = remembered.replace(r#","kind":"biconomy-v2""#, "");
    for (name, text, expected) in [
        ("use-aa:connection:80002", remembered.as_str(), Some(account)),
        ("use-aa:connection:80002", without_kind.as_str(), Some(account)),
        ("use-aa:connection:1", remembered.as_str(), None),
        ("use-aa:connection:80002", of_another_kind.as_str(), None),
        (
            "use-aa:connection:80002",
            r#"{"account":"0x1234","kind":"biconomy-v2","wallet":"com.example"}"#,
            None,
        ),
        ("use-aa:connection:80002", "<html>", None),
    ] {
        clear_site().await;
        let text = Some(text.to_owned());
        LocalStore::new()
            .update(name, Box::new(|_| Ok(text)))
            .await
            .unwrap();

        let page = Page::reload();
        let account = page.with(provide);
        match expected {
            Some(_) => until("it is there", || account.address.get_untracked().is_some()).await,
            None => settle().await,
        }

        assert_eq!(account.address.get_untracked(), expected, "{name}");
    }
}

#[wasm_bindgen_test]
async fn services_that_cannot_be_reached_are_told_before_the_first_operation() {
    let page = Page::new().await;
    let account = page.with(provide);
    let _ = page.with(use_session);
    settle().await;
    assert_eq!(account.error.get_untracked(), None);

    account
        .connect
        .mutate
        .run(Wallet::local("Local dev wallet", key(7)));
    until("warming fails", || account.error.get_untracked().is_some()).await;

    assert!(matches!(
        account.error.get_untracked().as_ref().map(Error::kind),
        Some(ErrorKind::Service(_))
    ));
    assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));
}

#[wasm_bindgen_test]
async fn page_that_sends_nothing_asks_nothing_of_its_services() {
    let page = Page::new().await;
    let account = page.with(provide);
    let wallet = Wallet::local("Local dev wallet", key(7));

    account.connect.mutate.run(wallet);
    until("it is connected", || account.connect.is_success.get_untracked()).await;
    settle().await;

    // The services cannot be reached.
    assert_eq!(account.error.get_untracked(), None);
}
