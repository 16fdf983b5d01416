//! The meaning of the errors that wallets throw.

use js_sys::JSON;
use wasm_bindgen::JsValue;

use super::{js::property, read::integer};
use crate::{OwnerError, primitives::text};

/// The [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) code of a request that the user rejected.
const USER_REJECTED: i64 = 4001;
/// The first of WalletConnect's codes for what the user rejected: a request, chains, methods, events.
const WALLET_CONNECT_REJECTED: i64 = 5000;
/// The last of WalletConnect's codes for what the user rejected.
const WALLET_CONNECT_REJECTED_EVENTS: i64 = 5003;
/// WalletConnect's code of a session that the user has ended.
const WALLET_CONNECT_DISCONNECTED: i64 = 6000;
/// The code of a Ledger device for what the user rejected on it.
const LEDGER_REJECTED: i64 = 0x6985;
/// The code of a Ledger device for what its user refused.
const LEDGER_REFUSED: i64 = 0x5501;
/// The EIP-1193 code of a request for an account without the user's permission.
const UNAUTHORIZED: i64 = 4100;
/// The EIP-1193 code of a provider that is disconnected from all chains.
const DISCONNECTED: i64 = 4900;
/// The JSON-RPC code of a request while an earlier one still waits for the user.
const RESOURCE_UNAVAILABLE: i64 = -32_002;
/// The JSON-RPC code of an internal error, also used for errors without a code.
const INTERNAL: i64 = -32_603;

/// Errors that a text names, with whichever code it comes.
const BY_TEXT: [(&str, OwnerError); 5] = [
    // Rabby, while another request is open. The code may be that of a rejection.
    ("already processing", OwnerError::Busy),
    ("current approval", OwnerError::Busy),
    // MetaMask, after three rejections in a row.
    ("spam filter", OwnerError::Throttled),
    // WalletConnect's provider without a session, or with one that the wallet has ended.
    ("call connect() before request()", OwnerError::Disconnected),
    ("session topic doesn't exist", OwnerError::Disconnected),
];
/// Parts of the texts that refuse a request for another chain than the wallet's.
const OF_CHAIN: [&str; 5] = [
    "invalid chainid",
    "invalid chain id",
    "chainid mismatch",
    "chain id mismatch",
    "must match the active chain",
];

/// Parts of the texts that tell of a rejection, beside a code of WalletConnect.
const REJECTIONS: [&str; 6] = ["reject", "denied", "declin", "cancel", "approv", "user"];

/// The code of ethers for a request that the user rejected.
const ACTION_REJECTED: &str = "ACTION_REJECTED";

/// The properties that hold an error's text.
const TEXTS: [&str; 5] = ["message", "name", "reason", "details", "shortMessage"];

/// The depth to which errors in errors are read, and the properties that hold them.
const DEPTH: u8 = 3;
const INNER: [&str; 5] = ["data", "originalError", "cause", "error", "info"];

/// Returns the error of a value that a wallet has thrown: by its text and its code, or else by those of the errors
/// in it.
pub(super) fn refused(thrown: &JsValue) -> OwnerError {
    // Wallets behind WalletConnect write the whole error into the text of another one.
    let written = property(thrown, "message").and_then(|message| error_in(&message));
    let thrown = written.as_ref().unwrap_or(thrown);
    match meaning(thrown, DEPTH) {
        Some(error) => error,
        None => OwnerError::Wallet {
            code: code(thrown).unwrap_or(INTERNAL),
            message: message(thrown, DEPTH).unwrap_or_else(|| "no reason given".to_owned()),
        },
    }
}

/// Reads an error that is written in JSON.
fn error_in(text: &JsValue) -> Option<JsValue> {
    let error = JSON::parse(&text.as_string()?).ok()?;
    code(&error).is_some().then_some(error)
}

/// Returns the numeric code of an error. Devices call it the status code.
pub(super) fn code(error: &JsValue) -> Option<i64> {
    let named = |name| integer(&property(error, name)?);
    named("code").or_else(|| named("statusCode"))
}

/// Returns the error that has one meaning, if the thrown value does.
fn meaning(thrown: &JsValue, depth: u8) -> Option<OwnerError> {
    let (mut said, mut is_rejected) = (String::new(), false);
    let mut hear = |value: &JsValue| {
        if let Some(text) = value.as_string() {
            is_rejected |= says_user_rejected(&text);
            said.push_str(&text);
        }
    };
    hear(thrown);
    for name in TEXTS {
        hear(&property(thrown, name).unwrap_or_default());
    }
    let says = |part: &&str| text::says(&said, part);
    if let Some((_, error)) = BY_TEXT.iter().find(|(part, _)| says(part)) {
        return Some(error.clone());
    }
    if OF_CHAIN.iter().any(says) {
        return Some(OwnerError::OtherChain(
            message(thrown, 0).unwrap_or_else(|| cut(&said)),
        ));
    }
    match code(thrown) {
        Some(USER_REJECTED | LEDGER_REJECTED | LEDGER_REFUSED) => return Some(OwnerError::Rejected),
        // Some wallets answer each error with this code.
        Some(WALLET_CONNECT_REJECTED..=WALLET_CONNECT_REJECTED_EVENTS)
            if said.as_bytes().trim_ascii().is_empty() || REJECTIONS.iter().any(says) =>
        {
            return Some(OwnerError::Rejected);
        }
        Some(UNAUTHORIZED | DISCONNECTED | WALLET_CONNECT_DISCONNECTED) => {
            return Some(OwnerError::Disconnected);
        }
        Some(RESOURCE_UNAVAILABLE) => return Some(OwnerError::Busy),
        _ => {}
    }
    let code = property(thrown, "code").and_then(|code| code.as_string());
    match is_rejected || code.as_deref() == Some(ACTION_REJECTED) {
        true => Some(OwnerError::Rejected),
        false => inner(thrown, depth, meaning),
    }
}

/// Returns an error's text, or that of an error in it, up to 300 characters.
fn message(error: &JsValue, depth: u8) -> Option<String> {
    let message = error
        .as_string()
        .or_else(|| property(error, "message")?.as_string())
        .filter(|message| !message.trim().is_empty());
    message
        .map(|message| cut(&message))
        .or_else(|| inner(error, depth, self::message))
}

/// Returns the first 300 characters of a text.
fn cut(text: &str) -> String {
    text.chars().take(300).collect()
}

/// Returns what is found in one of the errors in an error.
fn inner<T>(error: &JsValue, depth: u8, find: fn(&JsValue, u8) -> Option<T>) -> Option<T> {
    let depth = depth.checked_sub(1)?;
    INNER.iter().find_map(|name| find(&property(error, name)?, depth))
}

/// Returns true if a text says that the user rejected the request: "User denied message signature", "rejected by the
/// user", "UserRejectedRequestError", "Cancelled". A node or a bundler rejects too, so the user must be named.
fn says_user_rejected(text: &str) -> bool {
    const VERBS: [&str; 11] = [
        "rejected",
        "reject",
        "denied",
        "deny",
        "cancelled",
        "canceled",
        "cancel",
        "declined",
        "refused",
        "disapproved",
        "closed",
    ];

    let text = text.to_ascii_lowercase().into_bytes();
    // Some wallets say no more. WalletConnect's dialog and that of Trezor were closed.
    let is_whole = matches!(
        text.trim_ascii(),
        b"cancel" | b"cancelled" | b"canceled" | b"request rejected" | b"popup closed"
    );
    if is_whole || text.starts_with(b"connection request reset") {
        return true;
    }
    VERBS.iter().any(|verb| {
        (0..text.len()).any(|at| {
            let (before, verb_and_after) = text.split_at(at);
            let after = verb_and_after.strip_prefix(verb.as_bytes());
            after.is_some_and(|after| names_user(before, after))
        })
    })
}

/// Returns true if the user is named right before a verb, or right after it.
fn names_user(before: &[u8], after: &[u8]) -> bool {
    let first = after.iter().position(u8::is_ascii_alphabetic);
    let after = first.and_then(|first| after.get(first..)).unwrap_or_default();
    let last = before.iter().rposition(u8::is_ascii_alphabetic);
    let before = last.and_then(|last| before.get(..=last)).unwrap_or_default();
    let before = before.strip_suffix(b" has").unwrap_or(before);
    before.ends_with(b"user") || after.starts_with(b"by user") || after.starts_with(b"by the user")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_names_the_user_and_the_rejection_is_a_rejection() {
        let table = [
            ("User rejected the request.", true),
            ("user denied message signature", true),
            ("USER CANCELLED", true),
            ("user-canceled", true),
            ("The user has declined", true),
            ("user disapproved requested methods", true),
            ("User closed modal", true),
            ("rejected by user", true),
            ("Denied by the user?", true),
            ("UserRejectedRequestError", true),
            ("user_refused", true),
            ("User cancel", true),
            ("UserRefusedOnDevice", true),
            ("Cancelled", true),
            ("Connection request reset. Please try again.", true),
            ("Popup closed", true),
            ("Request rejected", true),
            ("Request rejected by the node", false),
            ("MetaMask Tx Signature: User denied transaction signature.", true),
            ("", false),
            ("user", false),
            ("rejected", false),
            ("rejected by the node", false),
            ("user operation rejected", false),
            ("denied: the user operation is underpriced", false),
            ("superuser", false),
            ("The user aborted a request.", false),
            ("ü rejected by ü", false),
        ];

        for (text, expected) in table {
            assert_eq!(says_user_rejected(text), expected, "{text}");
        }
    }
}
