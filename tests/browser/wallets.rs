use leptos::prelude::*;
use use_aa::use_wallets;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Page, TestWallet, announce, get, js, key, settle, until};

#[wasm_bindgen_test]
async fn announced_wallets_are_listed_in_order() {
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    settle().await;

    TestWallet::new([key(7)]).announce("one", "com.example.one");
    TestWallet::new([key(8)]).announce("two", "com.example.two");
    TestWallet::new([key(9)]).announce("one", "com.example.liar");

    let found = wallets.get_untracked();
    let rdns = found.iter().map(|wallet| wallet.rdns()).collect::<Vec<_>>();
    assert_eq!(
        rdns,
        ["com.example.one", "com.example.two"],
        "the first of a uuid stays"
    );
    assert_eq!(found[0].uuid(), "one");
    assert_eq!(found[0].name(), "Test wallet");
    assert_eq!(found[0].icon(), Some("data:image/svg+xml,<svg/>"));
}

#[wasm_bindgen_test]
async fn wallets_that_were_there_before_are_asked() {
    let page = Page::new().await;
    js("window.answering = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: {
            info: { uuid: 'early', name: 'Early bird', icon: 'data:,', rdns: 'com.example.early' },
            provider: { request() {} },
        } }));
        window.addEventListener('eip6963:requestProvider', window.answering);");

    let wallets = page.with(use_wallets);
    until("the wallet answers", || wallets.with_untracked(Vec::len) == 1).await;

    js("window.removeEventListener('eip6963:requestProvider', window.answering);");
    assert_eq!(wallets.get_untracked()[0].name(), "Early bird");
}

#[wasm_bindgen_test]
async fn what_is_no_announcement_is_ignored() {
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    settle().await;
    let cases = [
        "return undefined",
        "return null",
        "return 1",
        "return 'text'",
        "return {}",
        "return { info: null, provider: { request() {} } }",
        "return { info: { ...INFO, uuid: undefined }, PROVIDER }",
        "return { info: { ...INFO, uuid: '' }, PROVIDER }",
        "return { info: { ...INFO, uuid: 'u'.repeat(101) }, PROVIDER }",
        "return { info: { ...INFO, name: undefined }, PROVIDER }",
        "return { info: { ...INFO, name: 1 }, PROVIDER }",
        "return { info: { ...INFO, name: ' ' }, PROVIDER }",
        "return { info: { ...INFO, rdns: undefined }, PROVIDER }",
        "return { info: { ...INFO, icon: undefined }, PROVIDER }",
        "return { info: { ...INFO, icon: 'https://example.com/icon.png' }, PROVIDER }",
        "return { info: { ...INFO, icon: 'javascript:alert(1)' }, PROVIDER }",
        "return { info: { ...INFO, icon: 'dät' }, PROVIDER }",
        "return { info: INFO }",
        "return { info: INFO, provider: null }",
        "return { info: INFO, provider: {} }",
        "return { info: INFO, provider: { request: 'me' } }",
        "return { info: INFO, provider: { get request() { throw 1 } } }",
        "return { info: INFO, get provider() { throw new Error() } }",
        "return { get info() { throw new Error() }, PROVIDER }",
        "return { info: { ...INFO, get name() { throw undefined } }, PROVIDER }",
        "return new Proxy({}, { get() { throw new Error() }, has() { throw new Error() } })",
        "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy",
    ];

    for case in cases {
        let body = case.replace("PROVIDER", "provider: { request() {} }");
        announce(&js(&format!(
            "const INFO = {{ uuid: 'u', name: 'n', icon: 'data:,', rdns: 'r' }}; {body}"
        )));
        assert_eq!(wallets.get_untracked(), [], "{case}");
    }
    js("window.dispatchEvent(new Event('eip6963:announceProvider'))");
    assert_eq!(wallets.get_untracked(), []);

    announce(&js(
        "return { info: { uuid: 'u', name: 'n', icon: 'DATA:,', rdns: 'r' }, provider: { request() {} } }",
    ));
    assert_eq!(wallets.with_untracked(Vec::len), 1, "and a whole one is not");
}

#[wasm_bindgen_test]
async fn without_announcements_there_is_the_browser_wallet() {
    js("window.ethereum = { request() {} }");
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    until("it is found", || wallets.with_untracked(Vec::len) == 1).await;
    js("delete window.ethereum");
    assert_eq!(wallets.get_untracked()[0].name(), "Browser wallet");

    TestWallet::new([]).announce("one", "com.example.one");

    let found = wallets.get_untracked();
    assert_eq!(found.len(), 1, "a wallet that names itself takes its place");
    assert_eq!(found[0].uuid(), "one");
}

#[wasm_bindgen_test]
async fn a_hostile_window_ethereum_is_ignored() {
    for hostile in [
        "return 1",
        "return {}",
        "return new Proxy({}, { get() { throw 1 } })",
    ] {
        js(&format!("window.ethereum = (() => {{ {hostile} }})()"));
        let page = Page::new().await;
        let wallets = page.with(use_wallets);
        settle().await;

        assert_eq!(wallets.get_untracked(), [], "{hostile}");
    }
    js("delete window.ethereum");
}

#[wasm_bindgen_test]
async fn nobody_listens_when_the_component_is_gone() {
    let page = Page::new().await;
    let _ = page.with(use_wallets);
    settle().await;
    let detail = js("return { reads: 0, get info() { this.reads++; } }");
    announce(&detail);
    assert_eq!(get(&detail, "reads").as_f64(), Some(1.0));

    drop(page);
    settle().await;
    announce(&detail);

    assert_eq!(get(&detail, "reads").as_f64(), Some(1.0));
}
