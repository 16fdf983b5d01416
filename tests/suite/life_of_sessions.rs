//! The life cycle of sessions on the local chain: revoked, renewed, replaced, with the status at each stage.

use std::sync::Arc;

use alloy::{
    primitives::{Address, B256},
    signers::local::PrivateKeySigner,
};
use futures::future::join_all;
use use_aa::{
    BiconomyV2, CreateSession, Error as AccountError, ErrorKind, MemoryStore, Payment, Request,
    RevokeSession, SessionId, SessionKey, SessionStatus, SessionStore, SmartAccountClient, UseSession,
    UserOpHash, Verdict, Violation, session::merkle::store_key,
};

use crate::support::{
    Dialect, Mood, Moody, Outcome, grant, granted, included, mint_policy, mint_to, owner, vault::Vaulted,
};

mod damaged;
mod forged;
mod renewed;
fn client(owner: PrivateKeySigner, store: &Arc<MemoryStore>) -> SmartAccountClient {
    SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner)).store(store.clone())
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
            Some(ErrorKind::NotActive(id).into())
        );
    }
    let again = client.revoke_session(revoke([granted[1]])).await;
    assert_eq!(again.err(), Some(ErrorKind::NotActive(granted[1]).into()));
    Ok(())
}

#[tokio::test]
async fn keys_of_revoked_sessions_are_forgotten() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = client(owner(), &store);
    let (kept, lost) = (SessionKey::random()?, SessionKey::random()?);
    for key in [&kept, &lost] {
        let request = CreateSession::new([mint_policy(client.address())]).key(key.clone());
        granted(&client, request.pay(Payment::Sponsored)).await?;
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
    let other_device = client(person, &Arc::default());

    let one = other_device.revoke_session(revoke(ids(&here).await?)).await;
    let sent = other_device
        .revoke_session(RevokeSession::all().pay(Payment::Sponsored))
        .await?;
    included(&other_device, sent).await?;

    assert!(
        matches!(
            one.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::UntrackedSessions { grants: 2, .. })
        ),
        "one of two that are not known cannot be told from the other: {one:?}"
    );
    let sessions = here.sessions().await?.all;
    for session in &sessions {
        assert_eq!((session.status, session.has_key), (SessionStatus::Revoked, false));
    }
    assert_eq!(sessions.len(), 2);
    let none = other_device.revoke_session(RevokeSession::all()).await;
    assert_eq!(none.err(), Some(ErrorKind::NothingToRevoke.into()));
    Ok(())
}

#[tokio::test]
async fn statuses_are_those_of_the_moment() -> Outcome {
    let person = Moody::new();
    let store = Arc::new(MemoryStore::default());
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(person.clone()))
        .store(store.clone());
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
    // As if the page were closed during the wallet prompt.
    drop(granting);
    let left = statuses(&client).await?;
    person.be(Mood::Willing);
    let sent = client.create_session(request()).await?.into_user_op().unwrap();
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
    granted(&there, replace.pay(Payment::Sponsored)).await?;
    grant(&there).await?;

    let sessions = here.sessions().await?;
    let answer = here
        .create_session(CreateSession::new([mint_policy(here.address())]).pay(Payment::Sponsored))
        .await;

    assert_eq!(sessions.untracked, 2);
    let ended = &sessions.all[0];
    assert_eq!((ended.status, ended.has_key), (SessionStatus::Superseded, false));
    let error = answer.err().ok_or("two sessions would end")?;
    assert!(
        matches!(error.kind(), ErrorKind::UntrackedSessions { grants: 2, .. }),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn grants_of_two_programs_on_one_store_take_turns() -> Outcome {
    let person = owner();
    let store = Arc::default();
    let programs = [(); 2].map(|()| client(person.clone(), &store));

    let granted = join_all(programs.iter().map(grant)).await;

    for granted in granted {
        granted?;
    }
    assert_eq!(ids(&programs[0]).await?.len(), 2);
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
            policy: 0,
            has_key: true
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
        matches!(
            chain.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::ForbiddenByChain { .. })
        ),
        "{chain:?}"
    );
    Ok(())
}

#[tokio::test]
async fn keys_lie_sealed_where_the_store_has_a_vault() -> Outcome {
    let store = Vaulted::new();
    let key = SessionKey::random()?;
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner()))
        .store(Arc::new(store.clone()));
    let request = CreateSession::new([mint_policy(client.address())]).key(key.clone());
    granted(&client, request.pay(Payment::Sponsored)).await?;

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
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(person))
        .store(Arc::new(sealed.clone()));

    let id = ids(&client).await?[0];

    let text = sealed.text(&name).await;
    assert!(text.contains("sealed"), "{text}");
    included(&client, mint_with(&client, id).await?).await?;
    Ok(())
}
