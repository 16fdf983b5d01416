use alloy::{
    primitives::{Address, B256, Signature, keccak256},
    signers::k256::{
        FieldElement,
        ecdsa::VerifyingKey,
        elliptic_curve::{point::AffineCoordinates, subtle::ConditionallySelectable},
    },
};

/// Returns the address whose key has signed a hash.
pub(super) fn signer_of(signature: &Signature, hash: &B256) -> Option<Address> {
    address(&signature.recover_from_prehash(hash).ok()?)
}

/// Returns the address of a public key.
// The encoded point of the library can panic with an error of ASN.1, whose text would cost a page eight kilobytes.
pub(super) fn address(key: &VerifyingKey) -> Option<Address> {
    let (x, y_is_odd) = (key.as_affine().x(), key.as_affine().y_is_odd());
    let y = Option::<FieldElement>::from(FieldElement::from_bytes(&x).and_then(|x| {
        let square = x * x * x + FieldElement::from_u64(7);
        square.sqrt()
    }))?
    .normalize();
    let y = FieldElement::conditional_select(&y.negate(1), &y, !(y.is_odd() ^ y_is_odd)).normalize();
    let mut point = [0; 64];
    point[..32].copy_from_slice(&x);
    point[32..].copy_from_slice(&y.to_bytes());
    Some(Address::from_slice(&keccak256(point)[12..]))
}

#[cfg(test)]
mod tests {
    use alloy::signers::{k256::ecdsa::SigningKey, utils::public_key_to_address};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn address_is_that_of_the_library(secret: [u8; 32]) {
            prop_assume!(SigningKey::from_slice(&secret).is_ok());
            let key = *SigningKey::from_slice(&secret).unwrap().verifying_key();

            prop_assert_eq!(address(&key), Some(public_key_to_address(&key)));
        }
    }
}
