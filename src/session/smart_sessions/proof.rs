use alloy::primitives::{Address, B256, Bytes};

use super::{KeyValidator, Packing, SignedGrant, use_signature};
use crate::{
    primitives::{Deployment, UserOpHash},
    session::{GrantId, SessionProof},
};

/// The proof of a session: its permission id, with the owner's signature of the grant until the session is enabled.
#[derive(Clone, Debug)]
pub(super) struct SmartProof {
    pub(super) module: Address,
    pub(super) permission_id: B256,
    pub(super) key_validator: KeyValidator,
    /// The grant, for the first operation of the session.
    pub(super) first_use: Option<FirstUse>,
    pub(super) in_batch: bool,
}

/// The data of a session's first operation.
#[derive(Clone, Debug)]
pub(super) struct FirstUse {
    pub(super) grant: SignedGrant,
    pub(super) packing: Packing,
    pub(super) deployment: Option<Deployment>,
}

impl SessionProof for SmartProof {
    fn validator(&self) -> Address {
        self.module
    }

    fn is_batch(&self) -> bool {
        self.in_batch
    }

    fn message(&self, hash: UserOpHash) -> B256 {
        hash.0
    }

    fn signature(&self, signature: Bytes) -> Bytes {
        let signature = self.key_validator.personal_signature(&signature);
        let enable = |first: &FirstUse| first.grant.signature(0, &signature, first.packing);
        let first = self.first_use.as_ref().and_then(enable);
        first.unwrap_or_else(|| use_signature(self.permission_id, &signature))
    }

    fn grant(&self) -> Option<GrantId> {
        self.first_use.as_ref().map(|_| GrantId(self.permission_id))
    }

    fn deployment(&self) -> Option<Deployment> {
        self.first_use.as_ref()?.deployment.clone()
    }
}
