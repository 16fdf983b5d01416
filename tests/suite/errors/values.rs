//! Errors of values that need no chain.

use std::time::Duration;

use alloy::{
    primitives::{Address, U256},
    sol,
    sol_types::SolCall,
};
use use_aa::{
    BiconomyV2, Call, CreateSession, Erc20Policy, Interval, Permission, Policy, Rule, Services,
    SmartAccountClient,
    session::{
        merkle::{Imported, Leaf},
        smart_sessions,
    },
    signer::SessionKey,
};

use super::{Outcome, Table};
use crate::support::owner;

sol! {
    function take(uint256 amount);
    function order(Order order);
    function transfer(address to, uint256 amount);
    function approve(address spender, uint256 amount);

    struct Order { address maker; string note; }
}

const SHOP: Address = Address::repeat_byte(1);
const FRIEND: Address = Address::repeat_byte(2);
const STRANGER: Address = Address::repeat_byte(3);
const NOW: u64 = 1_700_000_000;

pub(crate) async fn provoke(table: &mut Table) -> Outcome {
    policies(table).await?;
    violations(table)?;
    urls(table)?;
    imports(table).await
}

/// Creates a client without a reachable service.
fn alone() -> SmartAccountClient {
    let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
    SmartAccountClient::new(services, BiconomyV2::owned_by(owner()))
}

fn policy() -> Policy {
    Policy::new(SHOP, takeCall::SELECTOR)
}

async fn policies(table: &mut Table) -> Outcome {
    let leaf = |policy: Policy| policy.leaf(FRIEND);
    let within = |valid_after, valid_until| {
        policy().interval(Interval {
            valid_after,
            valid_until,
        })
    };
    let many = (0..=u16::MAX).fold(policy(), |policy, _| policy.rule(Rule::equal(0, 1u8)));

    table.add(
        "a rule for an argument beyond the call data",
        leaf(policy().rule(Rule::equal(2048, 1u8))),
    )?;
    table.add("more rules than fit into a policy", leaf(many))?;
    table.add("an interval beyond 48 bits", leaf(within(0, 1 << 48)))?;
    table.add("an interval that ends before it begins", leaf(within(2, 1)))?;
    table.add(
        "a function without arguments' types",
        Policy::function(SHOP, "take"),
    )?;
    let inside = Policy::call::<orderCall>(SHOP).equal(|call| &mut call.order.maker, FRIEND);
    table.add("a rule inside a dynamic argument", inside)?;
    let nothing = CreateSession::new(Vec::<Policy>::new());
    table.add(
        "a session without a policy",
        alone().create_session(nothing).await,
    )?;
    guards(table).await
}

async fn guards(table: &mut Table) -> Outcome {
    let client = alone();
    let hour = Duration::from_hours(1);
    let itself = Policy::new(client.address(), takeCall::SELECTOR);
    let approval = Policy::new(SHOP, approveCall::SELECTOR);
    let transfer = Policy::new(SHOP, transferCall::SELECTOR);
    let to_itself = Permission::from(Erc20Policy::new(SHOP, client.address(), U256::from(9)));
    for (act, request) in [
        ("a session without an end", CreateSession::new([policy()])),
        (
            "a session of two days",
            CreateSession::new([policy()]).lasting(48 * hour),
        ),
        (
            "a session that may call the account itself",
            CreateSession::new([itself]).lasting(hour),
        ),
        (
            "a session that may send tokens to the account itself",
            CreateSession::new([to_itself]).lasting(hour),
        ),
        (
            "a session that may approve anyone",
            CreateSession::new([approval]).lasting(hour),
        ),
        (
            "a session that may send tokens to anyone",
            CreateSession::new([transfer]).lasting(hour),
        ),
    ] {
        table.add(act, client.create_session(request).await)?;
    }
    Ok(())
}

fn violations(table: &mut Table) -> Outcome {
    let leaf = policy()
        .rule(Rule::at_most(0, 5u8))
        .interval(Interval {
            valid_after: 0,
            valid_until: NOW + 1,
        })
        .leaf(FRIEND)?;
    let take = |amount: u8| {
        Call::new(
            SHOP,
            takeCall {
                amount: U256::from(amount),
            },
        )
    };
    assert_eq!(leaf.allows(&take(5), NOW), Ok(()));
    let other = Call {
        to: STRANGER,
        ..take(5)
    };
    table.add("a call of another contract", leaf.allows(&other, NOW))?;
    table.add(
        "a call of another function",
        leaf.allows(&Call::raw(SHOP, [7; 4]), NOW),
    )?;
    table.add(
        "a call that sends coins",
        leaf.allows(&take(5).value(U256::from(1)), NOW),
    )?;
    table.add("a call that breaks a rule", leaf.allows(&take(6), NOW))?;
    table.add("a call after the session's end", leaf.allows(&take(5), NOW + 2))?;

    let pocket_money = Permission::from(Erc20Policy::new(SHOP, FRIEND, U256::from(9)));
    let pay = |to, amount: u8| {
        let amount = U256::from(amount);
        pocket_money.allows(&Call::new(SHOP, transferCall { to, amount }))
    };
    assert_eq!(pay(FRIEND, 9), Ok(()));
    table.add(
        "call data that is no transfer",
        pocket_money.allows(&Call::raw(SHOP, [0; 4])),
    )?;
    table.add("a transfer to a stranger", pay(STRANGER, 9))?;
    table.add("a transfer of too much", pay(FRIEND, 10))?;

    let foreign = Leaf::new(Interval::ALWAYS, STRANGER, leaf.key_data().clone())?;
    table.add("a call through an unknown module", foreign.allows(&take(5), NOW))
}

fn urls(table: &mut Table) -> Outcome {
    for (act, text) in [
        ("an address without a scheme", "localhost:8545"),
        ("an address without a host", "http:///rpc"),
        ("an address with a space", "http://local host"),
        ("an address with a backslash", "http://localhost\\rpc"),
        ("an address with a password", "http://user:password@localhost"),
    ] {
        table.add(act, Services::new(80002, text))?;
    }
    Ok(())
}

async fn imports(table: &mut Table) -> Outcome {
    let client = alone();
    let key = SessionKey::random()?.address();
    let signers = format!(r#"{{"{key}": {{"pvKey": "0x01"}}}}"#);
    for (act, sessions, signers) in [
        ("to import sessions that are no JSON", "<html>", ""),
        (
            "to import half a session",
            r#"{"leafNodes": [{"validUntil": 0}]}"#,
            "",
        ),
        ("to import keys that are no JSON", "", "<html>"),
        ("to import half a key", "", &signers),
    ] {
        let imported = async {
            let imported = Imported::read(sessions, signers)?;
            client.import_sessions(imported).await
        };
        table.add(act, imported.await)?;
    }
    for (act, grants) in [
        ("to import grants that are no JSON", "<html>"),
        ("to import half a grant", r#"[{"permissionId": "0x"}]"#),
    ] {
        table.add(act, smart_sessions::Imported::read(grants, []))?;
    }
    Ok(())
}
