//! The policies beyond the questions: amounts of native coin and of tokens, and the policy that permits everything.

use alloy::{
    primitives::{Address, U256},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::Value;

use super::{
    account::Account,
    operation::Call,
    session::{Key, PolicyData, action, policy, selector, sudo},
};
use crate::support::{
    DEVNET,
    operation::{approveCall, give_fee_tokens, read},
};

sol! {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function getPolicyData(bytes32 id, address multiplexer, address token, address account) external view returns (uint256 spendingLimit, uint256 alreadySpent, uint256 approvedAmount);
    function getUsed(bytes32 id, address multiplexer, address account) external view returns (uint256);
    function transferOwnership(address newOwner) external;
}

const FRIEND: Address = Address::repeat_byte(0xf1);
/// The target and the selector of the action whose policies apply to all other calls.
const FALLBACK: (Address, [u8; 4]) = (Address::with_last_byte(1), [0, 0, 0, 1]);

fn value_limit(limit: u64) -> PolicyData {
    policy(
        DEVNET.contracts().value_limit_policy,
        U256::from(limit).abi_encode(),
    )
}

fn spending_limit(limit: u64) -> PolicyData {
    let at = DEVNET.contracts();
    let limits = (vec![at.token], vec![U256::from(limit)]);
    policy(at.spending_limit_policy, limits.abi_encode_params())
}

fn token(call: impl SolCall) -> Call {
    Call::new(DEVNET.contracts().token, call.abi_encode())
}

fn transfer(amount: u64) -> Call {
    let amount = U256::from(amount);
    token(transferCall { to: FRIEND, amount })
}

fn transfer_from(account: &Account, to: Address, amount: u64) -> Call {
    let (from, amount) = (account.address, U256::from(amount));
    token(transferFromCall { from, to, amount })
}

fn approve(amount: u64) -> Call {
    let amount = U256::from(amount);
    token(approveCall {
        spender: FRIEND,
        amount,
    })
}

/// Enables a session as the owner.
async fn enable(account: &Account, session: &Key) -> Value {
    account.execute(&[session.enabling()]).await.expect("a receipt")
}

/// Returns whether the entry point accepts calls of a session.
async fn accepts(session: &Key, account: &Account, calls: &[Call]) -> bool {
    match session.execute(account.address, calls).await {
        Ok(_) => true,
        Err(refusal) => {
            let reason = refusal["message"].as_str().expect("a message");
            assert!(reason.contains("AA23"), "{refusal}");
            false
        }
    }
}

#[tokio::test]
async fn native_coin_is_limited_in_total() {
    let account = Account::deployed().await;
    let pay = |value: u64| Call::new(FRIEND, Vec::new()).value(value);
    let mut session = Key::new(vec![action(FRIEND, [0xff; 4], vec![value_limit(10)])]);
    session.session.userOpPolicies = vec![value_limit(8)];
    assert_eq!(enable(&account, &session).await["success"], true);

    for (calls, expected) in [
        (vec![pay(3), pay(3)], true),
        (vec![pay(3)], false),
        (vec![pay(2)], true),
        (vec![pay(0)], true),
        (vec![pay(1)], false),
    ] {
        assert_eq!(accepts(&session, &account, &calls).await, expected, "{calls:?}");
    }
    let used = getUsedCall {
        id: session.action_config(account.address, FRIEND, [0xff; 4]),
        multiplexer: DEVNET.contracts().smart_session,
        account: account.address,
    };
    let used = read(DEVNET.contracts().value_limit_policy, used.abi_encode()).await;
    assert_eq!(U256::abi_decode(&used).expect("a number"), U256::from(8));
    let zero = Key::new(vec![action(FRIEND, [0xff; 4], vec![value_limit(0)])]);
    assert_eq!(enable(&account, &zero).await["success"], false);
}

#[tokio::test]
async fn tokens_are_limited_for_each_function() {
    let account = Account::deployed().await;
    give_fee_tokens(account.address, U256::from(1000)).await;
    let functions = [transfer(0), transfer_from(&account, FRIEND, 0), approve(0)];
    let actions = functions
        .each_ref()
        .map(|call| action(call.to, selector(call), vec![spending_limit(100)]));
    let session = Key::new(actions.to_vec());
    assert_eq!(enable(&account, &session).await["success"], true);

    for (call, expected) in [
        (transfer(60), true),
        (transfer(41), false),
        (transfer(40), true),
        (transfer(0), true),
        (transfer(0).value(1), false),
        (transfer_from(&account, FRIEND, 100), true),
        (transfer_from(&account, account.address, 500), true),
        (transfer_from(&account, FRIEND, 1), false),
        (approve(50), true),
        (approve(0), true),
        (approve(50), true),
        (approve(1), false),
    ] {
        let name = call.data.clone();
        assert_eq!(accepts(&session, &account, &[call]).await, expected, "{name}");
    }
    let at = DEVNET.contracts();
    let data = getPolicyDataCall {
        id: session.action_config(account.address, at.token, approveCall::SELECTOR),
        multiplexer: at.smart_session,
        token: at.token,
        account: account.address,
    };
    let data = read(at.spending_limit_policy, data.abi_encode()).await;
    let expected = [100, 0, 100].map(U256::from);
    assert_eq!(<[U256; 3]>::abi_decode(&data).expect("three numbers"), expected);
}

#[tokio::test]
async fn tokens_have_one_limit_in_the_fallback() {
    let account = Account::deployed().await;
    give_fee_tokens(account.address, U256::from(1000)).await;
    let session = Key::new(vec![action(FALLBACK.0, FALLBACK.1, vec![spending_limit(100)])]);
    assert_eq!(enable(&account, &session).await["success"], true);
    let mint = account.mint();
    let mut unlisted = transfer(1);
    unlisted.to = DEVNET.contracts().nft;
    let mut nothing = unlisted.clone();
    nothing.data = transfer(0).data;

    for (call, expected) in [
        (transfer(60), true),
        (approve(41), false),
        (approve(40), true),
        (transfer_from(&account, FRIEND, 1), false),
        (mint, false),
        (unlisted, false),
        (nothing, true),
    ] {
        let name = call.data.clone();
        assert_eq!(accepts(&session, &account, &[call]).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_key_with_the_sudo_policy_for_all_calls_owns_the_account() {
    let account = Account::deployed().await;
    let session = Key::new(vec![action(FALLBACK.0, FALLBACK.1, vec![sudo()])]);
    assert_eq!(enable(&account, &session).await["success"], true);
    let take = transferOwnershipCall {
        newOwner: session.key.address(),
    };
    let take = Call::new(DEVNET.contracts().k1_validator, take.abi_encode());

    let receipt = session
        .execute(account.address, &[take])
        .await
        .expect("a receipt");

    assert_eq!(receipt["success"], true);
    let taken = Account {
        key: session.key.clone(),
        ..account
    };
    let receipt = taken.execute(&[taken.mint()]).await.expect("a receipt");
    assert_eq!((&receipt["success"], taken.nfts().await), (&Value::Bool(true), 1));
}
