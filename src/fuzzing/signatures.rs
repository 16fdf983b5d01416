use alloy::{
    primitives::{Address, B256, Bytes, U256, eip191_hash_message, keccak256},
    signers::{
        SignerSync,
        k256::ecdsa::{RecoveryId, Signature as Ecdsa, VerifyingKey},
        local::PrivateKeySigner,
    },
    sol,
    sol_types::{SolStruct, eip712_domain},
};
use futures::FutureExt;
use serde_json::{Value, json};

use super::Reader;
use crate::{
    platform::BoxFuture,
    signer::{SessionSigner, SignerError, TypedData, signed},
};

const MESSAGE: &[u8] = b"hash";

sol! {
    struct Part {
        string name;
        int16 change;
    }

    struct Whole {
        bytes data;
        address owner;
        uint256 most;
        bool open;
        bytes4 mark;
        Part[] parts;
        string[2] words;
    }
}

/// Fuzzes signatures of wallets and remote signers, and EIP-712 typed data.
///
/// A signature is accepted exactly if it is the owner's, and the chain accepts it too. Typed data is written for
/// wallets as it is hashed. The first byte selects the kind.
pub fn signatures(bytes: &[u8]) {
    let Some((case, rest)) = bytes.split_first() else {
        return;
    };
    match case % 3 {
        0 => of_signer(rest),
        #[cfg(feature = "hooks")]
        1 => of_wallet(rest),
        _ => typed_data(rest),
    }
}

fn key() -> PrivateKeySigner {
    PrivateKeySigner::from_slice(&[7; 32]).expect("it is a key")
}

/// A signer that returns a fixed answer.
#[derive(Debug)]
struct Parrot(Address, Bytes);

impl SessionSigner for Parrot {
    fn address(&self) -> Address {
        self.0
    }

    fn sign_message<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        let answer = self.1.clone();
        Box::pin(async { Ok(answer) })
    }
}

fn of_signer(answer: &[u8]) {
    let owner = key().address();
    let parrot = Parrot(owner, Bytes::copy_from_slice(answer));
    let taken = signed(&parrot, MESSAGE).now_or_never();
    let hash = eip191_hash_message(MESSAGE);
    match taken.expect("it answers at once") {
        Ok(bytes) => assert_eq!(recovered_on_chain(hash, &bytes), Some(owner), "{bytes}"),
        Err(error) => {
            assert_eq!(error, SignerError::WrongSignature(owner));
            assert_ne!(
                recovered_on_chain(hash, answer),
                Some(owner),
                "the chain takes it"
            );
        }
    }
}

#[cfg(feature = "hooks")]
fn of_wallet(answer: &[u8]) {
    use alloy::hex;

    use crate::signer::verified;

    let (hash, owner) = (B256::repeat_byte(7), key().address());
    let Ok(text) = str::from_utf8(answer) else { return };
    let bytes = hex::decode(text).unwrap_or_default();
    let signature = crate::signer::signature(text);
    match signature.and_then(|signature| verified(signature, hash, owner)) {
        Ok(signature) => assert_eq!(recovered_on_chain(hash, &signature.as_bytes()), Some(owner)),
        Err(_) => assert_ne!(
            recovered_on_chain(hash, &bytes),
            Some(owner),
            "the chain takes it"
        ),
    }
}

/// Recovers the signer as the modules do, with OpenZeppelin's ECDSA.
fn recovered_on_chain(hash: B256, signature: &[u8]) -> Option<Address> {
    let (rs, v) = signature.split_at_checked(64)?;
    let id = match v {
        [27] => 0,
        [28] => 1,
        _ => return None,
    };
    let signature = Ecdsa::from_slice(rs).ok()?;
    if signature.normalize_s().is_some_and(|low| low != signature) {
        return None;
    }
    let key = VerifyingKey::recover_from_prehash(hash.as_slice(), &signature, RecoveryId::from_byte(id)?);
    let point = key.ok()?.to_encoded_point(false);
    Some(Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..]))
}

fn typed_data(bytes: &[u8]) {
    let mut reader = Reader(bytes);
    let text = |reader: &mut Reader<'_>| String::from_utf8_lossy(reader.part()).into_owned();
    let parts = usize::from(reader.byte() % 4);
    let whole = Whole {
        owner: reader.array().into(),
        most: U256::from_be_bytes(reader.array::<32>()),
        open: reader.byte() % 2 == 1,
        mark: reader.array().into(),
        parts: (0..parts)
            .map(|_| Part {
                name: text(&mut reader),
                change: i16::from_be_bytes(reader.array()),
            })
            .collect(),
        words: [text(&mut reader), text(&mut reader)],
        data: Bytes::copy_from_slice(reader.0),
    };
    let domain = eip712_domain! { name: text(&mut Reader(bytes)), chain_id: 80_002, };

    let data = TypedData::new(&whole, &domain).expect("the standard has words for it");

    assert_eq!(data.hash(), whole.eip712_signing_hash(&domain));
    let json: Value = serde_json::from_str(data.json()).expect("wallets read JSON");
    let parts = whole
        .parts
        .iter()
        .map(|part| json!({"name": part.name, "change": part.change.to_string()}));
    let expected = json!({
        "data": whole.data,
        "owner": whole.owner.to_checksum(None),
        "most": whole.most.to_string(),
        "open": whole.open,
        "mark": whole.mark,
        "parts": parts.collect::<Value>(),
        "words": whole.words,
    });
    assert_eq!(json["message"], expected);
    assert_eq!(json["domain"]["name"], json!(domain.name));
    assert_eq!(json["primaryType"], "Whole");
    let made = key().sign_hash_sync(&data.hash()).expect("a key signs");
    assert_eq!(
        recovered_on_chain(data.hash(), &made.as_bytes()),
        Some(key().address())
    );
}
