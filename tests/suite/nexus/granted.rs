use std::sync::Arc;

use serde_json::Value;
use use_aa::{MemoryStore, SessionStore, SmartAccountClient};

use crate::support::{Kind, Outcome, faulty::Faulty, owner, sponsored_grant};

pub(super) type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// An account whose session was granted and never used, with the store that has the grant and the key.
pub(super) struct Granted {
    pub(super) client: SmartAccountClient,
    pub(super) store: Arc<MemoryStore>,
}

impl Granted {
    pub(super) async fn at(faulty: &Faulty) -> Fallible<Self> {
        let store = Arc::new(MemoryStore::default());
        let client = Kind::Nexus
            .owned_by(faulty.standard_services(), owner())
            .store(store.clone());
        client.create_session(sponsored_grant(&client)).await?;
        Ok(Self { client, store })
    }

    /// Creates the client of another process, which has the store and not the owner.
    pub(super) fn restarted(&self, faulty: &Faulty) -> SmartAccountClient {
        Kind::Nexus
            .at(faulty.standard_services(), self.client.address())
            .store(self.store.clone())
    }

    /// Changes the record of the session in the store.
    pub(super) async fn change(&self, change: impl FnOnce(&mut Value) + Send) -> Outcome {
        let key = Kind::Nexus.store_key(self.client.address());
        let changed = Box::new(|text: Option<String>| {
            let mut ledger = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
            change(&mut ledger);
            Ok(Some(ledger.to_string()))
        });
        self.store.update(&key, changed).await?;
        Ok(())
    }

    pub(super) async fn ledger(&self) -> Fallible<Value> {
        let key = Kind::Nexus.store_key(self.client.address());
        Ok(serde_json::from_str(
            &self.store.read(&key).await?.unwrap_or_default(),
        )?)
    }
}
