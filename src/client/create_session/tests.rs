use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alloy::{primitives::Signature, signers::local::PrivateKeySigner, sol, sol_types::SolCall};

use super::*;
use crate::{
    account::{Owner, OwnerError},
    client::{Payment, testing::account},
    platform::BoxFuture,
    session::{Change, Interval, Policy, SessionStore, StoreError},
};

sol! {
    function approve(address spender, uint256 amount);
}

const TOKEN: Address = Address::repeat_byte(7);
const HOUR: Duration = Duration::from_hours(1);

/// A store and an owner that count how often they are asked.
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

impl Owner for CountingOwner {
    fn address(&self) -> Address {
        Owner::address(&self.0)
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.1.count();
        Owner::sign_message(&self.0, message)
    }
}

#[tokio::test]
async fn what_a_guard_refuses_asks_nothing_of_anyone() {
    let (service, with_owner) = account(true, |_, _| None).await;
    let (store, owner) = (Asked::default(), Asked::default());
    let signer = CountingOwner(PrivateKeySigner::random(), owner.clone());
    let client = SmartAccountClient::new(with_owner.services.clone(), signer).store(Arc::new(store.clone()));
    let harmless = || Policy::new(TOKEN, [1, 2, 3, 4]);
    let grant = |policy| CreateSession::new([policy]).pay(Payment::Sponsored);
    let entry_point = client.services.entry_point.address;

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

        assert!(matches!(answer, Err(Error::Policy(_))), "{refused:?}: {answer:?}");
        assert_eq!(service.requests(), []);
        assert_eq!((store.times(), owner.times()), (0, 0), "{refused:?}");
    }

    // What passes asks all of them: the service's answer to it is none that helps.
    let passed = client.create_session(grant(harmless()).lasting(HOUR)).await;
    assert!(!matches!(passed, Err(Error::Policy(_))), "{passed:?}");
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
