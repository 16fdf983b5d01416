//! The life of sessions on Nexus: grants without calls, revocations, renewals and other devices.

use std::sync::Arc;

use alloy::{
    primitives::{Address, U256},
    signers::local::PrivateKeySigner,
};
use futures::future::join_all;
use use_aa::{
    CreateSession, Error as AccountError, ErrorKind, MemoryStore, Nexus, Payment, Policy, RenewSession,
    Request, RevokeSession, SessionKey, SessionStatus, SmartAccountClient, UseSession,
    account::nexus::{InitialModules, NexusContracts},
};

use super::{client, mint, sponsored_mint};
use crate::support::{
    Dialect, HOUR, Moody, Outcome, balance, faulty::Faulty, included, mint_policy, mint_to, owner,
    sponsored_grant,
};

fn statuses(sessions: &use_aa::Sessions) -> Vec<SessionStatus> {
    sessions.all.iter().map(|record| record.status).collect()
}

#[tokio::test]
async fn grant_asks_no_service() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.standard_services(), Nexus::owned_by(owner()));

    client.create_session(sponsored_grant(&client)).await?;

    let log = faulty.log().await?;
    assert!(log.is_empty(), "{log:?}");
    mint(&client).await
}

#[tokio::test]
async fn session_mints_from_another_program_without_the_owner() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let first = client().store(store.clone());
    first.create_session(sponsored_grant(&first)).await?;

    let later =
        SmartAccountClient::new(Dialect::Standard.services(), Nexus::at(first.address())).store(store);
    mint(&later).await?;
    mint(&later).await?;

    assert_eq!(balance(first.address()).await?.to::<u64>(), 2);
    Ok(())
}

#[tokio::test]
async fn two_first_mints_at_once_are_both_included() -> Outcome {
    let client = client();
    client.create_session(sponsored_grant(&client)).await?;

    let (one, other) = futures::join!(mint(&client), mint(&client));

    one?;
    other?;
    assert_eq!(balance(client.address()).await?.to::<u64>(), 2);
    Ok(())
}

#[tokio::test]
async fn many_first_mints_at_once_are_all_included() -> Outcome {
    const COUNT: u64 = 6;
    let client = client();
    client.create_session(sponsored_grant(&client)).await?;

    let mints = join_all((0..COUNT).map(|_| mint(&client))).await;

    for mint in mints {
        mint?;
    }
    assert_eq!(balance(client.address()).await?.to::<u64>(), COUNT);
    Ok(())
}

#[tokio::test]
async fn session_and_unused_grant_are_revoked() -> Outcome {
    let client = client();
    let used = client.create_session(sponsored_grant(&client)).await?;
    mint(&client).await?;
    let unused = client.create_session(sponsored_grant(&client)).await?;
    let revoke = |id| RevokeSession::new([id]).pay(Payment::Sponsored);

    included(&client, client.revoke_session(revoke(unused.id())).await?).await?;
    let left = client
        .use_session(sponsored_mint(&client).session(unused.id()))
        .await;
    included(&client, client.revoke_session(revoke(used.id())).await?).await?;
    let none = client.use_session(sponsored_mint(&client)).await;

    assert!(
        matches!(
            left.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::NotActive(_))
        ),
        "{left:?}"
    );
    assert!(
        matches!(
            none.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::NoSession)
        ),
        "{none:?}"
    );
    assert_eq!(statuses(&client.sessions().await?), [SessionStatus::Revoked; 2]);
    Ok(())
}

#[tokio::test]
async fn all_sessions_are_revoked_without_the_store() -> Outcome {
    let owner = owner();
    let here = SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner.clone()));
    let there = SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner));
    here.create_session(sponsored_grant(&here)).await?;
    mint(&here).await?;
    there.create_session(sponsored_grant(&there)).await?;
    mint(&there).await?;
    assert_eq!(there.sessions().await?.untracked, 1);
    assert_eq!(statuses(&here.sessions().await?), [SessionStatus::Active]);

    let all = RevokeSession::all().pay(Payment::Sponsored);
    let elsewhere = client_like(&there);
    included(&elsewhere, elsewhere.revoke_session(all).await?).await?;

    assert_eq!(statuses(&here.sessions().await?), [SessionStatus::Revoked]);
    assert_eq!(there.sessions().await?.untracked, 0);
    // The session was just enabled, so the node may lag behind: the chain decides.
    let refused = there.use_session(sponsored_mint(&there)).await;
    let refused = refused.err().ok_or("it is used")?;
    assert!(
        matches!(refused.kind(), ErrorKind::RefusedByContract { .. }),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn each_session_of_one_key_proves_its_own_calls() -> Outcome {
    let client = client();
    let signer = SessionKey::random()?;
    let grant = |policy: Policy| {
        let request = CreateSession::new([policy]).lasting(HOUR).signer(&signer);
        client.create_session(request.pay(Payment::Sponsored))
    };
    grant(mint_policy(client.address())).await?;
    grant(Policy::new(Address::repeat_byte(7), [1, 2, 3, 4])).await?;

    let mint = || sponsored_mint(&client).signer(signer.clone());
    included(&client, client.use_session(mint()).await?).await?;
    included(&client, client.use_session(mint()).await?).await?;

    assert_eq!(balance(client.address()).await?.to::<u64>(), 2);
    Ok(())
}

#[tokio::test]
async fn wallet_is_not_asked_when_the_store_cannot_keep_the_session() -> Outcome {
    // An owner who signs no typed data would answer with an error of its own.
    let owner = Moody::new();
    let client = SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner));
    let nowhere = client.store(Arc::new(use_aa::FileStore::new("/dev/null/sessions")));

    let refused = nowhere.create_session(sponsored_grant(&nowhere)).await;

    assert!(
        matches!(
            refused.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Store(_))
        ),
        "{refused:?}"
    );
    Ok(())
}

/// Returns a client of the same account and owner with an empty store.
fn client_like(client: &SmartAccountClient) -> SmartAccountClient {
    client.clone().store(Arc::new(MemoryStore::default()))
}

#[tokio::test]
async fn session_is_renewed_by_one_operation() -> Outcome {
    let client = client();
    let old = client.create_session(sponsored_grant(&client)).await?;
    mint(&client).await?;

    let renewed = client
        .renew_session(RenewSession::new(old.id()).pay(Payment::Sponsored))
        .await?;
    assert!(renewed.wait(1).await?.ok_or("no operation")?.success);

    assert_eq!(
        statuses(&client.sessions().await?),
        [SessionStatus::Revoked, SessionStatus::Active]
    );
    mint(&client).await?;
    Ok(())
}

#[tokio::test]
async fn batch_of_calls_needs_no_module_of_its_own() -> Outcome {
    let client = client();
    client.create_session(sponsored_grant(&client)).await?;
    let calls = [mint_to(client.address()), mint_to(client.address())];

    for _ in 0..2 {
        let batch = UseSession::new(calls.clone()).pay(Payment::Sponsored);
        included(&client, client.use_session(batch).await?).await?;
    }

    assert_eq!(balance(client.address()).await?.to::<u64>(), 4);
    Ok(())
}

#[tokio::test]
async fn remote_signer_uses_a_session() -> Outcome {
    let client = client();
    let signer = SessionKey::random()?;
    let request = CreateSession::new([mint_policy(client.address())]).signer(&signer);
    client.create_session(request.pay(Payment::Sponsored)).await?;

    let mint = sponsored_mint(&client).signer(signer);
    included(&client, client.use_session(mint).await?).await?;

    assert_eq!(balance(client.address()).await?.to::<u64>(), 1);
    Ok(())
}

#[tokio::test]
async fn account_without_the_module_gets_it_with_the_grant() -> Outcome {
    let account = Nexus::owned_by(owner()).initial_modules(InitialModules::Plain);
    let client = SmartAccountClient::new(Dialect::Standard.services(), account);

    let granted = client.create_session(sponsored_grant(&client)).await?;
    assert!(granted.wait(1).await?.ok_or("no operation")?.success);

    assert_eq!(client.modules().await?, [NexusContracts::V1_2_0.smart_session]);
    mint(&client).await?;
    // The module is there by now, and so is the safe sender.
    let again = client.create_session(sponsored_grant(&client)).await?;
    assert!(again.wait(1).await?.ok_or("no operation")?.success);
    mint(&client).await
}

#[tokio::test]
async fn forbidden_call_is_refused_here_and_by_the_chain() -> Outcome {
    let client = client();
    client.create_session(sponsored_grant(&client)).await?;
    mint(&client).await?;
    let stranger = PrivateKeySigner::random().address();
    let other = || UseSession::new(mint_to(stranger)).pay(Payment::Sponsored);

    let here = client.use_session(other()).await;
    let chain = client.use_session(other().unchecked()).await;

    assert!(
        matches!(
            here.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Forbidden(_))
        ),
        "{here:?}"
    );
    let chain = chain.err().ok_or("the chain allows it")?;
    assert!(
        matches!(chain.kind(), ErrorKind::ForbiddenByChain { .. }),
        "{chain:?}"
    );
    Ok(())
}

#[tokio::test]
async fn limits_are_counted_by_the_chain() -> Outcome {
    let client = client();
    let twice = mint_policy(client.address()).at_most_uses(2);
    client
        .create_session(CreateSession::new([twice]).pay(Payment::Sponsored))
        .await?;

    mint(&client).await?;
    mint(&client).await?;
    let third = client.use_session(sponsored_mint(&client)).await;

    let refused = third.err().ok_or("a third mint is allowed")?;
    assert_eq!(refused.code(), "refused.by_contract");
    assert!(refused.to_string().contains("calls are used up"), "{refused}");
    assert_eq!(balance(client.address()).await?.to::<u64>(), 2);
    Ok(())
}

#[tokio::test]
async fn policies_that_the_contracts_cannot_enforce_are_refused_before_a_signature() -> Outcome {
    let client = client();
    let shop = Address::repeat_byte(7);
    let buy = || Policy::new(shop, [1, 2, 3, 4]);
    for policies in [vec![buy(), buy()], vec![buy().at_most_uses(0)]] {
        let refused = client
            .create_session(CreateSession::new(policies).lasting(HOUR))
            .await;

        let refused = refused.err().ok_or("it was granted")?;
        assert!(matches!(refused.kind(), ErrorKind::Policy(_)), "{refused:?}");
    }
    assert!(client.sessions().await?.all.is_empty());
    Ok(())
}

#[tokio::test]
async fn mints_one_after_the_other_share_a_lane_and_cost_less() -> Outcome {
    let client = client();
    client.create_session(sponsored_grant(&client)).await?;
    let mut receipts = Vec::new();
    for _ in 0..3 {
        let sent = client.use_session(sponsored_mint(&client)).await?;
        receipts.push(included(&client, sent).await?);
    }

    let [first, second, third] = receipts.as_slice() else {
        return Err("three mints".into());
    };
    assert_eq!(second.nonce, first.nonce + U256::ONE);
    assert_eq!(third.nonce, second.nonce + U256::ONE);
    println!(
        "gas: first mint {}, second {}, third {}",
        first.actual_gas_used, second.actual_gas_used, third.actual_gas_used
    );
    assert!(third.actual_gas_used < first.actual_gas_used);
    let (one, other) = futures::join!(
        client.use_session(sponsored_mint(&client)),
        client.use_session(sponsored_mint(&client))
    );
    included(&client, one?).await?;
    included(&client, other?).await?;
    Ok(())
}

#[tokio::test]
async fn module_of_a_deployed_account_is_no_target() -> Outcome {
    let client = client();
    client.create_session(sponsored_grant(&client)).await?;
    mint(&client).await?;
    // The account lists any contract that it was told to install.
    let module = use_aa::session::smart_sessions::SmartSessionsContracts::CANONICAL.ownable_validator;
    let data = use_aa::session::smart_sessions::ownable_init_data(1, [client.address()]);
    let install = use_aa::account::nexus::install_module(client.address(), module, &data);
    let install = use_aa::SendTransaction::from(install).pay(Payment::Sponsored);
    included(&client, client.send(install).await?).await?;

    let request = CreateSession::new([Policy::new(module, [1, 2, 3, 4])]).lasting(HOUR);
    let refused = client.create_session(request).await;

    let refused = refused.err().ok_or("it was granted")?;
    assert!(matches!(refused.kind(), ErrorKind::Policy(_)), "{refused:?}");
    Ok(())
}
