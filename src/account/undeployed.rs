use alloy::{hex, primitives::Bytes};

use crate::primitives::{Deployment, Encoder};

/// The suffix of a signature that contains its account's deployment
/// ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)).
const ERC_6492: [u8; 32] = hex!("6492649264926492649264926492649264926492649264926492649264926492");

/// Wraps a signature of an undeployed account together with the account's deployment. An EOA without a delegation has the
/// signature of its own key.
pub(super) fn undeployed(deployment: &Deployment, signature: &Bytes) -> Bytes {
    let Deployment::Factory { factory, data } = deployment else {
        return signature.clone();
    };
    let mut wrapped = Encoder::default()
        .address(*factory)
        .bytes(data)
        .bytes(signature)
        .encode(&[]);
    wrapped.extend(ERC_6492);
    wrapped.into()
}
