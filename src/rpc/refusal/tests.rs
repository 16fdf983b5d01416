mod wordings;

use serde_json::json;

use super::*;
use crate::rpc::MAX_TEXT;

impl Refusal {
    /// Returns a refusal with each explanation, and with a message of at least 50 characters.
    pub(crate) fn explained() -> impl Iterator<Item = Self> {
        let refusal = |code, message: &str| Self::new(code, &format!("{:x<50}", format!("{message} ")), None);
        let reverts = Known::names().map(move |name| refusal(-32500, &format!("AA23 reverted: {name}")));
        let of_entry_point = (10..=99).map(move |code| refusal(-32500, &format!("AA{code}")));
        let reasons = Reason::messages().map(move |(reason, message)| {
            let refusal = refusal(-32000, &message);
            assert_eq!(refusal.reason(), Some(reason), "{message}");
            refusal
        });
        let codes = (-33_000..1_000).filter(|code| explain_code(*code).is_some());
        let codes = codes.map(move |code| refusal(code, "x"));
        let conflict = refusal(-32602, "AA10 conflict");
        reverts
            .chain(of_entry_point)
            .chain(reasons)
            .chain(codes)
            .chain([conflict])
    }
}

#[test]
fn what_a_contract_refuses_is_told_from_what_the_service_refuses() {
    for (code, message, data, is_revert) in [
        (3, "execution reverted", None, true),
        (-32000, "execution reverted: no such token", None, true),
        (-32015, "VM execution error.", Some(json!("Reverted 0x")), true),
        (
            -32603,
            "Internal error",
            Some(json!({"message": "reverted: why"})),
            true,
        ),
        (-32005, "limit exceeded", None, false),
        (-32601, "Method not found", None, false),
        (-32603, "Internal error", None, false),
        (-32000, "header not found", None, false),
        (429, "too many requests", None, false),
    ] {
        assert_eq!(
            Refusal::new(code, message, data.map(Json::from)).is_revert(),
            is_revert,
            "{message}"
        );
    }
}

#[test]
fn refusal_is_explained_from_the_particular_to_the_general() {
    for (code, message, data, meaning) in [
        (
            -32500,
            "AA23 reverted: SessionNotApproved",
            None,
            Some("the session is not granted, or not any more"),
        ),
        (
            -32500,
            "AA23 reverted (or OOG)",
            None,
            Some("the validation reverted or is out of gas"),
        ),
        (
            -32602,
            "AA10 sender already constructed: A conflicting userOperation with initCode for this sender is already \
             in the mempool, bump the gas price by minimum 10%",
            None,
            Some("another operation that deploys the account is pending"),
        ),
        (
            -32500,
            "AA10 sender already constructed",
            None,
            Some("the account is already deployed, but init code is present"),
        ),
        (
            -32500,
            "rejected",
            Some(json!({"reason": "AA21 didn't pay prefund"})),
            Some("the account cannot pay for the operation"),
        ),
        (
            -32521,
            "execution reverted: too many tokens",
            None,
            Some("the call would revert"),
        ),
        (-32099, "gremlins", None, None),
    ] {
        let refusal = Refusal::new(code, message, data.map(Json::from));

        assert_eq!(refusal.meaning(), meaning, "{message}");
        assert_eq!(refusal.advice().is_some(), meaning.is_some(), "{message}");
        let begin = message.get(..40).unwrap_or(message);
        assert!(refusal.to_string().contains(begin), "{refusal}");
    }
}

#[test]
fn revert_data_deep_in_the_error_are_read() {
    let data = json!({"error": {"revertData": concat!(
        "0xb29d459500000000000000000000000000000000", // ModuleAlreadyEnabled(address)
        "000002fbffedd9b33f4e7156f2de8d48945e7489",   // the module
    )}});

    let refusal = Refusal::new(-32521, "execution reverted", Some(data.into()));

    assert_eq!(refusal.revert.as_deref(), Some("ModuleAlreadyEnabled"));
    assert_eq!(refusal.advice(), Some("omit the call that enables the module"));
    assert!(
        refusal
            .to_string()
            .contains("\"execution reverted\", reason \"ModuleAlreadyEnabled\"; "),
        "{refusal}"
    );
}

#[test]
fn long_or_broken_words_stay_on_one_short_line() {
    let long = format!("a\n\u{1b}[31m{}", "b".repeat(5000));
    for (code, data) in [
        (-1, None),
        (-32500, None),
        (-1, Some(format!("reverted: {}", "c".repeat(5000)))),
    ] {
        let refusal = Refusal::new(code, &long, data.as_deref().map(Json::from));

        let shown = refusal.to_string();

        assert_eq!(shown.chars().count(), MAX_TEXT, "{shown}");
        assert!(shown.contains("\"a [31mbbb") && shown.contains("…\""), "{shown}");
        assert!(!shown.contains(|c: char| c.is_control()));
    }
}

#[test]
fn cut_message_keeps_the_reason() {
    let message = "UserOperation reverted during simulation with reason: AA23 reverted: SessionNotApproved";

    let shown = Refusal::new(-32500, message, None).to_string();

    assert!(
        shown.contains(": \"…AA23 reverted: SessionNotApproved\"; "),
        "{shown}"
    );
}

#[test]
fn reason_within_a_custom_error_is_read() {
    let text = format!(
        "{:064x}{:064x}{:0<64}",
        32,
        20,
        alloy::hex::encode("TRANSFER_FROM_FAILED")
    );
    for (message, expected) in [
        (
            format!("AA50 postOp reverted 0x1db0f4fb{text}"),
            Some("TRANSFER_FROM_FAILED"),
        ),
        ("AA50 postOp reverted 0x1db0f4fb".to_owned(), None),
        (format!("AA50 postOp reverted 0x1db0f4fb{:064x}", 7), None),
    ] {
        let refusal = Refusal::new(-32500, &message, None);

        assert_eq!(refusal.revert.as_deref(), expected, "{message}");
    }
}

#[test]
fn entry_points_code_within_revert_data_is_found() {
    let failed_op = concat!(
        "0x220266b6",                                                       // FailedOp(uint256,string)
        "0000000000000000000000000000000000000000000000000000000000000000", // index of the operation
        "0000000000000000000000000000000000000000000000000000000000000040", // offset of the text
        "000000000000000000000000000000000000000000000000000000000000001e", // length of the text
        "41413331207061796d6173746572206465706f73697420746f6f206c6f770000", // "AA31 paymaster deposit too low"
    );

    let refusal = Refusal::new(-32603, "execution reverted", Some(failed_op.into()));

    assert_eq!(refusal.aa.map(|aa| aa.number()), Some(31));
    assert!(refusal.is_of_paymaster());
}

#[test]
fn codes_that_a_bundler_uses_for_its_mempool_are_no_used_nonce() {
    const USED: (bool, bool, Option<bool>) = (true, false, None);
    for (message, expected) in [
        ("AA25 invalid account nonce", USED),
        ("nonce too low", USED),
        ("Invalid nonce", USED),
        (
            "AA25 invalid account deployment: Another deployment operation for this sender is already being processed",
            (false, true, None),
        ),
        (
            "AA25 invalid account nonce: Maximum number of parallel user operations for that is allowed for this sender reached",
            (false, false, None),
        ),
        (
            "AA25 invalid account nonce: User operation already present in mempool, bump the gas price by minimum 10%",
            (false, false, None),
        ),
        ("AA10 sender already constructed", (false, false, Some(true))),
        (
            "precheck failed: sender 0x58f9 is an existing contract, but initCode is nonempty",
            (false, false, Some(true)),
        ),
        (
            "precheck failed: sender 0x58f9 is not a contract and initCode is empty",
            (false, false, Some(false)),
        ),
        ("AA20 account not deployed", (false, false, Some(false))),
        (
            "sender: already deployed, initCode must be empty",
            (false, false, Some(true)),
        ),
        (
            "sender: not deployed, initCode must be set",
            (false, false, Some(false)),
        ),
        (
            "Either the sender 0x58f9 is an existing contract, or the initCode 0x58f9 is not empty (but not both)",
            (false, false, None),
        ),
        ("Invalid account nonce, please try again later", USED),
    ] {
        let refusal = Refusal::new(-32602, message, None);
        let found = (
            refusal.says_nonce_is_used(),
            refusal.is_deployment_conflict(),
            refusal.says_deployed(),
        );

        assert_eq!(found, expected, "{message}");
    }
}

#[test]
fn words_of_a_second_delivery_name_the_same_operation() {
    for message in [
        "UserOperation already submitted",
        "operation already processed",
        "already received",
        "pending ops: sender has op in mempool with same or higher priority fee",
        "AA25 invalid account nonce: User operation already present in mempool, bump the gas price by minimum 10%",
    ] {
        assert!(
            Refusal::new(-32602, message, None).names_same_nonce(),
            "{message}"
        );
    }
    let deployed = Refusal::new(-32602, "AA10 sender already constructed", None);
    assert!(!deployed.names_same_nonce());
}

#[test]
fn paymaster_that_cannot_pay_is_known_in_every_wording() {
    for (code, message, expected) in [
        (-32501, "rejected", true),
        (-32502, "Paymaster balance too low. Required balance: 5", true),
        (-32504, "paymaster 0x58f9 is banned", true),
        (-32504, "paymaster 0x58f9 is throttled", true),
        (-32504, "account 0x58f9 is banned", false),
        (-32505, "paymaster 0x58f9 is unstaked", true),
        (-32505, "paymaster 0x58f9 stake 5 is lower than minimum 10", true),
        (-32502, "unstaked paymaster entity 0x58f9 accessed slot", true),
        (-32502, "paymaster uses banned opcode: TIMESTAMP", true),
        (-32502, "account uses banned opcode: TIMESTAMP", false),
        (-32507, "Invalid paymaster signature", true),
        (
            -32507,
            "Invalid UserOperation signature or paymaster signature",
            false,
        ),
        (-32602, "paymaster: not enough deposit to cover max prefund", true),
        (-32500, "AA31 paymaster deposit too low", true),
        (-32500, "AA21 didn't pay prefund", false),
    ] {
        let refusal = Refusal::new(code, message, None);

        assert_eq!(refusal.is_of_paymaster(), expected, "{message}");
    }
}

#[test]
fn paymaster_that_the_data_name_is_the_one_that_is_refused() {
    let data = |paymaster| json!({"validUntil": "0x1", "validAfter": "0x0", "paymaster": paymaster});
    for (paymaster, expected) in [(json!("0x58f9"), true), (json!(null), false)] {
        let refusal = Refusal::new(
            -32503,
            "operation is out of time range",
            Some(data(paymaster).into()),
        );

        assert_eq!(refusal.is_of_paymaster(), expected, "{refusal}");
    }
    let signature = Refusal::new(-32507, "Invalid paymaster signature", None);
    assert!(!signature.is_about_signature());
    assert_eq!(signature.meaning(), Some("the paymaster rejected the operation"));
}

#[test]
fn service_that_is_down_or_shut_has_not_declined() {
    for message in [
        "Service unavailable",
        "Must be authenticated!",
        "Unauthorized",
        "internal error",
    ] {
        assert!(!Refusal::new(-32003, message, None).is_decline(), "{message}");
    }
    assert!(Refusal::new(-32001, "Must be authenticated!", None).is_unread());
}

#[test]
fn something_else_that_is_missing_is_no_operation() {
    for (message, expected) in [
        ("header not found", false),
        ("Block not found", false),
        ("API key not found", false),
        ("project not found", false),
        ("Missing/invalid userOpHash", true),
        ("not found", true),
    ] {
        assert_eq!(
            Refusal::new(-32000, message, None).is_of_missing(),
            expected,
            "{message}"
        );
    }
}

#[test]
fn a_rate_limit_is_no_decline_and_no_revert() {
    let message = "Too many requests, reason: call rate limit exhausted, retry in 10s";

    let refusal = Refusal::new(-32090, message, None);

    assert!(!refusal.is_decline());
    assert!(!refusal.is_revert());
}
