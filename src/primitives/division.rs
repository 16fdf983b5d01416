use alloy::primitives::U256;

/// Divides by a small number, and rounds up.
// The division of `U256` takes divisors of any size, which would cost a page four kilobytes.
pub(crate) fn div_ceil(number: U256, by: u32) -> U256 {
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
    U256::from_limbs(limbs).saturating_add(U256::from(u8::from(rest > 0)))
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
    }
}
