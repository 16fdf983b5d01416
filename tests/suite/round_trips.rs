//! The number of sequential round trips until an operation is sent.

mod looks;
mod stale;

use std::{error::Error, sync::Arc, time::Duration};

use alloy::{primitives::U256, signers::local::PrivateKeySigner};
use devnet::{Fault, Service};
use serde_json::json;
use tokio::time::{Instant, advance};
use use_aa::{
    Asset, BiconomyV2, Contracts, CreateSession, Deploy, Error as AccountError, ErrorKind, MemoryStore,
    PaymasterContext, Payment, Request as _, SendTransaction, SmartAccountClient, TokenPayment, UseSession,
    UserOpOptions, Withdraw,
};

use crate::{
    support::{Outcome, granted, included, mint_policy, mint_to, owner},
    world::{Dialect, Request, World, abi::TOKEN},
};

const ESTIMATE: &str = "eth_estimateUserOperationGas";
const DATA: &str = "pm_getPaymasterData";
const SEND: &str = "eth_sendUserOperation";
const STUB: &str = "pm_getPaymasterStubData";

/// One unit of the fee token, which has six decimals.
const DOLLAR: u64 = 1_000_000;

/// The number of concurrent requests of a browser to one host. One more request costs another round trip.
const AT_ONCE: usize = 6;

/// The latency of every request.
const LATENCY: Duration = Duration::from_millis(100);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Creates services with latency.
fn slow(dialect: Dialect) -> World {
    let world = World::new(dialect);
    world.latency(LATENCY);
    world
}

/// Runs a call and returns its round trips with its result. A round trip is a group of concurrent requests, after the
/// previous group was answered.
async fn trips<T, E: Error + 'static>(
    world: &World,
    act: impl Future<Output = std::result::Result<T, E>>,
) -> Result<(Vec<String>, T)> {
    world.forget();
    let start = Instant::now();
    let answer = act.await?;
    let count = start.elapsed().as_millis() / LATENCY.as_millis();

    let requests = world.requests();
    let first = requests.first().ok_or("nothing was asked")?.began;
    let mut rows = vec![String::new(); count.try_into()?];
    for request in requests {
        let at = (request.began - first).as_millis() / LATENCY.as_millis();
        let row = rows
            .get_mut(usize::try_from(at)?)
            .ok_or("something is asked afterwards")?;
        if !row.is_empty() {
            row.push_str(" + ");
        }
        row.push_str(&request.method);
    }
    Ok((rows, answer))
}

/// Runs a call that ends with sending an operation, otherwise as [`trips`].
async fn trips_to_send<T, E: Error + 'static>(
    world: &World,
    act: impl Future<Output = std::result::Result<T, E>>,
) -> Result<(Vec<String>, T)> {
    let (rows, answer) = trips(world, act).await?;
    match rows.last() {
        Some(last) if last == SEND => Ok((rows, answer)),
        _ => Err(format!("sending is not the last: {rows:?}").into()),
    }
}

fn mint(client: &SmartAccountClient) -> SendTransaction {
    SendTransaction::from(mint_to(client.address()))
}

fn coin() -> U256 {
    U256::from(10).pow(U256::from(18))
}

/// Creates an account with coins and tokens, and a new client that has only the owner's address and the data of
/// `warm`.
async fn warm(world: &World) -> Result<SmartAccountClient> {
    let owner = owner();
    let before = SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner.clone()));
    world.fund(before.address(), coin());
    world.give_tokens(before.address(), 50 * DOLLAR);
    included(&before, before.send(mint(&before).pay(Payment::Sponsored)).await?).await?;
    let client = SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner));
    client.warm().await?;
    Ok(client)
}

#[tokio::test(start_paused = true)]
async fn sponsored_operation_takes_three() -> Outcome {
    let world = slow(Dialect::Standard);
    let client = warm(&world).await?;

    let (row, _) = trips_to_send(&world, client.send(mint(&client).pay(Payment::Sponsored))).await?;

    assert_eq!(row, [ESTIMATE, DATA, SEND]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn operation_that_the_account_pays_takes_two() -> Outcome {
    let world = slow(Dialect::Standard);
    let client = warm(&world).await?;

    let (row, _) = trips_to_send(&world, client.send(mint(&client))).await?;

    assert_eq!(row[1..], [SEND]);
    assert!(row[0].contains(ESTIMATE), "{row:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn session_takes_three_however_many_calls_it_makes() -> Outcome {
    let world = slow(Dialect::Standard);
    let client = warm(&world).await?;
    let request = CreateSession::new([mint_policy(client.address())]).for_batches(true);
    let request = request.pay(Payment::Sponsored);
    granted(&client, request).await?;
    let call = mint_to(client.address());

    let one = UseSession::new(call.clone()).pay(Payment::Sponsored);
    let (first, sent) = trips_to_send(&world, client.use_session(one)).await?;
    included(&client, sent).await?;
    // The digest that the router expects is cached from then on.
    let two = || UseSession::new([call.clone(), call.clone()]).pay(Payment::Sponsored);
    included(&client, client.use_session(two()).await?).await?;
    let (second, _) = trips_to_send(&world, client.use_session(two())).await?;

    assert_eq!(first.len(), 3, "{first:?}");
    assert_eq!(second.len(), 3, "{second:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn payment_in_a_token_takes_three_once_it_was_quoted() -> Outcome {
    let world = slow(Dialect::Standard);
    let client = warm(&world).await?;
    let calls = [mint_to(client.address())];

    let quotes = client.token_fees(&calls, &[TOKEN]).await?;
    let quote = quotes.first().ok_or("there is no quote")?;
    for _ in 0..2 {
        let (row, sent) = trips_to_send(&world, client.send(mint(&client).pay(quote.into()))).await?;

        assert_eq!(row.len(), 3, "{row:?}");
        assert_eq!(row[1..], [DATA, SEND]);
        included(&client, sent).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn payment_in_a_token_that_was_not_quoted_takes_one_more_and_then_three() -> Outcome {
    let world = slow(Dialect::Standard);
    let client = warm(&world).await?;
    let in_token = || TokenPayment::new(TOKEN, U256::from(5 * DOLLAR)).into();

    for expected in [4, 3] {
        let (row, sent) = trips_to_send(&world, client.send(mint(&client).pay(in_token()))).await?;

        assert_eq!(row.len(), expected, "{row:?}");
        included(&client, sent).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn session_that_pays_in_a_token_takes_three() -> Outcome {
    let world = slow(Dialect::Standard);
    let client = warm(&world).await?;
    let payment = TokenPayment::new(TOKEN, U256::from(5 * DOLLAR)).approve(U256::from(20 * DOLLAR));
    let request = CreateSession::new([mint_policy(client.address())]).pay(payment.into());
    granted(&client, request).await?;

    let mint = UseSession::new(mint_to(client.address())).pay(payment.into());
    let (row, _) = trips_to_send(&world, client.use_session(mint)).await?;

    assert_eq!(row.len(), 3, "{row:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn context_of_ones_own_takes_one_more_and_then_three() -> Outcome {
    let world = slow(Dialect::Standard);
    let client = warm(&world).await?;
    let context = PaymasterContext::new().field("sponsorshipPolicyId", "sp_my_policy");
    let options = UserOpOptions::new().pay(Payment::Sponsored).context(context);

    let send = || client.send(mint(&client).options(options.clone()));
    let (first, _) = trips_to_send(&world, send()).await?;
    let (second, _) = trips_to_send(&world, send()).await?;

    assert_eq!(first, [STUB, ESTIMATE, DATA, SEND]);
    assert_eq!(second, [ESTIMATE, DATA, SEND]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn stand_in_that_the_bundler_refuses_is_replaced() -> Outcome {
    let world = slow(Dialect::Standard);
    // An unknown paymaster: the entry point rejects it, like one that was replaced meanwhile.
    let gone = format!("0x{}{}", "dead".repeat(10), "00".repeat(300));
    let gone = json!({ "paymasterAndData": gone });
    world.faults([Fault::on(Service::Paymaster, STUB).merge(gone).times(1)]);
    let client = SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner()));
    client.warm().await?;

    let (row, sent) = trips_to_send(&world, client.send(mint(&client).pay(Payment::Sponsored))).await?;

    let refused = world.requests().into_iter().filter(|request| request.failed);
    assert_eq!(
        refused.map(|request| request.method).collect::<Vec<_>>(),
        [ESTIMATE]
    );
    assert_eq!(row[1..], [STUB, ESTIMATE, DATA, SEND]);
    included(&client, sent).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn costs_are_told_in_three() -> Outcome {
    for dialect in [Dialect::Standard, Dialect::Biconomy] {
        let world = slow(dialect);
        let client = warm(&world).await?;
        let calls = [mint_to(client.address())];

        let (gas, _) = trips(&world, client.gas_estimate(&calls)).await?;
        let (fees, _) = trips(&world, client.token_fees(&calls, &[TOKEN])).await?;

        assert!(gas.len() <= 3, "{dialect:?}: {gas:?}");
        assert!(fees.len() <= 3, "{dialect:?}: {fees:?}");
    }
    Ok(())
}

/// Creates a client of an owner that has only the data of `warm` and the sessions of a store.
async fn fresh(
    world: &World,
    owner: &PrivateKeySigner,
    store: &Arc<MemoryStore>,
) -> Result<SmartAccountClient> {
    let client =
        SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner.clone())).store(store.clone());
    client.warm().await?;
    Ok(client)
}

#[tokio::test(start_paused = true)]
async fn acts_of_a_warm_client_take_two_and_three_at_most() -> Outcome {
    // The round trips until the operation is sent and included: with own gas, sponsored.
    for (dialect, sponsored) in [
        (Dialect::Biconomy, 2),
        (Dialect::Standard, 3),
        (Dialect::Pimlico, 3),
    ] {
        for (payment, expected) in [(Payment::Own, 2), (Payment::Sponsored, sponsored)] {
            for (act, row) in acts(&slow(dialect), payment).await? {
                println!("{dialect:?} {payment:?} {act}: {}", row.join(" → "));
                assert_eq!(row.len(), expected, "{dialect:?} {payment:?} {act}: {row:?}");
                // One more request, for the deployment of the account.
                let most = AT_ONCE + usize::from(act == "grant after that");
                let at_once = row.iter().map(|calls| calls.split(" + ").count()).max();
                assert!(at_once <= Some(most), "{dialect:?} {payment:?} {act}: {row:?}");
            }
        }
    }
    Ok(())
}

/// Measures the round trips of every kind of call.
async fn acts(world: &World, payment: Payment) -> Result<Vec<(&'static str, Vec<String>)>> {
    let mut rows = Vec::new();
    let new_account = async || {
        let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
        let client = fresh(world, &owner, &store).await?;
        world.fund(client.address(), coin());
        Ok::<_, Box<dyn Error>>((owner, store, client))
    };

    let (.., client) = new_account().await?;
    let (row, sent) = trips_to_send(world, client.deploy(Deploy::default().pay(payment))).await?;
    rows.push(("deploy", row));
    included(&client, sent).await?;
    let (row, sent) = trips_to_send(world, client.send(mint(&client).pay(payment))).await?;
    rows.push(("send after that", row));
    included(&client, sent).await?;

    let (.., client) = new_account().await?;
    let (row, sent) = trips_to_send(world, client.send(mint(&client).pay(payment))).await?;
    rows.push(("send and deploy", row));
    included(&client, sent).await?;
    client.balances([Asset::Native, Asset::Token(TOKEN)]).await?;
    let some = Withdraw::new().amount(Asset::Native, U256::from(7)).pay(payment);
    let (row, sent) = trips_to_send(world, client.withdraw(some)).await?;
    rows.push(("withdraw some", row));
    included(&client, sent).await?;
    client.balances([Asset::Native]).await?;
    let all = Withdraw::new().all(Asset::Native).pay(payment);
    let (row, sent) = trips_to_send(world, client.withdraw(all)).await?;
    rows.push(("withdraw all", row));
    included(&client, sent).await?;

    for for_batches in [false, true] {
        let (owner, store, client) = new_account().await?;
        let grant = CreateSession::new([mint_policy(client.address())]).pay(payment);
        let grant = grant.for_batches(for_batches);
        let (row, sent) = trips_to_send(world, client.create_session(grant.clone())).await?;
        rows.push(("grant and deploy", row));
        included(&client, sent.into_user_op().ok_or("the grant is no operation")?).await?;
        let (row, sent) = trips_to_send(world, client.create_session(grant.clone())).await?;
        rows.push(("grant after that", row));
        included(&client, sent.into_user_op().ok_or("the grant is no operation")?).await?;
        let later = fresh(world, &owner, &store).await?;
        let (row, sent) = trips_to_send(world, later.create_session(grant)).await?;
        rows.push(("grant in a fresh page", row));
        included(&later, sent.into_user_op().ok_or("the grant is no operation")?).await?;
        let one = UseSession::new(mint_to(later.address())).pay(payment);
        let (row, sent) = trips_to_send(world, later.use_session(one)).await?;
        rows.push(("use", row));
        included(&later, sent).await?;
    }
    Ok(rows)
}

#[tokio::test(start_paused = true)]
async fn minting_takes_as_few_after_a_minute_in_which_nothing_was_done() -> Outcome {
    for (dialect, expected) in [(Dialect::Biconomy, 2), (Dialect::Standard, 3)] {
        let world = slow(dialect);
        let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
        let client = fresh(&world, &owner, &store).await?;
        let grant = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
        granted(&client, grant).await?;

        advance(Duration::from_secs(61)).await;
        client.warm().await?;
        let one = UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);
        let (row, _) = trips_to_send(&world, client.use_session(one)).await?;

        assert_eq!(row.len(), expected, "{dialect:?}: {row:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_receipt_is_asked_for_at_once_then_in_growing_intervals_one_question_at_a_time() -> Outcome {
    const RECEIPT: &str = "eth_getUserOperationReceipt";

    let world = World::new(Dialect::Biconomy);
    // Longer than the first pauses: a fixed polling interval would send two requests.
    world.latency(Duration::from_millis(300));
    let client = SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner()));
    let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    let since = world.requests().last().and_then(|sent| sent.ended);
    world.faults([Fault::on(Service::Bundler, RECEIPT).null().times(3)]);

    included(&client, sent).await?;

    let polls = world
        .requests()
        .into_iter()
        .filter(|request| request.method == RECEIPT);
    let polls = polls.collect::<Vec<_>>();
    assert_eq!(polls.len(), 4);
    // The first request comes immediately, without a pause.
    assert_eq!(Some(polls[0].began), since);
    let pause = |pair: &[Request]| Some(pair[1].began.checked_sub(pair[0].ended?)?.as_millis());
    let pauses = polls
        .windows(2)
        .map(pause)
        .collect::<Option<Vec<_>>>()
        .ok_or("two at a time")?;
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert!(pauses[0] >= 100 && pauses[2] > 2 * pauses[0], "{pauses:?}");
    Ok(())
}
