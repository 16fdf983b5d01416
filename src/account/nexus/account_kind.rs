use std::sync::Arc;

use alloy::primitives::Address;

use super::{Nexus, NexusKind};
use crate::{
    account::{AccountKind, SmartAccount},
    signer::AccountOwner,
};

impl AccountKind for NexusKind {
    fn name(&self) -> &'static str {
        match self.is_delegated {
            true => "nexus-7702",
            false => "nexus",
        }
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        Arc::new(Nexus::new(None, Some(owner), 0, *self))
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        Arc::new(Nexus::new(Some(address), None, 0, *self))
    }
}
