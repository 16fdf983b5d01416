//! A Biconomy V2 account becomes a Nexus account at the same address, in one operation that its owner signs.

use alloy::{primitives::U256, signers::local::PrivateKeySigner};
use use_aa::{
    BiconomyV2, Nexus, Payment, Request, SendTransaction, SmartAccountClient,
    account::nexus::{InitialModules, NexusAddress, NexusContracts, migration},
};

use super::mint;
use crate::support::{
    Dialect, Outcome, balance, grant, included, mint as owner_mint, owner, sponsored_grant,
};

fn v2(owner: PrivateKeySigner) -> SmartAccountClient {
    SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner))
}

/// Migrates an account, and returns a client of the account that it has become.
async fn migrated(
    client: &SmartAccountClient,
    owner: PrivateKeySigner,
) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let init_data = NexusAddress::of(owner.address())
        .modules(InitialModules::Sessions)
        .init_data();
    let calls = migration(client.address(), &NexusContracts::V1_2_0, &init_data);
    let sent = client
        .send(SendTransaction::new(calls).pay(Payment::Sponsored))
        .await?;
    included(client, sent).await?;
    let account = Nexus::at_with_owner(client.address(), owner).with_sessions_installed();
    Ok(SmartAccountClient::new(Dialect::Standard.services(), account))
}

#[tokio::test]
async fn deployed_account_keeps_its_tokens_and_is_used_through_entry_point_0_7() -> Outcome {
    let owner = owner();
    let before = v2(owner.clone());
    grant(&before).await?;
    included(&before, before.send(owner_mint(&before)).await?).await?;

    let after = migrated(&before, owner).await?;

    assert_eq!(after.address(), before.address());
    assert_eq!(balance(after.address()).await?, U256::from(1));
    included(&after, after.send(owner_mint(&after)).await?).await?;
    // The owner's signature is the session, as for an account that was created with the module.
    let granted = after.create_session(sponsored_grant(&after)).await?;
    assert!(granted.user_op().is_none());
    mint(&after).await?;
    assert_eq!(balance(after.address()).await?, U256::from(3));
    let refused = before.send(owner_mint(&before)).await;
    assert_eq!(
        refused.err().map(|error| error.code()),
        Some("refused.validation")
    );
    Ok(())
}

#[tokio::test]
async fn account_that_is_not_deployed_is_created_and_migrated_in_one_operation() -> Outcome {
    let owner = owner();
    let before = v2(owner.clone());

    let after = migrated(&before, owner).await?;
    after.create_session(sponsored_grant(&after)).await?;
    mint(&after).await?;

    assert_eq!(balance(after.address()).await?, U256::from(1));
    Ok(())
}
