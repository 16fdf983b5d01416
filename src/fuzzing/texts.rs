use alloy::primitives::{Address, Selector, U256, keccak256};
use reqwest::Url;

use super::assert_shown;
use crate::{
    permission::{Names, Permission, Policy, PolicyError},
    primitives::{units, units_rounded_up},
    rpc::{ServiceUrl, UrlError, bundler_chain_id, paymaster_chain_id},
};

/// Fuzzes user input: URLs of services, signatures of functions, and amounts.
///
/// An accepted text means the same to other programs, and a key in a URL is not displayed. The first byte selects the
/// kind.
pub fn texts(bytes: &[u8]) {
    let Some((case, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = str::from_utf8(rest) else { return };
    match case % 4 {
        0 => address(text),
        1 => function(text),
        2 => chain_ids(text),
        _ => amount(text, case / 4),
    }
}

fn address(text: &str) {
    let url: ServiceUrl = match text.parse() {
        Ok(url) => url,
        Err(error) => return assert!(!UrlError::to_string(&error).is_empty()),
    };
    assert_eq!(url.as_str(), text.trim());
    let shown = format!("{url:?}");
    let origin = url.origin();
    assert!(shown == format!("ServiceUrl({origin})") || shown == format!("ServiceUrl({origin}/…)"));
    // Browsers and servers parse the same host, and the displayed origin holds nothing else.
    if let Ok(whole) = Url::parse(url.as_str()) {
        let origin = Url::parse(origin).expect("the origin of an address is one");
        assert_eq!(
            (whole.host_str(), whole.port()),
            (origin.host_str(), origin.port())
        );
        assert_eq!(
            (origin.path(), origin.query(), origin.fragment()),
            ("/", None, None),
            "{origin} tells more than the host"
        );
        assert_eq!((whole.username(), whole.password()), ("", None));
    }
    is_redacted(&url);
}

/// Asserts that no part of a URL that looks like a key remains in a service's text.
fn is_redacted(url: &ServiceUrl) {
    let rest = &url.as_str()[url.origin().len()..];
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    let pieces = path.split('/').chain(values.map(|(_, value)| value));
    let said = url.redact(&format!("Cannot POST {rest} of {}", url.as_str()));
    for piece in pieces.filter(|piece| piece.len() >= 16) {
        let is_number = piece.bytes().all(|digit| digit.is_ascii_digit());
        let is_part = "Cannot POST  of ".contains(piece) || url.origin().contains(piece);
        assert!(
            is_number || is_part || !said.contains(piece),
            "{piece} is left in {said}"
        );
    }
}

fn function(text: &str) {
    let contract = Address::repeat_byte(1);
    let policy = match Policy::function(contract, text) {
        Ok(policy) => policy,
        Err(error) => return assert_eq!(error, PolicyError::Signature(text.to_owned())),
    };
    let permission = Permission::from(policy.clone());
    let bare = permission.describe();
    let named = permission.describe_with(&Names::new().function(text));
    assert_eq!(bare.len(), named.len());
    bare.iter().for_each(|words| assert_shown(words, 400));
    // A name is shown only if its hash is the selector.
    if named[0] != bare[0] {
        let signature = named[0]
            .strip_prefix("Call ")
            .and_then(|rest| rest.rsplit_once(" of "));
        let (signature, _) = signature.expect("a function is called");
        let selector = Selector::from_slice(&keccak256(signature)[..4]);
        assert_eq!(Policy::new(contract, selector), policy);
    }
}

fn chain_ids(text: &str) {
    for (id, version) in [(bundler_chain_id(text), "v2"), (paymaster_chain_id(text), "v")] {
        if let Some(id) = id {
            assert!(text.contains(&format!("api/{version}")), "{text}");
            assert!(text.contains(&id.to_string()), "{text} does not name {id}");
        }
    }
}

fn amount(text: &str, decimals: u8) {
    let (exact, rounded) = (units(text, decimals), units_rounded_up(text, decimals));
    if let Some(exact) = exact {
        assert_eq!(rounded, Some(exact));
    }
    let Some(rounded) = rounded else { return };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = usize::from(decimals);
    let kept = fraction
        .get(..places.min(fraction.len()))
        .expect("digits are ASCII");
    let digits = format!("{whole}{kept}{}", "0".repeat(places - kept.len()));
    let more = fraction[kept.len()..].contains(|digit| digit != '0');
    let expected = digits.parse::<U256>().expect("digits are a number") + U256::from(more);
    assert_eq!(rounded, expected);
    assert_eq!(exact.is_none(), more);
}
