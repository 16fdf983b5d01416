//! The allowances of a session: each limit of its policies, with the amounts that the contracts have counted.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::{SolCall, SolValue},
};
use use_aa::{
    Allowance, BiconomyV2, Call, CreateSession, Error as AccountError, ErrorKind, Guards, Nexus, Payment,
    Policy, Request, RevokeSession, Rule, SessionId, SmartAccountClient, StateOverride, UseSession,
    UserOpOptions,
};

use super::client;
use crate::support::{
    Dialect, HOUR, Outcome, Token,
    faulty::{Faulty, Serial},
    fund, included, mint_policy, mint_to, owner, sponsored_grant, token,
};

const FRIEND: Address = Address::repeat_byte(0xf1);

/// Returns policies with every kind of limit: uses, value, a sum of an argument with uses, and a token's spending.
fn limited(account: Address) -> [Policy; 4] {
    let sum = Policy::new(token(), Token::mintCall::SELECTOR).rule(Rule::equal(0, account));
    [
        mint_policy(account).at_most_uses(3),
        Policy::transfer(FRIEND, 10),
        sum.total_of(1, U256::from(100)).at_most_uses(5),
        Policy::spending(token(), U256::from(50)),
    ]
}

/// Returns a policy whose spending is a sum of an argument on chain, because of its rule. The contract has no code.
fn bound_spending() -> Policy {
    Policy::spending(FRIEND, U256::from(7)).rule(Rule::equal(0, FRIEND))
}

fn transfer(token: Address, amount: u64) -> Call {
    let amount = U256::from(amount);
    Call::new(token, Token::transferCall { to: FRIEND, amount })
}

fn tokens_to(account: Address, amount: u64) -> Call {
    let amount = U256::from(amount);
    Call::new(token(), Token::mintCall { to: account, amount })
}

async fn grant(
    client: &SmartAccountClient,
    policies: impl IntoIterator<Item = Policy>,
) -> Result<SessionId, AccountError> {
    let guards = Guards::new().allow_unbound(Token::transferCall::SELECTOR);
    let request = CreateSession::new(policies).lasting(HOUR).guards(guards);
    Ok(client.create_session(request.pay(Payment::Sponsored)).await?.id())
}

async fn make(client: &SmartAccountClient, calls: impl IntoIterator<Item = Call>) -> Outcome {
    let request = UseSession::new(calls).pay(Payment::Sponsored);
    included(client, client.use_session(request).await?).await?;
    Ok(())
}

/// Returns permission, used and left of each limit.
async fn left(client: &SmartAccountClient, id: SessionId) -> Result<Vec<(usize, u64, u64)>, AccountError> {
    let allowances = client.session_allowance(id).await?;
    let numbers = |it: &Allowance| (it.permission, it.used.to(), it.left.to());
    Ok(allowances.iter().map(numbers).collect())
}

#[tokio::test]
async fn each_use_takes_from_its_limits_alone() -> Outcome {
    let client = client();
    let account = client.address();
    fund(account, U256::from(1_000)).await?;
    let id = grant(&client, limited(account)).await?;

    let mut expected = vec![(0, 0, 3), (1, 0, 10), (2, 0, 100), (2, 0, 5), (3, 0, 50)];
    assert_eq!(left(&client, id).await?, expected);
    for (calls, at, amount) in [
        (vec![mint_to(account)], 0, 1),
        (vec![Call::transfer(FRIEND, U256::from(4))], 1, 4),
        (vec![tokens_to(account, 60)], 2, 60),
        (vec![transfer(token(), 20)], 4, 20),
        (vec![mint_to(account), mint_to(account)], 0, 2),
        (vec![transfer(token(), 10), transfer(token(), 20)], 4, 30),
    ] {
        make(&client, calls).await?;

        expected[at].1 += amount;
        expected[at].2 -= amount;
        if at == 2 {
            // The same call is a use of the policy.
            (expected[3].1, expected[3].2) = (1, 4);
        }
        assert_eq!(left(&client, id).await?, expected);
    }
    let used_up = client.session_allowance(id).await?;
    assert!(used_up[0].left.is_zero() && used_up[4].left.is_zero());
    assert_eq!(used_up[2].limit.to_string(), "argument 1 adds up to at most 100");
    Ok(())
}

#[tokio::test]
async fn reverted_call_stays_booked() -> Outcome {
    // A revert on the shared chain disturbs the estimates of other tests.
    let serial = Serial::begin().await?;
    let client = SmartAccountClient::new(serial.standard_services(), Nexus::owned_by(owner()));
    let id = grant(&client, [Policy::spending(token(), U256::from(50))]).await?;
    make(&client, [transfer(token(), 0)]).await?;
    // The estimate overrides the account's balance. `_balances` is the first storage slot of OpenZeppelin's ERC-20.
    let balance = keccak256((client.address(), U256::ZERO).abi_encode());
    let rich = StateOverride::new().slot(token(), balance, B256::with_last_byte(9));

    let options = UserOpOptions::new().pay(Payment::Sponsored).state(rich);
    let request = UseSession::new([transfer(token(), 9)]).options(options);
    let sent = client.use_session(request).await?;
    let receipt = sent.wait(1).await?;

    assert!(!receipt.success);
    assert_eq!(left(&client, id).await?, [(0, 9, 41)]);
    Ok(())
}

#[tokio::test]
async fn refused_call_takes_nothing() -> Outcome {
    let client = client();
    let id = grant(&client, [bound_spending()]).await?;
    make(&client, [transfer(FRIEND, 5)]).await?;

    let beyond = make(&client, [transfer(FRIEND, 3)]).await;

    assert!(beyond.is_err());
    assert_eq!(left(&client, id).await?, [(0, 5, 2)]);
    make(&client, [transfer(FRIEND, 2)]).await?;
    assert_eq!(left(&client, id).await?, [(0, 7, 0)]);
    Ok(())
}

#[tokio::test]
async fn session_that_is_not_used_yet_asks_no_counter() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.standard_services(), Nexus::owned_by(owner()));
    let id = grant(&client, limited(client.address())).await?;

    assert_eq!(client.session_allowance(id).await?.len(), 5);

    assert_eq!(faulty.log().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn session_that_is_not_granted_has_no_allowance() -> Outcome {
    let client = client();
    let id = grant(&client, limited(client.address())).await?;
    let revoke = RevokeSession::new([id]).pay(Payment::Sponsored);
    included(&client, client.revoke_session(revoke).await?).await?;

    for id in [id, FRIEND] {
        let refused = client.session_allowance(id).await;
        let kind = refused.as_ref().map_err(AccountError::kind);
        assert!(matches!(kind, Err(ErrorKind::NotActive(_))), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn account_kind_that_counts_nothing_has_no_allowances() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    let granted = client.create_session(sponsored_grant(&client)).await?;
    let id = granted.id();
    included(&client, granted.into_user_op().ok_or("no operation")?).await?;

    assert_eq!(client.session_allowance(id).await?, []);
    Ok(())
}
