use std::fmt;

use alloy::{
    hex,
    primitives::{Address, B256, FixedBytes, Signed, U256, Uint},
};
use serde::{Deserialize, Serialize};

use crate::primitives::{checksum, decimal, widened};

/// A 32-byte word of call data, as the ABI encodes a value.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{address, fixed_bytes}};
/// use use_aa::permission::Word;
///
/// let minus_one = hex!("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
/// let left = hex!("80ac58cd00000000000000000000000000000000000000000000000000000000");
/// assert_eq!(Word::from(-1i64).0, minus_one);
/// assert_eq!(Word::from(fixed_bytes!("80ac58cd")).0, left);
///
/// let friend = Word::from(address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af"));
/// assert_eq!(friend.to_string(), "0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// assert_eq!(Word::from(5u8).to_string(), "5");
/// assert!(Word::from(-1i64).to_string().starts_with("0xffff"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Word(pub B256);

impl Word {
    /// Formats the word like another one: as an address if the other word looks like an address.
    pub(crate) fn shown_like(self, other: Self) -> String {
        match other.looks_like_address() && self.0[..12] == [0; 12] {
            true => checksum(&Address::from_word(self.0)),
            false => self.to_string(),
        }
    }

    /// Returns true if the word is too large for a usual number and fits into an address.
    fn looks_like_address(self) -> bool {
        self.0[..12] == [0; 12] && self.0[12..16] != [0; 4]
    }
}

impl fmt::Display for Word {
    /// Writes an address if the word looks like one, a smaller word as a number, and a larger one, for example a hash or
    /// the largest number, in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0[..12] == [0; 12] {
            true if self.looks_like_address() => f.pad(&checksum(&Address::from_word(self.0))),
            true => f.pad(&decimal(&U256::from_be_bytes(self.0.0))),
            false => f.pad(&hex::encode_prefixed(self.0)),
        }
    }
}

impl From<Address> for Word {
    fn from(address: Address) -> Self {
        Self(address.into_word())
    }
}

impl<const BITS: usize, const LIMBS: usize> From<Uint<BITS, LIMBS>> for Word {
    fn from(number: Uint<BITS, LIMBS>) -> Self {
        const { assert!(BITS <= 256, "a word holds 256 bits") };
        Self(widened(number).into())
    }
}

impl<const BITS: usize, const LIMBS: usize> From<Signed<BITS, LIMBS>> for Word {
    /// Encodes the number in two's complement, as the ABI does. The module compares words as unsigned numbers.
    fn from(number: Signed<BITS, LIMBS>) -> Self {
        const { assert!(BITS <= 256, "a word holds 256 bits") };
        let padding = if number.is_negative() {
            U256::MAX << BITS
        } else {
            U256::ZERO
        };
        Self((padding | widened(number.into_raw())).into())
    }
}

impl From<bool> for Word {
    fn from(flag: bool) -> Self {
        U256::from(flag).into()
    }
}

impl<const N: usize> From<FixedBytes<N>> for Word {
    /// Encodes fixed bytes, aligned to the left of the word.
    ///
    /// More than 32 bytes do not compile:
    ///
    /// ```compile_fail,E0080
    /// use alloy::primitives::FixedBytes;
    /// use use_aa::permission::Word;
    ///
    /// let word = Word::from(FixedBytes::<33>::ZERO);
    /// ```
    fn from(bytes: FixedBytes<N>) -> Self {
        const { assert!(N <= 32, "a word holds 32 bytes") };
        let mut word = B256::ZERO;
        word[..N].copy_from_slice(bytes.as_slice());
        Self(word)
    }
}

macro_rules! word_from_integers {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Word {
            fn from(number: $integer) -> Self {
                U256::from(number).into()
            }
        })*
    };
}

word_from_integers!(u8, u16, u32, u64, u128, usize);

macro_rules! word_from_signed_integers {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Word {
            /// Encodes the number in two's complement, as the ABI does. The module compares words as unsigned numbers.
            fn from(number: $integer) -> Self {
                let bits = U256::from(number.unsigned_abs());
                Self(if number < 0 { U256::ZERO.wrapping_sub(bits) } else { bits }.into())
            }
        })*
    };
}

word_from_signed_integers!(i8, i16, i32, i64, i128);

/// The comparison of an argument with a rule's reference value, as unsigned 256-bit numbers.
///
/// # Examples
///
/// ```
/// use use_aa::{Condition, Rule};
///
/// assert!(Condition::AtMost.holds(5u8.into(), 5u8.into()));
/// assert!(!Condition::Less.holds(5u8.into(), 5u8.into()));
/// assert_eq!(Rule::argument(1, Condition::Less, 5u8).to_string(), "argument 1 must be less than 5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Condition {
    /// The argument equals the value.
    Equal = 0,
    /// The argument is less than or equal to the value.
    AtMost = 1,
    /// The argument is less than the value.
    Less = 2,
    /// The argument is greater than or equal to the value.
    AtLeast = 3,
    /// The argument is greater than the value.
    Greater = 4,
    /// The argument differs from the value.
    NotEqual = 5,
}

impl Condition {
    /// All conditions, in the order of their encoded numbers.
    pub const ALL: [Self; 6] = [
        Self::Equal,
        Self::AtMost,
        Self::Less,
        Self::AtLeast,
        Self::Greater,
        Self::NotEqual,
    ];

    /// Returns true if a value satisfies the condition for a reference value.
    #[must_use]
    pub fn holds(self, value: Word, reference: Word) -> bool {
        match self {
            Self::Equal => value == reference,
            Self::AtMost => value <= reference,
            Self::Less => value < reference,
            Self::AtLeast => value >= reference,
            Self::Greater => value > reference,
            Self::NotEqual => value != reference,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "must equal",
            Self::AtMost => "must be at most",
            Self::Less => "must be less than",
            Self::AtLeast => "must be at least",
            Self::Greater => "must be greater than",
            Self::NotEqual => "must not equal",
        })
    }
}

/// A rule for one argument of an allowed call.
///
/// Arguments are counted from 0, in words of 32 bytes. The last addressable argument is 2047. The word of a dynamic
/// argument is an offset and not a value, so a rule cannot bind a dynamic argument.
///
/// # Examples
///
/// ```
/// use use_aa::Rule;
///
/// let at_most_five = Rule::at_most(1, 5u64);
/// assert_eq!(at_most_five.to_string(), "argument 1 must be at most 5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) offset: u32,
    pub(crate) condition: Condition,
    pub(crate) reference: Word,
}

impl Rule {
    /// Requires the argument to equal the value.
    pub fn equal(argument: u16, value: impl Into<Word>) -> Self {
        Self::argument(argument, Condition::Equal, value)
    }

    /// Requires the argument to be less than or equal to the value.
    pub fn at_most(argument: u16, value: impl Into<Word>) -> Self {
        Self::argument(argument, Condition::AtMost, value)
    }

    /// Requires the argument to be less than the value.
    pub fn less(argument: u16, value: impl Into<Word>) -> Self {
        Self::argument(argument, Condition::Less, value)
    }

    /// Requires the argument to be greater than or equal to the value.
    pub fn at_least(argument: u16, value: impl Into<Word>) -> Self {
        Self::argument(argument, Condition::AtLeast, value)
    }

    /// Requires the argument to be greater than the value.
    pub fn greater(argument: u16, value: impl Into<Word>) -> Self {
        Self::argument(argument, Condition::Greater, value)
    }

    /// Requires the argument to differ from the value.
    pub fn not_equal(argument: u16, value: impl Into<Word>) -> Self {
        Self::argument(argument, Condition::NotEqual, value)
    }

    /// Requires the argument to satisfy a condition for the value.
    pub fn argument(argument: u16, condition: Condition, value: impl Into<Word>) -> Self {
        Self::offset(u32::from(argument) * 32, condition, value)
    }

    /// Requires the word at an offset into the arguments to satisfy a condition for the value.
    ///
    /// The offset is in bytes after the selector, at most 65,535.
    pub fn offset(offset: u32, condition: Condition, value: impl Into<Word>) -> Self {
        Self {
            offset,
            condition,
            reference: value.into(),
        }
    }

    /// Describes the position of the word that the rule compares.
    pub(crate) fn place(&self) -> String {
        match self.offset.is_multiple_of(32) {
            true => format!("argument {}", self.offset / 32),
            false => format!("the word at byte {} of the arguments", self.offset),
        }
    }

    /// Returns the word of the arguments that the rule compares; `None` if the call data ends before it.
    pub(crate) fn word(&self, arguments: &[u8]) -> Option<Word> {
        let start = self.offset as usize;
        let word = arguments.get(start..start.checked_add(32)?)?;
        Some(Word(B256::from_slice(word)))
    }

    /// Returns true if the arguments satisfy the rule. `arguments` is the call data without its selector.
    #[must_use]
    pub fn holds(&self, arguments: &[u8]) -> bool {
        self.word(arguments)
            .is_some_and(|word| self.condition.holds(word, self.reference))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.place(), self.condition, self.reference)
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{address, fixed_bytes};

    use super::*;

    #[test]
    fn conditions_compare_as_unsigned_numbers() {
        let table = [
            (Condition::Equal, [false, true, false]),
            (Condition::AtMost, [true, true, false]),
            (Condition::Less, [true, false, false]),
            (Condition::AtLeast, [false, true, true]),
            (Condition::Greater, [false, false, true]),
            (Condition::NotEqual, [true, false, true]),
        ];

        for (condition, expected) in table {
            let found = [U256::from(4), U256::from(5), U256::MAX]
                .map(|value| condition.holds(value.into(), 5u8.into()));
            assert_eq!(found, expected, "{condition:?}");
        }
    }

    #[test]
    fn rule_does_not_hold_where_the_call_data_ends_early() {
        let rule = Rule::not_equal(1, 7u8);

        assert!(!rule.holds(&[0; 63]));
        assert!(rule.holds(&[0; 64]));
    }

    #[test]
    fn fixed_bytes_stand_at_the_left() {
        let word = Word::from(fixed_bytes!("aabb"));

        assert_eq!(word.0[..3], [0xaa, 0xbb, 0]);
    }

    #[test]
    fn words_read_as_addresses_numbers_or_bytes() {
        let recipient = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

        assert_eq!(Word::from(recipient).to_string(), recipient.to_string());
        assert_eq!(Word::from(7u8).to_string(), "7");
        assert_eq!(
            Word::from(7u8).shown_like(recipient.into()),
            Address::with_last_byte(7).to_string()
        );
        assert_eq!(Word::from(7u8).shown_like(8u8.into()), "7");
        assert_eq!(Word::from(U256::MAX).to_string(), format!("{:#x}", U256::MAX));
    }
}
