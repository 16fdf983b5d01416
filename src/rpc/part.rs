use std::str::FromStr;

use alloy::primitives::{U256, aliases::U120};

use super::Failure;
use crate::{platform::Json, primitives::Fees};

/// A part of an answer and its name. A missing part is `null`, and reading it is an error.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    name: &'static str,
    value: &'a Json,
    is_whole: bool,
    notation: Notation,
}

/// The notation of numbers in a service's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Hex behind `0x`, as the standard requires.
    Standard,
    /// Hex behind `0x`, decimal text or a JSON number.
    Any,
}

impl<'a> Part<'a> {
    /// Creates the part that is the whole answer.
    pub(super) const fn whole(value: &'a Json, notation: Notation) -> Self {
        Self {
            name: "the answer",
            value,
            is_whole: true,
            notation,
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

    /// Returns a field of the part.
    pub fn field(self, name: &'static str) -> Self {
        if self.value.is_null() {
            return self;
        }
        Self {
            name,
            value: &self.value[name],
            is_whole: false,
            ..self
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
            ..self
        };
        Ok(values.iter().map(member))
    }

    /// Parses hex of exactly the type's length.
    pub fn hex<T: FromStr>(self) -> Result<T, Failure> {
        let bytes = self.value()?.as_str().and_then(|text| text.parse().ok());
        bytes.ok_or_else(|| self.is("not hex of the expected length"))
    }

    /// Parses a number. Fails if the number is not in the service's notation.
    pub fn number(self) -> Result<U256, Failure> {
        let (number, is_hex) = number(self.value()?).ok_or_else(|| self.is("not a number"))?;
        if !is_hex && self.notation == Notation::Standard {
            return Err(self.is("not hex with the prefix 0x"));
        }
        Ok(number)
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

    /// Parses `maxFeePerGas` and `maxPriorityFeePerGas`.
    pub fn fees(self) -> Result<Fees, Failure> {
        let fees = Fees {
            max_fee_per_gas: self.field("maxFeePerGas").gas()?,
            max_priority_fee_per_gas: self.field("maxPriorityFeePerGas").gas()?,
        };
        if fees.max_priority_fee_per_gas > fees.max_fee_per_gas {
            return Err(Failure::Malformed(
                "maxPriorityFeePerGas is above maxFeePerGas".to_owned(),
            ));
        }
        Ok(fees)
    }

    /// Creates the failure that names the part and its fault.
    pub fn is(self, wrong: &str) -> Failure {
        Failure::Malformed(format!("{} is {wrong}", self.name))
    }
}

/// Parses a number in any notation; the flag is true for the standard's notation.
pub(crate) fn number(value: &Json) -> Option<(U256, bool)> {
    match value {
        Json::String(text) => match text.strip_prefix("0x") {
            Some(digits) => Some((parse(digits, 16)?, true)),
            None => Some((parse(text, 10)?, false)),
        },
        value => Some((parse(value.digits()?, 10)?, false)),
    }
}

fn parse(digits: &str, radix: u32) -> Option<U256> {
    let mut number = (!digits.is_empty()).then_some(U256::ZERO)?;
    for digit in digits.chars() {
        let digit = U256::from(digit.to_digit(radix)?);
        number = number.checked_mul(U256::from(radix))?.checked_add(digit)?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn number_is_read_in_the_notation_it_must_have() {
        for (value, standard, any) in [
            (json!("0x0"), Some(0), Some(0)),
            (json!("0x1c9c380"), Some(30_000_000), Some(30_000_000)),
            (json!("0xFF"), Some(255), Some(255)),
            (json!("1500000000"), None, Some(1_500_000_000)),
            (json!(1_500_000_000), None, Some(1_500_000_000)),
        ] {
            let read = |notation| Part::whole(&value.clone().into(), notation).small_number().ok();

            assert_eq!(read(Notation::Standard), standard, "{value}");
            assert_eq!(read(Notation::Any), any, "{value}");
        }
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
            json!(1e30),
            json!(true),
            json!(null),
            json!({}),
            json!([]),
            json!(too_long),
        ] {
            assert!(
                Part::whole(&value.clone().into(), Notation::Any)
                    .number()
                    .is_err(),
                "{value}"
            );
        }
    }

    #[test]
    fn gas_beyond_120_bits_is_an_error() {
        let most = json!("0xffffffffffffffffffffffffffffff");
        let more = json!("0x1000000000000000000000000000000");

        assert!(Part::whole(&most.into(), Notation::Standard).gas().is_ok());
        assert!(Part::whole(&more.into(), Notation::Standard).gas().is_err());
    }

    #[test]
    fn null_is_missing_as_an_answer_and_as_a_field() {
        let null = Json::object([("field", Json::Null)]);

        let part = Part::whole(&null, Notation::Standard);

        assert_eq!(
            part.field("field").number(),
            Err(Failure::Malformed("field is missing".to_owned()))
        );
        assert_eq!(
            Part::whole(&null["field"], Notation::Standard).number(),
            Err(Failure::Missing)
        );
    }
}
