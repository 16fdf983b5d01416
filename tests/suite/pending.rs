//! Operations that were sent, or may have been, are found again and settled.

mod lost;

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use alloy::{primitives::U256, signers::local::PrivateKeySigner};
use devnet::{Fault, Service};
use futures::future::{Either, select};
use serde_json::{Value, json};
use tokio::time::timeout;
use use_aa::{
    BiconomyV2, BundlerKind, Error, ErrorKind, MemoryStore, NonceKey, NonceLane, Payment, PendingPayment,
    Request, SendTransaction, Services, SessionStatus, SessionStore, SmartAccountClient, SpeedUp, UseSession,
    UserOpHash, UserOpKind, WaitOptions,
};

use crate::support::{
    Kind, Outcome, SOON,
    faulty::{Faulty, Serial},
    fund_at, grant, included, mint, mint_to, owner, sponsored_grant,
};

/// The time of one or two requests.
const A_WHILE: Duration = Duration::from_millis(700);

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn client(faulty: &Faulty, owner: &PrivateKeySigner, store: &Arc<MemoryStore>) -> SmartAccountClient {
    SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner.clone())).store(store.clone())
}

/// Returns the only pending operation.
async fn only(client: &SmartAccountClient) -> Fallible<UserOpHash> {
    let pending = client.pending_user_ops().await?;
    match pending.as_slice() {
        [op] => Ok(op.hash),
        other => Err(format!("{other:?}").into()),
    }
}

#[tokio::test]
async fn an_operation_is_found_again_and_waited_for_by_another_client_of_the_store() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let before = client(&faulty, &owner, &store);
    let start = UNIX_EPOCH.elapsed()?.as_secs();
    let sent = before.send(mint(&before)).await?;
    let sending = start..=UNIX_EPOCH.elapsed()?.as_secs();

    let after = client(&faulty, &owner, &store);
    let pending = after.pending_user_ops().await?;
    let receipt = included(&after, pending[0].hash).await?;

    assert_eq!(pending.len(), 1);
    let op = &pending[0];
    assert_eq!((op.hash, op.sender), (sent.hash(), before.address()));
    assert_eq!(
        (&op.kind, op.payment),
        (&UserOpKind::Send, PendingPayment::Sponsored)
    );
    assert_eq!(op.calls, Some(vec![mint_to(before.address())]));
    assert!(op.deploys && op.session.is_none() && op.replaces.is_none());
    assert_eq!(op.nonce, receipt.nonce);
    assert!(sending.contains(&op.sent_at), "{op:?}");
    for client in [before, after] {
        assert_eq!(client.pending_user_ops().await?, []);
    }
    Ok(())
}

#[tokio::test]
async fn each_act_is_kept_as_what_it_is() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let client = client(&faulty, &owner, &store);
    let granted = client
        .create_session(sponsored_grant(&client).for_batches(true))
        .await?
        .into_user_op()
        .unwrap();
    let grant = client.pending_user_ops().await?.remove(0);
    included(&client, granted).await?;
    let session = client.sessions().await?.active().remove(0).id;
    let used = client
        .use_session(UseSession::new(mint_to(client.address())).pay(Payment::Sponsored))
        .await?;
    let use_session = client.pending_user_ops().await?.remove(0);
    included(&client, used).await?;

    let UserOpKind::Grant { grant: id, modules } = &grant.kind else {
        return Err(format!("{grant:?}").into());
    };
    assert!(!id.is_none());
    assert_eq!(modules.len(), 2);
    assert_eq!(grant.calls.map(|calls| calls.len()), Some(3));
    assert_eq!(
        (use_session.kind, use_session.session),
        (UserOpKind::Session, Some(session))
    );
    Ok(())
}

#[tokio::test]
async fn a_grant_on_its_way_is_listed_as_such_by_another_client_of_the_store() -> Outcome {
    let serial = Serial::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let before = client(&serial, &owner, &store);
    serial.hold(true).await?;
    let granted = before
        .create_session(sponsored_grant(&before))
        .await?
        .into_user_op()
        .unwrap();

    let after = client(&serial, &owner, &store);
    let listed = after.sessions().await?;
    serial.hold(false).await?;
    included(&before, granted.clone()).await?;
    let listed_then = after.sessions().await?;

    assert_eq!(listed.all.len(), 1);
    assert_eq!(listed.all[0].status, SessionStatus::Submitted(granted.hash()));
    assert_eq!(listed_then.all[0].status, SessionStatus::Active);
    Ok(())
}

#[tokio::test]
async fn an_operation_whose_page_is_closed_before_the_answer_is_found_included() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let page = client(&faulty, &owner, &store);
    page.warm().await?;
    faulty
        .fault(Fault::on(Service::Bundler, "eth_sendUserOperation").delay(Duration::from_millis(10_000)))
        .await?;

    faulty.forget().await?;

    // The page closes while the bundler's response is pending.
    let answer = page.send(mint(&page));
    let asked = faulty.asked("eth_sendUserOperation", 1);
    let closed = matches!(
        select(pin!(answer), pin!(asked)).await,
        Either::Right((Ok(()), _))
    );
    let after = client(&faulty, &owner, &store);
    let hash = only(&after).await?;

    assert!(closed, "the page had its answer");
    included(&after, hash).await?;
    assert_eq!(after.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn an_operation_whose_nonce_another_one_has_used_is_told_as_replaced() -> Outcome {
    let faulty = Faulty::begin().await?;
    let owner = owner();
    let here = client(&faulty, &owner, &Arc::default());
    let there = client(&faulty, &owner, &Arc::default());
    let lane = NonceLane::Given(NonceKey::from_bytes([7; 24]).at(0));
    faulty.drop_next_send().await?;
    let lost = here.send(mint(&here).nonce(lane)).await;
    let op = here.pending_user_ops().await?.remove(0);
    let another = SendTransaction::from(mint_to(owner.address())).pay(Payment::Sponsored);
    let winner = there.send(another.nonce(lane)).await?.hash();
    included(&there, winner).await?;

    let answer = timeout(SOON, here.wait(op.hash, 1)).await?;

    assert!(lost.is_err(), "{lost:?}");
    let expected = ErrorKind::Replaced {
        hash: op.hash,
        nonce: op.nonce,
        by: Some(winner),
    };
    assert_eq!(answer.err(), Some(expected.into()));
    assert_eq!(here.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn an_operation_that_the_bundler_refuses_is_not_pending() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = client(&faulty, &owner(), &Arc::default());
    faulty
        .fault(
            Fault::on(Service::Bundler, "eth_sendUserOperation")
                .refusal(-32500, "AA21 too poor")
                .status(400),
        )
        .await?;

    let refused = client.send(mint(&client)).await;

    assert!(refused.is_err_and(|error| error.code() == "refused.account_cannot_pay"));
    assert_eq!(client.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn an_operation_that_something_else_refuses_may_be_sent_and_is_tried_again_at_its_nonce() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = client(&faulty, &owner(), &Arc::default());
    faulty
        .fault(
            Fault::on(Service::Bundler, "eth_sendUserOperation")
                .refusal(-32000, "upstream is gone")
                .status(400)
                .times(1),
        )
        .await?;

    let refused = client.send(mint(&client)).await;
    let pending = only(&client).await?;
    let again = client.speed_up(SpeedUp::new(pending)).await?;
    included(&client, again).await?;

    let error = refused.err().ok_or("it was refused")?;
    assert_eq!(error.may_be_sent(), Some(pending));
    assert_eq!(error.code(), "operation.unanswered");
    assert_eq!(client.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn a_grant_waits_for_that_of_another_client_of_the_store() -> Outcome {
    let serial = Serial::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let here = client(&serial, &owner, &store);
    grant(&here).await?;
    here.warm().await?;
    let there = client(&serial, &owner, &store);
    there.warm().await?;

    serial.automine(false).await?;
    let first = here.create_session(sponsored_grant(&here)).await;
    let second = there.create_session(sponsored_grant(&there));
    tokio::pin!(second);
    let early = timeout(2 * A_WHILE, &mut second).await;
    serial.automine(true).await?;
    let second = timeout(SOON, second).await??;

    assert!(early.is_err(), "it did not wait: {early:?}");
    included(&here, first?.into_user_op().unwrap()).await?;
    included(&there, second.into_user_op().unwrap()).await?;
    assert_eq!(here.sessions().await?.active().len(), 3);
    Ok(())
}

#[tokio::test]
async fn clients_that_send_at_once_do_not_lose_each_others_operations() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let clients = [(); 3].map(|()| client(&faulty, &owner, &store));
    fund_at(
        faulty.url(),
        clients[0].address(),
        U256::from(10).pow(U256::from(18)),
    )
    .await?;
    included(&clients[0], clients[0].send(mint(&clients[0])).await?).await?;

    let sent = futures::future::join_all(clients.iter().map(|client| client.send(mint(client)))).await;
    let mut expected = sent
        .into_iter()
        .map(|sent| Ok(sent?.hash()))
        .collect::<Result<Vec<_>, Error>>()?;
    let mut pending = Vec::from_iter(clients[0].pending_user_ops().await?.iter().map(|op| op.hash));

    expected.sort_unstable();
    pending.sort_unstable();
    assert_eq!(pending, expected);
    for hash in expected {
        included(&clients[1], hash).await?;
    }
    assert_eq!(clients[2].pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn a_damaged_entry_does_not_stand_in_the_way() -> Outcome {
    let faulty = Faulty::begin().await?;
    let store = Arc::new(MemoryStore::default());
    let client = client(&faulty, &owner(), &store);
    let key = format!("use-aa:ops:80002:{}", client.address());
    for (damage, damaged) in [
        ("<html>", 1),
        (r#"{"version": 1, "ops": [{"hash": "0x"}, 7]}"#, 2),
    ] {
        let write = Box::new(|_: Option<String>| Ok(Some(damage.to_owned())));
        store.update(&key, write).await?;

        assert_eq!(client.pending_user_ops().await?, []);
        let hash = client.send(mint(&client)).await?.hash();
        assert_eq!(only(&client).await?, hash);
        included(&client, hash).await?;

        assert_eq!(client.sessions().await?.damaged, damaged);
        client.discard_damaged().await?;
        assert_eq!(client.sessions().await?.damaged, 0);
    }
    Ok(())
}
