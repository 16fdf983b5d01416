use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::lock::Mutex;
use serde_json::json;

use crate::{
    Deploy,
    client::testing::{account, age_pending_user_ops, known},
    error::{Error, ErrorKind},
    platform::BoxFuture,
    rpc::testing::Reply,
    store::{Change, MemoryStore, SessionStore, StoreError},
};

/// A store whose changes wait for a gate.
#[derive(Default)]
struct Gated {
    store: MemoryStore,
    gate: Mutex<()>,
    /// The number of changes so far.
    changes: AtomicUsize,
}

impl SessionStore for Gated {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        self.store.read(key)
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.changes.fetch_add(1, Ordering::Relaxed);
            let _open = self.gate.lock().await;
            self.store.update(key, change).await
        })
    }
}

#[tokio::test]
async fn an_operation_is_waited_for_until_its_outcome_is_recorded() {
    let is_deployed = Arc::new(AtomicBool::new(false));
    let code = Arc::clone(&is_deployed);
    let (_service, client) = account(true, move |method, _| {
        let answer = match method {
            "eth_getCode" if !code.load(Ordering::Relaxed) => json!("0x"),
            "eth_blockNumber" => json!("0x10"),
            "eth_getLogs" => json!([]),
            "eth_sendUserOperation" => return Some(known()),
            "eth_getUserOperationReceipt" => return Some(Reply::Drop),
            _ => return None,
        };
        Some(Reply::Result(answer))
    })
    .await;
    let store = Arc::new(Gated::default());
    let client = client.store(Arc::clone(&store) as Arc<dyn SessionStore>);
    let sent = client.deploy(Deploy::default()).await.unwrap();
    let hash = sent.hash();
    age_pending_user_ops(&client, 60).await;
    is_deployed.store(true, Ordering::Relaxed);
    let before = store.changes.load(Ordering::Relaxed);
    let gate = store.gate.lock().await;

    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.wait(hash, 1).await }
    });
    while store.changes.load(Ordering::Relaxed) == before {
        assert!(
            !waiting.is_finished(),
            "the wait ends before the outcome is recorded"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let is_waited_for = client.is_waited_for(hash);
    drop(gate);
    let ended = waiting.await.unwrap();

    assert!(is_waited_for, "while the outcome is being recorded");
    assert!(matches!(
        ended.as_ref().map_err(Error::kind),
        Err(ErrorKind::Dropped { .. })
    ));
    assert!(!client.is_waited_for(hash));
}
