use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use alloy::{primitives::Signature, signers::local::PrivateKeySigner, sol, sol_types::SolCall};
use serde_json::json;

use super::*;
use crate::account::biconomy_v2::BiconomyV2;
use crate::{
    Payment, Request, RevokeSession, SmartAccountClient, UseSession,
    client::testing::{account, asked, keeping_root, known},
    error::{Error, ErrorKind},
    permission::{Interval, Policy},
    platform::{self, BoxFuture},
    primitives::Call,
    rpc::testing::{Reply, TestService},
    session::SessionStatus,
    signer::{AccountOwner, OwnerError},
    store::{Change, SessionStore, StoreError},
};

sol! {
    function approve(address spender, uint256 amount);
}

const TOKEN: Address = Address::repeat_byte(7);
const HOUR: Duration = Duration::from_hours(1);

/// A store, or an owner, that counts its calls.
#[derive(Clone, Debug, Default)]
struct Asked(Arc<AtomicUsize>);

impl Asked {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl SessionStore for Asked {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        self.count();
        Box::pin(async { Ok(None) })
    }

    fn update<'a>(&'a self, _: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.count();
        Box::pin(async { change(None).map(drop) })
    }
}

#[derive(Debug)]
struct CountingOwner(PrivateKeySigner, Asked);

impl AccountOwner for CountingOwner {
    fn address(&self) -> Address {
        AccountOwner::address(&self.0)
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.1.count();
        AccountOwner::sign_message(&self.0, message)
    }
}

#[tokio::test]
async fn what_a_guard_refuses_asks_nothing_of_anyone() {
    let (service, with_owner) = account(true, |_, _| None).await;
    let (store, owner) = (Asked::default(), Asked::default());
    let signer = CountingOwner(PrivateKeySigner::random(), owner.clone());
    let client = SmartAccountClient::new(with_owner.services().clone(), BiconomyV2::owned_by(signer))
        .store(Arc::new(store.clone()));
    let harmless = || Policy::new(TOKEN, [1, 2, 3, 4]);
    let grant = |policy| CreateSession::new([policy]).pay(Payment::Sponsored);
    let entry_point = client.services().entry_point().address;

    for refused in [
        grant(harmless()),
        grant(harmless()).lasting(25 * HOUR),
        grant(harmless())
            .lasting(2 * HOUR)
            .guards(Guards::new().longest(HOUR)),
        grant(Policy::new(client.address(), [1, 2, 3, 4])).lasting(HOUR),
        grant(Policy::new(entry_point, [1, 2, 3, 4])).lasting(HOUR),
        grant(Policy::new(TOKEN, approveCall::SELECTOR)).lasting(HOUR),
    ] {
        let answer = client.create_session(refused.clone()).await;

        assert!(
            matches!(answer.as_ref().map_err(Error::kind), Err(ErrorKind::Policy(_))),
            "{refused:?}: {answer:?}"
        );
        assert_eq!(service.requests(), []);
        assert_eq!((store.times(), owner.times()), (0, 0), "{refused:?}");
    }

    // A grant that passes the guards calls the service, the store and the owner. The service's reply fails it
    // later.
    let passed = client.create_session(grant(harmless()).lasting(HOUR)).await;
    assert!(
        !matches!(passed.as_ref().map_err(Error::kind), Err(ErrorKind::Policy(_))),
        "{passed:?}"
    );
    assert!(!service.requests().is_empty());
    assert!(store.times() > 0 && owner.times() > 0);
}

#[tokio::test]
async fn what_has_no_end_gets_one_and_the_rest_keeps_its_own() {
    let (_service, client) = account(true, |_, _| None).await;
    let now = platform::now();
    let policy = |valid_after, valid_until| {
        let interval = Interval {
            valid_after,
            valid_until,
        };
        Permission::from(Policy::new(TOKEN, [1, 2, 3, 4]).interval(interval))
    };
    let permissions = vec![policy(0, 0), policy(now + 500, 0), policy(0, now + 60)];

    let guarded = client.guarded(permissions, Some(HOUR), &Guards::new()).unwrap();

    let [first, later, own] = [0, 1, 2].map(|number: usize| guarded[number].interval());
    assert_eq!(first.valid_after, 0);
    assert!((now + 3600..now + 3610).contains(&first.valid_until), "{first:?}");
    assert_eq!(later.valid_until, later.valid_after + 3600);
    assert_eq!(own.valid_until, now + 60);
}

/// Returns an account on a chain whose newest block is a number of seconds ahead of this device's clock.
async fn account_at(ahead: &Arc<AtomicI64>) -> (TestService, SmartAccountClient) {
    let (ahead, root) = (Arc::clone(ahead), keeping_root());
    account(false, move |method, params| {
        let of_root = root(method, params);
        match method {
            "eth_sendUserOperation" => Some(known()),
            "eth_getBlockByNumber" => {
                let time = platform::now().saturating_add_signed(ahead.load(Ordering::Relaxed));
                Some(block(time))
            }
            _ => of_root,
        }
    })
    .await
}

fn block(time: u64) -> Reply {
    Reply::Result(json!({"number": "0x7", "timestamp": format!("{time:#x}")}))
}

fn lasting(duration: Duration) -> CreateSession {
    CreateSession::new([Policy::new(TOKEN, [1, 2, 3, 4])]).lasting(duration)
}

const HOURS: i64 = 3_600;
const MINUTES: i64 = 60;

#[tokio::test]
async fn a_clock_that_is_hours_behind_grants_nothing() {
    for (ahead, lasts) in [
        (2 * HOURS, HOUR),
        (2 * HOURS, Duration::from_hours(24)),
        (10 * MINUTES, Duration::from_mins(5)),
    ] {
        let (service, client) = account_at(&Arc::new(ahead.into())).await;

        let cold = client.create_session(lasting(lasts)).await.err();
        client.warm().await.unwrap();
        let warm = client.create_session(lasting(lasts)).await.err();

        for error in [cold, warm] {
            let Some(ErrorKind::WrongClock { by }) = error.as_ref().map(Error::kind) else {
                panic!("{error:?}")
            };
            assert!(by.as_secs().abs_diff(ahead.unsigned_abs()) < 60, "{by:?}");
        }
        assert_eq!(asked(&service, "eth_sendUserOperation").len(), 0);
        assert_eq!(client.sessions().await.unwrap().all, []);
    }
}

#[tokio::test]
async fn an_old_block_of_a_quiet_chain_refuses_no_grant() {
    let (_, client) = account(false, |method, _| match method {
        "eth_sendUserOperation" => Some(known()),
        "eth_getBlockByNumber" => Some(block(platform::now() - 9 * 3_600)),
        _ => None,
    })
    .await;
    client.warm().await.unwrap();

    client
        .create_session(lasting(HOUR))
        .await
        .unwrap()
        .into_user_op()
        .unwrap();
}

#[tokio::test]
async fn a_session_lasts_by_the_chains_time_where_the_clock_is_minutes_behind() {
    let (_, client) = account_at(&Arc::new((10 * MINUTES).into())).await;
    client.warm().await.unwrap();

    client
        .create_session(lasting(HOUR))
        .await
        .unwrap()
        .into_user_op()
        .unwrap();

    let sessions = client.sessions().await.unwrap();
    let until = sessions.all[0].valid_until().unwrap();
    let expected = platform::now() + 600 + 3_600;
    assert!(until.abs_diff(expected) < 60, "{until} {expected}");
}

#[tokio::test]
async fn a_node_that_tells_a_time_far_ahead_costs_no_key() {
    let ahead = Arc::new(AtomicI64::new(0));
    let (_, client) = account_at(&ahead).await;
    client
        .create_session(lasting(HOUR))
        .await
        .unwrap()
        .into_user_op()
        .unwrap();
    let granted = client.sessions().await.unwrap().all.remove(0);

    ahead.store(24 * HOURS, Ordering::Relaxed);
    client.warm().await.unwrap();
    client.sessions().await.unwrap();

    assert!(
        client
            .pipeline
            .ledger()
            .await
            .unwrap()
            .key(granted.id())
            .is_some()
    );
}

#[tokio::test]
async fn sessions_end_by_the_chains_time() {
    let ahead = Arc::new(AtomicI64::new(0));
    let (_, client) = account_at(&ahead).await;
    client
        .create_session(lasting(HOUR))
        .await
        .unwrap()
        .into_user_op()
        .unwrap();
    let before = client.sessions().await.unwrap();
    let call = Call::raw(TOKEN, vec![1, 2, 3, 4]);

    ahead.store(2 * HOURS, Ordering::Relaxed);
    client.warm().await.unwrap();

    let after = client.sessions().await.unwrap();
    assert_eq!(before.all[0].status, SessionStatus::Active);
    assert!(before.allow(&call).is_allowed());
    assert_eq!(after.all[0].status, SessionStatus::Expired);
    assert!(!after.allow(&call).is_allowed());
    let used = client.use_session(UseSession::new(call)).await.err();
    assert_eq!(used.map(|error| error.code()), Some("forbidden.outside_interval"));
    // A revocation needs no clock.
    let grant = client.pending_user_ops().await.unwrap()[0].hash;
    client.pipeline.cache.lock().awaited.push(grant);
    client.revoke_session(RevokeSession::all()).await.unwrap();
}
