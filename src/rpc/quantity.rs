use alloy::primitives::{U256, aliases::U120};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::Failure;

/// A number on the wire, and whether it was written as the standard demands: in hex behind `0x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quantity {
    value: U256,
    hex: bool,
}

/// How a service writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// In hex behind `0x`.
    Standard,
    /// In hex, as decimal text or as a JSON number.
    Any,
}

impl Quantity {
    /// The number, if it is written as it must be.
    pub(super) fn read(self, name: &'static str, notation: Notation) -> Result<U256, Failure> {
        if self.hex || notation == Notation::Any {
            Ok(self.value)
        } else {
            Err(Failure::Malformed(format!("{name} is not in hex behind 0x")))
        }
    }

    /// An amount of gas or a price for it: the entry point takes no more than 120 bits.
    pub(super) fn read_gas(self, name: &'static str, notation: Notation) -> Result<U256, Failure> {
        let value = self.read(name, notation)?;
        if value > U120::MAX.to::<U256>() {
            return Err(Failure::Malformed(format!("{name} is beyond all measure")));
        }
        Ok(value)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || de::Error::custom("a number is not written as one");
        match Value::deserialize(deserializer)? {
            Value::String(text) => match text.strip_prefix("0x") {
                Some(digits) => parse(digits, 16).map(|value| Self { value, hex: true }),
                None => parse(&text, 10).map(|value| Self { value, hex: false }),
            },
            Value::Number(number) => number.as_u64().map(|number| Self {
                value: U256::from(number),
                hex: false,
            }),
            _ => None,
        }
        .ok_or_else(wrong)
    }
}

fn parse(digits: &str, radix: u64) -> Option<U256> {
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix as u32));
    plain.then(|| U256::from_str_radix(digits, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(json: &str) -> Option<Quantity> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn number_is_read_in_the_notation_it_must_have() {
        for (json, standard, any) in [
            (r#""0x0""#, Some(0), Some(0)),
            (r#""0x1c9c380""#, Some(30_000_000), Some(30_000_000)),
            (r#""0xFF""#, Some(255), Some(255)),
            (r#""1500000000""#, None, Some(1_500_000_000)),
            ("1500000000", None, Some(1_500_000_000)),
        ] {
            let quantity = quantity(json).unwrap();

            let read = |notation| {
                quantity
                    .read("nonce", notation)
                    .ok()
                    .map(|value| value.to::<u64>())
            };

            assert_eq!(read(Notation::Standard), standard, "{json}");
            assert_eq!(read(Notation::Any), any, "{json}");
        }
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        let too_long = format!(r#""0x1{}""#, "0".repeat(64));
        for json in [
            r#""""#,
            r#""0x""#,
            r#""0xg""#,
            r#""0x-1""#,
            r#""0x1_0""#,
            r#""1e9""#,
            r#""-1""#,
            r#""+1""#,
            "-1",
            "1.5",
            "1e30",
            "true",
            "null",
            "{}",
            "[]",
            &too_long,
        ] {
            assert_eq!(quantity(json), None, "{json}");
        }
    }

    #[test]
    fn gas_beyond_120_bits_is_an_error() {
        let most = quantity(r#""0xffffffffffffffffffffffffffffff""#).unwrap();
        let more = quantity(r#""0x1000000000000000000000000000000""#).unwrap();

        assert!(most.read_gas("callGasLimit", Notation::Standard).is_ok());
        assert!(more.read_gas("callGasLimit", Notation::Standard).is_err());
    }
}
