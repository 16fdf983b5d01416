//! Faults of the first operation of a session, which creates the account and enables the session.

use std::sync::Arc;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::{SolCall, SolValue},
};
use devnet::{Fault, Service};
use tokio::time::timeout;
use use_aa::{
    Call, CreateSession, Error as AccountError, ErrorKind, Guards, MemoryStore, Payment, Policy, Request,
    RevokeSession, Rule, SessionStatus, SessionStore, SpeedUp, StateOverride, UseSession, UserOpHash,
    UserOpOptions,
};

use super::{
    granted::{Fallible, Granted},
    mint, sponsored_mint,
};
use crate::support::{
    HOUR, Kind, Nft, Outcome, SOON, Token,
    faulty::{Faulty, Serial},
    included, mint_policy, mint_to, owner, token,
};

const SEND: &str = "eth_sendUserOperation";

async fn minted(faulty: &Faulty, account: Address) -> Fallible<u64> {
    let balance = Nft::balanceOfCall { owner: account };
    let minted = faulty.node()?.call(mint_to(account).to, &balance).await?;
    Ok(minted.to())
}

/// Returns the hash of the operation that may have been sent before an error.
fn may_be_sent<T: std::fmt::Debug>(answer: Result<T, AccountError>) -> Fallible<UserOpHash> {
    let error = answer.err().ok_or("it was sent")?;
    Ok(error
        .may_be_sent()
        .ok_or_else(|| format!("it was not sent: {error:?}"))?)
}

#[tokio::test]
async fn first_use_that_arrives_twice_happens_once() -> Outcome {
    let faulty = Faulty::begin().await?;
    let granted = Granted::at(&faulty).await?;
    let twice = Fault::on(Service::Bundler, SEND).twice().times(1);
    faulty.fault(twice).await?;

    mint(&granted.client).await?;

    mint(&granted.client).await?;
    assert_eq!(minted(&faulty, granted.client.address()).await?, 2);
    assert_eq!(granted.client.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn first_use_that_never_arrived_is_sent_again_with_its_nonce() -> Outcome {
    let faulty = Faulty::begin().await?;
    let granted = Granted::at(&faulty).await?;
    faulty.drop_next_send().await?;
    let lost = may_be_sent(granted.client.use_session(sponsored_mint(&granted.client)).await)?;

    let again = granted.client.speed_up(SpeedUp::new(lost)).await?;

    included(&granted.client, again).await?;
    mint(&granted.client).await?;
    assert_eq!(minted(&faulty, granted.client.address()).await?, 2);
    assert_eq!(granted.client.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn refused_estimate_leaves_the_grant_as_it_was() -> Outcome {
    let faulty = Faulty::begin().await?;
    let granted = Granted::at(&faulty).await?;
    for (message, code) in [
        (
            "UserOperation reverted during simulation with reason: AA23 reverted 0x",
            "refused.validation",
        ),
        ("AA40 over verificationGasLimit", "refused.gas"),
    ] {
        let refusal = Fault::on(Service::Bundler, "eth_estimateUserOperationGas").refusal(-32500, message);
        faulty.fault(refusal).await?;

        let refused = granted.client.use_session(sponsored_mint(&granted.client)).await;

        assert_eq!(refused.err().map(|error| error.code()), Some(code), "{message}");
        assert_eq!(granted.client.pending_user_ops().await?, []);
        let sessions = granted.client.sessions().await?;
        assert_eq!(sessions.all[0].status, SessionStatus::Granted);
    }
    faulty.no_faults().await?;
    mint(&granted.restarted(&faulty)).await
}

#[tokio::test]
async fn process_that_ends_before_the_send_leaves_its_first_use_to_the_next_one() -> Outcome {
    let faulty = Faulty::begin().await?;
    let granted = Granted::at(&faulty).await?;
    // The request is on its way for longer than the process lives, and never arrives.
    let delay = Fault::on(Service::Bundler, SEND).delay(SOON).times(1);
    faulty.fault(delay).await?;
    faulty.forget().await?;
    {
        let ends = granted.client.use_session(sponsored_mint(&granted.client));
        let sends = faulty.asked(SEND, 1);
        tokio::select! {
            sent = ends => return Err(format!("{sent:?}").into()),
            asked = sends => asked?,
        }
    }
    faulty.no_faults().await?;

    let restarted = granted.restarted(&faulty);
    let [kept] = restarted
        .pending_user_ops()
        .await?
        .try_into()
        .map_err(|ops| format!("{ops:?}"))?;
    let again = restarted.speed_up(SpeedUp::new(kept.hash)).await?;

    included(&restarted, again).await?;
    mint(&restarted).await?;
    assert_eq!(minted(&faulty, restarted.address()).await?, 2);
    assert_eq!(restarted.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn process_that_ends_before_the_inclusion_is_followed_by_another_one() -> Outcome {
    let serial = Serial::begin().await?;
    let granted = Granted::at(&serial).await?;
    serial.hold(true).await?;
    let sent = granted
        .client
        .use_session(sponsored_mint(&granted.client))
        .await?;
    let hash = sent.hash();
    drop(sent);

    let restarted = granted.restarted(&serial);
    let pending = restarted.pending_user_ops().await?;
    // The second mint waits for the first, which enables the session.
    let second = restarted.use_session(sponsored_mint(&restarted));
    let release = async {
        serial.asked("eth_getCode", 1).await?;
        serial.hold(false).await
    };
    let (second, released) = futures::join!(timeout(SOON, second), release);
    released?;

    assert_eq!(pending[0].hash, hash);
    included(&restarted, hash).await?;
    included(&restarted, second??).await?;
    assert_eq!(minted(&serial, restarted.address()).await?, 2);
    assert_eq!(restarted.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn two_devices_that_use_one_grant_first_both_mint() -> Outcome {
    let faulty = Faulty::begin().await?;
    let granted = Granted::at(&faulty).await?;
    let other = Arc::new(MemoryStore::default());
    let text = granted.ledger().await?.to_string();
    let key = Kind::Nexus.store_key(granted.client.address());
    other.update(&key, Box::new(|_| Ok(Some(text)))).await?;
    let there = Kind::Nexus
        .at(faulty.standard_services(), granted.client.address())
        .store(other);

    let (one, two) = futures::join!(mint(&granted.client), mint(&there));

    // The slower one is refused, because the account and the session are there by then.
    for (client, end) in [(&granted.client, one), (&there, two)] {
        if let Err(error) = end {
            println!("the slower device: {error}");
            mint(client).await?;
        }
        assert_eq!(client.pending_user_ops().await?, []);
        assert_eq!(client.sessions().await?.all[0].status, SessionStatus::Active);
    }
    assert_eq!(minted(&faulty, there.address()).await?, 2);
    Ok(())
}

#[tokio::test]
async fn first_use_that_reverts_enables_the_session_and_is_booked() -> Outcome {
    // A revert on the shared chain disturbs the estimates of other tests.
    let serial = Serial::begin().await?;
    let store = Arc::new(MemoryStore::default());
    let client = Kind::Nexus
        .owned_by(serial.standard_services(), owner())
        .store(store.clone());
    let friend = Address::repeat_byte(0xf1);
    let transfer = |amount: u64| {
        let amount = U256::from(amount);
        Call::new(token(), Token::transferCall { to: friend, amount })
    };
    let spending = CreateSession::new([Policy::spending(token(), U256::from(50))]).lasting(HOUR);
    let guards = Guards::new().allow_unbound(Token::transferCall::SELECTOR);
    let granted = client
        .create_session(spending.guards(guards).pay(Payment::Sponsored))
        .await?;
    // The estimate overrides the account's balance. `_balances` is the first storage slot of OpenZeppelin's ERC-20.
    let balance = keccak256((client.address(), U256::ZERO).abi_encode());
    let rich = StateOverride::new().slot(token(), balance, B256::with_last_byte(9));

    let options = UserOpOptions::new().pay(Payment::Sponsored).state(rich);
    let sent = client
        .use_session(UseSession::new([transfer(9)]).options(options))
        .await?;
    let receipt = sent.wait(1).await?;

    assert!(!receipt.success);
    let later = Kind::Nexus
        .at(serial.standard_services(), client.address())
        .store(store);
    assert_eq!(later.sessions().await?.all[0].status, SessionStatus::Active);
    let left = later.session_allowance(granted.id()).await?;
    assert_eq!((left[0].used, left[0].left), (U256::from(9), U256::from(41)));
    let again = UseSession::new([transfer(0)]).pay(Payment::Sponsored);
    included(&later, later.use_session(again).await?).await?;
    Ok(())
}

#[tokio::test]
async fn all_sessions_are_ended_while_a_first_use_is_stuck() -> Outcome {
    let serial = Serial::begin().await?;
    let granted = Granted::at(&serial).await?;
    let client = &granted.client;
    serial.hold(true).await?;
    let stuck = client.use_session(sponsored_mint(client)).await?;

    let refused = client
        .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
        .await;
    serial.hold(false).await?;
    included(client, stuck.hash()).await?;
    let ended = client
        .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
        .await?;
    included(client, ended).await?;

    // The account is not there yet, and one operation alone can create it.
    assert_eq!(
        refused.err(),
        Some(ErrorKind::Deploying { hash: stuck.hash() }.into())
    );
    assert_eq!(client.sessions().await?.all[0].status, SessionStatus::Revoked);
    let used = client.use_session(sponsored_mint(client)).await;
    assert_eq!(used.err(), Some(ErrorKind::NoSession.into()));
    Ok(())
}

#[tokio::test]
async fn session_of_many_functions_sets_up_a_new_account() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = Kind::Nexus.owned_by(faulty.standard_services(), owner());
    let account = client.address();
    let rule = |number: u8| Policy::new(token(), [number; 4]).rule(Rule::equal(0, account));
    let policies = (1..6).map(rule).chain([mint_policy(account)]);
    let request = CreateSession::new(policies).lasting(HOUR);
    client.create_session(request.pay(Payment::Sponsored)).await?;

    mint(&client).await?;

    assert_eq!(minted(&faulty, account).await?, 1);
    Ok(())
}
