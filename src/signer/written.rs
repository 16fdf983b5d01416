use alloy::{hex, primitives::Signature};

use super::OwnerError;

/// Parses the signature in a wallet's answer.
// A page that signs nothing does not link the curve: the client verifies who has signed.
pub(crate) fn signature(answer: &str) -> Result<Signature, OwnerError> {
    let malformed = |what: &str| OwnerError::Malformed(what.to_owned());
    let answer = answer.trim();
    let bytes = hex::decode(answer.strip_prefix("0X").unwrap_or(answer))
        .map_err(|_| malformed("the signature is not hex"))?;
    match bytes.len() {
        64 => Ok(Signature::from_erc2098(&bytes)),
        65 => Signature::from_raw(&bytes).map_err(|_| malformed("the signature has an unknown `v`")),
        _ => Err(malformed(
            "the signature is not 65 bytes long, as from a contract wallet",
        )),
    }
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{B256, hex},
        signers::{SignerSync, local::PrivateKeySigner},
    };

    use super::*;
    use crate::signer::verified;

    fn signed() -> (PrivateKeySigner, B256, [u8; 65]) {
        let key = PrivateKeySigner::from_slice(&[7; 32]).unwrap();
        let hash = B256::repeat_byte(7);
        let signature = key.sign_hash_sync(&hash).unwrap().as_bytes();
        (key, hash, signature)
    }

    #[test]
    fn a_signature_is_read_however_its_last_byte_is_written() {
        let (key, hash, bytes) = signed();
        let expected = Signature::from_raw(&bytes).unwrap();
        let electrum = bytes;
        let mut plain = bytes;
        plain[64] -= 27;

        for answer in [electrum.to_vec(), plain.to_vec(), expected.as_erc2098().to_vec()] {
            let prefixed = hex::encode_prefixed(&answer);
            let texts = [
                hex::encode(&answer),
                prefixed.clone(),
                prefixed.to_uppercase(),
                format!(" {prefixed}\n"),
            ];
            for text in texts {
                let read = signature(&text).and_then(|read| verified(read, hash, key.address()));
                assert_eq!(read, Ok(expected));
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_an_error() {
        let (key, hash, mut bytes) = signed();
        bytes[64] = 2;
        let cases = [
            String::new(),
            "0x".to_owned(),
            "not hex".to_owned(),
            hex::encode_prefixed(bytes),
            hex::encode_prefixed([0; 65]),
            hex::encode_prefixed([0xff; 64]),
            hex::encode_prefixed([1; 96]),
        ];

        for answer in cases {
            let result = signature(&answer).and_then(|read| verified(read, hash, key.address()));
            assert!(
                matches!(result, Err(OwnerError::Malformed(_))),
                "{answer}: {result:?}"
            );
        }
    }
}
