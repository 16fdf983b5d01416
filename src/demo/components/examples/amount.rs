use alloy::primitives::U256;

/// Formats an amount in the smallest unit as a decimal number: 1,500,000 with 6 decimals is `1.5`.
pub(crate) fn amount(units: U256, decimals: u8) -> String {
    let digits = format!("{units:0>width$}", width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    let fraction = fraction.trim_end_matches('0');
    match fraction {
        "" => whole.to_owned(),
        _ => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_is_written_as_a_decimal_number() {
        let table = [
            (0, 18, "0"),
            (1, 6, "0.000001"),
            (1_500_000, 6, "1.5"),
            (20_000_000, 6, "20"),
            (7, 0, "7"),
        ];

        for (units, decimals, expected) in table {
            assert_eq!(amount(U256::from(units), decimals), expected);
        }
        assert_eq!(
            amount(U256::MAX, 77),
            "1.15792089237316195423570985008687907853269984665640564039457584007913129639935"
        );
    }
}
