use std::sync::{Arc, Mutex, PoisonError};

use alloy::eips::eip7702::{Authorization, SignedAuthorization};

use crate::signer::{AccountOwner, OwnerError, authorization_by, verified};

/// The authorization that the owner has signed last. An operation that is built again does not ask the owner again.
#[derive(Clone, Default)]
pub(super) struct Authorized(Arc<Mutex<Option<SignedAuthorization>>>);

impl Authorized {
    /// Returns the signed authorization. The owner signs it, unless it was signed before.
    pub(super) async fn sign(
        &self,
        owner: &dyn AccountOwner,
        authorization: Authorization,
    ) -> Result<SignedAuthorization, OwnerError> {
        let known = self.lock().clone();
        if let Some(signed) = known.filter(|signed| **signed == authorization) {
            return Ok(signed);
        }
        let signature = authorization_by(owner, &authorization).await?;
        let signature = verified(signature, authorization.signature_hash(), owner.address())?;
        let signed = authorization.into_signed(signature);
        *self.lock() = Some(signed.clone());
        Ok(signed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SignedAuthorization>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
