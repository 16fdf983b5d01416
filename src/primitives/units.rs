use alloy::primitives::U256;

/// Converts a decimal number to an exact amount in a token's smallest unit: `"1.5"` with 6 decimals is 1,500,000.
///
/// `None` when the text is not a plain decimal number, is finer than the smallest unit, or is too large.
///
/// # Examples
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::primitives::units;
///
/// assert_eq!(units("1.005", 6), Some(U256::from(1_005_000)));
/// assert_eq!(units("0.0000001", 6), None);
/// ```
#[must_use]
pub fn units(decimal: &str, decimals: u8) -> Option<U256> {
    let (units, is_finer) = whole_units(decimal, decimals)?;
    (!is_finer).then_some(units)
}

/// Converts a decimal number to an amount in a token's smallest unit, rounded up so that the amount covers the
/// number: `"1.5"` with 6 decimals is 1,500,000.
///
/// `None` when the text is not a plain decimal number, or is too large.
///
/// # Examples
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::primitives::units_rounded_up;
///
/// assert_eq!(units_rounded_up("1.005", 6), Some(U256::from(1_005_000)));
/// assert_eq!(units_rounded_up("0.0000001", 6), Some(U256::from(1)));
/// assert_eq!(units_rounded_up("1e3", 6), None);
/// ```
#[must_use]
pub fn units_rounded_up(decimal: &str, decimals: u8) -> Option<U256> {
    let (units, is_finer) = whole_units(decimal, decimals)?;
    units.checked_add(U256::from(is_finer))
}

/// Returns the number of whole smallest units, and true if a remainder is left.
fn whole_units(decimal: &str, decimals: u8) -> Option<(U256, bool)> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let (kept, finer) = fraction.split_at(fraction.len().min(decimals.into()));
    let digits = format!("{whole}{kept:0<width$}", width = usize::from(decimals));
    let units = U256::from_str_radix(&digits, 10).ok()?;
    Some((units, finer.bytes().any(|digit| digit != b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_decimal_number_is_refused() {
        for text in ["", ".", ".5", "-1", "+1", "1,5", "1.2.3", "0x1", "NaN", " 1"] {
            assert_eq!(units_rounded_up(text, 18), None, "{text:?}");
            assert_eq!(units(text, 18), None, "{text:?}");
        }
        assert_eq!(units_rounded_up(&"9".repeat(78), 0), None);
        assert_eq!(units_rounded_up("1", 255), None);
    }

    #[test]
    fn only_what_is_finer_rounds_up() {
        for (text, exact, rounded_up) in [
            ("0.3000", Some(3), 3),
            ("0.3001", None, 4),
            ("0.01", None, 1),
            ("2.", Some(20), 20),
        ] {
            assert_eq!(units(text, 1), exact.map(U256::from), "{text}");
            assert_eq!(units_rounded_up(text, 1), Some(U256::from(rounded_up)), "{text}");
        }
    }

    #[test]
    fn the_largest_amount_cannot_be_rounded_up() {
        let largest = U256::MAX.to_string();

        assert_eq!(units(&largest, 0), Some(U256::MAX));
        assert_eq!(units_rounded_up(&format!("{largest}.1"), 0), None);
    }
}
