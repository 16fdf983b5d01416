//! The acts of an owner on Nexus: messages, modules, ownership, tokens, and operations that are stuck.

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256, eip191_hash_message},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::eip712_domain,
};
use serde_json::json;
use use_aa::{
    Cancel, Deploy, Error as AccountError, ErrorKind, Nexus, Payment, Request, SendTransaction,
    SmartAccountClient, SpeedUp, TokenPayment, TypedData,
    account::{biconomy_v2::is_valid_signature, nexus::NexusContracts},
};

use super::{client, sponsored_mint};
use crate::support::{
    Dialect, Outcome, balance, devnet, faulty::Serial, give_tokens, included, mint, mint_to, node, owner,
    request, sponsored_grant, token, tokens,
};

sol! {
    struct Permit {
        address spender;
        uint256 value;
    }
}

const DOLLAR: u64 = 1_000_000;

async fn deployed(client: &SmartAccountClient) -> Outcome {
    let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(client, sent).await?;
    Ok(())
}

/// Returns true if a deployed account accepts a signature (ERC-1271).
pub(super) async fn accepts(account: Address, hash: B256, signature: &Bytes) -> bool {
    let call = json!({"to": account, "data": is_valid_signature(hash, signature.clone())});
    let answer = request::<Bytes>(&node(), "eth_call", (call, "latest")).await;
    answer.is_ok_and(|answer| answer.starts_with(&hex!("1626ba7e")))
}

#[tokio::test]
async fn messages_are_signed_for_one_account_alone() -> Outcome {
    let owner = owner();
    let first = SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner));
    let second = first.clone().index(1)?;
    deployed(&first).await?;
    deployed(&second).await?;
    let domain = eip712_domain! { name: "Fee Token", version: "1", chain_id: 80002, };
    let permit = Permit {
        spender: Address::repeat_byte(7),
        value: U256::from(5),
    };
    let permit = TypedData::new(&permit, &domain)?;

    let message = first.sign_message("I agree").await?;
    let data = first.sign_typed_data(&permit).await?;

    for (hash, signature) in [(eip191_hash_message("I agree"), message), (permit.hash(), data)] {
        assert!(accepts(first.address(), hash, &signature).await);
        assert!(
            !accepts(second.address(), hash, &signature).await,
            "another account of the owner"
        );
        assert!(!accepts(first.address(), B256::repeat_byte(1), &signature).await);
    }
    Ok(())
}

#[tokio::test]
async fn module_is_disabled_and_the_account_transferred() -> Outcome {
    let client = client();
    deployed(&client).await?;
    let sessions = NexusContracts::V1_2_0.smart_session;
    assert_eq!(client.modules().await?, [sessions]);

    included(
        &client,
        client.disable_module(sessions, Payment::Sponsored).await?,
    )
    .await?;
    assert_eq!(client.modules().await?, [Address::ZERO; 0]);
    let next = PrivateKeySigner::random();
    included(
        &client,
        client
            .transfer_ownership(next.address(), Payment::Sponsored)
            .await?,
    )
    .await?;

    let refused = client.send(mint(&client)).await;
    assert_eq!(refused.err().map(|error| error.code()), Some("refused.signature"));
    let theirs = Nexus::at_with_owner(client.address(), next);
    let theirs = SmartAccountClient::new(Dialect::Standard.services(), theirs);
    included(&theirs, theirs.send(mint(&theirs)).await?).await?;
    Ok(())
}

#[tokio::test]
async fn account_pays_in_a_token() -> Outcome {
    let client = client();
    give_tokens(client.address(), 5 * DOLLAR).await?;
    let payment = TokenPayment::new(token(), U256::from(DOLLAR));
    let mint = || SendTransaction::from(mint_to(client.address())).pay(Payment::Token(payment));

    for minted in 1..=2_u64 {
        let had = tokens(client.address()).await?;
        let receipt = included(&client, client.send(mint()).await?).await?;

        assert_eq!(receipt.paymaster, Some(devnet().contracts().paymaster_v07));
        assert_eq!(balance(client.address()).await?, U256::from(minted));
        assert!(tokens(client.address()).await? < had);
    }
    Ok(())
}

#[tokio::test]
async fn stuck_operations_are_sent_again_for_more_and_cancelled() -> Outcome {
    let serial = Serial::begin().await?;
    for is_cancelled in [false, true] {
        let client = SmartAccountClient::new(serial.standard_services(), Nexus::owned_by(owner()));
        let first = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
        included(&client, first).await?;
        serial.hold(true).await?;
        let old = client.send(mint(&client)).await?;

        let new = match is_cancelled {
            true => client.cancel(Cancel::new(&old).pay(Payment::Sponsored)).await?,
            false => client.speed_up(SpeedUp::new(&old)).await?,
        };
        serial.hold(false).await?;

        assert!(new.wait(1).await?.success);
        let replaced = old.wait(1).await;
        assert!(
            matches!(
                replaced.as_ref().map_err(AccountError::kind),
                Err(ErrorKind::Replaced { .. })
            ),
            "{replaced:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn bundler_without_the_entry_point_is_told_before_a_signature() -> Outcome {
    let services = Dialect::Standard
        .services()
        .entry_point_at(Address::repeat_byte(7));
    let client = SmartAccountClient::new(services, Nexus::owned_by(owner()));

    let refused = client.send(mint(&client)).await;
    // A grant asks no service, and stays good for another bundler.
    client.create_session(sponsored_grant(&client)).await?;
    let first_use = client.use_session(sponsored_mint(&client)).await;

    for refused in [refused, first_use] {
        assert_eq!(
            refused.err().map(|error| error.code()),
            Some("service.wrong_entry_point")
        );
    }
    assert_eq!(client.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn stuck_operation_of_a_session_is_sped_up_and_not_cancelled_by_the_owner() -> Outcome {
    let serial = Serial::begin().await?;
    let client = SmartAccountClient::new(serial.standard_services(), Nexus::owned_by(owner()));
    client.create_session(sponsored_grant(&client)).await?;
    serial.hold(true).await?;
    let old = client.use_session(sponsored_mint(&client)).await?;

    let cancelled = client.cancel(Cancel::new(&old).pay(Payment::Sponsored)).await;
    let new = client.speed_up(SpeedUp::new(&old)).await?;
    serial.hold(false).await?;

    let refused = cancelled.err().ok_or("it was cancelled")?;
    assert!(
        matches!(refused.kind(), ErrorKind::NotCancellable(_)),
        "{refused:?}"
    );
    assert!(new.wait(1).await?.success);
    Ok(())
}
