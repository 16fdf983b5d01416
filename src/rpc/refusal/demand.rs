use std::ops::RangeInclusive;

use alloy::primitives::U256;

use super::Refusal;
use crate::rpc::part;

/// The fees and the gas that a refusal demands.
impl Refusal {
    /// Returns the fee per gas that the refusal demands, in wei: the largest number in the text that is above the refused
    /// fee, and at most ten times that fee or 1,000 gwei. Of a fee below 1 gwei, ten times count first. The cost of the
    /// operation has a limit of its own.
    pub(crate) fn demanded_fee(&self, refused: U256) -> Option<U256> {
        const GWEI: u64 = 1_000_000_000;
        const PLAUSIBLE: u64 = 1_000 * GWEI;
        let upto = |most| {
            let numbers = self.numbers();
            numbers
                .filter(|number| *number > refused && *number <= most)
                .max()
        };
        let (tenfold, plausible) = (refused.saturating_mul(U256::from(10)), U256::from(PLAUSIBLE));
        let near = (refused < U256::from(GWEI)).then(|| upto(tenfold)).flatten();
        near.or_else(|| upto(tenfold.max(plausible)))
    }

    /// Returns the percentage by which the largest amount of gas in the text exceeds the smallest: what was offered and what
    /// is demanded. More than 900 % does not count.
    pub(crate) fn demanded_percent(&self) -> Option<u16> {
        const GAS: RangeInclusive<u64> = 10_000..=1_000_000_000;
        const MOST: u64 = 900;
        let gas = self.numbers().filter_map(|number| u64::try_from(number).ok());
        let gas = gas.filter(|gas| GAS.contains(gas)).collect::<Vec<_>>();
        let (least, most) = (*gas.iter().min()?, *gas.iter().max()?);
        let percent = ((most - least) * 100).div_ceil(least);
        u16::try_from(percent).ok().filter(|_| percent <= MOST)
    }

    /// Returns the numbers in the text.
    fn numbers(&self) -> impl Iterator<Item = U256> {
        let words = self.message.split(|c: char| !c.is_ascii_alphanumeric());
        words.filter_map(number)
    }

    /// Returns whether the text names the priority fee, and the maximum fee.
    pub(crate) fn names_fees(&self) -> (bool, bool) {
        let names_priority = self.says_any(&["priority", "gas tip", "tip cap"]);
        let names_max = self.says_any(&["maxfeepergas", "max fee per gas"]);
        // Advice about the gas price stands behind the priority fee too.
        let names_price = !names_priority && self.says_any(&["gas price", "gasprice"]);
        (names_priority, names_max || names_price)
    }

    /// Returns true if the maximum fee and the priority fee have to be the same.
    pub(crate) fn demands_equal_fees(&self) -> bool {
        self.says_any(&["must equal", "must be equal to maxpriorityfeepergas"])
    }
}

/// Parses a number in decimal or hex.
fn number(word: &str) -> Option<U256> {
    part::number(&word.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: i64, message: &str) -> Refusal {
        Refusal::new(code, message, None)
    }

    #[test]
    fn demanded_fee_is_the_largest_plausible_number() {
        const GIVEN: u64 = 1_500_000_000;
        for (message, expected) in [
            (
                "maxFeePerGas must be at least 4500000000 (current: 1500000000)",
                Some(4_500_000_000_u64),
            ),
            (
                "must be at least 30000000000 (base fee 2000000000)",
                Some(30_000_000_000),
            ),
            ("should be equal or higher than : 0x6fc23ac0", Some(1_875_000_000)),
            ("must be at least 100000000000000", None),
            ("must be at least 900000000000", Some(900_000_000_000)),
            ("must be at least 1000", None),
            ("underpriced", None),
            ("must be at least 99999999999999999999999999", None),
        ] {
            let demanded = refusal(-32602, message).demanded_fee(U256::from(GIVEN));

            assert_eq!(demanded, expected.map(U256::from), "{message}");
        }
    }

    #[test]
    fn fee_that_a_refusal_names_is_the_one_that_is_too_low() {
        for (message, expected) in [
            (
                "maxPriorityFeePerGas must be at least 30000000000 (current maxPriorityFeePerGas: 1500000000) - use \
             pimlico_getUserOperationGasPrice to get the current gas price",
                (true, false),
            ),
            (
                "gas price below minimum: gas tip cap 1500000000, minimum needed 25000000000",
                (true, false),
            ),
            ("gas price must be at least 30000000000", (false, true)),
            ("maxFeePerGas must be at least 30000000000", (false, true)),
            (
                "Max fee per gas and (Max priority fee per gas + estimated basefee) should be equal or higher than : 0x5",
                (true, true),
            ),
        ] {
            assert_eq!(refusal(-32602, message).names_fees(), expected, "{message}");
        }
    }

    #[test]
    fn priority_fee_of_nothing_can_be_raised_to_what_is_demanded() {
        let message = "maxPriorityFeePerGas is 0 but must be at least 25000000000";

        let demanded = refusal(-32000, message).demanded_fee(U256::ZERO);

        assert_eq!(demanded, Some(U256::from(25_000_000_000_u64)));
    }

    #[test]
    fn fee_of_a_cheap_chain_is_not_taken_for_a_cost() {
        let message = r#"too low: {"signerGasPrice":1500000,"signerPaid":"300000000000"}"#;

        let demanded = refusal(-32602, message).demanded_fee(U256::from(1_000_000));

        assert_eq!(demanded, Some(U256::from(1_500_000)));
    }

    #[test]
    fn gas_that_a_refusal_demands_is_told_in_percent() {
        for (message, expected) in [
            (
                "preVerificationGas is 46960 but must be at least 93920",
                Some(100),
            ),
            (
                "Preverification gas is too low. it has 0xb758 but should be minimum: 0xb7f4",
                Some(1),
            ),
            ("preVerificationGas too low: expected at least 47104", Some(0)),
            ("preVerificationGas is 20000 but must be at least 900000000", None),
            ("too low", None),
        ] {
            assert_eq!(refusal(-32602, message).demanded_percent(), expected, "{message}");
        }
    }
}
