use alloy::primitives::{Bytes, U256};

use super::{Error, Payment, SmartAccountClient};
use crate::{
    account::{self, Account, Owner},
    contracts::modules::{ECDSA_OWNERSHIP, SESSION_KEY_MANAGER},
    platform,
    primitives::{Call, Fees, NonceKey, SignedUserOperation, UserOpDraft, UserOpHash, UserOperation},
    session::{ProvenLeaf, SessionKey, StoreError, dummy_signature, module_signature},
};

/// Who signs an operation.
pub(super) enum Signatory<'a> {
    Owner(&'a dyn Owner),
    Session(&'a SessionKey, &'a ProvenLeaf),
}

impl Signatory<'_> {
    fn dummy_signature(&self) -> Bytes {
        match self {
            Self::Owner(_) => account::dummy_signature(),
            Self::Session(_, proven) => self.wrap(module_signature(proven, dummy_signature())),
        }
    }

    async fn sign(&self, hash: UserOpHash) -> Result<Bytes, Error> {
        Ok(match self {
            Self::Owner(owner) => {
                let signature = owner.sign_message(hash.0.as_slice()).await?;
                self.wrap(signature.as_bytes().into())
            }
            Self::Session(key, proven) => self.wrap(module_signature(proven, key.sign(hash.0.as_slice())?)),
        })
    }

    fn wrap(&self, module_signature: Bytes) -> Bytes {
        let module = match self {
            Self::Owner(_) => ECDSA_OWNERSHIP,
            Self::Session(..) => SESSION_KEY_MANAGER,
        };
        account::wrap(module_signature, module)
    }
}

impl SmartAccountClient {
    /// The operation that makes calls, with everything but a signature.
    pub(super) async fn build(
        &self,
        calls: &[Call],
        nonce: U256,
        init_code: Bytes,
        signatory: &Signatory<'_>,
        payment: Payment,
    ) -> Result<UserOperation, Error> {
        let draft = UserOpDraft {
            sender: self.address,
            nonce,
            init_code,
            call_data: account::call_data(calls),
            fees: Fees::default(),
            dummy_signature: signatory.dummy_signature(),
        };
        self.services.fill(draft, payment).await
    }

    /// What deploys the account, as long as it is not deployed.
    pub(super) fn init_code(&self, deployed: bool) -> Bytes {
        match &self.owner {
            Some(owner) if !deployed => Account::of(owner.address()).init_code(),
            _ => Bytes::new(),
        }
    }

    pub(super) async fn sign(
        &self,
        op: UserOperation,
        signatory: &Signatory<'_>,
    ) -> Result<SignedUserOperation, Error> {
        let signature = signatory.sign(op.hash(self.services.entry_point)).await?;
        Ok(op.sign(signature))
    }

    /// Gives an operation to the bundler, and checks that it took this one.
    pub(super) async fn hand_over(&self, signed: &SignedUserOperation) -> Result<UserOpHash, Error> {
        let expected = signed.op.hash(self.services.entry_point);
        if !signed.op.init_code.is_empty() {
            self.facts.lock().deploying = Some(expected);
        }
        match self.services.bundler.send(signed).await? {
            found if found != expected => Err(Error::WrongHash { expected, found }),
            hash => Ok(hash),
        }
    }

    /// The first nonce of a fresh key: nobody used it, so nobody need be asked.
    pub(super) fn fresh_nonce() -> Result<U256, Error> {
        let key = platform::random().map_err(|error| StoreError::NoRandomness(error.to_string()))?;
        Ok(NonceKey::from_bytes(key).at(0))
    }
}
