use alloy::primitives::{Address, Bytes, U256};

use super::{Reader, assert_shown};
use crate::{
    permission::{Interval, Names},
    primitives::Call,
    session::merkle::{
        Leaf,
        contracts::{ABI_SESSION_VALIDATION, ERC20_SESSION_VALIDATION},
    },
};

/// The length of key data before its rules, and the length of one rule, in bytes.
const HEAD: usize = 62;
const RULE: usize = 35;

/// Fuzzes a leaf from an untrusted source: its permission is read as the validation module reads it, and the leaf
/// allows a call exactly if the module does.
///
/// The bytes are the module, the interval, the key data after its length, the time, and a call.
pub fn key_data(bytes: &[u8]) {
    let mut reader = Reader(bytes);
    let case = reader.byte();
    let module = match case % 3 {
        0 => ABI_SESSION_VALIDATION,
        1 => ERC20_SESSION_VALIDATION,
        _ => Address::repeat_byte(case),
    };
    let interval = Interval {
        valid_after: reader.number(),
        valid_until: reader.number(),
    };
    let data = Bytes::copy_from_slice(reader.part());
    let now = reader.number();
    let call = Call {
        to: reader.array().into(),
        value: U256::from_be_bytes(reader.array::<32>()),
        data: Bytes::copy_from_slice(reader.0),
    };
    let fits = interval.valid_after <= Interval::MAX && interval.valid_until <= Interval::MAX;
    let leaf = Leaf::new(interval, module, data.clone());
    assert_eq!(leaf.is_ok(), fits);
    let Ok(leaf) = leaf else { return };

    is_read_whole(&leaf, case);
    let in_time = interval.valid_after <= now && (interval.valid_until == 0 || now <= interval.valid_until);
    let passes = match case % 3 {
        0 => is_abi(&data) && abi(&data, &call),
        1 => erc20(&data, &call),
        _ => false,
    };
    let allowed = leaf.allows(&call, now);
    assert_eq!(allowed.is_ok(), in_time && passes, "{allowed:?}");
    assert!(allowed.is_err() || leaf.is_near(&call));
    if let Err(violation) = allowed {
        assert_shown(&violation.to_string(), 600);
    }
}

/// Asserts that the permission that is read from a leaf is complete: it encodes to the same leaf.
fn is_read_whole(leaf: &Leaf, case: u8) {
    let data = leaf.key_data();
    let is_known = match case % 3 {
        0 => is_abi(data),
        1 => is_erc20(data),
        _ => false,
    };
    let permission = leaf.permission();
    assert_eq!(permission.is_some(), is_known);
    assert_eq!(leaf.key().is_some(), is_known);

    let names = Names::new()
        .function("transfer(address to, uint256 amount)")
        .function("safeMint(address to)")
        .address(Address::repeat_byte(1), "somebody");
    for words in [leaf.describe(), leaf.describe_with(&names)] {
        assert!(words.len() >= 2);
        words.iter().for_each(|words| assert_shown(words, 400));
    }
    let (Some(permission), Some(key)) = (permission, leaf.key()) else {
        return;
    };
    assert_eq!(permission.describe(), leaf.describe());
    // An interval that ends before it begins can occur in a leaf, but `Permission::leaf` refuses it.
    let interval = leaf.interval();
    if interval.valid_until == 0 || interval.valid_after <= interval.valid_until {
        let again = permission.leaf(key).expect("it was granted so");
        assert_eq!((again.module(), again.interval()), (leaf.module(), interval));
        // The modules ignore trailing bytes.
        assert!(data.starts_with(again.key_data()), "{again:?} is not {leaf:?}");
    }
}

/// Returns true if the ABI session validation module can allow a call under this key data.
fn is_abi(data: &[u8]) -> bool {
    if data.len() < HEAD {
        return false;
    }
    let rules = usize::from(data[60]) * 256 + usize::from(data[61]);
    let rules = data[HEAD..].get(..rules * RULE);
    rules.is_some_and(|rules| rules.chunks(RULE).all(|rule| rule[2] <= 5))
}

/// Checks a call as the ABI session validation module does.
fn abi(data: &[u8], call: &Call) -> bool {
    let limit = U256::from_be_slice(&data[44..60]);
    if call.to != data[20..40] || !call.data.starts_with(&data[40..44]) || call.value > limit {
        return false;
    }
    let count = usize::from(data[60]) * 256 + usize::from(data[61]);
    data[HEAD..].chunks(RULE).take(count).all(|rule| {
        let at = 4 + usize::from(rule[0]) * 256 + usize::from(rule[1]);
        if at + 32 > call.data.len() {
            return false;
        }
        let found = U256::from_be_slice(&call.data[at..at + 32]);
        let bound = U256::from_be_slice(&rule[3..]);
        match rule[2] {
            0 => found == bound,
            1 => found <= bound,
            2 => found < bound,
            3 => found >= bound,
            4 => found > bound,
            5 => found != bound,
            _ => false,
        }
    })
}

/// Returns true if the ERC-20 session validation module can decode this key data.
fn is_erc20(data: &[u8]) -> bool {
    data.len() >= 128 && [0, 32, 64].iter().all(|at| is_address(&data[*at..at + 32]))
}

/// Checks a call as the ERC-20 session validation module does. The module reads two words of the call data and ignores
/// trailing bytes.
fn erc20(data: &[u8], call: &Call) -> bool {
    if !is_erc20(data) || call.to != data[44..64] || !call.value.is_zero() || call.data.len() < 68 {
        return false;
    }
    let (recipient, amount) = (&call.data[4..36], &call.data[36..68]);
    is_address(recipient)
        && recipient == &data[64..96]
        && U256::from_be_slice(amount) <= U256::from_be_slice(&data[96..128])
}

fn is_address(word: &[u8]) -> bool {
    word[..12] == [0; 12]
}
