//! A session that the library has granted is used by the unmodified `@biconomy/abstractjs`, and by the library after that.
//! Sessions that the original has granted are imported and used, enabled on chain or not.

use std::sync::Arc;

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256},
};
use serde_json::{Value, json};
use use_aa::{
    Call, CreateSession, Deploy, Error, ErrorKind, MemoryStore, Nexus, Payment, Request, RevokeSession,
    SessionId, SessionKey, SessionStatus, SessionStore, SmartAccountClient, UseSession,
    account::nexus::InitialModules,
    session::smart_sessions::{Imported, SignedGrant},
};

use super::script;
use crate::support::{Dialect, Outcome, balance, devnet, fund, included, mint_policy, mint_to, owner};

#[tokio::test]
async fn session_that_was_granted_here_is_enabled_and_used_by_the_original() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client =
        SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner())).store(store.clone());
    fund(client.address(), U256::from(10).pow(U256::from(18))).await?;
    // The original would create the account of the session's key.
    let deployed = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(&client, deployed).await?;
    let key = SessionKey::random()?;
    let secret = hex::encode_prefixed(B256::from(key.clone()));
    client
        .create_session(CreateSession::new([mint_policy(client.address())]).key(key))
        .await?;
    let text = store
        .read(&format!("use-aa:smart-sessions:80002:{}", client.address()))
        .await?;
    let ledger: Value = serde_json::from_str(&text.ok_or("no ledger")?)?;
    let session = &ledger["sessions"][0];
    let grant: Bytes = serde_json::from_value(session["grant"].clone())?;
    let grant = SignedGrant::from_bytes(&grant).ok_or("no grant")?;

    let used = script(
        "nexus/use.mjs",
        json!({
            "account": client.address(),
            "key": secret,
            "permissionId": session["permissionId"],
            "grant": grant.data(0, &[]),
            "nft": devnet().contracts().nft,
        }),
    )
    .await?;

    println!("gas of the original: {}", used["gas"]);
    assert_eq!(balance(client.address()).await?, U256::from(2));
    assert_eq!(client.sessions().await?.all[0].status, SessionStatus::Active);
    let mint = UseSession::new(mint_to(client.address()));
    let receipt = included(&client, client.use_session(mint).await?).await?;
    println!("gas of the library: {}", receipt.actual_gas_used);
    assert_eq!(balance(client.address()).await?, U256::from(3));
    Ok(())
}

/// Returns the statuses of the sessions, in the order of the keys.
async fn statuses(client: &SmartAccountClient, ids: &[SessionId]) -> Result<Vec<SessionStatus>, Error> {
    let sessions = client.sessions().await?;
    let status = |id: &SessionId| sessions.all.iter().find(|record| record.id() == *id);
    Ok(ids
        .iter()
        .filter_map(status)
        .map(|record| record.status)
        .collect())
}

async fn uses_left(client: &SmartAccountClient, id: SessionId) -> Result<Vec<U256>, Error> {
    let allowances = client.session_allowance(id).await?;
    Ok(allowances.iter().map(|allowance| allowance.left).collect())
}

async fn mint(client: &SmartAccountClient, id: SessionId) -> Outcome {
    let request = UseSession::new(mint_to(client.address())).session(id);
    included(client, client.use_session(request).await?).await?;
    Ok(())
}

/// A revoked grant is refused by the chain where the revocation is unknown, and any grant by another account.
async fn refused_elsewhere(account: Address, grant: &str, key: &SessionKey) -> Outcome {
    let unaware = SmartAccountClient::new(Dialect::Standard.services(), Nexus::at(account));
    let revoked = Imported::read(grant, [key.clone()])?;
    unaware.import_sessions(revoked).await?;
    let refused = unaware
        .use_session(UseSession::new(mint_to(account)))
        .await
        .map(drop);
    let kind = refused.map_err(|error| error.code());
    assert_eq!(
        kind,
        Err("refused.by_contract"),
        "the grant is revoked on the chain"
    );
    let stranger = SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner()));
    let foreign = Imported::read(grant, [key.clone()])?;
    let refused = stranger
        .import_sessions(foreign)
        .await
        .map_err(|error| error.code());
    assert_eq!(refused, Err("import.wrong_digest"));
    assert_eq!(stranger.sessions().await?.all, []);
    Ok(())
}

#[tokio::test]
async fn sessions_that_the_original_granted_are_used_here_until_they_are_revoked() -> Outcome {
    let person = owner();
    let secret = hex::encode_prefixed(person.to_bytes());
    let store = Arc::new(MemoryStore::default());
    let plain = Nexus::owned_by(person).initial_modules(InitialModules::Plain);
    let client = SmartAccountClient::new(Dialect::Standard.services(), plain).store(store.clone());
    fund(client.address(), U256::from(10).pow(U256::from(18))).await?;
    let keys = [SessionKey::random()?, SessionKey::random()?];
    let ids = keys.each_ref().map(SessionKey::address);
    let [unused, enabled] = ids;
    let secrets = keys.each_ref().map(|key| B256::from(key.clone()));
    let task = json!({"owner": secret, "keys": secrets, "nft": devnet().contracts().nft});
    let granted = script("nexus/grant.mjs", task).await?;
    let account: Address = serde_json::from_value(granted["account"].clone())?;
    assert_eq!(account, client.address());
    let grants: [String; 2] = serde_json::from_value(granted["grants"].clone())?;

    let delegate = SmartAccountClient::new(Dialect::Standard.services(), Nexus::at(account)).store(store);
    for (grant, key) in grants.iter().zip(&keys) {
        delegate
            .import_sessions(Imported::read(grant, [key.clone()])?)
            .await?;
    }

    assert_eq!(
        statuses(&delegate, &ids).await?,
        [SessionStatus::Granted, SessionStatus::Active]
    );
    assert_eq!(uses_left(&delegate, enabled).await?, [U256::from(2)]);
    mint(&delegate, unused).await?;
    mint(&delegate, unused).await?;
    mint(&delegate, enabled).await?;
    assert_eq!(balance(account).await?, U256::from(4));
    assert_eq!(statuses(&delegate, &ids).await?, [SessionStatus::Active; 2]);
    for id in ids {
        assert_eq!(uses_left(&delegate, id).await?, [U256::from(1)]);
    }
    let elsewhere = UseSession::new(mint_to(Address::repeat_byte(7))).session(unused);
    let refused = delegate.use_session(elsewhere).await.map(drop);
    assert!(
        refused.is_err_and(|error| matches!(error.kind(), ErrorKind::Forbidden(_))),
        "the rule of the original holds here"
    );
    let with_coins = Call {
        value: U256::from(1),
        ..mint_to(account)
    };
    let refused = delegate
        .use_session(UseSession::new(with_coins).session(unused))
        .await;
    assert!(refused.is_err());

    let revoked = client.revoke_session(RevokeSession::new(ids)).await?;
    included(&client, revoked).await?;

    assert_eq!(statuses(&delegate, &ids).await?, [SessionStatus::Revoked; 2]);
    for (grant, key) in grants.iter().zip(&keys) {
        let again = Imported::read(grant, [key.clone()])?;
        assert_eq!(
            delegate.import_sessions(again).await?,
            [],
            "an import revives nothing"
        );
    }
    refused_elsewhere(account, &grants[0], &keys[0]).await
}
