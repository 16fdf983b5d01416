//! The revert reasons of contracts and their meanings.

use alloy::{hex, primitives::keccak256};

use super::{AaCode, error::shorten};
use crate::primitives::{Words, text};

/// The maximum length of a revert reason, in characters. Longer reasons are cut.
pub(super) const LONGEST: usize = 240;

/// A known revert reason of a Biconomy V2 account's contracts, with its meaning and advice.
#[derive(Debug)]
pub(super) struct Known {
    /// A reason text, or the signature of a custom error.
    pub(super) reason: &'static str,
    pub(super) meaning: &'static str,
    pub(super) advice: &'static str,
}

impl Known {
    /// Finds the known reason that a text contains.
    pub(super) fn find(text: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| text::contains(text, known.name()))
    }

    /// Returns the reason without the parameters of a custom error.
    fn name(&self) -> &'static str {
        self.reason.split('(').next().unwrap_or(self.reason)
    }

    fn has_selector(&self, selector: &[u8]) -> bool {
        self.reason.ends_with(')') && keccak256(self.reason)[..4] == *selector
    }
}

/// Decodes the reason from revert data inside a text, if there is any.
pub(super) fn decode(text: &str) -> Option<String> {
    find_data(text, reason)
}

/// Decodes the text of the entry point's `FailedOp` inside a text, if there is any.
pub(super) fn failed_op(text: &str) -> Option<String> {
    find_data(text, text_of_failed_op)
}

/// Returns what is read of the first revert data inside a text.
fn find_data(text: &str, read: fn(&[u8]) -> Option<String>) -> Option<String> {
    let mut rest = text;
    while let Some(digits) = text::find(rest, "0x").and_then(|at| rest.get(at + 2..)) {
        let end = digits.bytes().position(|c| !c.is_ascii_hexdigit());
        let data = hex::decode(digits.get(..end.unwrap_or(digits.len()))?);
        if let Some(found) = data.ok().and_then(|data| read(&data)) {
            return Some(found);
        }
        rest = digits;
    }
    None
}

/// Decodes the reason from revert data, or returns the data as hex; `None` if the data is empty.
pub(crate) fn of_data(data: &[u8]) -> Option<String> {
    if data.is_empty() {
        return None;
    }
    reason(data).or_else(|| Some(shorten(&hex::encode_prefixed(data), LONGEST)))
}

/// Returns the reason behind the last "reverted: " or "revert: " in a text, or "reason: " if the text tells of an execution.
pub(super) fn quoted(text: &str) -> Option<String> {
    let is_of_execution = ["revert", "simulat", "validat", "execut"]
        .iter()
        .any(|word| text::says(text, word));
    let reason = is_of_execution.then_some("reason: ");
    let tail = ["reverted: ", "revert: "]
        .into_iter()
        .chain(reason)
        .filter_map(|mark| text::behind_last(text, mark))
        .min_by_key(|tail| tail.len())?;
    // rundler names the entry point's code first, and the contract's reason behind it.
    let tail = text::behind_last(tail, "[inner reason]: ")
        .unwrap_or(tail)
        .trim_ascii();
    let tail = tail.strip_prefix("[reason]: ").unwrap_or(tail);
    let plain = !tail.is_empty() && !tail.starts_with("0x") && !is_code_alone(tail);
    plain.then(|| tail.to_owned())
}

/// Returns true if a text is the entry point's own, about a contract that has given no reason.
pub(super) fn is_code_alone(text: &str) -> bool {
    const ENDS: [&str; 4] = [" reverted", " reverted 0x", "or OOG", "or OOG)"];
    AaCode::find(text).is_some() && ENDS.iter().any(|end| text.ends_with(end))
}

fn reason(data: &[u8]) -> Option<String> {
    said(data).map(|said| shorten(&said, LONGEST))
}

fn said(data: &[u8]) -> Option<String> {
    let (selector, rest) = data.split_at_checked(4)?;
    // Error(string) of the Solidity compiler.
    if selector == hex!("08c379a0") {
        return text(rest, 0);
    }
    if let Some(text) = text_of_failed_op(data) {
        return quoted(&text).or(Some(text));
    }
    // Panic(uint256) of the Solidity compiler.
    if selector == hex!("4e487b71") {
        let [zeros @ .., code] = rest.first_chunk::<32>()?;
        return (*zeros == [0; 31]).then(|| format!("panic {code:#04x}"));
    }
    let known = KNOWN.iter().find(|known| known.has_selector(selector));
    match known {
        Some(known) => Some(known.name().to_owned()),
        // A custom error that holds one text, such as the reason of a call within.
        None => text(rest, 0).filter(|text| is_readable(text)),
    }
}

/// Decodes the text of `FailedOp(uint256,string)`.
fn text_of_failed_op(data: &[u8]) -> Option<String> {
    text(data.strip_prefix(&hex!("220266b6"))?, 1)
}

/// Returns true if a text is one that a person wrote.
fn is_readable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

/// Decodes the ABI-encoded string argument at a position, counted from 0.
fn text(arguments: &[u8], argument: usize) -> Option<String> {
    let text = Words(arguments).bytes(argument)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

const KNOWN: &[Known] = &[
    Known {
        reason: "ABISV Not Execute Selector",
        meaning: "the session permits only single calls",
        advice: "send single calls, or use a batch session",
    },
    Known {
        reason: "ABISV Destination Forbidden",
        meaning: "the session does not permit the contract",
        advice: "create a session for the contract",
    },
    Known {
        reason: "ABISV Selector Forbidden",
        meaning: "the session does not permit the function",
        advice: "create a session for the function",
    },
    Known {
        reason: "ABISV Permitted Value Exceeded",
        meaning: "the call's value exceeds the session's limit",
        advice: "send at most the session's limit",
    },
    Known {
        reason: "ABISV Arg Rule Violated",
        meaning: "an argument violates a rule of the session",
        advice: "change the argument or the session",
    },
    Known {
        reason: "ERC20SV Invalid Token",
        meaning: "the session does not permit the token",
        advice: "use the token of the session",
    },
    Known {
        reason: "ERC20SV Wrong Token",
        meaning: "the session does not permit the token",
        advice: "use the token of the session",
    },
    Known {
        reason: "ERC20SV Non Zero Value",
        meaning: "a token session cannot send native coin",
        advice: "send the call without value",
    },
    Known {
        reason: "ERC20SV Wrong Recipient",
        meaning: "the session does not permit the recipient",
        advice: "use the recipient of the session",
    },
    Known {
        reason: "ERC20SV Max Amount Exceeded",
        meaning: "the amount exceeds the session's limit per transfer",
        advice: "transfer at most that limit",
    },
    Known {
        reason: "ERC20SV Invalid Selector",
        meaning: "the session permits only single calls",
        advice: "send single calls, or use a batch session",
    },
    Known {
        reason: "SessionNotApproved",
        meaning: "the session is not granted, or not any more",
        advice: "wait for its grant, or create a session",
    },
    Known {
        reason: "SR Invalid Selector",
        meaning: "a batch session permits only batches of calls",
        advice: "send the calls as one batch",
    },
    Known {
        reason: "Lengths mismatch",
        meaning: "the numbers of calls and sessions in the batch differ",
        advice: "pass one session per call",
    },
    Known {
        reason: "ECDSA: invalid signature",
        meaning: "the signature is not a valid ECDSA signature",
        advice: "sign again",
    },
    Known {
        reason: "WrongSignatureLength()",
        meaning: "the signature is too short",
        advice: "sign again with a wallet that returns ECDSA signatures",
    },
    Known {
        reason: "NoOwnerRegisteredForSmartAccount(address)",
        meaning: "the account has no owner in the ownership module",
        advice: "deploy it, or check its address",
    },
    Known {
        reason: "AlreadyInitedForSmartAccount(address)",
        meaning: "the account already has an owner in the module",
        advice: "omit the setup of the module",
    },
    Known {
        reason: "WrongValidationModule(address)",
        meaning: "the signing module is not enabled on the account",
        advice: "enable the module first",
    },
    Known {
        reason: "ModuleAlreadyEnabled(address)",
        meaning: "the module is already enabled on the account",
        advice: "omit the call that enables the module",
    },
    Known {
        reason: "ModuleNotEnabled(address)",
        meaning: "the module is not enabled on the account",
        advice: "enable the module first",
    },
    Known {
        reason: "ModuleCannotBeZeroOrSentinel(address)",
        meaning: "the zero and sentinel addresses cannot be modules",
        advice: "check the module's address",
    },
    Known {
        reason: "WrongBatchProvided(uint256,uint256,uint256,uint256)",
        meaning: "the batch's targets, values and data differ in number",
        advice: "pass one of each per call",
    },
    Known {
        reason: "AlreadyInitialized()",
        meaning: "the account is already initialized",
        advice: "omit the deployment",
    },
    Known {
        reason: "CallerIsNotEntryPointOrSelf(address)",
        meaning: "only the account itself can call the function",
        advice: "call it from the account itself",
    },
    Known {
        reason: "CallerIsNotSelf(address)",
        meaning: "only the account itself can call the function",
        advice: "call it from the account itself",
    },
    Known {
        reason: "InvalidPaymasterSignatureLength(uint256)",
        meaning: "the paymaster data has no valid signature",
        advice: "request new data and send it unchanged",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    impl Known {
        /// Returns the known reasons, without the parameters of custom errors.
        pub(in crate::rpc) fn names() -> impl Iterator<Item = &'static str> {
            KNOWN.iter().map(Self::name)
        }
    }

    #[test]
    fn revert_data_that_leads_out_of_itself_has_no_reason() {
        let word = |number: u8| format!("{number:064x}");
        let most = "f".repeat(64);
        for data in [
            String::new(),
            word(0x20),
            format!("{most}{}", word(1)),
            format!("{}{most}", word(0x20)),
            format!("{}{}", word(0x20), word(1)),
            format!("{}{}61", word(0x21), word(1)),
            format!("{}{}6161", word(0x20), word(3)),
        ] {
            assert_eq!(decode(&format!("0x08c379a0{data}")), None, "{data}");
        }
        assert_eq!(decode(&format!("0x220266b6{}", word(0))), None);
    }

    #[test]
    fn reason_is_read_from_revert_data() {
        let error_string = concat!(
            "0x08c379a0",                                                       // Error(string)
            "0000000000000000000000000000000000000000000000000000000000000020", // offset of the text
            "000000000000000000000000000000000000000000000000000000000000000e", // length of the text
            "4e6f7420796f757220746f6b656e000000000000000000000000000000000000", // "Not your token"
        );
        let failed_op = concat!(
            "0x220266b6",                                                       // FailedOp(uint256,string)
            "0000000000000000000000000000000000000000000000000000000000000000", // index of the operation
            "0000000000000000000000000000000000000000000000000000000000000040", // offset of the text
            "0000000000000000000000000000000000000000000000000000000000000020", // length of the text
            "414132332072657665727465643a2053657373696f6e4e6f74417070726f7665", // "AA23 reverted: SessionNotApprove"
        );
        let already_enabled = concat!(
            "0xb29d459500000000000000000000000000000000", // ModuleAlreadyEnabled(address)
            "000002fbffedd9b33f4e7156f2de8d48945e7489",   // the module
        );
        let panic = "0x4e487b710000000000000000000000000000000000000000000000000000000000000011";

        for (text, expected) in [
            (error_string.to_owned(), Some("Not your token")),
            (
                format!("reverted with reason: {error_string}!"),
                Some("Not your token"),
            ),
            (failed_op.to_owned(), Some("SessionNotApprove")),
            (already_enabled.to_owned(), Some("ModuleAlreadyEnabled")),
            (panic.to_owned(), Some("panic 0x11")),
            (format!("{panic}22"), Some("panic 0x11")),
            (panic.replace("000000000011", "000000000100"), None),
            (panic[..panic.len() - 2].to_owned(), None),
            ("0xdeadbeef".to_owned(), None),
            ("0x08c379a0".to_owned(), None),
            ("0x".to_owned(), None),
            ("nothing".to_owned(), None),
        ] {
            assert_eq!(decode(&text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn reason_in_revert_data_is_told_in_short() {
        let text = format!("a\n\u{1b}[31m{}", "b".repeat(5_000));
        let length = text.len();
        let data = format!("0x08c379a0{:064x}{length:064x}{}", 32, hex::encode(text));

        for reason in [
            decode(&data).unwrap(),
            of_data(&hex::decode(data).unwrap()).unwrap(),
        ] {
            assert_eq!(reason.chars().count(), LONGEST + 1);
            assert!(!reason.contains(char::is_control), "{reason}");
        }
    }

    #[test]
    fn reason_is_read_from_text() {
        for (text, expected) in [
            (
                "AA23 reverted: ABISV Selector Forbidden",
                Some("ABISV Selector Forbidden"),
            ),
            (
                "simulation with reason: AA23 reverted: SessionNotApproved",
                Some("SessionNotApproved"),
            ),
            ("execution reverted: Not your token", Some("Not your token")),
            ("AA23 reverted (or OOG)", None),
            ("reason: 0x1234", None),
            ("execution reverted: ", None),
        ] {
            assert_eq!(quoted(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn no_reason_hides_behind_another() {
        for known in KNOWN {
            let found = Known::find(known.name()).unwrap();

            assert_eq!(found.reason, known.reason);
        }
    }
}
