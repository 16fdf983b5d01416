use std::{fs, path::Path};

use alloy::primitives::address;
use leptos::prelude::{GetUntracked, Set};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use use_aa::Payment;

use super::{holds::holds, *};

fn good() -> Value {
    json!({
        "chainId": 80002,
        "chainName": "Local devnet",
        "rpc": "http://127.0.0.1:8545/rpc",
        "bundler": { "kind": "biconomy", "url": "http://127.0.0.1:8545/api/v2/80002/dev" },
        "paymaster": { "kind": "erc7677", "url": "http://127.0.0.1:8545/paymaster" },
        "nft": "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e",
        "token": "0xfee0000000000000000000000000000000000006",
        "explorer": "https://scan.example/",
        "devKeys": ["0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"],
    })
}

/// Returns the valid configuration with one field replaced, or removed.
fn with(field: &str, value: Option<Value>) -> Value {
    let mut file = good();
    let (object, name) = match field.split_once('.') {
        Some((object, name)) => (&mut file[object], name),
        None => (&mut file, field),
    };
    match value {
        Some(value) => object[name] = value,
        None => drop(object.as_object_mut().unwrap().remove(name)),
    }
    file
}

fn parse(file: &Value) -> Result<Config, ConfigError> {
    let text = file.to_string();
    let config = Config::parse(&text)?;
    config.dev_wallet.set(Config::dev_wallet_of(&text)?);
    Ok(config)
}

#[test]
fn good_file_is_read() {
    let config = parse(&good()).unwrap();

    assert_eq!(config.chain_name, "Local devnet");
    assert_eq!(config.services.chain_id(), 80002);
    assert_eq!(config.payment(), Payment::Sponsored);
    let token = address!("fee0000000000000000000000000000000000006");
    assert_eq!(config.token, Some(token));
    assert_eq!(
        config.transaction_url("0x1").as_deref(),
        Some("https://scan.example/tx/0x1")
    );
    assert_eq!(
        config.dev_wallet.get_untracked().unwrap().name(),
        "Local dev wallet"
    );
}

/// The last account is restored by its kind's name, before the code of the kind is there.
#[test]
fn kinds_have_the_names_of_the_library() {
    for kind in [Kind::BiconomyV2, Kind::Nexus, Kind::Nexus7702, Kind::Moved] {
        assert_eq!(kind.name(), kind.accounts().name());
    }
}

#[test]
fn nexus_is_offered_after_the_default_with_services_of_its_own() {
    let own = json!({
        "bundler": { "kind": "standard", "url": "http://127.0.0.1:8545/bundler" },
        "paymaster": { "kind": "erc7677", "url": "http://127.0.0.1:8545/paymaster" },
    });
    for nexus in [own, json!({}), json!({ "bundler": null })] {
        let config = parse(&with("nexus", Some(nexus))).unwrap();

        assert_eq!(
            config.kinds(),
            [Kind::BiconomyV2, Kind::Nexus, Kind::Nexus7702, Kind::Moved]
        );
        for kind in [Kind::Nexus, Kind::Nexus7702, Kind::Moved] {
            assert!(config.services_of(kind).has_paymaster());
        }
    }
}

#[test]
fn nexus_that_is_missing_or_null_is_not_offered() {
    for value in [None, Some(Value::Null)] {
        let config = parse(&with("nexus", value)).unwrap();

        assert_eq!(config.kinds(), [Kind::BiconomyV2]);
    }
}

#[test]
fn services_of_nexus_that_cannot_be_used_are_named() {
    let table = [
        (json!(true), "nexus"),
        (json!({ "bundler": "standard" }), "nexus.bundler.kind"),
        (json!({ "bundler": { "kind": "standard" } }), "nexus.bundler.url"),
        (
            json!({ "paymaster": { "kind": "other", "url": "https://localhost" } }),
            "nexus.paymaster.kind",
        ),
    ];
    for (nexus, expected) in table {
        let error = parse(&with("nexus", Some(nexus))).unwrap_err();

        let (ConfigError::Wrong { field, .. } | ConfigError::Missing { field, .. }) = error else {
            panic!("{error}");
        };
        assert_eq!(field, expected);
    }
}

#[test]
fn paymaster_may_be_bound_to_a_contract() {
    for sponsor in [Value::Null, json!("0xfee0000000000000000000000000000000000006")] {
        let file = with("paymaster.address", Some(sponsor));

        assert_eq!(parse(&file).unwrap().payment(), Payment::Sponsored);
    }
}

#[test]
fn paymaster_token_explorer_and_keys_may_be_missing_or_null() {
    for value in [None, Some(Value::Null)] {
        let [no_paymaster, no_token, no_explorer, no_keys] = ["paymaster", "token", "explorer", "devKeys"]
            .map(|field| parse(&with(field, value.clone())).unwrap());

        assert_eq!(no_paymaster.payment(), Payment::Own);
        assert_eq!(no_token.token, None);
        assert_eq!(no_explorer.transaction_url("0x1"), None);
        assert!(no_keys.dev_wallet.get_untracked().is_none());
    }
    let empty = parse(&with("devKeys", Some(json!([])))).unwrap();
    assert!(empty.dev_wallet.get_untracked().is_none());
}

#[test]
fn field_that_is_missing_or_wrong_is_named() {
    for field in [
        "chainId",
        "chainName",
        "rpc",
        "bundler",
        "bundler.kind",
        "bundler.url",
        "paymaster.kind",
        "paymaster.url",
        "nft",
    ] {
        let missing = parse(&with(field, None)).unwrap_err();
        let wrong = parse(&with(field, Some(json!(-1)))).unwrap_err();

        assert_eq!(missing.code(), "config.missing_field", "{missing}");
        assert!(missing.to_string().starts_with(&format!("`{field}")), "{missing}");
        assert!(wrong.to_string().starts_with(&format!("`{field}")), "{wrong}");
    }
    for (field, value) in [
        ("chainId", json!("80002")),
        ("rpc", json!("localhost")),
        ("rpc", json!("ftp://127.0.0.1/")),
        ("rpc", json!("http://127.0.0.1:80@rpc.example/")),
        ("explorer", json!("javascript:alert(1)")),
        ("devKeys", json!("0x01")),
        ("bundler.kind", json!("biconomi")),
        ("paymaster.kind", json!("best")),
        ("nft", json!(7)),
        ("nft", json!("0x1758")),
        ("paymaster.address", json!("0x1758")),
        ("token", json!("LUSD")),
    ] {
        let error = parse(&with(field, Some(value))).unwrap_err();
        assert!(
            matches!(error, ConfigError::Wrong { field: named, .. } if named == field),
            "{error}"
        );
    }
}

#[test]
fn every_error_has_its_code_and_its_text() {
    let (field, wanted) = ("nft", "the address of a contract");
    for (error, code, text) in [
        (
            ConfigError::NotJson("another JSON type".to_owned()),
            "config.not_json",
            "config.json is not a JSON object: another JSON type; correct the file and serve it beside the page",
        ),
        (
            ConfigError::Missing { field, wanted },
            "config.missing_field",
            "`nft` is missing in config.json; set it to the address of a contract",
        ),
        (
            ConfigError::Wrong { field, wanted },
            "config.wrong_field",
            "`nft` in config.json is invalid; set it to the address of a contract",
        ),
        (
            ConfigError::of("rpc")(use_aa::Error::from(use_aa::ErrorKind::NoPaymaster)),
            "config.wrong_service",
            "`rpc` in config.json is invalid: no paymaster is configured; set `Services::paymaster`, or pay \
             with `Payment::Own`",
        ),
    ] {
        let error = LoadError::from(error);

        assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    }
}

#[test]
fn address_for_another_chain_is_an_error() {
    let error = parse(&with("chainId", Some(json!(1)))).unwrap_err();

    assert!(
        matches!(
            error,
            ConfigError::Service {
                field: "bundler.url",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn key_that_cannot_be_read_is_not_shown() {
    let error = parse(&with("devKeys", Some(json!(["0xsecret"])))).unwrap_err();

    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn text_that_is_no_json_object_is_an_error() {
    for text in ["", "<!doctype html>", "[]", "null", r#"{"chainId": 80002"#] {
        assert!(
            matches!(Config::parse(text), Err(ConfigError::NotJson(_))),
            "{text}"
        );
    }
}

#[test]
fn keys_are_for_a_chain_on_this_machine_only() {
    let table = [
        ("http://127.0.0.1:8545/rpc", true),
        ("http://localhost/rpc", true),
        ("http://[::1]:1/rpc", true),
        ("https://rpc.example", false),
        ("https://127.0.0.1.example/rpc", false),
        ("http://localhost.example", false),
        ("http://localhost8545", false),
        ("http://localhost:8545?x", true),
    ];

    for (rpc, expected) in table {
        let config = parse(&with("rpc", Some(json!(rpc)))).unwrap();
        assert_eq!(config.dev_wallet.get_untracked().is_some(), expected, "{rpc}");
    }
}

#[test]
fn seeds_and_findings_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/fuzz");
    let files = ["seeds/config", "findings/config"].map(|part| fs::read_dir(folder.join(part)));
    let files = files.into_iter().flatten().flatten();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let texts = texts.collect::<Vec<_>>();

    assert!(texts.len() >= 3);
    texts.iter().for_each(|text| holds(text));
}

/// Generates a value for a field, valid or not.
fn a_value() -> impl Strategy<Value = Value> {
    const KNOWN: [&str; 12] = [
        "http://127.0.0.1:8545/rpc?apikey=0123456789abcdef",
        "https://localhost",
        "http://[::1]:1",
        "http://127.0.0.1.example",
        "http://localhost8545/",
        "javascript:alert(1)",
        "http://127.0.0.1:8545/api/v2/80002/dev",
        "biconomy",
        "pimlico",
        "standard",
        "erc7677",
        "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e",
    ];
    prop_oneof![
        4 => select(&KNOWN[..]).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => "[0-9a-f]{64}".prop_map(|key| json!([key])),
        1 => Just(json!({})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_a_changed_file_says_is_what_is_taken_from_it(
        field in select(&[
            "chainId", "chainName", "rpc", "bundler", "bundler.kind", "bundler.url", "paymaster",
            "paymaster.kind", "paymaster.url", "nft", "nexus", "token", "explorer", "devKeys",
        ][..]),
        value in a_value(),
    ) {
        holds(&with(field, Some(value)).to_string());
    }

    #[test]
    fn any_text_is_taken_or_refused(text: String) {
        holds(&text);
    }
}
