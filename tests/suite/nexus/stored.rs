//! Stores that have damaged or lost a grant, or hold the grant of another account, chain or key.

use std::sync::Arc;

use alloy::primitives::Address;
use serde_json::{Value, json};
use use_aa::{
    BundlerKind, CreateSession, ErrorKind, MemoryStore, PaymasterKind, Payment, Request, Services,
    SessionStore, UseSession,
};

use super::{
    granted::{Fallible, Granted},
    mint, sponsored_mint,
};
use crate::support::{
    Kind, Outcome, faulty::Faulty, included, mint as owner_mint, mint_policy, mint_to, owner, sponsored_grant,
};

#[tokio::test]
async fn grant_that_the_store_has_damaged_or_lost_is_told_and_made_again() -> Outcome {
    type Damage = fn(&mut Value);
    let damages: [(&str, Damage); 5] = [
        ("the grant is lost", |ledger| {
            ledger["sessions"][0]["grant"] = Value::Null
        }),
        ("the grant cannot be read", |ledger| {
            ledger["sessions"][0]["grant"] = json!("0x0102")
        }),
        ("the deployment is lost", |ledger| {
            ledger["sessions"][0]["factory"] = Value::Null
        }),
        ("the key is lost", |ledger| ledger["keys"] = json!([])),
        ("the session is lost", |ledger| ledger["sessions"] = json!([])),
    ];
    let faulty = Faulty::begin().await?;
    for (damage, change) in damages {
        let granted = Granted::at(&faulty).await?;
        granted.change(change).await?;
        let restarted = granted.restarted(&faulty);

        let used = restarted.use_session(sponsored_mint(&restarted)).await;

        let error = used.err().ok_or(damage)?;
        println!("{damage}: {error}");
        let codes = ["session.none_active", "session.not_active", "refused.deployment"];
        assert!(
            codes.contains(&error.code()),
            "{damage}: {} {error:?}",
            error.code()
        );
        assert_eq!(restarted.pending_user_ops().await?, [], "{damage}");
        granted
            .client
            .create_session(sponsored_grant(&granted.client))
            .await?;
        mint(&restarted).await?;
    }
    Ok(())
}

#[tokio::test]
async fn grant_for_another_account_chain_or_key_is_refused_with_its_reason() -> Outcome {
    let faulty = Faulty::begin().await?;
    let friend = Address::repeat_byte(0xf1);
    let granted_on = async |chain_id: u64| -> Fallible<(Granted, Value)> {
        let url = faulty.url();
        let services = Services::new(chain_id, &format!("{url}/rpc"))?
            .bundler(BundlerKind::STANDARD, &format!("{url}/bundler"))?
            .paymaster(PaymasterKind::ERC7677, &format!("{url}/paymaster"))?;
        let store = Arc::new(MemoryStore::default());
        let client = Kind::Nexus.owned_by(services, owner()).store(store.clone());
        let request = CreateSession::new([mint_policy(friend)]).pay(Payment::Sponsored);
        client.create_session(request).await?;
        let key = Kind::Nexus.store_key(client.address());
        let text = store.read(&key.replace("80002", &chain_id.to_string())).await?;
        let ledger = serde_json::from_str(&text.unwrap_or_default())?;
        Ok((Granted { client, store }, ledger))
    };
    for other in ["account", "chain", "key"] {
        let (granted, own) = granted_on(80002).await?;
        let (_, foreign) = granted_on(if other == "chain" { 80001 } else { 80002 }).await?;
        granted
            .change(|ledger| {
                if other == "key" {
                    // The grant is that of another key.
                    ledger["sessions"][0]["grant"] = foreign["sessions"][0]["grant"].clone();
                } else {
                    *ledger = foreign;
                    for field in ["factory", "factoryData"] {
                        ledger["sessions"][0][field] = own["sessions"][0][field].clone();
                    }
                }
            })
            .await?;
        for client in [&granted.restarted(&faulty), &granted.client] {
            let mint = UseSession::new(mint_to(friend)).pay(Payment::Sponsored);

            let used = client.use_session(mint).await;

            let error = used.err().ok_or("it was used")?;
            let ErrorKind::RefusedByContract { explanation, .. } = error.kind() else {
                return Err(format!("{other}: {error:?}").into());
            };
            let expected = match other {
                "chain" => ["ChainIdMismatch(uint64)", "HashMismatch(bytes32,bytes32)"],
                _ => [
                    "HashMismatch(bytes32,bytes32)",
                    "InvalidEnableSignature(address,bytes32)",
                ],
            };
            assert!(expected.contains(&explanation.error), "{other}: {error}");
            assert_eq!(client.pending_user_ops().await?, [], "{other}");
        }
        // The account is as good as before.
        included(
            &granted.client,
            granted.client.send(owner_mint(&granted.client)).await?,
        )
        .await?;
    }
    Ok(())
}
