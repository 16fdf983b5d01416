//! A stuck operation is sped up or canceled by reusing its nonce, so that only one of the two is executed.

use std::sync::Arc;

use alloy::{primitives::U256, signers::local::PrivateKeySigner};
use tokio::time::timeout;
use use_aa::{
    Cancel, CreateSession, Deploy, Error, ErrorKind, MemoryStore, Payment, Request, SendTransaction,
    Services, SmartAccountClient, SpeedUp, TokenPayment, UseSession, UserOpKind, UserOpReceipt,
    UserOpResponse,
    rpc::{Http, Node},
};

use crate::support::{
    Dialect, Kind, Mood, Moody, Nft, Outcome, SOON,
    faulty::{Faulty, Serial},
    fund_at, give_tokens_at, included, mint_policy, mint_to, owner,
};

/// One dollar, in units of the fee token.
const DOLLAR: u64 = 1_000_000;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Creates a deployed account with coins and a batch session.
async fn account(
    faulty: &Faulty,
    kind: Kind,
    services: Services,
) -> Fallible<(PrivateKeySigner, Arc<MemoryStore>, SmartAccountClient)> {
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let client = kind.owned_by(services, owner.clone()).store(store.clone());
    fund_at(faulty.url(), client.address(), U256::from(10).pow(U256::from(18))).await?;
    let grant = CreateSession::new([mint_policy(client.address())]).for_batches(true);
    let granted = client.create_session(grant.pay(Payment::Sponsored)).await?;
    let sent = match granted.into_user_op() {
        Some(sent) => sent,
        None => client.deploy(Deploy::default().pay(Payment::Sponsored)).await?,
    };
    included(&client, sent).await?;
    Ok((owner, store, client))
}

async fn minted(faulty: &Faulty, client: &SmartAccountClient) -> Fallible<U256> {
    let mint = mint_to(client.address());
    let node = Node::new(Http::new(format!("{}/rpc", faulty.url()).parse()?));
    Ok(node
        .call(
            mint.to,
            &Nft::balanceOfCall {
                owner: client.address(),
            },
        )
        .await?)
}

/// Releases the bundler and returns the receipt of the newer of two operations with one nonce. The older is replaced.
async fn outcome(
    serial: &Serial,
    client: &SmartAccountClient,
    (old, new): (UserOpResponse, UserOpResponse),
) -> Fallible<UserOpReceipt> {
    let pending = client.pending_user_ops().await?;
    let [first, second] = pending.as_slice() else {
        return Err(format!("{pending:?}").into());
    };
    assert_eq!((first.hash, second.hash), (old.hash(), new.hash()));
    assert_eq!((first.nonce, second.replaces), (second.nonce, Some(old.hash())));
    let tenth_more = |fee: U256| fee * U256::from(11) / U256::from(10);
    assert!(second.fees.max_fee_per_gas >= tenth_more(first.fees.max_fee_per_gas));
    assert!(second.fees.max_priority_fee_per_gas >= tenth_more(first.fees.max_priority_fee_per_gas));

    serial.hold(false).await?;
    let (replaced, receipt) = tokio::join!(timeout(SOON, old.wait(1)), timeout(SOON, new.wait(1)));

    let expected = ErrorKind::Replaced {
        hash: old.hash(),
        nonce: first.nonce,
        by: Some(new.hash()),
    };
    assert_eq!(replaced?.err(), Some(expected.into()));
    assert_eq!(client.pending_user_ops().await?, []);
    Ok(receipt??)
}

/// Returns each kind with each of its dialects.
fn dialects() -> impl Iterator<Item = (Kind, Dialect)> {
    let dialects = |kind: Kind| kind.dialects().iter().map(move |dialect| (kind, *dialect));
    Kind::ALL.into_iter().flat_map(dialects)
}

#[tokio::test]
async fn a_stuck_operation_is_sent_again_for_more_and_happens_once() -> Outcome {
    let serial = Serial::begin().await?;
    for (kind, dialect) in dialects() {
        let services = dialect.services_at(serial.url());
        for payment in [Payment::Own, Payment::Sponsored] {
            let (owner, store, client) = account(&serial, kind, services.clone()).await?;
            serial.hold(true).await?;
            let request = SendTransaction::from(mint_to(client.address())).pay(payment);
            let old = client.send(request).await?;

            // Also works after a reload of the page.
            let later = kind.owned_by(services.clone(), owner).store(store);
            let new = later.speed_up(SpeedUp::new(&old)).await?;

            let receipt = outcome(&serial, &client, (old, new)).await?;
            assert!(receipt.success);
            assert_eq!(receipt.paymaster.is_some(), payment == Payment::Sponsored);
            assert_eq!(minted(&serial, &client).await?, U256::from(1), "{payment:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_session_signs_its_stuck_operation_again_without_the_owner() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        for in_batch in [false, true] {
            let (_, store, owned) = account(&serial, kind, kind.services_at(serial.url())).await?;
            let client = kind
                .at(kind.services_at(serial.url()), owned.address())
                .store(store);
            let mint = mint_to(client.address());
            serial.hold(true).await?;
            let old = match in_batch {
                true => {
                    let batch = UseSession::new([mint.clone(), mint]).pay(Payment::Sponsored);
                    client.use_session(batch).await?
                }
                false => {
                    client
                        .use_session(UseSession::new(mint).pay(Payment::Sponsored))
                        .await?
                }
            };

            let new = client.speed_up(SpeedUp::new(&old)).await?;
            let without_owner = client.cancel(Cancel::new(&new)).await;

            assert_eq!(without_owner.err(), Some(ErrorKind::NoOwner.into()));
            let receipt = outcome(&serial, &client, (old, new)).await?;
            assert!(receipt.success);
            let expected = if in_batch { 2 } else { 1 };
            assert_eq!(minted(&serial, &client).await?, U256::from(expected));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_stuck_operation_is_replaced_by_nothing() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        for payment in [Payment::Own, Payment::Sponsored] {
            let (_, _, client) = account(&serial, kind, serial.standard_services()).await?;
            serial.hold(true).await?;
            let mint = mint_to(client.address());
            // The owner cancels a session's operation where all signers share the nonces.
            let old = match kind {
                Kind::BiconomyV2 => {
                    let mint = UseSession::new(mint).pay(Payment::Sponsored);
                    client.use_session(mint).await?
                }
                Kind::Nexus => {
                    let mint = SendTransaction::from(mint).pay(Payment::Sponsored);
                    client.send(mint).await?
                }
            };

            let new = client.cancel(Cancel::new(&old).pay(payment)).await?;

            assert_eq!(client.pending_user_ops().await?[1].kind, UserOpKind::Cancel);
            let receipt = outcome(&serial, &client, (old, new)).await?;
            assert!(receipt.success);
            assert_eq!(minted(&serial, &client).await?, U256::ZERO);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_stuck_cancellation_and_a_stuck_grant_can_be_hurried_too() -> Outcome {
    let serial = Serial::begin().await?;
    let (_, _, client) = account(&serial, Kind::BiconomyV2, serial.services()).await?;
    serial.hold(true).await?;
    let mint = SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);
    let sent = client.send(mint).await?;
    let nothing = client.cancel(Cancel::new(&sent).pay(Payment::Sponsored)).await?;
    let sooner = client.speed_up(SpeedUp::new(&nothing)).await?;
    serial.hold(false).await?;
    included(&client, sooner).await?;
    assert_eq!(minted(&serial, &client).await?, U256::ZERO);
    assert_eq!(client.pending_user_ops().await?, []);

    serial.hold(true).await?;
    let grant = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    let old = client
        .create_session(grant)
        .await?
        .into_user_op()
        .ok_or("the grant is no operation")?;
    let new = client.speed_up(SpeedUp::new(&old)).await?;
    outcome(&serial, &client, (old, new)).await?;

    assert_eq!(client.sessions().await?.active().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_first_operation_that_is_stuck_is_replaced_with_its_deployment() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(serial.standard_services(), owner());
        client.warm().await?;
        serial.hold(true).await?;
        let mint = SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);
        let old = client.send(mint).await?;

        let new = client.cancel(Cancel::new(&old).pay(Payment::Sponsored)).await?;

        outcome(&serial, &client, (old, new)).await?;
        assert!(client.is_deployed().await?);
        assert_eq!(minted(&serial, &client).await?, U256::ZERO);
    }
    Ok(())
}

#[tokio::test]
async fn whoever_says_no_to_a_replacement_leaves_the_operation_as_it_was() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        let (moody, store) = (Moody::new(), Arc::new(MemoryStore::default()));
        let client = kind
            .owned_by(kind.services_at(serial.url()), moody.clone())
            .store(store);
        let mint = || SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);
        included(&client, client.send(mint()).await?).await?;
        serial.hold(true).await?;
        let sent = client.send(mint()).await?;

        moody.be(Mood::Refusing);
        let faster = client.speed_up(SpeedUp::new(&sent)).await;
        let nothing = client.cancel(Cancel::new(&sent).pay(Payment::Sponsored)).await;
        let strict = kind.services_at(serial.url()).most_cost(U256::from(1_000));
        let poor = kind.owned_by(strict, owner());
        let unknown = poor.speed_up(SpeedUp::new(&sent)).await;

        for answer in [faster, nothing] {
            assert!(
                matches!(answer.as_ref().map_err(Error::kind), Err(ErrorKind::Owner(_))),
                "{answer:?}"
            );
        }
        assert_eq!(unknown.err(), Some(ErrorKind::NotPending(sent.hash()).into()));
        assert_eq!(client.pending_user_ops().await?.len(), 1);
        serial.hold(false).await?;
        included(&client, sent.hash()).await?;
        let ended = client.cancel(Cancel::new(&sent)).await;
        assert_eq!(ended.err(), Some(ErrorKind::NotPending(sent.hash()).into()));
    }
    Ok(())
}

#[tokio::test]
async fn a_replacement_costs_no_more_than_is_allowed() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        let (owner, store, client) = account(&serial, kind, serial.standard_services()).await?;
        serial.hold(true).await?;
        let old = client
            .send(SendTransaction::from(mint_to(client.address())))
            .await?;
        let strict = Dialect::Standard
            .services_at(serial.url())
            .most_cost(U256::from(1_000));
        let strict = kind.owned_by(strict, owner).store(store);

        let answer = strict.speed_up(SpeedUp::new(&old)).await;

        assert!(
            matches!(
                answer.as_ref().map_err(Error::kind),
                Err(ErrorKind::TooDear { .. })
            ),
            "{answer:?}"
        );
        serial.hold(false).await?;
        included(&client, old).await?;
    }
    Ok(())
}

#[tokio::test]
async fn gas_in_a_token_is_paid_again_when_that_is_said_again() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        let (_, _, client) = account(&serial, kind, serial.standard_services()).await?;
        let token = devnet::Contracts::default().token;
        give_tokens_at(serial.url(), client.address(), DOLLAR).await?;
        let payment = Payment::from(TokenPayment::new(token, U256::from(DOLLAR)));
        serial.hold(true).await?;
        let mint = SendTransaction::from(mint_to(client.address())).pay(payment);
        let old = client.send(mint).await?;

        let unsaid = client.speed_up(SpeedUp::new(&old)).await;
        let new = client.speed_up(SpeedUp::new(&old).options(payment)).await?;

        assert_eq!(unsaid.err(), Some(ErrorKind::PaymentNotGiven(token).into()));
        let receipt = outcome(&serial, &client, (old, new)).await?;
        assert!(receipt.success);
        assert_eq!(minted(&serial, &client).await?, U256::from(1));
    }
    Ok(())
}
