use leptos::prelude::*;
use use_aa::{Wallet, use_wallets};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Page, TestWallet, announce, get, js, key, set, settle, until};

fn rdns(wallets: &[Wallet]) -> Vec<&str> {
    wallets.iter().map(Wallet::rdns).collect()
}

#[wasm_bindgen_test]
async fn announced_wallets_are_listed_in_order() {
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    settle().await;

    TestWallet::new([key(7)]).announce("one", "com.example.one");
    TestWallet::new([key(8)]).announce("two", "com.example.two");

    let found = wallets.get_untracked();
    assert_eq!(rdns(&found), ["com.example.one", "com.example.two"]);
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
async fn a_wallet_without_a_domain_is_listed() {
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    settle().await;

    for info in [
        "{ uuid: 'u1', name: 'One', icon: 'data:,' }",
        "{ uuid: 'u2', name: 'Two', icon: 'data:,', rdns: '' }",
    ] {
        announce(&js(&format!(
            "return {{ info: {info}, provider: {{ request() {{}} }} }}"
        )));
    }

    let found = wallets.get_untracked();
    assert_eq!(rdns(&found), ["u1", "u2"]);
}

#[wasm_bindgen_test]
async fn a_wallet_is_listed_whatever_its_icon_is() {
    const SVG: Option<&str> = Some("data:image/svg+xml,<svg/>");
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    settle().await;
    let cases = [
        (r"'data:image/svg+xml,<svg/>'", SVG),
        (r"'\ndata:image/svg+xml,<svg/>'", SVG),
        (r"' \t\r\n\fdata:image/svg+xml,<svg/>\n '", SVG),
        (r"'da\nta:image/svg\r\n+xml,<svg/>'", SVG),
        (r"'DATA:,'", Some("DATA:,")),
        ("'https://example.com/icon.png'", None),
        ("' //example.com/icon.png'", None),
        ("'icon.png'", None),
        ("'blob:https://example.com/1'", None),
        ("'javascript:alert(1)'", None),
        ("'dät'", None),
        ("''", None),
        (r"' \n'", None),
        ("undefined", None),
        ("null", None),
        ("7", None),
        ("{ toString() { throw 1 } }", None),
        ("'data:,' + 'x'.repeat(1 << 20)", None),
    ];

    for (number, (icon, expected)) in cases.into_iter().enumerate() {
        announce(&js(&format!(
            "return {{ info: {{ uuid: 'u{number}', name: 'n', rdns: 'r{number}', icon: {icon} }}, \
             provider: {{ request() {{}} }} }}"
        )));

        let found = wallets.get_untracked();
        assert_eq!(found.len(), number + 1, "{icon}");
        assert_eq!(found[number].icon(), expected, "{icon}");
    }
}

#[wasm_bindgen_test]
async fn a_wallet_is_listed_once_and_two_wallets_are_listed_both() {
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    settle().await;
    let (first, second) = (TestWallet::new([key(7)]), TestWallet::new([key(8)]));

    first.announce("one", "com.example.one");
    first.announce("one", "com.example.one");
    first.announce("another uuid", "com.example.one");
    // The same wallet, which makes a provider for each announcement.
    TestWallet::new([key(9)]).announce("one", "com.example.one");
    assert_eq!(rdns(&wallets.get_untracked()), ["com.example.one"]);

    second.announce("one", "com.example.two");
    second.announce("one", "com.example.two");
    let found = wallets.get_untracked();
    assert_eq!(rdns(&found), ["com.example.one", "com.example.two"]);
    assert_eq!(found[0].uuid(), "one");
    assert_ne!(found[0], found[1], "each has a uuid of its own");

    let owner = found[1].connect().await.unwrap();
    assert_eq!(owner.address(), key(8).address());
    assert_eq!(first.asked(), [""; 0]);
}

#[wasm_bindgen_test]
async fn without_announcements_there_is_the_browser_wallet() {
    let test = TestWallet::new([key(7)]);
    set(&js("return window"), "ethereum", test.provider.clone());
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    until("it is found", || wallets.with_untracked(Vec::len) == 1).await;
    assert_eq!(wallets.get_untracked()[0].name(), "Browser wallet");

    test.announce("one", "com.example.one");
    js("delete window.ethereum");

    let found = wallets.get_untracked();
    assert_eq!(
        rdns(&found),
        ["com.example.one"],
        "a wallet that names itself takes its place"
    );
}

#[wasm_bindgen_test]
async fn a_wallet_that_does_not_announce_itself_is_listed_beside_others() {
    for is_early in [true, false] {
        let page = Page::new().await;
        let wallets = page.with(use_wallets);
        let late = || {
            js("window.ethereum = { request() {} }; window.dispatchEvent(new Event('ethereum#initialized'))")
        };
        if is_early {
            late();
        }
        settle().await;
        TestWallet::new([key(7)]).announce("one", "com.example.one");
        late();
        late();
        settle().await;
        js("delete window.ethereum");

        let found = wallets.get_untracked();
        assert_eq!(rdns(&found), ["com.example.one", "window.ethereum"], "{is_early}");
        assert_eq!(found[1].name(), "Browser wallet", "{is_early}");
    }
}

#[wasm_bindgen_test]
async fn a_browser_wallet_that_comes_late_is_found() {
    for event in ["window.dispatchEvent(new Event('ethereum#initialized'))", ""] {
        let page = Page::new().await;
        let wallets = page.with(use_wallets);
        settle().await;
        assert_eq!(wallets.get_untracked(), [], "{event}");

        js(&format!("window.ethereum = {{ request() {{}} }}; {event}"));
        until("it is found", || wallets.with_untracked(Vec::len) == 1).await;
        js("delete window.ethereum");

        assert_eq!(rdns(&wallets.get_untracked()), ["window.ethereum"], "{event}");
    }
}

#[wasm_bindgen_test]
async fn a_browser_wallet_is_found_when_the_window_gets_the_focus() {
    let page = Page::new().await;
    let wallets = page.with(use_wallets);
    settle().await;

    js("window.ethereum = { request() {} }; window.dispatchEvent(new Event('focus'))");
    settle().await;
    js("delete window.ethereum");

    assert_eq!(rdns(&wallets.get_untracked()), ["window.ethereum"]);
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
