//! Concurrent grants, and grants without a working store.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use alloy::{
    primitives::{Address, Signature, U256},
    signers::local::PrivateKeySigner,
};
use tokio::{sync::Notify, time::timeout};
use use_aa::{
    AccountOwner, BiconomyV2, BoxFuture, Deploy, Error, ErrorKind, MemoryStore, OwnerError, Payment, Request,
    RevokeSession, SendTransaction, SessionStatus, SessionStore, SmartAccountClient, StoreError, UseSession,
    store::Change,
};

use crate::{
    support::{Outcome, faulty::Faulty, grant, included, mint_to, owner, sponsored_grant},
    world::{Dialect, World},
};

/// A timeout that only a hanging call reaches.
const SOON: Duration = Duration::from_secs(25);

/// An owner whose first signature waits until the test releases it.
#[derive(Debug)]
struct Slow {
    signer: PrivateKeySigner,
    is_first: AtomicBool,
    asked: Arc<Notify>,
    answers: Arc<Notify>,
}

impl AccountOwner for Slow {
    fn address(&self) -> Address {
        AccountOwner::address(&self.signer)
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        Box::pin(async {
            if self.is_first.swap(false, Ordering::Relaxed) {
                self.asked.notify_one();
                self.answers.notified().await;
            }
            AccountOwner::sign_message(&self.signer, message).await
        })
    }
}

#[tokio::test]
async fn a_grant_that_is_overtaken_while_its_owner_thinks_builds_on_the_other() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let (asked, answers) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = Slow {
        signer: owner.clone(),
        is_first: true.into(),
        asked: asked.clone(),
        answers: answers.clone(),
    };
    let slow = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(slow)).store(store.clone());
    let quick = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner)).store(store);

    let (first, second) = tokio::join!(slow.create_session(sponsored_grant(&slow)), async {
        // The slow client holds the lock by now.
        asked.notified().await;
        let granted = grant(&quick).await;
        answers.notify_one();
        granted
    });
    second?;
    included(&slow, first?.into_user_op().unwrap()).await?;

    let sessions = quick.sessions().await?;
    assert_eq!(sessions.active().len(), 2);
    assert_eq!(sessions.all.len(), 2);
    Ok(())
}

/// Grants by different versions and devices exclude each other only at the same nonce key.
#[tokio::test]
async fn every_grant_has_the_nonce_key_of_all_versions() -> Outcome {
    let key = U256::from_be_slice(b"use-aa session grants v1");
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));

    for sequence in 0..2_u64 {
        let granted = client
            .create_session(sponsored_grant(&client))
            .await?
            .into_user_op()
            .unwrap();

        let pending = client.pending_user_ops().await?;
        let nonces = pending.iter().map(|op| op.nonce).collect::<Vec<_>>();
        assert_eq!(nonces, [(key << 64) | U256::from(sequence)]);
        included(&client, granted).await?;
    }
    Ok(())
}

/// A store that stops working.
#[derive(Debug, Default)]
struct Breaking {
    store: MemoryStore,
    is_broken: AtomicBool,
}

impl Breaking {
    fn check(&self) -> Result<(), StoreError> {
        match self.is_broken.load(Ordering::Relaxed) {
            true => Err(StoreError::Unavailable("the disk is gone".to_owned())),
            false => Ok(()),
        }
    }
}

impl SessionStore for Breaking {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(async {
            self.check()?;
            self.store.read(key).await
        })
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async {
            self.check()?;
            self.store.update(key, change).await
        })
    }
}

#[tokio::test]
async fn all_sessions_can_be_ended_with_a_store_that_does_not_work() -> Outcome {
    let faulty = Faulty::begin().await?;
    let store = Arc::new(Breaking::default());
    let client =
        SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner())).store(store.clone());
    grant(&client).await?;
    store.is_broken.store(true, Ordering::Relaxed);

    let refused = client.create_session(sponsored_grant(&client)).await;
    let ended = client
        .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
        .await?;
    included(&client, ended).await?;

    assert!(
        matches!(
            refused.as_ref().map_err(Error::kind),
            Err(ErrorKind::Store(StoreError::Unavailable(_)))
        ),
        "{refused:?}"
    );
    store.is_broken.store(false, Ordering::Relaxed);
    let sessions = client.sessions().await?;
    assert_eq!(sessions.all[0].status, SessionStatus::Revoked);
    Ok(())
}

/// A store that accepts sessions, but is full for operations.
#[derive(Debug, Default)]
struct Narrow(MemoryStore);

impl SessionStore for Narrow {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        self.0.read(key)
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        match key.starts_with("use-aa:ops:") {
            true => Box::pin(async { Err(StoreError::Full) }),
            false => self.0.update(key, change),
        }
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_sent() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()))
        .store(Arc::new(Narrow::default()));
    let mint = SendTransaction::from(mint_to(client.address()));
    let before = faulty.calls("eth_sendUserOperation").await?;

    let sent = client.send(mint.pay(Payment::Sponsored)).await;
    let granted = client.create_session(sponsored_grant(&client)).await;
    // An operation that was not sent does not hold the lock.
    let again = timeout(SOON, client.create_session(sponsored_grant(&client))).await?;

    let [granted, again] =
        [granted, again].map(|granted| granted.map(|granted| granted.into_user_op().unwrap()));
    for answer in [sent, granted, again] {
        assert!(
            matches!(
                answer.as_ref().map_err(Error::kind),
                Err(ErrorKind::Store(StoreError::Full))
            ),
            "{answer:?}"
        );
    }
    assert_eq!(faulty.calls("eth_sendUserOperation").await?, before);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn of_two_grants_on_one_root_the_chain_takes_one() -> Outcome {
    for dialect in [Dialect::Standard, Dialect::Pimlico, Dialect::Biconomy] {
        let world = World::new(dialect);
        let owner = owner();
        let device = || SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner.clone()));
        let (here, there) = (device(), device());
        included(
            &here,
            here.deploy(Deploy::default().pay(Payment::Sponsored)).await?,
        )
        .await?;
        world.hold(true);

        let first = here
            .create_session(sponsored_grant(&here))
            .await?
            .into_user_op()
            .unwrap();
        let second = there.create_session(sponsored_grant(&there)).await;
        world.hold(false);

        assert!(second.is_err(), "{dialect:?}: {second:?}");
        included(&here, first).await?;
        assert_eq!(world.included(), 2, "{dialect:?}");
        let mint = UseSession::new(mint_to(here.address())).pay(Payment::Sponsored);
        included(&here, here.use_session(mint).await?).await?;
    }
    Ok(())
}
