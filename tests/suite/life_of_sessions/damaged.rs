//! Recovery from a damaged ledger of sessions.

use std::{error::Error, fs, path::PathBuf, sync::Arc};

use alloy::primitives::{Address, B256};
use serde_json::{Value, json};
use use_aa::{
    CreateSession, Error as AccountError, ErrorKind, FileStore, Interval, MemoryStore, Payment, Policy,
    Request, RevokeSession, SessionKey, SessionStatus, SessionStore, SmartAccountClient,
    session::merkle::{Ledger, Tree, store_key},
};

use super::{client, ids, mint_with, revoke, statuses};
use crate::support::{Kind, Outcome, devnet, enable, grant, granted, included, mint_policy, owner};

#[tokio::test]
async fn damaged_store_hinders_nobody_from_ending_all_sessions() -> Outcome {
    for kind in Kind::ALL {
        let store = Arc::new(MemoryStore::default());
        let services = kind.services_at(devnet().url());
        let client = kind.owned_by(services, owner()).store(store.clone());
        included(&client, enable(&client).await?).await?;
        let key = kind.store_key(client.address());
        store
            .update(&key, Box::new(|_| Ok(Some("<html>".to_owned()))))
            .await?;

        let sent = client
            .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
            .await?;
        included(&client, sent).await?;

        let sessions = client.sessions().await?;
        assert_eq!(
            (sessions.all.len(), sessions.damaged, sessions.untracked),
            (0, 1, 0)
        );
        let text = store.read(&key).await?.unwrap_or_default();
        assert!(!text.contains("<html>"), "keys may have lain open in it: {text}");
        included(&client, enable(&client).await?).await?;
        client.discard_damaged().await?;
        let sessions = client.sessions().await?;
        assert_eq!((sessions.active().len(), sessions.damaged), (1, 0));
    }
    Ok(())
}

#[tokio::test]
async fn file_that_is_no_text_hinders_nobody_from_ending_all_sessions() -> Outcome {
    for kind in Kind::ALL {
        let folder = tempfile::tempdir()?;
        let store = Arc::new(FileStore::new(folder.path()));
        let services = kind.services_at(devnet().url());
        let client = kind.owned_by(services, owner()).store(store);
        included(&client, enable(&client).await?).await?;
        let is_ledger = |path: &&PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.contains("sessions") && name.ends_with(".json"))
        };
        let files = fs::read_dir(folder.path())?.map(|file| Ok(file?.path()));
        let files = files.collect::<Result<Vec<_>, std::io::Error>>()?;
        let ledger = files.iter().find(is_ledger).ok_or("there is a ledger")?;
        fs::write(ledger, [0xff, 0xfe])?;

        let one = client.revoke_session(revoke([client.address()])).await;
        let sent = client
            .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
            .await?;
        included(&client, sent).await?;

        assert!(
            matches!(one.as_ref().map_err(AccountError::kind), Err(ErrorKind::Store(_))),
            "{one:?}"
        );
        let sessions = client.sessions().await?;
        assert_eq!((sessions.all.len(), sessions.damaged), (0, 1));
    }
    Ok(())
}

/// Damages the entry of one leaf in the ledger.
async fn lose_leaf(client: &SmartAccountClient, store: &MemoryStore, hash: B256) -> Outcome {
    let damage = move |text: Option<String>| {
        let mut ledger = serde_json::from_str::<Value>(&text.unwrap_or_default()).unwrap_or_default();
        ledger["leaves"][hash.to_string()]["keyData"] = json!("0x");
        Ok(Some(ledger.to_string()))
    };
    let key = store_key(80002, client.address());
    store.update(&key, Box::new(damage)).await?;
    Ok(())
}

#[tokio::test]
async fn right_whose_record_is_lost_does_not_outlive_its_session_unseen() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = client(owner(), &store);
    grant(&client).await?;
    let key = SessionKey::random()?;
    let policies = [
        mint_policy(client.address()),
        mint_policy(Address::repeat_byte(7)),
    ];
    let request = CreateSession::new(policies)
        .key(key.clone())
        .pay(Payment::Sponsored);
    granted(&client, request).await?;
    let before = client.sessions().await?;
    lose_leaf(
        &client,
        &store,
        before.all[1].session.permissions[0].leaf(key.address())?.hash(),
    )
    .await?;

    let seen = client.sessions().await?;
    let refused = client.revoke_session(revoke([key.address()])).await;
    let told = revoke([key.address()]).replace_unknown(true);
    included(&client, client.revoke_session(told).await?).await?;

    assert_eq!((seen.untracked, seen.damaged), (1, 1));
    assert!(
        matches!(
            refused.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::UntrackedSessions { grants: 1, .. })
        ),
        "{refused:?}"
    );
    let after = client.sessions().await?;
    assert_eq!(after.untracked, 0);
    assert_eq!(
        statuses(&client).await?,
        [SessionStatus::Active, SessionStatus::Revoked]
    );
    included(&client, mint_with(&client, ids(&client).await?[0]).await?).await?;
    Ok(())
}

#[tokio::test]
async fn nothing_named_is_nothing_to_revoke() -> Outcome {
    let client = client(owner(), &Arc::default());
    grant(&client).await?;

    let none = client.revoke_session(revoke([])).await;

    assert_eq!(none.err(), Some(ErrorKind::NothingToRevoke.into()));
    assert_eq!(statuses(&client).await?, [SessionStatus::Active]);
    Ok(())
}

#[tokio::test]
async fn keys_of_sessions_that_have_ended_go_when_the_client_warms_up() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = client(owner(), &store);
    let now = std::time::UNIX_EPOCH.elapsed()?.as_secs();
    let lasting_until = |valid_until| {
        let interval = Interval {
            valid_after: 0,
            valid_until,
        };
        mint_policy(client.address()).interval(interval)
    };
    let mut ledger = Ledger::default();
    let mut keep = |policy: Policy| -> Result<String, Box<dyn Error>> {
        let key = SessionKey::random()?;
        let leaf = policy.leaf(key.address())?;
        ledger.grant(&Tree::new([]), Some(key.clone().into()), vec![leaf], now);
        Ok(format!("{:x}", B256::from(key)))
    };
    let (ended, lasting) = (
        keep(lasting_until(now - 1_000))?,
        keep(lasting_until(now + 1_000))?,
    );
    let (name, text) = (store_key(80002, client.address()), ledger.to_text());
    store.update(&name, Box::new(|_| Ok(Some(text)))).await?;

    client.warm().await?;

    let text = store.read(&name).await?.unwrap_or_default();
    assert!(!text.contains(&ended) && text.contains(&lasting), "{text}");
    Ok(())
}
