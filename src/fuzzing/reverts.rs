use alloy::sol_types::{Panic, Revert, SolError};

use super::{answers::failed, assert_shown};
use crate::{
    platform::Json,
    rpc::{Failure, Refusal, revert_reason},
};

/// The maximum length of a reason in characters, with one more for the ellipsis.
const LONGEST: usize = 241;
const CODES: [i64; 8] = [3, -32500, -32501, -32507, -32521, -32603, 429, i64::MIN];

/// Fuzzes revert data, and error texts of services around a revert reason.
///
/// The reason is short, and a reason encoded by the Solidity compiler is returned unchanged. The first byte selects
/// revert data or text.
pub fn reverts(bytes: &[u8]) {
    let Some((case, rest)) = bytes.split_first() else {
        return;
    };
    match case & 1 {
        0 => of_data(rest),
        _ => of_words(CODES[usize::from(case >> 1) % CODES.len()], rest),
    }
}

fn of_data(data: &[u8]) {
    let reason = revert_reason(data);
    assert_eq!(reason.is_none(), data.is_empty());
    let reason = reason.unwrap_or_default();
    assert_shown(&reason, LONGEST);
    if let Ok(revert) = Revert::abi_decode(data) {
        let is_space = |c: char| c.is_whitespace() || c.is_control();
        let said = revert.reason.split(is_space).filter(|word| !word.is_empty());
        let said = said.collect::<Vec<_>>().join(" ");
        assert!(
            said.starts_with(reason.trim_end_matches('…')),
            "{said:?} became {reason:?}"
        );
        assert!(reason.chars().count() == LONGEST || said == reason);
    }
    if let Ok(Ok(code)) = Panic::abi_decode(data).map(|panic| u8::try_from(panic.code)) {
        assert_eq!(reason, format!("panic {code:#04x}"));
    }
}

fn of_words(code: i64, words: &[u8]) {
    let words = String::from_utf8_lossy(words);
    let (message, data) = words.split_once('\n').unwrap_or((&words, ""));
    let refusal = Refusal::new(code, message, Json::parse(data).ok());

    assert_eq!(refusal.code, code);
    if let Some(aa) = refusal.aa {
        let named = format!("AA{:02}", aa.number());
        assert!(
            words.contains(&named) || data.contains('\\'),
            "nobody said {named}"
        );
    }
    assert_shown(refusal.revert.as_deref().unwrap_or_default(), LONGEST);
    assert_shown(&refusal.to_string(), 1200);
    let _ = (refusal.is_revert(), refusal.is_about_signature());
    if !words.contains("secret") {
        let short = Refusal::new(code, &refusal.to_string(), None);
        failed(&Failure::Refused(Box::new(short)));
    }
}
