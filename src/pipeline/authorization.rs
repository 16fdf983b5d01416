use alloy::primitives::{Bytes, eip191_hash_message};

use crate::{
    account::SmartAccount,
    error::{Error, ErrorKind},
    primitives::{Call, UserOpHash},
    session::SessionProof,
    signer::{AccountOwner, SessionSigner, dummy_session_signature, signed, verified},
};

/// The authorization of an operation: who signs, and the encodings that the validating module reads.
pub(crate) struct Authorization<'a> {
    account: &'a dyn SmartAccount,
    by: By<'a>,
}

enum By<'a> {
    Owner(&'a dyn AccountOwner),
    Session(&'a dyn SessionSigner, &'a dyn SessionProof),
}

impl<'a> Authorization<'a> {
    /// Authorizes an operation by the owner.
    pub(crate) fn owner(account: &'a dyn SmartAccount) -> Result<Self, Error> {
        let owner = account.owner().ok_or_else(|| Error::from(ErrorKind::NoOwner))?;
        let by = By::Owner(owner.as_ref());
        Ok(Self { account, by })
    }

    /// Authorizes an operation by a session key and its proof.
    pub(crate) const fn session(
        account: &'a dyn SmartAccount,
        signer: &'a dyn SessionSigner,
        proof: &'a dyn SessionProof,
    ) -> Self {
        let by = By::Session(signer, proof);
        Self { account, by }
    }

    /// Returns true if the owner signs, who may add calls to the operation.
    pub(crate) const fn is_owner(&self) -> bool {
        matches!(self.by, By::Owner(_))
    }

    /// Encodes calls as the account's call data, in the form that the validating module reads.
    pub(crate) fn call_data(&self, calls: &[Call]) -> Bytes {
        match self.by {
            By::Session(_, proof) if proof.is_batch() => self.account.batch_call_data(calls),
            _ => self.account.call_data(calls),
        }
    }

    pub(crate) fn dummy_signature(&self) -> Bytes {
        match self.by {
            By::Owner(_) => self.account.dummy_signature(),
            By::Session(..) => self.wrap(dummy_session_signature()),
        }
    }

    pub(crate) async fn sign(&self, hash: UserOpHash) -> Result<Bytes, Error> {
        let signature = match self.by {
            By::Owner(owner) => {
                let message = hash.0.as_slice();
                let signature = owner.sign_message(message).await?;
                let signature = verified(signature, eip191_hash_message(message), owner.address())?;
                signature.as_bytes().into()
            }
            By::Session(signer, proof) => signed(signer, proof.message(hash).as_slice()).await?,
        };
        Ok(self.wrap(signature))
    }

    /// Encodes the account's signature, with the proof that the signer may make the calls.
    fn wrap(&self, signature: Bytes) -> Bytes {
        match self.by {
            By::Owner(_) => self.account.owner_signature(signature),
            By::Session(_, proof) => {
                let signature = proof.signature(signature);
                self.account.module_signature(proof.validator(), signature)
            }
        }
    }
}
