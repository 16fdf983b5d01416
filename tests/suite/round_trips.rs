//! What is waited for, one call after the other, until an operation is sent.

use std::sync::Arc;

use alloy::{primitives::U256, signers::local::PrivateKeySigner};
use devnet::{Control, Fault, Service};
use serde_json::json;
use use_aa::{
    Asset, Contracts, CreateSession, Deploy, Error as AccountError, MemoryStore, Options, PaymasterContext,
    Payment, SendTransaction, SmartAccountClient, TokenPayment, UseBatchSession, UseSession, Withdraw,
};

use crate::support::{
    Dialect, Outcome, fund, give_tokens, included, mint_policy, mint_to, owner, token, trips::Trips,
};

const ESTIMATE: &str = "eth_estimateUserOperationGas";
const DATA: &str = "pm_getPaymasterData";
const SEND: &str = "eth_sendUserOperation";
const STUB: &str = "pm_getPaymasterStubData";

/// One unit of the fee token, which has six decimals.
const DOLLAR: u64 = 1_000_000;

fn mint(client: &SmartAccountClient) -> SendTransaction {
    SendTransaction::from(mint_to(client.address()))
}

/// An account with a session, whose owner begins anew: nothing is known but the address, and what warming up tells.
async fn warm(trips: &Trips) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let owner = owner();
    let before = SmartAccountClient::new(trips.standard_services(), owner.clone());
    fund(before.address(), U256::from(10).pow(U256::from(18))).await?;
    give_tokens(before.address(), 50 * DOLLAR).await?;
    included(&before, before.send(mint(&before).pay(Payment::Sponsored)).await?).await?;
    let client = SmartAccountClient::new(trips.standard_services(), owner);
    client.warm().await?;
    Ok(client)
}

#[tokio::test]
async fn sponsored_operation_takes_three() -> Outcome {
    let trips = Trips::begin().await?;
    let client = warm(&trips).await?;

    trips.forget().await?;
    client.send(mint(&client).pay(Payment::Sponsored)).await?;

    assert_eq!(trips.to_send().await?, [ESTIMATE, DATA, SEND]);
    Ok(())
}

#[tokio::test]
async fn operation_that_the_account_pays_takes_two() -> Outcome {
    let trips = Trips::begin().await?;
    let client = warm(&trips).await?;

    trips.forget().await?;
    client.send(mint(&client)).await?;

    assert_eq!(trips.to_send().await?, [ESTIMATE, SEND]);
    Ok(())
}

#[tokio::test]
async fn session_takes_three_however_many_calls_it_makes() -> Outcome {
    let trips = Trips::begin().await?;
    let client = warm(&trips).await?;
    let request = CreateSession::new([mint_policy(client.address())]).for_batches(true);
    let request = request.pay(Payment::Sponsored);
    included(&client, client.create_session(request).await?).await?;
    let call = mint_to(client.address());

    trips.forget().await?;
    let one = UseSession::new(call.clone()).pay(Payment::Sponsored);
    included(&client, client.use_session(one).await?).await?;
    let first = trips.to_send().await?;
    // Which digest the router wants is known from then on.
    let two = || UseBatchSession::new([call.clone(), call.clone()]).pay(Payment::Sponsored);
    included(&client, client.use_batch_session(two()).await?).await?;
    trips.forget().await?;
    client.use_batch_session(two()).await?;
    let second = trips.to_send().await?;

    assert_eq!(first.len(), 3, "{first:?}");
    assert_eq!(second.len(), 3, "{second:?}");
    Ok(())
}

#[tokio::test]
async fn payment_in_a_token_takes_three_once_it_was_quoted() -> Outcome {
    let trips = Trips::begin().await?;
    let client = warm(&trips).await?;
    let calls = [mint_to(client.address())];

    let quotes = client.token_fees(&calls, &[token()]).await?;
    let quote = quotes.first().ok_or("there is no quote")?;
    for _ in 0..2 {
        trips.forget().await?;
        let hash = client.send(mint(&client).pay(quote.into())).await?;

        let row = trips.to_send().await?;
        assert_eq!(row.len(), 3, "{row:?}");
        assert_eq!(row[1..], [DATA, SEND]);
        included(&client, hash).await?;
    }
    Ok(())
}

#[tokio::test]
async fn payment_in_a_token_that_was_not_quoted_takes_one_more_and_then_three() -> Outcome {
    let trips = Trips::begin().await?;
    let client = warm(&trips).await?;
    let in_token = || TokenPayment::new(token(), U256::from(5 * DOLLAR)).into();

    for expected in [4, 3] {
        trips.forget().await?;
        let hash = client.send(mint(&client).pay(in_token())).await?;

        let row = trips.to_send().await?;
        assert_eq!(row.len(), expected, "{row:?}");
        included(&client, hash).await?;
    }
    Ok(())
}

#[tokio::test]
async fn session_that_pays_in_a_token_takes_three() -> Outcome {
    let trips = Trips::begin().await?;
    let client = warm(&trips).await?;
    let payment = TokenPayment::new(token(), U256::from(5 * DOLLAR)).approve(U256::from(20 * DOLLAR));
    let request = CreateSession::new([mint_policy(client.address())]).pay(payment.into());
    included(&client, client.create_session(request).await?).await?;

    trips.forget().await?;
    let mint = UseSession::new(mint_to(client.address())).pay(payment.into());
    client.use_session(mint).await?;

    let row = trips.to_send().await?;
    assert_eq!(row.len(), 3, "{row:?}");
    Ok(())
}

#[tokio::test]
async fn context_of_ones_own_takes_one_more_and_then_three() -> Outcome {
    let trips = Trips::begin().await?;
    let client = warm(&trips).await?;
    let context = PaymasterContext::new().field("sponsorshipPolicyId", "sp_my_policy");
    let options = Options::new().pay(Payment::Sponsored).context(context);

    let mut rows = Vec::new();
    for _ in 0..2 {
        trips.forget().await?;
        client.send(mint(&client).options(options.clone())).await?;
        rows.push(trips.to_send().await?);
    }

    assert_eq!(rows[0], [STUB, ESTIMATE, DATA, SEND]);
    assert_eq!(rows[1], [ESTIMATE, DATA, SEND]);
    Ok(())
}

#[tokio::test]
async fn stand_in_that_the_bundler_refuses_is_replaced() -> Outcome {
    let trips = Trips::begin().await?;
    // A paymaster that is nobody's: the entry point refuses it, as it would one that was replaced since.
    let gone = format!("0x{}{}", "dead".repeat(10), "00".repeat(300));
    let gone = json!({ "paymasterAndData": gone });
    let merge = Fault::on(Service::Paymaster, STUB).merge(gone).times(1);
    trips
        .control(Control {
            latency_ms: Some(0),
            ..Control::faults([merge])
        })
        .await?;
    let client = SmartAccountClient::new(trips.standard_services(), owner());
    client.warm().await?;

    trips.forget().await?;
    let sent = client.send(mint(&client).pay(Payment::Sponsored)).await;
    let calls = trips.log().await?;

    let refused = calls.iter().filter(|call| call.error.is_some());
    let refused = refused.map(|call| call.methods.concat()).collect::<Vec<_>>();
    assert_eq!(refused, [ESTIMATE]);
    included(&client, sent?).await?;
    Ok(())
}

/// An owner's client that knows nothing but what warming up tells, and the sessions of a store.
async fn fresh(
    trips: &Trips,
    dialect: Dialect,
    owner: &PrivateKeySigner,
    store: &Arc<MemoryStore>,
) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let client =
        SmartAccountClient::new(dialect.services_at(trips.url()), owner.clone()).store(store.clone());
    client.warm().await?;
    Ok(client)
}

#[tokio::test]
async fn acts_of_a_warm_client_take_two_when_the_account_pays_in_biconomys_dialect() -> Outcome {
    acts_of_a_warm_client_take(2, Dialect::Biconomy, Payment::Own).await
}

#[tokio::test]
async fn acts_of_a_warm_client_take_two_when_biconomy_sponsors() -> Outcome {
    acts_of_a_warm_client_take(2, Dialect::Biconomy, Payment::Sponsored).await
}

#[tokio::test]
async fn acts_of_a_warm_client_take_two_when_the_account_pays() -> Outcome {
    acts_of_a_warm_client_take(2, Dialect::Standard, Payment::Own).await
}

#[tokio::test]
async fn acts_of_a_warm_client_take_three_when_they_are_sponsored() -> Outcome {
    acts_of_a_warm_client_take(3, Dialect::Standard, Payment::Sponsored).await
}

/// The round trips of every act until its operation is sent, that one included.
async fn acts_of_a_warm_client_take(expected: usize, dialect: Dialect, payment: Payment) -> Outcome {
    let trips = Trips::begin().await?;
    let mut rows = Vec::new();
    let new_account = async || {
        let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
        let client = fresh(&trips, dialect, &owner, &store).await?;
        fund(client.address(), U256::from(10).pow(U256::from(18))).await?;
        Ok::<_, Box<dyn std::error::Error>>((owner, store, client))
    };

    let (.., client) = new_account().await?;
    trips.forget().await?;
    let sent = client.deploy(Deploy::default().pay(payment)).await?;
    rows.push(("deploy", trips.to_send().await?));
    included(&client, sent).await?;
    trips.forget().await?;
    let sent = client.send(mint(&client).pay(payment)).await?;
    rows.push(("send after that", trips.to_send().await?));
    included(&client, sent).await?;

    let (.., client) = new_account().await?;
    trips.forget().await?;
    let sent = client.send(mint(&client).pay(payment)).await?;
    rows.push(("send and deploy", trips.to_send().await?));
    included(&client, sent).await?;
    client.balances([Asset::Native, Asset::Token(token())]).await?;
    trips.forget().await?;
    let some = Withdraw::new().amount(Asset::Native, U256::from(7)).pay(payment);
    let sent = client.withdraw(some).await?;
    rows.push(("withdraw some", trips.to_send().await?));
    included(&client, sent).await?;
    client.balances([Asset::Native]).await?;
    trips.forget().await?;
    let sent = client
        .withdraw(Withdraw::new().all(Asset::Native).pay(payment))
        .await?;
    rows.push(("withdraw all", trips.to_send().await?));
    included(&client, sent).await?;

    for for_batches in [false, true] {
        let (owner, store, client) = new_account().await?;
        let grant = CreateSession::new([mint_policy(client.address())]).pay(payment);
        let grant = grant.for_batches(for_batches);
        trips.forget().await?;
        let sent = client.create_session(grant.clone()).await?;
        rows.push(("grant and deploy", trips.to_send().await?));
        included(&client, sent).await?;
        trips.forget().await?;
        let sent = client.create_session(grant.clone()).await?;
        rows.push(("grant after that", trips.to_send().await?));
        included(&client, sent).await?;
        let later = fresh(&trips, dialect, &owner, &store).await?;
        trips.forget().await?;
        let sent = later.create_session(grant).await?;
        rows.push(("grant in a fresh page", trips.to_send().await?));
        included(&later, sent).await?;
        trips.forget().await?;
        let one = UseSession::new(mint_to(later.address())).pay(payment);
        let sent = later.use_session(one).await?;
        rows.push(("use", trips.to_send().await?));
        included(&later, sent).await?;
    }

    for (act, row) in rows {
        assert_eq!(row.len(), expected, "{dialect:?} {payment:?} {act}: {row:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_has_changed_unseen_is_noticed_while_it_is_built_on() -> Outcome {
    let trips = Trips::begin().await?;
    for dialect in Dialect::ALL {
        let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
        let here = fresh(&trips, dialect, &owner, &store).await?;
        let there = fresh(&trips, dialect, &owner, &store).await?;
        let grant = || CreateSession::new([mint_policy(here.address())]).pay(Payment::Sponsored);
        let use_it = || UseSession::new(mint_to(here.address())).pay(Payment::Sponsored);

        // Each of them knows the account as it was before the other one's.
        included(&here, here.create_session(grant()).await?).await?;
        included(&there, there.create_session(grant().for_batches(true)).await?).await?;
        included(&here, here.create_session(grant()).await?).await?;
        included(&there, there.send(mint(&there).pay(Payment::Sponsored)).await?).await?;

        assert_eq!(here.sessions().await?.active().len(), 3, "{dialect:?}");
        let both = [mint_to(here.address()), mint_to(here.address())];
        let batch = UseBatchSession::new(both).pay(Payment::Sponsored);
        included(&here, here.use_session(use_it()).await?).await?;
        included(&here, here.use_batch_session(batch).await?).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_deployment_elsewhere_is_noticed_while_it_is_built_on() -> Outcome {
    let trips = Trips::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let here = fresh(&trips, Dialect::Biconomy, &owner, &store).await?;
    let there = fresh(&trips, Dialect::Biconomy, &owner, &store).await?;
    let deploy = || Deploy::default().pay(Payment::Sponsored);
    included(&there, there.deploy(deploy()).await?).await?;

    let again = here.deploy(deploy()).await;
    let twice = there.deploy(deploy()).await;
    let later = SmartAccountClient::new(trips.services(), owner);
    later.warm().await?;
    let once_more = later.deploy(deploy()).await;

    assert_eq!(again.err(), Some(AccountError::AlreadyDeployed));
    assert_eq!(twice.err(), Some(AccountError::AlreadyDeployed));
    assert_eq!(once_more.err(), Some(AccountError::AlreadyDeployed));
    Ok(())
}

#[tokio::test]
async fn a_module_that_was_disabled_elsewhere_is_enabled_again() -> Outcome {
    let trips = Trips::begin().await?;
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let here = fresh(&trips, Dialect::Biconomy, &owner, &store).await?;
    let there = fresh(&trips, Dialect::Biconomy, &owner, &store).await?;
    let grant = || CreateSession::new([mint_policy(here.address())]).pay(Payment::Sponsored);
    included(&here, here.create_session(grant()).await?).await?;
    let manager = Contracts::BICONOMY.session_key_manager;
    let sent = there.disable_module(manager, Payment::Sponsored).await?;
    included(&there, sent).await?;

    included(&here, here.create_session(grant()).await?).await?;

    assert!(here.modules().await?.contains(&manager));
    let mint = UseSession::new(mint_to(here.address())).pay(Payment::Sponsored);
    included(&here, here.use_session(mint).await?).await?;
    Ok(())
}

#[tokio::test]
async fn coins_that_came_or_went_unseen_are_noticed_while_a_withdrawal_is_built() -> Outcome {
    let trips = Trips::begin().await?;
    for payment in [Payment::Own, Payment::Sponsored] {
        let client = SmartAccountClient::new(trips.services(), owner());
        let coin = U256::from(10).pow(U256::from(18));
        fund(client.address(), coin).await?;
        client.warm().await?;
        client.balances([Asset::Native]).await?;
        fund(client.address(), coin >> 1).await?;

        let too_much = Withdraw::new().amount(Asset::Native, coin).pay(payment);
        let refused = client.withdraw(too_much).await;
        client.balances([Asset::Native]).await?;
        fund(client.address(), coin).await?;
        let all = Withdraw::new().all(Asset::Native).pay(payment);
        included(&client, client.withdraw(all).await?).await?;

        assert!(
            matches!(refused, Err(AccountError::NotEnough { .. })),
            "{payment:?} {refused:?}"
        );
        let left = client.balances([Asset::Native]).await?[0].amount;
        assert!(left.is_zero(), "{payment:?} {left}");
    }
    Ok(())
}
