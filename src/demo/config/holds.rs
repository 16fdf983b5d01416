use leptos::prelude::{GetUntracked, Set};
use reqwest::Url;
use serde_json::Value;
use use_aa::Payment;

use super::Config;

/// Asserts the invariants of parsing any text as `config.json`: an accepted configuration matches the text, no message
/// contains a key, and a key is accepted only for a chain on this machine.
pub(super) fn holds(text: &str) {
    let file = serde_json::from_str::<Value>(text).unwrap_or_default();
    let parsed = Config::parse(text).and_then(|config| {
        config.dev_wallet.set(Config::dev_wallet_of(text)?);
        Ok(config)
    });
    let told = match &parsed {
        Ok(config) => format!("{config:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    for key in file["devKeys"].as_array().into_iter().flatten() {
        let key = key.as_str().unwrap_or_default().trim_start_matches("0x");
        // The digits of a key with so many leading zeros may occur anywhere.
        assert!(
            key.len() < 16 || key.starts_with("00000000") || !told.contains(key),
            "{told}"
        );
    }
    let Ok(config) = parsed else {
        return assert!(!told.contains('\n'), "{told}");
    };

    assert_eq!(Some(config.services.chain_id()), file["chainId"].as_u64());
    assert_eq!(
        Some(config.chain_name.as_str()),
        file["chainName"].as_str().map(str::trim)
    );
    assert_eq!(
        config.payment() == Payment::Sponsored,
        !file["paymaster"].is_null()
    );
    assert_eq!(config.token.is_some(), !file["token"].is_null());
    assert_eq!(config.kinds().len(), if file["nexus"].is_null() { 1 } else { 4 });
    if let Some(page) = config.transaction_url("0x1") {
        let page = page.to_lowercase();
        assert!(
            page.starts_with("http://") || page.starts_with("https://"),
            "{page}"
        );
    }
    if config.dev_wallet.get_untracked().is_some() {
        let rpc = file["rpc"].as_str().unwrap_or_default().trim();
        if let Ok(rpc) = Url::parse(rpc) {
            let host = rpc.host_str().unwrap_or_default();
            assert!(["localhost", "127.0.0.1", "[::1]"].contains(&host), "{host}");
        }
    }
}
