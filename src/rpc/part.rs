use std::str::FromStr;

use alloy::primitives::{Bytes, U256, aliases::U120};

use super::Failure;
use crate::{platform::Json, primitives::Fees};

/// A part of an answer and its name. A missing part is `null`, and reading it is an error.
///
/// A part is read leniently where its value has one meaning: a number may be hex behind `0x`, a decimal text, a JSON
/// number or the object that ethers writes for a large number.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    name: &'static str,
    value: &'a Json,
    is_whole: bool,
}

impl<'a> Part<'a> {
    /// Creates the part that is the whole answer.
    pub(super) const fn whole(value: &'a Json) -> Self {
        Self {
            name: "the answer",
            value,
            is_whole: true,
        }
    }

    /// Sets the name of the part in error texts. The default is the field's name, or "the answer".
    pub const fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Returns the JSON value. Fails if the value is `null`.
    pub fn value(self) -> Result<&'a Json, Failure> {
        match self.value {
            Json::Null if self.is_whole => Err(Failure::Missing),
            Json::Null => Err(Failure::Malformed(format!("{} is missing", self.name))),
            value => Ok(value),
        }
    }

    /// Returns the part itself; `None` if its value is `null`.
    pub fn find(self) -> Option<Self> {
        (!self.value.is_null()).then_some(self)
    }

    /// Returns the part's text, if the value is one.
    pub fn as_str(self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// Returns a field of the part.
    pub fn field(self, name: &'static str) -> Self {
        if self.value.is_null() {
            return self;
        }
        Self {
            name,
            value: &self.value[name],
            is_whole: false,
        }
    }

    /// Returns the part's value, which is an object.
    pub fn object(self) -> Result<&'a Json, Failure> {
        let value = self.value()?;
        value
            .fields()
            .map(|_| value)
            .ok_or_else(|| self.is("not an object"))
    }

    /// Returns the members of a list.
    pub fn members(self) -> Result<impl DoubleEndedIterator<Item = Self>, Failure> {
        let values = self.value()?.members().ok_or_else(|| self.is("not an array"))?;
        let member = move |value| Self {
            name: if self.is_whole { "entry" } else { self.name },
            value,
            is_whole: false,
        };
        Ok(values.iter().map(member))
    }

    /// Parses hex of exactly the type's length.
    pub fn hex<T: FromStr>(self) -> Result<T, Failure> {
        let bytes = self.value()?.as_str().and_then(|text| text.parse().ok());
        bytes.ok_or_else(|| self.is("not hex of the expected length"))
    }

    /// Parses hex of any length, such as a contract's code. No bytes may also be `null`, an empty text or `0x0`.
    pub fn data(self) -> Result<Bytes, Failure> {
        match self.value {
            Json::Null => Ok(Bytes::new()),
            Json::String(text) if matches!(text.as_str(), "" | "0x0") => Ok(Bytes::new()),
            _ => self.hex(),
        }
    }

    /// Returns the members of a list. No members may also be `null`.
    pub fn list(self) -> Result<impl DoubleEndedIterator<Item = Self>, Failure> {
        let members = self.find().map(Self::members).transpose()?;
        Ok(members.into_iter().flatten())
    }

    /// Parses a number.
    pub fn number(self) -> Result<U256, Failure> {
        number(self.value()?).ok_or_else(|| self.is("not a number"))
    }

    /// Parses a chain id, a block number or another 64-bit number.
    pub fn small_number(self) -> Result<u64, Failure> {
        let number = self.number()?;
        number.try_into().map_err(|_| self.is("above 64 bits"))
    }

    /// Parses an amount of gas or a gas price. The entry point accepts at most 120 bits.
    pub fn gas(self) -> Result<U256, Failure> {
        let number = self.number()?;
        if number.bit_len() > U120::BITS {
            return Err(self.is("above 120 bits"));
        }
        Ok(number)
    }

    /// Parses `maxFeePerGas` and `maxPriorityFeePerGas`. A maximum below the priority fee is raised to it: the entry
    /// point refuses such an operation, and the higher of the two is what the service wants at least.
    pub fn fees(self) -> Result<Fees, Failure> {
        let priority = self.field("maxPriorityFeePerGas").gas()?;
        Ok(Fees {
            max_fee_per_gas: self.field("maxFeePerGas").gas()?.max(priority),
            max_priority_fee_per_gas: priority,
        })
    }

    /// Returns true for `true`, also as text, and for 1.
    pub fn is_true(self) -> bool {
        match self.value {
            Json::Bool(is_true) => *is_true,
            Json::String(text) if text.eq_ignore_ascii_case("true") => true,
            _ => number(self.value) == Some(U256::ONE),
        }
    }

    /// Creates the failure that names the part and its fault.
    pub fn is(self, wrong: &str) -> Failure {
        Failure::Malformed(format!("{} is {wrong}", self.name))
    }
}

/// Parses a number in any notation.
pub(crate) fn number(value: &Json) -> Option<U256> {
    let text = match value {
        Json::String(text) => text,
        Json::Object(_) => value.get("hex").or_else(|| value.get("_hex"))?.as_str()?,
        value => return parse(&whole(value.digits()?)?, 10),
    };
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => parse(digits, 16),
        None => parse(text, 10),
    }
}

/// Returns the digits of a whole number, which some languages write with a fraction of zeros or an exponent.
fn whole(number: &str) -> Option<String> {
    /// More digits than any number of 256 bits has.
    const MOST: usize = 78;

    let (mut digits, mut fraction, mut exponent) = (String::new(), None, None);
    for character in number.chars() {
        match (character, &mut exponent) {
            ('e' | 'E', None) => exponent = Some(String::new()),
            ('+', Some(exponent)) if exponent.is_empty() => {}
            (digit, Some(exponent)) => exponent.push(digit),
            ('.', None) if fraction.is_none() => fraction = Some(0),
            (digit, None) => {
                digits.push(digit);
                fraction = fraction.map(|length| length + 1_usize);
            }
        }
    }
    let mut fraction = fraction.unwrap_or_default();
    let exponent = exponent.map_or(Some(0), |exponent| exponent.parse::<usize>().ok())?;
    while fraction > exponent && digits.ends_with('0') {
        digits.pop();
        fraction -= 1;
    }
    let zeros = exponent.checked_sub(fraction).filter(|zeros| *zeros <= MOST)?;
    digits.extend((0..zeros).map(|_| '0'));
    Some(digits)
}

fn parse(digits: &str, radix: u32) -> Option<U256> {
    // The product of two numbers of any size would cost a page two kilobytes.
    let mut number = (!digits.is_empty()).then_some([0_u32; 8])?;
    for digit in digits.chars() {
        let mut carry = u64::from(digit.to_digit(radix)?);
        for part in &mut number {
            carry += u64::from(*part) * u64::from(radix);
            *part = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            return None;
        }
    }
    let limb = |at: usize| u64::from(number[2 * at]) | u64::from(number[2 * at + 1]) << 32;
    Some(U256::from_limbs([limb(0), limb(1), limb(2), limb(3)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn number_is_read_in_every_notation() {
        for (value, expected) in [
            (json!("0x0"), 0),
            (json!("0x1c9c380"), 30_000_000),
            (json!("0x0000002a"), 42),
            (json!("0xFF"), 255),
            (json!("0XFF"), 255),
            (json!("1500000000"), 1_500_000_000),
            (json!(1_500_000_000), 1_500_000_000),
            (json!(1_500_000_000.0), 1_500_000_000),
            (json!(1.5e18), 1_500_000_000_000_000_000),
            (json!({"type": "BigNumber", "hex": "0x2a"}), 42),
            (json!({"_hex": "0x2a", "_isBigNumber": true}), 42),
        ] {
            let read = Part::whole(&value.clone().into()).small_number();

            assert_eq!(read, Ok(expected), "{value}");
        }
    }

    #[test]
    fn whole_number_is_read_with_a_fraction_of_zeros_or_an_exponent() {
        for (text, expected) in [
            ("7", Some(7_u128)),
            ("7.0", Some(7)),
            ("700.00", Some(700)),
            ("1e3", Some(1_000)),
            ("1.5E+3", Some(1_500)),
            ("1.50e1", Some(15)),
            ("1e+21", Some(1_000_000_000_000_000_000_000)),
            ("0e5", Some(0)),
            ("7.5", None),
            ("1e-1", None),
            ("1.25e1", None),
            ("-7", None),
            ("1e99999999999", None),
            ("1e79", None),
        ] {
            let read = number(&Json::parse(text).unwrap());

            assert_eq!(read, expected.map(U256::from), "{text}");
        }
    }

    #[test]
    fn no_bytes_and_no_members_are_read_in_every_form() {
        for value in [json!(null), json!(""), json!("0x"), json!("0x0")] {
            assert_eq!(
                Part::whole(&value.clone().into()).data(),
                Ok(Bytes::new()),
                "{value}"
            );
        }
        for value in [json!(null), json!([])] {
            assert_eq!(
                Part::whole(&value.clone().into()).list().unwrap().count(),
                0,
                "{value}"
            );
        }
        for value in [json!("0x1"), json!("0xzz"), json!(0), json!({}), json!(false)] {
            assert!(Part::whole(&value.clone().into()).data().is_err(), "{value}");
        }
        assert!(Part::whole(&json!("none").into()).list().is_err());
    }

    #[test]
    fn maximum_below_the_priority_fee_is_raised_to_it() {
        let fees = json!({"maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x77359401"}).into();

        let fees = Part::whole(&fees).fees().unwrap();

        assert_eq!(fees.max_fee_per_gas, U256::from(2_000_000_001));
        assert_eq!(fees.max_priority_fee_per_gas, U256::from(2_000_000_001));
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        let too_long = format!("0x1{}", "0".repeat(64));
        for value in [
            json!(""),
            json!("0x"),
            json!("0xg"),
            json!("0x-1"),
            json!("0x1_0"),
            json!("1e9"),
            json!("-1"),
            json!("+1"),
            json!(-1),
            json!(1.5),
            json!(1e-30),
            json!(true),
            json!(null),
            json!({}),
            json!({"hex": 1.5}),
            json!({"hex": {"hex": {}}}),
            json!([]),
            json!(too_long),
        ] {
            assert!(Part::whole(&value.clone().into()).number().is_err(), "{value}");
        }
    }

    #[test]
    fn gas_beyond_120_bits_is_an_error() {
        let most = json!("0xffffffffffffffffffffffffffffff");
        let more = json!("0x1000000000000000000000000000000");

        assert!(Part::whole(&most.into()).gas().is_ok());
        assert!(Part::whole(&more.into()).gas().is_err());
    }

    #[test]
    fn null_is_missing_as_an_answer_and_as_a_field() {
        let null = Json::object([("field", Json::Null)]);

        let part = Part::whole(&null);

        assert_eq!(
            part.field("field").number(),
            Err(Failure::Malformed("field is missing".to_owned()))
        );
        assert_eq!(Part::whole(&null["field"]).number(), Err(Failure::Missing));
    }
}
