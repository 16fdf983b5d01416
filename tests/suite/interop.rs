//! Sessions of the unmodified TypeScript original, `@biconomy/account`, work in the library and vice versa. Signatures
//! of accounts equal those of the original and are accepted by other verifiers.
//!
//! Runs with `cargo xtask test interop`.

mod nexus;

use std::{
    error::Error,
    io::Write,
    process::{Command, Stdio},
    sync::Arc,
};

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256},
    sol,
    sol_types::eip712_domain,
};
use serde_json::{Value, json};
use use_aa::{
    BiconomyV2, CreateSession, Deploy, MemoryStore, Payment, Permission, Request, Session, SessionKey,
    SmartAccountClient, TypedData, UseSession,
    session::merkle::{Imported, Leaf},
};

use crate::support::{Dialect, Outcome, balance, devnet, grant, included, mint_policy, mint_to, owner};

/// Runs a task with the original and returns its result.
async fn original(task: Value) -> Result<Value, Box<dyn Error>> {
    script("original.mjs", task).await
}

/// Runs a script with a task as input and returns its result.
async fn script(name: &str, task: Value) -> Result<Value, Box<dyn Error>> {
    devnet::npm::install()?;
    let script = devnet::npm::folder().join("interop").join(name);
    let mut task = task;
    task["devnet"] = devnet().url().into();
    let output = tokio::task::spawn_blocking(move || {
        let mut child = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        // Closing stdin ends the input.
        let mut stdin = child.stdin.take().ok_or("node has no input")?;
        stdin.write_all(task.to_string().as_bytes())?;
        drop(stdin);
        Ok::<_, Box<dyn Error + Send + Sync>>(child.wait_with_output()?)
    });
    let output = output.await?.map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(format!("{name} failed, see above").into()),
    }
}

async fn mint(client: &SmartAccountClient, session: &Session) -> Outcome {
    let request = UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);
    let hash = client.use_session(request.session(session.id)).await?;
    included(client, hash).await?;
    Ok(())
}

fn text<'a>(storage: &'a Value, account: Address, what: &str) -> Result<&'a str, Box<dyn Error>> {
    let text = storage[format!("{account:#x}_{what}")].as_str();
    text.ok_or_else(|| format!("the original kept no {what}").into())
}

#[tokio::test]
async fn sessions_that_the_original_granted_mint_here_beside_new_ones() -> Outcome {
    let person = owner();
    let secret = hex::encode_prefixed(person.to_bytes());
    let granted = original(json!({"task": "grant", "owner": secret})).await?;
    let account: Address = serde_json::from_value(granted["account"].clone())?;
    let sessions = text(&granted["storage"], account, "sessions")?;
    let signers = text(&granted["storage"], account, "signers")?;
    let kept = serde_json::from_str::<Value>(sessions)?;
    assert_eq!(
        kept["leafNodes"].as_array().map(Vec::len),
        Some(3),
        "the failed grant is among what it kept"
    );

    let store = Arc::new(MemoryStore::default());
    let delegate =
        SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::at(account)).store(store.clone());
    let imported = delegate
        .import_sessions(Imported::read(sessions, signers)?)
        .await?;

    assert_eq!(imported.len(), 2, "the failed grant is no session: {imported:?}");
    for session in &imported {
        mint(&delegate, session).await?;
    }
    let client =
        SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(person)).store(store);
    assert_eq!(client.address(), account);
    grant(&client).await?;
    let again = client.import_sessions(Imported::read(sessions, signers)?).await?;
    assert_eq!(
        again,
        client.sessions().await?.active(),
        "importing again changes nothing"
    );
    assert_eq!(again[..2], imported, "those that were there stay");
    assert_eq!(again.len(), 3);
    for session in &again {
        mint(&client, session).await?;
    }
    assert_eq!(balance(account).await?, U256::from(5));
    Ok(())
}

#[tokio::test]
async fn session_granted_here_mints_through_the_original() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    let keys = [SessionKey::random()?, SessionKey::random()?];
    for key in &keys {
        let request = CreateSession::new([mint_policy(client.address())]).key(key.clone());
        let hash = client
            .create_session(request.pay(Payment::Sponsored))
            .await?
            .into_user_op()
            .unwrap();
        included(&client, hash).await?;
    }

    let sessions = client.sessions().await?.active();
    let storage = storage(client.address(), &sessions, &keys);
    original(json!({"task": "mint", "account": client.address(), "storage": storage})).await?;

    assert_eq!(balance(client.address()).await?, U256::from(1));
    mint(&client, &sessions[0]).await
}

async fn deploy(client: &SmartAccountClient) -> Outcome {
    let hash = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(client, hash).await?;
    Ok(())
}

#[tokio::test]
async fn messages_are_signed_as_the_original_signs_them() -> Outcome {
    let person = owner();
    let secret = hex::encode_prefixed(person.to_bytes());
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(person));

    for deployed in [false, true] {
        if deployed {
            deploy(&client).await?;
        }
        let message = "Grüße 😀, on two\nlines";
        let theirs = original(json!({"task": "sign", "owner": secret, "message": message})).await?;
        let ours = client.sign_message(message).await?;
        assert_eq!(
            theirs,
            json!({"account": client.address().to_string(), "signature": ours}),
            "deployed: {deployed}"
        );
    }
    Ok(())
}

sol! {
    struct Flower {
        string name;
        uint8[2] colours;
    }

    struct Order {
        address buyer;
        Flower[] flowers;
        int64 change;
        bytes note;
        bytes4 mark;
        bool gift;
    }
}

fn order(buyer: Address) -> Result<TypedData, Box<dyn Error>> {
    let flower = |name: &str, colours| Flower {
        name: name.to_owned(),
        colours,
    };
    let order = Order {
        buyer,
        flowers: vec![flower("Rose", [1, 2]), flower("\"Tulip\"", [3, 4])],
        change: -5,
        note: Bytes::from_static(b"with love"),
        mark: [1, 2, 3, 4].into(),
        gift: true,
    };
    let domain = eip712_domain! {
        name: "Flowers",
        version: "1",
        chain_id: 80002,
        verifying_contract: Address::repeat_byte(7),
    };
    Ok(TypedData::new(&order, &domain)?)
}

#[tokio::test]
async fn what_is_signed_is_verified_by_others_before_and_after_deployment() -> Outcome {
    let client =
        SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner())).index(1)?;
    let stranger = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    let message = hex::encode_prefixed("I agree");
    let (ours, others) = (order(client.address())?, order(stranger.address())?);

    for deployed in [false, true] {
        if deployed {
            deploy(&client).await?;
        }
        let signature = client.sign_message("I agree").await?;
        let order = client.sign_typed_data(&ours).await?;
        let cases = [
            (json!({"message": message, "signature": signature}), true),
            (json!({"typedData": ours.json(), "signature": order}), true),
            (json!({"message": message, "signature": order}), false),
            (json!({"typedData": others.json(), "signature": order}), false),
            (
                json!({"message": message, "signature": stranger.sign_message("I agree").await?}),
                false,
            ),
            (
                json!({"typedData": ours.json(), "signature": stranger.sign_typed_data(&ours).await?}),
                false,
            ),
        ];
        let (signed, expected): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let task = json!({"account": client.address(), "signed": signed});
        assert_eq!(
            script("verify.mjs", task).await?,
            json!(expected),
            "deployed: {deployed}"
        );
    }
    Ok(())
}

/// Returns sessions in the storage format of the original.
fn storage(account: Address, sessions: &[Session], keys: &[SessionKey]) -> Value {
    let leaves = sessions.iter().flat_map(|session| {
        let leaf = |permission: &Permission| {
            leaf_node(
                session,
                &permission
                    .leaf(session.id)
                    .expect("a granted permission can be encoded"),
            )
        };
        session.permissions.iter().map(leaf)
    });
    let leaves = json!({"merkleRoot": "", "leafNodes": leaves.collect::<Value>()});
    let mut signers = json!({});
    for key in keys {
        let secret = B256::from(key.clone());
        signers[format!("{:#x}", key.address())] = json!({"pvKey": secret, "pbKey": key.address()});
    }
    json!({
        format!("{account:#x}_sessions"): leaves.to_string(),
        format!("{account:#x}_signers"): signers.to_string(),
    })
}

fn leaf_node(session: &Session, leaf: &Leaf) -> Value {
    json!({
        "validUntil": leaf.interval().valid_until,
        "validAfter": leaf.interval().valid_after,
        "sessionValidationModule": format!("{:#x}", leaf.module()),
        "sessionPublicKey": format!("{:#x}", session.id),
        "sessionKeyData": leaf.key_data(),
        "sessionID": session.id.to_string(),
        "status": "PENDING",
    })
}
