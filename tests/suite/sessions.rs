//! Sessions on the local chain, from the grant to the mint.

use std::{error::Error, pin::pin, sync::Arc, time::Duration};

use alloy::primitives::{Address, U256};
use futures::future::{Either, select};
use use_aa::{
    BiconomyV2, CreateSession, Error as AccountError, ErrorKind, Guards, Interval, MemoryStore, OwnerError,
    Payment, Request, SendTransaction, SessionKey, SmartAccountClient, UseSession, Violation,
    session::merkle::{Ledger, store_key},
};

use crate::support::{
    Dialect, Mood, Moody, Outcome, balance, fund, grant, granted, included, mint_policy, mint_to, owner,
};

fn sponsored_mint(recipient: Address) -> UseSession {
    UseSession::new(mint_to(recipient)).pay(Payment::Sponsored)
}

async fn mint(client: &SmartAccountClient) -> Result<(), Box<dyn Error>> {
    let hash = client.use_session(sponsored_mint(client.address())).await?;
    included(client, hash).await?;
    Ok(())
}

#[tokio::test]
async fn session_is_granted_once_and_mints_without_the_owner() -> Outcome {
    for dialect in Dialect::ALL {
        let store = Arc::new(MemoryStore::default());
        let client =
            SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner())).store(store.clone());
        grant(&client).await?;

        let later =
            SmartAccountClient::new(dialect.services(), BiconomyV2::at(client.address())).store(store);
        mint(&later).await?;
        mint(&later).await?;

        assert_eq!(balance(client.address()).await?, U256::from(2), "{dialect:?}");
    }
    Ok(())
}

#[tokio::test]
async fn account_pays_for_itself() -> Outcome {
    for dialect in Dialect::ALL {
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
        fund(client.address(), U256::from(10).pow(U256::from(18))).await?;

        let request = CreateSession::new([mint_policy(client.address())]);
        let receipt = granted(&client, request).await?;
        let minted = client
            .use_session(UseSession::new(mint_to(client.address())))
            .await?;
        included(&client, minted).await?;

        assert_eq!(receipt.paymaster, None);
        assert_eq!(balance(client.address()).await?, U256::from(1), "{dialect:?}");
    }
    Ok(())
}

#[tokio::test]
async fn second_session_leaves_the_first_one_working() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    grant(&client).await?;
    grant(&client).await?;

    let sessions = client.sessions().await?.active();

    assert_eq!(sessions.len(), 2);
    for session in sessions {
        let request = sponsored_mint(client.address()).session(session.id);
        included(&client, client.use_session(request).await?).await?;
    }
    assert_eq!(balance(client.address()).await?, U256::from(2));
    Ok(())
}

#[tokio::test]
async fn sessions_granted_at_the_same_time_both_work() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner()));

    let (first, second) = futures::join!(grant(&client), grant(&client));
    first?;
    second?;

    assert_eq!(client.sessions().await?.active().len(), 2);
    Ok(())
}

#[tokio::test]
async fn refused_grant_leaves_earlier_sessions_working() -> Outcome {
    let person = Moody::new();
    let store = Arc::new(MemoryStore::default());
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(person.clone()))
        .store(store.clone());
    grant(&client).await?;
    person.be(Mood::Refusing);

    let request = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    let refused = client.create_session(request).await;

    assert_eq!(refused.err(), Some(ErrorKind::Owner(OwnerError::Rejected).into()));
    mint(&client).await?;
    person.be(Mood::Willing);
    grant(&client).await?;
    assert_eq!(
        client.sessions().await?.active().len(),
        2,
        "the refused key became no part of the next tree"
    );
    Ok(())
}

#[tokio::test]
async fn refused_grant_of_a_key_leaves_its_earlier_session_working() -> Outcome {
    let person = Moody::new();
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(person.clone()));
    let key = SessionKey::random()?;
    let policy = mint_policy(client.address());
    let wider = policy.clone().value_limit_per_call(1);
    let grant = |policy| {
        CreateSession::new([policy])
            .key(key.clone())
            .pay(Payment::Sponsored)
    };
    granted(&client, grant(policy.clone())).await?;
    person.be(Mood::Refusing);

    for again in [policy, wider] {
        let refused = client.create_session(grant(again)).await;
        assert_eq!(refused.err(), Some(ErrorKind::Owner(OwnerError::Rejected).into()));
    }

    mint(&client).await
}

#[tokio::test]
async fn wallet_that_never_answers_does_not_block_the_next_grant() -> Outcome {
    let person = Moody::new();
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(person.clone()));
    person.be(Mood::Silent);
    let request = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    let unanswered = client.create_session(request);
    let next = async {
        // The first grant reaches the wallet prompt before the owner stops responding.
        person.was_asked().await;
        person.be(Mood::Willing);
        grant(&client).await
    };

    let unanswered = pin!(unanswered);
    let next = pin!(next);
    match select(unanswered, next).await {
        Either::Left((answer, _)) => return Err(format!("the silent wallet answered: {answer:?}").into()),
        Either::Right((granted, _)) => granted?,
    };

    mint(&client).await
}

#[tokio::test]
async fn forbidden_call_is_not_sent() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    grant(&client).await?;
    let stranger = Address::repeat_byte(7);

    let answer = client.use_session(sponsored_mint(stranger)).await;

    assert!(
        matches!(
            answer.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Forbidden(violation)) if matches!(**violation, Violation::Rule { number: 0, .. })
        ),
        "{answer:?}"
    );
    Ok(())
}

#[tokio::test]
async fn forbidden_call_that_is_sent_is_refused_by_the_chain() -> Outcome {
    for dialect in Dialect::ALL {
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
        grant(&client).await?;
        let stranger = owner().address();

        let answer = client.use_session(sponsored_mint(stranger).unchecked()).await;

        let Err(ErrorKind::ForbiddenByChain { violation, source }) =
            answer.as_ref().map_err(AccountError::kind)
        else {
            return Err(format!("{dialect:?}: {answer:?}").into());
        };
        assert!(
            matches!(**violation, Violation::Rule { number: 0, .. }),
            "{violation:?}"
        );
        let revert = source.refusal().and_then(|refusal| refusal.revert.clone());
        assert_eq!(revert.as_deref(), Some("ABISV Arg Rule Violated"), "{dialect:?}");
        assert_eq!(balance(stranger).await?, U256::ZERO);
    }
    Ok(())
}

#[tokio::test]
async fn session_outside_its_interval_is_refused_here_and_by_the_chain() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    let tomorrow = Interval {
        valid_after: Interval::lasting(Duration::from_secs(86_400)).valid_until,
        valid_until: 0,
    };
    let policy = mint_policy(client.address()).interval(tomorrow);
    let request = CreateSession::new([policy])
        .guards(Guards::new().without_end())
        .pay(Payment::Sponsored);
    granted(&client, request).await?;

    let checked = client.use_session(sponsored_mint(client.address())).await;
    let unchecked = client
        .use_session(sponsored_mint(client.address()).unchecked())
        .await;

    assert!(
        matches!(
            checked.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Forbidden(violation)) if matches!(**violation, Violation::Interval { .. })
        ),
        "{checked:?}"
    );
    let Err(ErrorKind::ForbiddenByChain { violation, source }) =
        unchecked.as_ref().map_err(AccountError::kind)
    else {
        return Err(format!("{unchecked:?}").into());
    };
    assert!(matches!(**violation, Violation::Interval { .. }), "{violation:?}");
    let code = source.refusal().map(|refusal| refusal.code);
    assert_eq!(
        code,
        Some(-32503),
        "the code of ERC-7769 for a time that has not come: {source:?}"
    );
    Ok(())
}

#[tokio::test]
async fn sessions_of_another_device_are_not_ended_unasked() -> Outcome {
    let person = owner();
    let here = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(person.clone()));
    let there = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(person));
    grant(&there).await?;

    let request = CreateSession::new([mint_policy(here.address())]).pay(Payment::Sponsored);
    let answer = here.create_session(request.clone()).await;

    assert!(
        matches!(
            answer.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::UntrackedSessions { .. })
        ),
        "{answer:?}"
    );
    mint(&there).await?;
    let replaced = here
        .create_session(request.replace_unknown(true))
        .await?
        .into_user_op()
        .unwrap();
    included(&here, replaced).await?;
    mint(&here).await?;
    assert_eq!(there.sessions().await?.active(), []);
    let ended = there.use_session(sponsored_mint(there.address())).await;
    assert_eq!(ended.err(), Some(ErrorKind::NoSession.into()));
    Ok(())
}

#[tokio::test]
async fn grant_that_the_sponsor_refuses_leaves_nothing_behind() -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()))
        .store(store.clone());
    // No payer: the account has no coins.
    let request = CreateSession::new([mint_policy(client.address())]);

    let answer = client.create_session(request).await;

    assert!(
        matches!(
            answer.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Service(_))
        ),
        "{answer:?}"
    );
    let key = store_key(80002, client.address());
    let text = use_aa::SessionStore::read(&*store, &key).await?;
    let empty = Ledger::default().to_text();
    assert_eq!(text, Some(empty));
    Ok(())
}

#[tokio::test]
async fn owner_sends_calls_without_a_session() -> Outcome {
    for dialect in Dialect::ALL {
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
        let calls = [mint_to(client.address()), mint_to(client.address())];

        let hash = client
            .send(SendTransaction::new(calls).pay(Payment::Sponsored))
            .await?;
        let receipt = included(&client, hash).await?;
        let again = client
            .send(SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored))
            .await?;
        included(&client, again).await?;

        assert_eq!(receipt.sender, client.address());
        assert_eq!(balance(client.address()).await?, U256::from(3), "{dialect:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_needs_the_owner_says_so() -> Outcome {
    let client = SmartAccountClient::new(
        Dialect::Standard.services(),
        BiconomyV2::at(Address::repeat_byte(1)),
    );

    let created = client
        .create_session(CreateSession::new([mint_policy(client.address())]))
        .await;
    let sent = client.send(mint_to(client.address()).into()).await;
    let used = client.use_session(sponsored_mint(client.address())).await;

    assert_eq!(created.err(), Some(ErrorKind::NoOwner.into()));
    assert_eq!(sent.err(), Some(ErrorKind::NoOwner.into()));
    assert_eq!(used.err(), Some(ErrorKind::NoSession.into()));
    Ok(())
}
