//! How sessions go on and end on the local chain: revoked, renewed, replaced, and what is told of them meanwhile.

use std::{error::Error, sync::Arc, time::Duration};

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::local::PrivateKeySigner,
};
use futures::future::join_all;
use serde_json::{Value, json};
use use_aa::{
    CreateSession, Error as AccountError, Interval, MemoryStore, Payment, RenewSession, RevokeSession,
    SessionId, SessionKey, SessionStatus, SessionStore, SmartAccountClient, UseSession, UserOpHash, Verdict,
    Violation,
    rpc::{Http, Node},
    session::store_key,
};

use crate::support::{
    Dialect, Mood, Moody, Outcome, balance, devnet, grant, included, mint_policy, mint_to, owner, sent,
    vault::Vaulted,
};

mod support;

fn client(owner: PrivateKeySigner, store: &Arc<MemoryStore>) -> SmartAccountClient {
    SmartAccountClient::new(Dialect::Biconomy.services(), owner).store(store.clone())
}

async fn mint_with(client: &SmartAccountClient, id: SessionId) -> Result<UserOpHash, AccountError> {
    let request = UseSession::new(mint_to(client.address())).session(id);
    let answer = client.use_session(request.pay(Payment::Sponsored)).await?;
    Ok(answer.hash())
}

async fn ids(client: &SmartAccountClient) -> Result<Vec<SessionId>, AccountError> {
    let sessions = client.sessions().await?.active();
    Ok(sessions.into_iter().map(|session| session.id).collect())
}

async fn statuses(client: &SmartAccountClient) -> Result<Vec<SessionStatus>, AccountError> {
    let sessions = client.sessions().await?.all;
    Ok(sessions.into_iter().map(|record| record.status).collect())
}

fn revoke(ids: impl IntoIterator<Item = SessionId>) -> RevokeSession {
    RevokeSession::new(ids).pay(Payment::Sponsored)
}

#[tokio::test]
async fn some_sessions_end_and_the_others_go_on() -> Outcome {
    let client = client(owner(), &Arc::default());
    for _ in 0..4 {
        grant(&client).await?;
    }
    let granted = ids(&client).await?;

    let sent = client.revoke_session(revoke([granted[1], granted[3]])).await?;
    included(&client, sent).await?;

    let expected = [
        SessionStatus::Active,
        SessionStatus::Revoked,
        SessionStatus::Active,
        SessionStatus::Revoked,
    ];
    assert_eq!(statuses(&client).await?, expected);
    for id in [granted[0], granted[2]] {
        included(&client, mint_with(&client, id).await?).await?;
    }
    for id in [granted[1], granted[3]] {
        assert_eq!(
            mint_with(&client, id).await.err(),
            Some(AccountError::NotActive(id))
        );
    }
    let again = client.revoke_session(revoke([granted[1]])).await;
    assert_eq!(again.err(), Some(AccountError::NotActive(granted[1])));
    Ok(())
}

#[tokio::test]
async fn keys_of_revoked_sessions_are_forgotten() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = client(owner(), &store);
    let (kept, lost) = (SessionKey::random()?, SessionKey::random()?);
    for key in [&kept, &lost] {
        let request = CreateSession::new([mint_policy(client.address())]).key(key.clone());
        included(
            &client,
            client.create_session(request.pay(Payment::Sponsored)).await?,
        )
        .await?;
    }

    let sent = client.revoke_session(revoke([lost.address()])).await?;
    included(&client, sent).await?;
    client.sessions().await?;

    let text = store
        .read(&store_key(80002, client.address()))
        .await?
        .unwrap_or_default();
    let secret = |key: &SessionKey| format!("{:x}", B256::from(key.clone()));
    assert!(text.contains(&secret(&kept)));
    assert!(!text.contains(&secret(&lost)));
    Ok(())
}

#[tokio::test]
async fn all_sessions_end_also_without_the_store() -> Outcome {
    let person = owner();
    let store = Arc::default();
    let here = client(person.clone(), &store);
    grant(&here).await?;
    grant(&here).await?;
    let elsewhere = client(person, &Arc::default());

    let one = elsewhere.revoke_session(revoke(ids(&here).await?)).await;
    let sent = elsewhere
        .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
        .await?;
    included(&elsewhere, sent).await?;

    assert!(
        matches!(one, Err(AccountError::SessionsElsewhere { grants: 2, .. })),
        "one of two that are not known cannot be told from the other: {one:?}"
    );
    assert_eq!(statuses(&here).await?, [SessionStatus::Revoked; 2]);
    let none = elsewhere.revoke_session(RevokeSession::all()).await;
    assert_eq!(none.err(), Some(AccountError::NothingToRevoke));
    Ok(())
}

#[tokio::test]
async fn damaged_store_hinders_nobody_from_ending_all_sessions() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = client(owner(), &store);
    grant(&client).await?;
    let key = store_key(80002, client.address());
    store
        .update(&key, Box::new(|_| Ok(Some("<html>".to_owned()))))
        .await?;

    let sent = client
        .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
        .await?;
    included(&client, sent).await?;

    let sessions = client.sessions().await?;
    assert_eq!(
        (sessions.all.len(), sessions.damaged, sessions.elsewhere),
        (0, 1, 0)
    );
    let text = store.read(&key).await?.unwrap_or_default();
    assert!(text.contains("<html>"), "{text}");
    grant(&client).await?;
    Ok(())
}

#[tokio::test]
async fn proof_that_an_attacker_kept_proves_nothing_after_the_revocation() -> Outcome {
    let client = client(owner(), &Arc::default());
    let stolen = SessionKey::random()?;
    let request = CreateSession::new([mint_policy(client.address())]).key(stolen.clone());
    included(
        &client,
        client.create_session(request.pay(Payment::Sponsored)).await?,
    )
    .await?;
    // The attacker has the key, and an operation with leaf and proof as the chain took it.
    let hash = mint_with(&client, stolen.address()).await?;
    included(&client, hash).await?;
    let taken = sent(hash).await?;
    let forge = |sequence: u64| {
        let mut op = taken.clone();
        let nonce = U256::from_be_bytes(PrivateKeySigner::random().to_bytes().0) << 64 | U256::from(sequence);
        op["nonce"] = json!(nonce);
        op
    };

    let before = send_by_hand(&stolen, forge(0)).await?;
    let sent = client.revoke_session(revoke([stolen.address()])).await?;
    included(&client, sent).await?;
    let after = send_by_hand(&stolen, forge(0)).await?;

    let before = before.map_err(|refusal| format!("the forgery is good before: {refusal}"))?;
    included(&client, before).await?;
    let refusal = after.expect_err("the chain no longer takes it");
    assert!(
        refusal.contains("SessionNotApproved") || refusal.contains("AA23"),
        "{refusal}"
    );
    assert_eq!(balance(client.address()).await?, U256::from(2));
    Ok(())
}

/// Signs an operation with a session's key, under the leaf and the proof that stand in its old signature, and gives
/// it to the bundler. Nothing of the library is asked.
async fn send_by_hand(key: &SessionKey, mut op: Value) -> Result<Result<UserOpHash, String>, Box<dyn Error>> {
    use alloy::sol_types::SolValue;
    type ModuleSignature = (U256, U256, Address, Bytes, Vec<B256>, Bytes);

    // Nobody sponsors an attacker: the account pays.
    let node = Node::new(Http::new(format!("{}/rpc", devnet().url()).parse()?));
    let account: Address = serde_json::from_value(op["sender"].clone())?;
    let coin = U256::from(10).pow(U256::from(18));
    let () = node.client().request("anvil_setBalance", (account, coin)).await?;
    op["paymasterAndData"] = json!("0x");
    op["callGasLimit"] = json!("0x60000");
    op["verificationGasLimit"] = json!("0x60000");
    op["preVerificationGas"] = json!("0x20000");

    let signature: Bytes = serde_json::from_value(op["signature"].clone())?;
    let (module_signature, manager) = <(Bytes, Address)>::abi_decode_params(&signature)?;
    let mut parts = ModuleSignature::abi_decode_params(&module_signature)?;
    parts.5 = key.sign(hash_of(&op)?.as_slice())?;
    let signature: Bytes = (Bytes::from(parts.abi_encode_params()), manager)
        .abi_encode_params()
        .into();
    op["signature"] = json!(signature);

    let bundler = Node::new(Http::new(format!("{}/bundler", devnet().url()).parse()?));
    let entry_point = use_aa::EntryPoint::V0_6;
    let answer = bundler
        .client()
        .request::<_, UserOpHash>("eth_sendUserOperation", (op, entry_point))
        .await;
    Ok(answer.map_err(|error| error.to_string()))
}

/// The hash of an operation as it stands on the wire.
fn hash_of(op: &Value) -> Result<B256, Box<dyn Error>> {
    use use_aa::{EntryPoint, Fees, GasLimits, UserOperation};
    let number = |field: &str| serde_json::from_value::<U256>(op[field].clone());
    let bytes = |field: &str| serde_json::from_value::<Bytes>(op[field].clone());
    let op = UserOperation {
        sender: serde_json::from_value(op["sender"].clone())?,
        nonce: number("nonce")?,
        init_code: bytes("initCode")?,
        call_data: bytes("callData")?,
        gas: GasLimits {
            call: number("callGasLimit")?,
            verification: number("verificationGasLimit")?,
            pre_verification: number("preVerificationGas")?,
        },
        fees: Fees {
            max_fee_per_gas: number("maxFeePerGas")?,
            max_priority_fee_per_gas: number("maxPriorityFeePerGas")?,
        },
        paymaster_and_data: bytes("paymasterAndData")?,
    };
    Ok(op.hash(EntryPoint::v0_6(80002)).0)
}

#[tokio::test]
async fn renewed_session_goes_on_under_a_fresh_key() -> Outcome {
    let client = client(owner(), &Arc::default());
    grant(&client).await?;
    grant(&client).await?;
    let [other, old] = ids(&client).await?[..] else {
        return Err("there are two sessions".into());
    };

    let request = RenewSession::new(old).lasting(Duration::from_secs(7_200));
    let sent = client.renew_session(request.pay(Payment::Sponsored)).await?;
    included(&client, sent).await?;

    let sessions = client.sessions().await?;
    let [kept, new] = &sessions.active()[..] else {
        return Err(format!("{sessions:?}").into());
    };
    assert_eq!(kept.id, other);
    assert_ne!(new.id, old);
    let now = std::time::UNIX_EPOCH.elapsed()?.as_secs();
    let left = new.leaves[0].interval().valid_until - now;
    assert!((7_190..=7_200).contains(&left), "{left} s");
    for id in [kept.id, new.id] {
        included(&client, mint_with(&client, id).await?).await?;
    }
    assert_eq!(
        mint_with(&client, old).await.err(),
        Some(AccountError::NotActive(old))
    );
    let stranger = Address::repeat_byte(7);
    let unknown = client.renew_session(RenewSession::new(stranger)).await;
    assert_eq!(unknown.err(), Some(AccountError::NotActive(stranger)));
    Ok(())
}

#[tokio::test]
async fn session_that_has_expired_is_renewed() -> Outcome {
    let client = client(owner(), &Arc::default());
    let now = std::time::UNIX_EPOCH.elapsed()?.as_secs();
    let over = mint_policy(client.address()).interval(Interval {
        valid_after: 0,
        valid_until: now - 1,
    });
    let request = CreateSession::new([over]).pay(Payment::Sponsored);
    included(&client, client.create_session(request).await?).await?;
    let expired = client.sessions().await?;

    let request = RenewSession::new(expired.all[0].id()).pay(Payment::Sponsored);
    included(&client, client.renew_session(request).await?).await?;

    assert_eq!(expired.all[0].status, SessionStatus::Expired);
    assert_eq!(expired.active(), []);
    included(&client, mint_with(&client, ids(&client).await?[0]).await?).await?;
    Ok(())
}

#[tokio::test]
async fn statuses_are_those_of_the_moment() -> Outcome {
    let person = Moody::new();
    let store = Arc::new(MemoryStore::default());
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), person.clone()).store(store.clone());
    person.be(Mood::Silent);
    let request = || CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    let at_the_wallet = async {
        person.was_asked().await;
        statuses(&client).await
    };

    let granting = Box::pin(client.create_session(request()));
    let seen = futures::future::select(granting, Box::pin(at_the_wallet)).await;
    let futures::future::Either::Right((seen, granting)) = seen else {
        return Err("the wallet says nothing".into());
    };
    // As when the page is closed while the wallet asks.
    drop(granting);
    let left = statuses(&client).await?;
    person.be(Mood::Willing);
    let sent = client.create_session(request()).await?;
    let under_way = statuses(&client).await?;
    included(&client, sent.hash()).await?;

    assert_eq!(seen?, [SessionStatus::AwaitingSignature]);
    assert_eq!(left, [SessionStatus::Draft]);
    assert!(
        matches!(
            under_way[..],
            [SessionStatus::Draft, SessionStatus::Submitted(hash)] if hash == sent.hash()
        ) || under_way[1] == SessionStatus::Active,
        "{under_way:?}"
    );
    let after = statuses(&client).await?;
    assert_eq!(after.last(), Some(&SessionStatus::Active), "{after:?}");
    Ok(())
}

#[tokio::test]
async fn another_device_is_counted_and_what_it_ends_is_superseded() -> Outcome {
    let person = owner();
    let here = client(person.clone(), &Arc::default());
    let there = client(person, &Arc::default());
    grant(&here).await?;
    let replace = CreateSession::new([mint_policy(there.address())]).replace_unknown(true);
    included(
        &there,
        there.create_session(replace.pay(Payment::Sponsored)).await?,
    )
    .await?;
    grant(&there).await?;

    let sessions = here.sessions().await?;
    let answer = here
        .create_session(CreateSession::new([mint_policy(here.address())]).pay(Payment::Sponsored))
        .await;

    assert_eq!(sessions.elsewhere, 2);
    assert_eq!(sessions.all[0].status, SessionStatus::Superseded);
    let error = answer.err().ok_or("two sessions would end")?;
    assert!(
        matches!(error, AccountError::SessionsElsewhere { grants: 2, .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("up to 2 were granted on another device"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn session_that_another_device_has_replaced_is_renewed_in_its_place_when_told_so() -> Outcome {
    let person = owner();
    let here = client(person.clone(), &Arc::default());
    let there = client(person, &Arc::default());
    grant(&here).await?;
    let old = ids(&here).await?[0];
    let replace = CreateSession::new([mint_policy(there.address())]).replace_unknown(true);
    let sent = there.create_session(replace.pay(Payment::Sponsored)).await?;
    included(&there, sent).await?;

    let renew = RenewSession::new(old).pay(Payment::Sponsored);
    let refused = here.renew_session(renew.clone()).await;
    let sent = here.renew_session(renew.replace_unknown(true)).await?;
    included(&here, sent).await?;

    let refused = refused.err().ok_or("a session would end")?;
    assert!(
        matches!(refused, AccountError::SessionsElsewhere { grants: 1, .. }),
        "{refused:?}"
    );
    included(&here, mint_with(&here, ids(&here).await?[0]).await?).await?;
    assert!(ids(&there).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn grants_of_two_programs_on_one_store_take_turns() -> Outcome {
    let person = owner();
    let store = Arc::default();
    let programs = (0..4).map(|_| client(person.clone(), &store)).collect::<Vec<_>>();

    let granted = join_all(programs.iter().map(grant)).await;

    for granted in granted {
        granted?;
    }
    assert_eq!(ids(&programs[0]).await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn verdict_is_that_of_the_chain() -> Outcome {
    let client = client(owner(), &Arc::default());
    let (own, foreign) = (mint_to(client.address()), mint_to(Address::repeat_byte(7)));
    let before = client.sessions().await?.allow(&own);
    grant(&client).await?;
    let id = ids(&client).await?[0];

    let allowed = client.sessions().await?.allow(&own);
    let forbidden = client.sessions().await?.allow(&foreign);

    assert_eq!(before, Verdict::NoSession);
    assert_eq!(
        allowed,
        Verdict::Allowed {
            session: id,
            policy: 0
        }
    );
    assert!(
        matches!(
            &forbidden,
            Verdict::Forbidden { session, policy: 0, violation: Violation::Rule { number: 0, .. } } if *session == id
        ),
        "{forbidden:?}"
    );
    let request = UseSession::new(foreign).pay(Payment::Sponsored).unchecked();
    let chain = client.use_session(request).await;
    assert!(
        matches!(chain, Err(AccountError::ForbiddenByChain { .. })),
        "{chain:?}"
    );
    Ok(())
}

#[tokio::test]
async fn keys_lie_sealed_where_the_store_has_a_vault() -> Outcome {
    let store = Vaulted::new();
    let key = SessionKey::random()?;
    let client =
        SmartAccountClient::new(Dialect::Biconomy.services(), owner()).store(Arc::new(store.clone()));
    let request = CreateSession::new([mint_policy(client.address())]).key(key.clone());
    included(
        &client,
        client.create_session(request.pay(Payment::Sponsored)).await?,
    )
    .await?;

    included(&client, mint_with(&client, key.address()).await?).await?;

    let text = store.text(&store_key(80002, client.address())).await;
    assert!(
        text.contains("sealed") && !text.contains(&format!("{:x}", B256::from(key))),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn keys_that_lay_open_are_sealed_by_the_first_look() -> Outcome {
    let (person, open, sealed) = (owner(), Arc::new(MemoryStore::default()), Vaulted::new());
    let before = client(person.clone(), &open);
    grant(&before).await?;
    let name = store_key(80002, before.address());
    let text = open.read(&name).await?;
    sealed.update(&name, Box::new(|_| Ok(text))).await?;
    let client =
        SmartAccountClient::new(Dialect::Biconomy.services(), person).store(Arc::new(sealed.clone()));

    let id = ids(&client).await?[0];

    let text = sealed.text(&name).await;
    assert!(text.contains("sealed"), "{text}");
    included(&client, mint_with(&client, id).await?).await?;
    Ok(())
}
