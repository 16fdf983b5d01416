use std::sync::Arc;

use super::SmartAccountClient;
use crate::{
    error::Error,
    pipeline::{ObservedState, is_recent},
    platform,
};

impl SmartAccountClient {
    /// Requests the chain state that a grant builds on, in one round trip.
    pub(super) async fn observe(&self) -> Result<Arc<ObservedState>, Error> {
        let modules = self.pipeline.account.sessions().modules();
        let enabled = modules.iter().map(|module| self.pipeline.is_enabled(*module));
        let (deployed, enabled, sessions, nonce) = futures::join!(
            self.pipeline.deployed(),
            platform::join_all(enabled),
            self.pipeline.sessions_on_chain(),
            self.pipeline.nonce_of_grants(),
        );
        let deployed = deployed?;
        let mut on_chain = ObservedState {
            deployed,
            enabled: Vec::new(),
            sessions: sessions?,
            nonce: nonce?,
            owner_nonce: None,
        };
        let is_eoa = !deployed && self.pipeline.account.delegate().is_some();
        if is_eoa {
            on_chain.owner_nonce = Some(self.pipeline.cache.lock().owner_nonce);
        }
        for (module, is_enabled) in modules.into_iter().zip(enabled) {
            // An address without code does not answer the call.
            let is_enabled = match is_eoa {
                true => is_enabled.unwrap_or_default(),
                false => deployed && is_enabled?,
            };
            if is_enabled {
                on_chain.enable(module);
            }
        }
        let on_chain = Arc::new(on_chain);
        self.pipeline.cache.lock().seen = Some((Arc::clone(&on_chain), platform::monotonic()));
        Ok(on_chain)
    }

    /// Returns the chain state that a grant builds on if it was seen within the last 60 s.
    pub(super) fn observed(&self) -> Option<Arc<ObservedState>> {
        let known = self.pipeline.cache.lock();
        let (seen, at) = known.seen.as_ref()?;
        // Without its delegation an EOA can change at any time.
        let is_settled = seen.deployed || self.pipeline.account.delegate().is_none();
        (is_recent(*at) && is_settled).then(|| Arc::clone(seen))
    }
}
