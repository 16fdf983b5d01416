use alloy::{
    primitives::{Address, B256, Signature, U256, address, hex},
    signers::{SignerSync, local::PrivateKeySigner},
};

use super::{OwnerError, verified};

impl OwnerError {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (
                Self::Rejected,
                "owner.rejected",
                "the user rejected the wallet request; send it again and approve it in the wallet",
            ),
            (
                Self::Disconnected,
                "owner.disconnected",
                "the wallet is locked or disconnected; connect it and try again",
            ),
            (
                Self::Busy,
                "owner.busy",
                "the wallet has a pending request; answer it in the wallet first",
            ),
            (
                Self::Throttled,
                "owner.throttled",
                "the wallet blocks this site's requests after several rejections; wait a minute and try again",
            ),
            (
                Self::OtherChain("ChainId mismatch.".to_owned()),
                "owner.other_chain",
                "the wallet is on another chain: ChainId mismatch; switch the chain in the wallet and try again",
            ),
            (
                Self::ContractWallet(Address::repeat_byte(1)),
                "owner.contract_wallet",
                "a contract wallet cannot own a smart account: 0x0101010101010101010101010101010101010101; \
                 connect a wallet with a private key",
            ),
            (
                Self::Unanswered,
                "owner.unanswered",
                "the request was cancelled, or the wallet has not answered; open or unlock the wallet and try again",
            ),
            (
                Self::Wallet {
                    code: -32603,
                    message: "out of order.".to_owned(),
                },
                "owner.wallet_failed",
                "the wallet failed: out of order (code -32603); try again or use another wallet",
            ),
            (
                Self::Malformed("no signature".to_owned()),
                "owner.malformed_answer",
                "the wallet's answer is invalid: no signature; use another wallet",
            ),
            (
                Self::WrongSigner {
                    owner: Address::repeat_byte(1),
                    signed: Address::repeat_byte(2),
                },
                "owner.wrong_signer",
                "the wallet signed with another account: 0x0202020202020202020202020202020202020202 instead \
                 of 0x0101010101010101010101010101010101010101; select \
                 0x0101010101010101010101010101010101010101 in the wallet",
            ),
            (
                Self::OpaqueTypedData,
                "owner.opaque_typed_data",
                "the types of the typed data are unknown; create the data with `TypedData::new`",
            ),
            (
                Self::NoTypedData,
                "owner.no_typed_data",
                "the owner's signer does not support typed data (EIP-712); use a wallet or a local key",
            ),
            (
                Self::NoAuthorization,
                "owner.no_authorization",
                "the owner's wallet does not sign authorizations (EIP-7702); use an account with an address of its own",
            ),
            (
                Self::Signer("out of order".to_owned()),
                "owner.signer_failed",
                "the owner's signer failed: out of order; check the signer and try again",
            ),
        ]
    }
}

fn signed() -> (PrivateKeySigner, B256, Signature) {
    let key = PrivateKeySigner::from_slice(&[7; 32]).unwrap();
    let hash = B256::repeat_byte(7);
    let signature = key.sign_hash_sync(&hash).unwrap();
    (key, hash, signature)
}

#[test]
fn the_other_half_of_the_curve_is_brought_back() {
    let (key, hash, low) = signed();
    let order = U256::from_be_bytes(hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    let high = Signature::new(low.r(), order - low.s(), !low.v());

    assert_eq!(verified(high, hash, key.address()), Ok(low));
}

#[test]
fn a_signature_of_somebody_else_is_an_error() {
    let (key, hash, signature) = signed();
    let owner = address!("00000000000000000000000000000000000000aa");

    let wrong = verified(signature, hash, owner);

    assert_eq!(
        wrong,
        Err(OwnerError::WrongSigner {
            owner,
            signed: key.address()
        })
    );
}
