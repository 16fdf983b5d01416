use alloy::primitives::{U256, Uint};

/// Divides by a small number, and rounds up.
pub(crate) fn div_ceil(number: U256, by: u32) -> U256 {
    let (quotient, rest) = div_rem(number, by);
    quotient.saturating_add(U256::from(u8::from(rest > 0)))
}

/// Writes a number in decimal digits.
// The number's own `Display` would cost a page four kilobytes.
pub(crate) fn decimal(number: &U256) -> String {
    const BILLION: u32 = 1_000_000_000;

    let (mut text, mut left) = (String::new(), *number);
    loop {
        let (quotient, rest) = div_rem(left, BILLION);
        left = quotient;
        if left.is_zero() {
            return format!("{rest}{text}");
        }
        text = format!("{rest:09}{text}");
    }
}

/// Widens a number of at most 256 bits.
// The conversions of `Uint` can fail, and their error's text would cost a page four kilobytes.
pub(crate) fn widened<const BITS: usize, const LIMBS: usize>(number: Uint<BITS, LIMBS>) -> U256 {
    const { assert!(BITS <= 256, "the number is wider") };
    let mut limbs = [0; 4];
    limbs
        .iter_mut()
        .zip(number.as_limbs())
        .for_each(|(wide, limb)| *wide = *limb);
    U256::from_limbs(limbs)
}

/// Returns the quotient and the remainder.
// The division of `U256` takes divisors of any size, which would cost a page four kilobytes.
fn div_rem(number: U256, by: u32) -> (U256, u64) {
    let (mut limbs, mut rest) = (number.into_limbs(), 0);
    for limb in limbs.iter_mut().rev() {
        let mut quotient = 0;
        for half in [*limb >> 32, *limb & u64::from(u32::MAX)] {
            let part = (rest << 32) | half;
            quotient = (quotient << 32) | (part / u64::from(by));
            rest = part % u64::from(by);
        }
        *limb = quotient;
    }
    (U256::from_limbs(limbs), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quotient_is_that_of_the_library(limbs: [u64; 4], shift in 0..256_usize, by in 1..u32::MAX) {
            let number = U256::from_limbs(limbs) >> shift;

            prop_assert_eq!(div_ceil(number, by), number.div_ceil(U256::from(by)));
        }

        #[test]
        fn digits_are_those_of_the_library(limbs: [u64; 4], shift in 0..257_usize) {
            let number = U256::from_limbs(limbs) >> shift;

            prop_assert_eq!(decimal(&number), number.to_string());
        }
    }

    #[test]
    fn digits_between_billions_are_kept() {
        for text in ["0", "1", "999999999", "1000000000", "1000000000000000001"] {
            assert_eq!(decimal(&text.parse().unwrap()), text);
        }
    }
}
