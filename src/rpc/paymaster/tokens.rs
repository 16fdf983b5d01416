use alloy::primitives::{Address, U256};

use crate::{
    platform::Json,
    primitives::{Fees, GasLimits, div_ceil},
    rpc::{
        Failure,
        part::{Part, number},
    },
};

/// A paymaster's quote of the maximum fee of an operation in an ERC-20 token.
///
/// # Examples
///
/// ```
/// use alloy::primitives::utils::{UnitsError, format_units};
/// use use_aa::{Payment, TokenQuote};
///
/// /// As in `at most 0.512345 USDC`.
/// fn label(quote: &TokenQuote) -> Result<String, UnitsError> {
///     let amount = format_units(quote.max_fee, quote.decimals)?;
///     Ok(format!("at most {amount} {}", quote.symbol))
/// }
///
/// /// Pays as was quoted, and no more.
/// fn accept(quote: &TokenQuote) -> Payment {
///     Payment::from(quote)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenQuote {
    /// The token.
    pub token: Address,
    /// The symbol of the token, as the paymaster reports it.
    pub symbol: String,
    /// The number of decimals of the token, as the paymaster reports it.
    pub decimals: u8,
    /// The contract that the account must allow to take the fee.
    pub paymaster: Address,
    /// The maximum fee, in the token's smallest unit.
    pub max_fee: U256,
}

impl TokenQuote {
    pub(super) fn read(quote: Part<'_>, paymaster: Address) -> Result<Self, Failure> {
        let part = quote.field("decimal");
        let decimals = u8::try_from(part.small_number()?).map_err(|_| part.is("above 255"))?;
        let fee = quote.field("maxGasFee");
        let max_fee = units(fee.value()?, decimals).ok_or_else(|| fee.is("not an amount"))?;
        let token = quote.field("tokenAddress").hex()?;
        let symbol = quote.field("symbol").value();
        Ok(Self {
            token,
            symbol: symbol.ok().and_then(Json::as_str).map(shown).unwrap_or_default(),
            decimals,
            paymaster,
            max_fee,
        })
    }
}

/// A paymaster's exchange rate for gas in an ERC-20 token.
///
/// # Examples
///
/// ```no_run
/// use alloy::primitives::address;
/// use use_aa::{Fees, GasLimits, rpc::{PaymasterClient, ServiceError, StubDataPaymaster}};
///
/// async fn price(
///     client: PaymasterClient,
///     paymaster: &dyn StubDataPaymaster,
///     gas: GasLimits,
///     fees: Fees,
/// ) -> Result<(), ServiceError> {
///     let dollar = address!("fee0000000000000000000000000000000000006");
///     for rate in client.ask(paymaster.rates(&[dollar])).await? {
///         println!("at most {} of the smallest unit of {}", rate.max_fee(gas, fees), rate.token);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRate {
    /// The token.
    pub token: Address,
    /// The contract that the account must allow to take the fee.
    pub paymaster: Address,
    /// The price of 10^18 wei, in the token's smallest unit.
    pub rate: U256,
    /// The gas of taking the fee after the operation, which the account pays too, in units of gas.
    pub post_op_gas: U256,
}

impl TokenRate {
    /// Creates a rate: `rate` is the price of 10^18 wei in the token's smallest unit, `post_op_gas` is in units of gas.
    #[must_use]
    pub const fn new(token: Address, paymaster: Address, rate: U256, post_op_gas: U256) -> Self {
        Self {
            token,
            paymaster,
            rate,
            post_op_gas,
        }
    }

    pub(super) fn read(quote: Part<'_>) -> Result<Self, Failure> {
        Ok(Self {
            token: quote.field("token").hex()?,
            paymaster: quote.field("paymaster").hex()?,
            rate: quote.field("exchangeRate").gas()?,
            post_op_gas: quote.field("postOpGas").gas()?,
        })
    }

    /// Creates a quote at this rate. `max_fee` is in the token's smallest unit.
    #[must_use]
    pub fn quote(&self, symbol: &str, decimals: u8, max_fee: U256) -> TokenQuote {
        TokenQuote {
            token: self.token,
            symbol: shown(symbol),
            decimals,
            paymaster: self.paymaster,
            max_fee,
        }
    }

    /// Computes the maximum fee of an operation, in the token's smallest unit. The fee is rounded up and saturates.
    #[must_use]
    pub fn max_fee(&self, gas: GasLimits, fees: Fees) -> U256 {
        let gas = gas.total().saturating_add(self.post_op_gas);
        let wei = gas.checked_mul(fees.max_fee_per_gas);
        let scaled = wei.and_then(|wei| wei.checked_mul(self.rate));
        scaled.map_or(U256::MAX, |scaled| div_ceil(div_ceil(scaled, GWEI), GWEI))
    }
}

/// The wei of a gwei. A coin has as many gwei.
const GWEI: u32 = 1_000_000_000;

/// Makes a symbol safe to display: at most 20 characters, without control characters.
fn shown(symbol: &str) -> String {
    const LONGEST: usize = 20;
    symbol.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// Converts a JSON number to the smallest units of a token, rounded up.
///
/// A service that computes with floating point may write a number that is some steps of 2^-52 below the exact one, so
/// four of them are added.
// The digits are read as they are: the tables of floating-point numbers would cost a page ten kilobytes.
fn units(amount: &Json, decimals: u8) -> Option<U256> {
    /// More digits than any number of 256 bits has.
    const MOST: i64 = 78;
    /// The square root of 2^50.
    const STEP: u32 = 1 << 25;

    let digit = |character: u8| Some(character.wrapping_sub(b'0')).filter(|digit| *digit < 10);
    let (mut digits, mut shift, mut is_exact, mut is_zero) = (String::new(), i64::from(decimals), true, true);
    let mut fraction = 0;
    let mut characters = amount.digits().or_else(|| amount.as_str())?.bytes();
    for character in characters.by_ref() {
        match digit(character) {
            Some(digit) => {
                is_zero &= digit == 0;
                shift -= fraction;
                digits.push(char::from(character));
            }
            None if character == b'.' => fraction = 1,
            None if matches!(character, b'e' | b'E') => break,
            None => return None,
        }
    }
    if digits.is_empty() {
        return None;
    }
    let (mut sign, mut exponent) = (1, 0);
    for character in characters {
        match digit(character) {
            Some(digit) => exponent = (exponent * 10 + i64::from(digit)).min(i64::from(u32::MAX)),
            None if character == b'-' => sign = -1,
            None => {}
        }
    }
    shift += sign * exponent;
    while shift < 0
        && let Some(digit) = digits.pop()
    {
        is_exact &= digit == '0';
        shift += 1;
    }
    if is_zero {
        return Some(U256::ZERO);
    }
    (0..shift.min(MOST)).for_each(|_| digits.push('0'));
    let units = match digits.is_empty() {
        true => U256::ZERO,
        false => number(&digits.into())?,
    };
    let more = div_ceil(div_ceil(units, STEP), STEP).saturating_add(U256::from(u8::from(!is_exact)));
    units.checked_add(more)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U512;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const COIN: u64 = 1_000_000_000_000_000_000;

    #[test]
    fn an_amount_covers_what_is_written() {
        for (number, decimals, least) in [
            (json!(0), 6, 0_u64),
            (json!(0.000_001), 6, 1),
            (json!(0.012_345), 6, 12_345),
            (json!(1.5), 6, 1_500_000),
            (json!("1.5"), 6, 1_500_000),
            (json!(3), 0, 3),
            (json!(1e-7), 6, 1),
            (json!(1e-40), 18, 1),
            (json!(0.123_456_789_012_345_68), 18, 123_456_789_012_345_680),
            (json!(1_234_567.890_123), 6, 1_234_567_890_123),
        ] {
            let units = units(&number.clone().into(), decimals).unwrap();

            let more = U256::from(least) + U256::from(least / 1_000_000_000_000 + 1);
            assert!(units >= U256::from(least) && units <= more, "{number}: {units}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn an_amount_of_any_digits_covers_what_is_written(digits: u64, places in 0..40_u32) {
            let number = Json::parse(&format!("{digits}e-{places}")).unwrap();

            let units = units(&number, 18).unwrap().to::<U512>();

            let scale = |exponent: u32| U512::from(10).pow(U512::from(exponent));
            let exact = (U512::from(digits) * scale(18)).div_ceil(scale(places));
            prop_assert!(units >= exact, "{units} is less than {exact}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for (number, decimals) in [
            (json!(-1), 6),
            (json!("-1"), 6),
            (json!("0x1"), 6),
            (json!(""), 6),
            (json!(null), 6),
            (json!(1e70), 18),
            (json!(1), 100),
        ] {
            assert_eq!(units(&number.clone().into(), decimals), None, "{number}");
        }
    }

    #[test]
    fn a_rate_covers_gas_and_the_taking_of_the_token() {
        let rate = TokenRate {
            token: Address::ZERO,
            paymaster: Address::ZERO,
            rate: U256::from(550_000),
            post_op_gas: U256::from(50),
        };
        let gas = GasLimits {
            call: U256::from(20),
            verification: U256::from(20),
            pre_verification: U256::from(10),
            ..GasLimits::default()
        };
        let fees = Fees {
            max_fee_per_gas: U256::from(COIN / 100),
            max_priority_fee_per_gas: U256::ZERO,
        };

        assert_eq!(rate.max_fee(gas, fees), U256::from(550_000));
        let dear = TokenRate {
            rate: U256::MAX >> 2,
            ..rate
        };
        assert_eq!(dear.max_fee(gas, fees), U256::MAX, "it saturates");
    }
}
