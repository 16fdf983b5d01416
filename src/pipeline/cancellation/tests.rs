use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::{
    primitives::{Address, Signature, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use futures::channel::oneshot;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::timeout};

use super::Cancellation;
use crate::{
    AccountOwner, BiconomyV2, Call, CreateSession, Error, OwnerError, Payment, Policy, Request,
    RevokeSession, SendTransaction, SmartAccountClient, UserOpResponse, Withdraw,
    client::testing::{account, asked, keeping_root},
    platform::BoxFuture,
    primitives::Asset,
    rpc::testing::{Reply, TestService},
};

const NFT: Address = Address::repeat_byte(7);

/// An owner who signs when a test says so.
#[derive(Clone)]
struct Slow {
    key: PrivateKeySigner,
    requests: Arc<Mutex<VecDeque<oneshot::Sender<()>>>>,
}

impl Slow {
    fn new() -> Self {
        Self {
            key: PrivateKeySigner::random(),
            requests: Arc::default(),
        }
    }

    /// Waits until a signature is requested.
    async fn asked(&self) -> oneshot::Sender<()> {
        let asked = async {
            loop {
                if let Some(request) = self.requests.lock().unwrap().pop_front() {
                    return request;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), asked)
            .await
            .expect("the owner is asked")
    }
}

impl AccountOwner for Slow {
    fn address(&self) -> Address {
        self.key.address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.requests.lock().unwrap().push_back(answer);
            if answered.await.is_err() {
                pending::<()>().await;
            }
            Ok(self.key.sign_message_sync(message).unwrap())
        })
    }
}

/// Returns a client whose requests can be cancelled, with the account of an owner who signs when a test says so.
async fn slow(biconomy: bool) -> (TestService, Slow, SmartAccountClient) {
    let root = keeping_root();
    let replies = move |method: &str, params: &Value| match method {
        "biconomy_getUserOperationStatus" => Some(Reply::Result(json!({"state": "NOT_FOUND"}))),
        _ => root(method, params),
    };
    let (service, other) = account(biconomy, replies).await;
    let owner = Slow::new();
    let client = SmartAccountClient::new(other.services().clone(), BiconomyV2::owned_by(owner.clone()));
    (service, owner, client)
}

/// Returns the client for another request, with the cancellation of that request.
fn cancellable(client: &SmartAccountClient) -> (SmartAccountClient, Cancellation) {
    let client = client.clone().on_stage(|_| {});
    let cancellation = client.pipeline.stages.cancellation.clone();
    (client, cancellation)
}

type Act = fn(SmartAccountClient) -> BoxFuture<'static, Result<UserOpResponse, Error>>;

fn grant() -> CreateSession {
    CreateSession::new([Policy::new(NFT, [1, 2, 3, 4])]).lasting(Duration::from_hours(1))
}

const ACTS: [(&str, Act); 5] = [
    ("create", |client| {
        Box::pin(async move {
            client
                .create_session(grant())
                .await
                .map(|granted| granted.into_user_op().unwrap())
        })
    }),
    ("create for batches", |client| {
        Box::pin(async move {
            client
                .create_session(grant().for_batches(true))
                .await
                .map(|granted| granted.into_user_op().unwrap())
        })
    }),
    ("send", |client| {
        Box::pin(async move { client.send(SendTransaction::from(Call::raw(NFT, vec![1]))).await })
    }),
    ("send sponsored", |client| {
        let request = SendTransaction::from(Call::raw(NFT, vec![1])).pay(Payment::Sponsored);
        Box::pin(async move { client.send(request).await })
    }),
    ("withdraw", |client| {
        Box::pin(async move {
            client
                .withdraw(
                    Withdraw::new()
                        .amount(Asset::Native, U256::from(1))
                        .pay(Payment::Sponsored),
                )
                .await
        })
    }),
];

/// Makes a request. The test server's bundler answers with the hash of another operation, which is an error.
fn begin(act: Act, client: SmartAccountClient) -> JoinHandle<Result<(), Error>> {
    tokio::spawn(async move { act(client).await.map(drop) })
}

fn code(ended: Result<(), Error>) -> &'static str {
    ended.err().map_or("", |error| error.code())
}

#[tokio::test]
async fn a_cancelled_request_sends_nothing_and_can_be_made_again() {
    for (name, act) in ACTS {
        for is_answered_late in [false, true] {
            let (service, owner, client) = slow(false).await;
            let (cancelled, cancellation) = cancellable(&client);
            let ended = begin(act, cancelled);
            let answer = owner.asked().await;

            assert!(cancellation.cancel(), "{name}");
            if is_answered_late {
                let _ = answer.send(());
            }
            let ended = timeout(Duration::from_secs(10), ended).await;
            assert_eq!(code(ended.expect(name).unwrap()), "owner.unanswered", "{name}");
            assert_eq!(asked(&service, "eth_sendUserOperation").len(), 0, "{name}");
            assert_eq!(client.pending_user_ops().await.unwrap(), [], "{name}");
            assert_eq!(client.sessions().await.unwrap().all, [], "{name}");

            // The lock of the account is free: the next request asks at once.
            let again = begin(act, cancellable(&client).0);
            owner.asked().await.send(()).unwrap();
            let again = timeout(Duration::from_secs(10), again).await;
            assert_eq!(
                code(again.expect(name).unwrap()),
                "operation.wrong_hash",
                "{name}"
            );
            assert_eq!(asked(&service, "eth_sendUserOperation").len(), 1, "{name}");
        }
    }
}

#[tokio::test]
async fn a_request_that_is_cancelled_before_the_signature_asks_for_none() {
    for (name, act) in ACTS {
        let (service, owner, client) = slow(false).await;
        let (cancelled, cancellation) = cancellable(&client);

        assert!(cancellation.cancel());
        let ended = begin(act, cancelled).await.unwrap();

        assert_eq!(code(ended), "owner.unanswered", "{name}");
        assert!(owner.requests.lock().unwrap().is_empty(), "{name}");
        assert_eq!(asked(&service, "eth_sendUserOperation").len(), 0, "{name}");
        assert_eq!(client.sessions().await.unwrap().all, [], "{name}");
    }
}

#[tokio::test]
async fn a_request_that_is_cancelled_at_the_signature_sends_nothing() {
    for (name, act) in ACTS {
        let (service, owner, client) = slow(false).await;
        let (cancelled, cancellation) = cancellable(&client);
        let ended = begin(act, cancelled);
        let answer = owner.asked().await;

        // Both before the task runs again: the test has one thread.
        answer.send(()).unwrap();
        assert!(cancellation.cancel(), "{name}");

        assert_eq!(code(ended.await.unwrap()), "owner.unanswered", "{name}");
        assert_eq!(asked(&service, "eth_sendUserOperation").len(), 0, "{name}");
        assert_eq!(client.sessions().await.unwrap().all, [], "{name}");
    }
}

#[tokio::test]
async fn what_is_submitted_cannot_be_cancelled() {
    for (name, act) in ACTS {
        let (service, owner, client) = slow(false).await;
        let (sent, cancellation) = cancellable(&client);
        let ended = begin(act, sent);
        owner.asked().await.send(()).unwrap();
        ended.await.unwrap().unwrap_err();

        assert!(!cancellation.cancel(), "{name}");

        assert_eq!(asked(&service, "eth_sendUserOperation").len(), 1, "{name}");
        assert_eq!(client.pending_user_ops().await.unwrap().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_cancelled_change_leaves_the_sessions_as_they_were() {
    // A bundler of this kind tells that it does not have the grant, so the next change does not wait.
    let (_service, owner, client) = slow(true).await;
    let granted = begin(ACTS[0].1, client.clone());
    owner.asked().await.send(()).unwrap();
    granted.await.unwrap().unwrap_err();
    let before = client.sessions().await.unwrap().all;
    let id = before[0].id();
    assert_eq!(before.len(), 1);

    for revoke in [RevokeSession::new([id]), RevokeSession::all()] {
        let (cancelled, cancellation) = cancellable(&client);
        let ended = tokio::spawn(async move { cancelled.revoke_session(revoke).await.map(drop) });
        let _answer = owner.asked().await;
        cancellation.cancel();
        assert_eq!(code(ended.await.unwrap()), "owner.unanswered");
    }

    assert_eq!(client.sessions().await.unwrap().all, before);
}

#[tokio::test]
async fn a_request_can_be_cancelled_at_the_signature_after_a_refusal() {
    for (name, act) in ACTS {
        let root = keeping_root();
        let (service, other) = account(false, move |method, params| match method {
            "eth_sendUserOperation" => {
                let low = json!({"code": -32602, "message": "preVerificationGas too low"});
                Some(Reply::Error(200, low))
            }
            _ => root(method, params),
        })
        .await;
        let owner = Slow::new();
        let client = SmartAccountClient::new(other.services().clone(), BiconomyV2::owned_by(owner.clone()));
        let (cancelled, cancellation) = cancellable(&client);
        let ended = begin(act, cancelled);
        owner.asked().await.send(()).unwrap();
        let _answer = owner.asked().await;

        assert!(cancellation.cancel(), "{name}");

        let ended = timeout(Duration::from_secs(10), ended).await;
        assert_eq!(code(ended.expect(name).unwrap()), "owner.unanswered", "{name}");
        assert_eq!(asked(&service, "eth_sendUserOperation").len(), 1, "{name}");
    }
}
