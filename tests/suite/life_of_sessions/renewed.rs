//! Sessions that are renewed with another key or a later expiry.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use alloy::primitives::{Address, U256};
use use_aa::{
    CreateSession, Error as AccountError, ErrorKind, Interval, Payment, Policy, RenewSession, Request,
    SessionKey, SessionStatus, UseSession,
};

use super::{client, ids, mint_with, revoke, statuses};
use crate::support::{HOUR, Outcome, balance, grant, granted, included, mint_policy, mint_to, owner};

#[tokio::test]
async fn renewed_session_goes_on_under_a_fresh_key() -> Outcome {
    let client = client(owner(), &Arc::default());
    grant(&client).await?;
    grant(&client).await?;
    let [other, old] = ids(&client).await?[..] else {
        return Err("there are two sessions".into());
    };

    let lasting = Duration::from_secs(7_200);
    let request = RenewSession::new(old).lasting(lasting);
    let before = UNIX_EPOCH.elapsed()? + lasting;
    let sent = client
        .renew_session(request.pay(Payment::Sponsored))
        .await?
        .into_user_op()
        .unwrap();
    let after = UNIX_EPOCH.elapsed()? + lasting;
    included(&client, sent).await?;

    let sessions = client.sessions().await?;
    let [kept, new] = &sessions.active()[..] else {
        return Err(format!("{sessions:?}").into());
    };
    assert_eq!(kept.id, other);
    assert_ne!(new.id, old);
    let end = new.permissions[0].interval().valid_until;
    assert!((before.as_secs()..=after.as_secs()).contains(&end), "{end}");
    for id in [kept.id, new.id] {
        included(&client, mint_with(&client, id).await?).await?;
    }
    assert_eq!(
        mint_with(&client, old).await.err(),
        Some(ErrorKind::NotActive(old).into())
    );
    let stranger = Address::repeat_byte(7);
    let unknown = client.renew_session(RenewSession::new(stranger)).await;
    assert_eq!(unknown.err(), Some(ErrorKind::NotActive(stranger).into()));
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
    granted(&client, request).await?;
    let expired = client.sessions().await?;

    let request = RenewSession::new(expired.all[0].id()).pay(Payment::Sponsored);
    included(
        &client,
        client.renew_session(request).await?.into_user_op().unwrap(),
    )
    .await?;

    assert_eq!(expired.all[0].status, SessionStatus::Expired);
    assert_eq!(expired.active(), []);
    included(&client, mint_with(&client, ids(&client).await?[0]).await?).await?;
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
    let sent = there
        .create_session(replace.pay(Payment::Sponsored))
        .await?
        .into_user_op()
        .unwrap();
    included(&there, sent).await?;

    let renew = RenewSession::new(old).pay(Payment::Sponsored);
    let refused = here.renew_session(renew.clone()).await;
    let sent = here
        .renew_session(renew.replace_unknown(true))
        .await?
        .into_user_op()
        .unwrap();
    included(&here, sent).await?;

    let refused = refused.err().ok_or("a session would end")?;
    assert!(
        matches!(refused.kind(), ErrorKind::UntrackedSessions { grants: 1, .. }),
        "{refused:?}"
    );
    included(&here, mint_with(&here, ids(&here).await?[0]).await?).await?;
    assert!(ids(&there).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn remote_signer_is_granted_what_it_has_and_nothing_that_was_revoked() -> Outcome {
    let client = client(owner(), &Arc::default());
    let signer = SessionKey::random()?;
    let (mint, other) = (
        mint_policy(client.address()),
        Policy::new(Address::repeat_byte(7), [9; 4]),
    );
    let create = |policy: Policy| {
        let request = CreateSession::new([policy]).lasting(HOUR).signer(&signer);
        client.create_session(request.pay(Payment::Sponsored))
    };
    included(&client, create(other).await?.into_user_op().unwrap()).await?;
    let sent = client.revoke_session(revoke([signer.address()])).await?;
    included(&client, sent).await?;
    included(&client, create(mint.clone()).await?.into_user_op().unwrap()).await?;

    for _ in 0..2 {
        let request = RenewSession::new(signer.address()).signer(&signer);
        let sent = client
            .renew_session(request.pay(Payment::Sponsored))
            .await?
            .into_user_op()
            .unwrap();
        included(&client, sent).await?;
    }

    let sessions = client.sessions().await?;
    let [record] = &sessions.all[..] else {
        return Err(format!("{sessions:?}").into());
    };
    let renewed = record.session.permissions[0].interval();
    let expected = mint.interval(renewed).into();
    assert_eq!(
        record.session.permissions,
        [expected],
        "granted once, and nothing else"
    );
    let request = UseSession::new(mint_to(client.address())).signer(signer);
    let hash = client.use_session(request.pay(Payment::Sponsored)).await?;
    included(&client, hash).await?;
    assert_eq!(balance(client.address()).await?, U256::from(1));
    Ok(())
}

#[tokio::test]
async fn session_that_begins_later_is_scheduled_and_still_begins_then_when_it_is_renewed() -> Outcome {
    let client = client(owner(), &Arc::default());
    let begin = std::time::UNIX_EPOCH.elapsed()?.as_secs() + 600;
    let later = mint_policy(client.address()).interval(Interval {
        valid_after: begin,
        valid_until: begin + 60,
    });
    let request = CreateSession::new([later]).pay(Payment::Sponsored);
    granted(&client, request).await?;
    let granted = client.sessions().await?;

    let request = RenewSession::new(granted.all[0].id()).lasting(HOUR);
    let sent = client
        .renew_session(request.pay(Payment::Sponsored))
        .await?
        .into_user_op()
        .unwrap();
    included(&client, sent).await?;

    let expected = [SessionStatus::Revoked, SessionStatus::Scheduled];
    assert_eq!(statuses(&client).await?, expected);
    let sessions = client.sessions().await?;
    let renewed = Interval {
        valid_after: begin,
        valid_until: begin + 3_600,
    };
    assert_eq!(sessions.all[1].session.permissions[0].interval(), renewed);
    assert_eq!((granted.active(), sessions.active()), (vec![], vec![]));
    assert!(!sessions.allow(&mint_to(client.address())).is_allowed());
    let early = mint_with(&client, sessions.all[1].id()).await;
    assert!(
        matches!(
            early.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Forbidden(_))
        ),
        "{early:?}"
    );
    Ok(())
}
