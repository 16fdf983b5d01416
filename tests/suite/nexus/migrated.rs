//! A Biconomy V2 account becomes a Nexus account at the same address, in one operation that its owner signs.

use std::sync::Arc;

use alloy::{primitives::U256, signers::local::PrivateKeySigner, sol};
use use_aa::{
    AccountKind as _, AccountOwner, BiconomyV2, Call, Deploy, Error as AccountError, ErrorKind, MemoryStore,
    Migrate, Migration, Nexus, Payment, Request, SendTransaction, SmartAccountClient,
};

use super::mint;
use crate::support::{
    Dialect, Mood, Moody, Outcome, balance, fund, grant, included, mint as owner_mint, owner, sponsored_grant,
};

sol! {
    function depositTo(address account) external payable;
}

fn v2(owner: PrivateKeySigner) -> SmartAccountClient {
    SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner))
}

fn nexus(migration: &Migration) -> SmartAccountClient {
    SmartAccountClient::of(Dialect::Standard.services(), migration.account().clone())
}

/// Migrates an account together with what it leaves behind, and returns a client of the new account.
async fn migrated(
    client: &SmartAccountClient,
    owner: PrivateKeySigner,
) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let request = Migrate::with(Nexus::migration)
        .leave_behind(true)
        .pay(Payment::Sponsored);
    included(client, client.migrate(request).await?).await?;
    let after = Nexus::migrated_from(&BiconomyV2::KIND).owned_by(Arc::new(owner));
    Ok(SmartAccountClient::of(Dialect::Standard.services(), after))
}

/// Returns an account whose owner rejects each request.
fn refusing() -> (Moody, SmartAccountClient) {
    let owner = Moody::new();
    owner.be(Mood::Refusing);
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner.clone()));
    (owner, client)
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

#[tokio::test]
async fn sessions_and_deposit_that_stay_behind_are_named_before_the_owner_signs() -> Outcome {
    let owner = owner();
    let client = v2(owner.clone());
    let session = grant(&client).await.map(|_| client.sessions())?.await?.all[0]
        .session
        .id;
    let deposit = depositToCall {
        account: client.address(),
    };
    let entry_point = client.services().entry_point().address;
    fund(client.address(), U256::from(10).pow(U256::from(18))).await?;
    let call = Call::new(entry_point, deposit).value(U256::from(5));
    included(&client, client.send(SendTransaction::from(call)).await?).await?;
    let migration = Nexus::migration(client.address(), owner);

    let left = client.left_behind().await?;
    let unasked = client.migrate(Migrate::to(migration.clone())).await;
    included(
        &client,
        client.migrate(Migrate::to(migration).leave_behind(true)).await?,
    )
    .await?;

    assert_eq!(left.sessions, [session]);
    // What the account has paid in advance is part of its deposit.
    assert!(left.deposit >= U256::from(5), "{left:?}");
    let Err(ErrorKind::LeavesBehind { sessions: 1, deposit }) = unasked.as_ref().map_err(AccountError::kind)
    else {
        return Err(format!("{unasked:?}").into());
    };
    assert_eq!(*deposit, left.deposit);
    Ok(())
}

#[tokio::test]
async fn migration_that_would_lock_the_account_is_refused_before_the_owner_signs() -> Outcome {
    for is_deployed in [false, true] {
        let (owner, client) = refusing();
        if is_deployed {
            owner.be(Mood::Willing);
            included(
                &client,
                client.deploy(Deploy::default().pay(Payment::Sponsored)).await?,
            )
            .await?;
            owner.be(Mood::Refusing);
        }
        let right = Nexus::migration(client.address(), owner.clone());
        let without_owner = Migration::new(
            right.calls()[..1].to_vec(),
            Nexus::at_with_owner(client.address(), owner.clone()),
            right.owner().clone(),
        );
        let of_another = Nexus::migration(client.address(), PrivateKeySigner::random());
        let other = AccountOwner::address(of_another.account().owner().ok_or("no owner")?);

        for (migration, expected) in [(without_owner, client.address()), (of_another, other)] {
            let refused = client.migrate(Migrate::to(migration)).await;

            assert!(
                matches!(
                    refused.as_ref().map_err(AccountError::kind),
                    Err(ErrorKind::WouldLock(found)) if *found == expected
                ),
                "deployed: {is_deployed}, {refused:?}"
            );
        }
        // The right one is stopped by the owner alone.
        let asked = client.migrate(Migrate::to(right).pay(Payment::Sponsored)).await;
        assert_eq!(asked.err().map(|error| error.code()), Some("owner.rejected"));
    }
    Ok(())
}

#[tokio::test]
async fn account_that_was_migrated_before_is_told_so_before_the_owner_signs() -> Outcome {
    let owner = owner();
    let client = v2(owner.clone());
    migrated(&client, owner.clone()).await?;

    let again = client
        .migrate(Migrate::to(Nexus::migration(client.address(), owner)).leave_behind(true))
        .await;

    let error = again.err().ok_or("the account is migrated")?;
    assert!(matches!(error.kind(), ErrorKind::Service(_)), "{error:?}");
    assert_eq!(error.may_be_sent(), None);
    Ok(())
}

#[tokio::test]
async fn operations_of_the_two_entry_points_are_kept_apart() -> Outcome {
    let owner = owner();
    let store = Arc::new(MemoryStore::default());
    let before = v2(owner.clone()).store(store.clone());
    let sent = before.send(owner_mint(&before).pay(Payment::Sponsored)).await?;
    let migration = Nexus::migration(before.address(), owner);
    let after = nexus(&migration).store(store);

    let of_before = before.pending_user_ops().await?;
    let of_after = after.pending_user_ops().await?;

    assert_eq!(of_before.len(), 1);
    assert!(of_after.is_empty(), "{of_after:?}");
    included(&before, sent).await?;
    Ok(())
}
