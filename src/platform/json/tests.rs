use alloy::primitives::{address, bytes};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Text that is almost JSON.
fn near_json() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\\", "\\u", "00e9", "null", "true", "false", "0", "-",
        "1", "23", ".", "e", "E+", "1e5", "-0.5", " ", "\n", "\u{1}", "é", "😀",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_value_is_written_and_read_as_serde_json_does(value in any_value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let ours = Json::parse(&text.unwrap()).unwrap();

        prop_assert_eq!(&ours, &Json::from(value.clone()));
        prop_assert_eq!(serde_json::from_str::<Value>(&ours.to_string()).unwrap(), value);
    }

    #[test]
    fn text_is_json_if_serde_json_says_so(text in near_json()) {
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        // serde_json leaves the strings of a raw value unread.
        let theirs = theirs && !matches!(serde_json::from_str::<Value>(&text), Err(error) if !error.to_string().contains("number out of range"));

        prop_assert_eq!(Json::parse(&text).is_ok(), theirs, "{}", text);
    }
}

#[test]
fn what_is_no_json_is_refused_where_it_is_wrong() {
    for (text, at) in [
        ("", 0),
        ("{", 1),
        ("[1,]", 3),
        ("{\"a\":1,}", 7),
        ("nul", 0),
        ("01", 1),
        ("1.", 2),
        ("+1", 0),
        ("\"\\x\"", 2),
        ("\"\\u+123\"", 3),
        ("\"open", 5),
        ("\"line\nbreak\"", 5),
        ("1 2", 2),
        ("<html>", 0),
    ] {
        assert_eq!(Json::parse(text), Err(JsonError { at }), "{text}");
    }
}

#[test]
fn half_a_surrogate_pair_is_replaced() {
    for (text, expected) in [
        (r#""\ud83d\ude00""#, "😀"),
        (r#""cut \ud83d""#, "cut \u{fffd}"),
        (r#""\ud83d\u0041""#, "\u{fffd}A"),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
    ] {
        assert_eq!(Json::parse(text), Ok(expected.into()), "{text}");
    }
}

#[test]
fn nesting_ends_at_127_levels() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));

    assert!(Json::parse(&nested(127)).is_ok());
    assert!(Json::parse(&nested(128)).is_err());
    assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn last_of_equal_names_counts() {
    let value = Json::parse(r#"{"b":1,"a":2,"b":3,"b":4}"#).unwrap();

    assert_eq!(value.to_string(), r#"{"a":2,"b":4}"#);
}

#[test]
fn numbers_keep_their_digits() {
    let value = Json::parse("[36893488147419103232, -0, 1e400, 0.1]").unwrap();

    assert_eq!(value.to_string(), "[36893488147419103232,-0,1e400,0.1]");
    assert_eq!(
        (value[0].as_u64(), value[1].as_i64(), value[4].as_u64()),
        (None, Some(0), None)
    );
}

#[test]
fn values_of_the_chain_are_hex() {
    for (value, text) in [
        (Json::from(U256::ZERO), "\"0x0\""),
        (Json::from(U256::from(255)), "\"0xff\""),
        (Json::from(U256::MAX >> 4), &format!("\"0x{}\"", "f".repeat(63))),
        (
            Json::from(address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e")),
            "\"0x1758f42af7026fbbb559dc60ece0de3ef81f665e\"",
        ),
        (Json::from(&bytes!("00ff")), "\"0x00ff\""),
        (Json::from(&Bytes::new()), "\"0x\""),
    ] {
        assert_eq!(value.to_string(), text);
    }
}

#[test]
fn field_that_is_set_is_in_its_place() {
    let mut value = Json::Null;
    value["b"] = 1_u64.into();
    value["a"]["c"] = true.into();
    value["b"] = 2_u64.into();

    assert_eq!(value.to_string(), r#"{"a":{"c":true},"b":2}"#);
    value.remove("a");
    assert_eq!(value, Json::object([("b", 2_u64.into())]));
}

impl PartialEq<Value> for Json {
    fn eq(&self, other: &Value) -> bool {
        let other = Self::from(other.clone());
        *self == other
    }
}
