//! A session that the library has granted is used by the unmodified `@biconomy/abstractjs`, and by the library after that.

use std::sync::Arc;

use alloy::{
    hex,
    primitives::{B256, Bytes, U256},
};
use serde_json::{Value, json};
use use_aa::{
    CreateSession, Deploy, MemoryStore, Nexus, Payment, Request, SessionKey, SessionStatus, SessionStore,
    SmartAccountClient, UseSession, session::smart_sessions::SignedGrant,
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
