//! Operations that never reached a bundler, or that the bundler has lost.

use super::*;

/// Ages the entries of a store by a number of seconds.
async fn age(store: &MemoryStore, client: &SmartAccountClient, seconds: u64) -> Outcome {
    let older = Box::new(move |text: Option<String>| {
        let mut journal: Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        let ops = journal["ops"].as_array_mut().into_iter().flatten();
        for op in ops {
            op["sentAt"] = json!(op["sentAt"].as_u64().unwrap_or_default() - seconds);
        }
        Ok(Some(journal.to_string()))
    });
    let mut key = format!("use-aa:ops:80002:{}", client.address());
    if client.services().entry_point().version() == "0.7" {
        key += ":0.7";
    }
    Ok(store.update(&key, older).await?)
}

#[tokio::test]
async fn an_operation_that_never_reached_biconomys_bundler_is_told_as_dropped() -> Outcome {
    let faulty = Faulty::begin().await?;
    is_told_as_dropped(&faulty, Kind::BiconomyV2, faulty.services()).await
}

#[tokio::test]
async fn an_operation_that_never_reached_pimlicos_bundler_is_told_as_dropped() -> Outcome {
    let faulty = Faulty::begin().await?;
    let url = faulty.url();
    let pimlico = Services::new(80002, &format!("{url}/rpc"))?
        .bundler(BundlerKind::PIMLICO, &format!("{url}/bundler"))?
        .paymaster(use_aa::PaymasterKind::ERC7677, &format!("{url}/paymaster"))?;
    for kind in Kind::ALL {
        is_told_as_dropped(&faulty, kind, pimlico.clone()).await?;
    }
    Ok(())
}

async fn is_told_as_dropped(faulty: &Faulty, kind: Kind, services: Services) -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = kind.owned_by(services, owner()).store(store.clone());
    faulty.drop_next_send().await?;
    let failed = client.send(mint(&client)).await;
    let op = client.pending_user_ops().await?.remove(0);

    // The operation may still be in transit.
    let early = client
        .wait(op.hash, WaitOptions::default().timeout(5 * A_WHILE))
        .await;
    age(&store, &client, 300).await?;
    let late = timeout(SOON, client.wait(op.hash, 1)).await?;

    assert!(
        matches!(
            failed.as_ref().map_err(Error::kind),
            Err(ErrorKind::Unanswered { hash, .. }) if *hash == op.hash
        ),
        "{failed:?}"
    );
    assert!(
        matches!(
            early.as_ref().map_err(Error::kind),
            Err(ErrorKind::TimedOut { .. })
        ),
        "{early:?}"
    );
    let expected = ErrorKind::Dropped {
        hash: op.hash,
        nonce: op.nonce,
    };
    assert_eq!(late.err(), Some(expected.into()));
    // The operation may reappear, and can be sent again: with the same nonce only one is executed.
    assert_eq!(only(&client).await?, op.hash);
    let again = client.speed_up(SpeedUp::new(op.hash)).await?;
    included(&client, again.hash()).await?;
    assert_eq!(client.pending_user_ops().await?, []);
    // A later wait returns the same result.
    for _ in 0..2 {
        let replaced = timeout(SOON, client.wait(op.hash, 1)).await?;
        let expected = ErrorKind::Replaced {
            hash: op.hash,
            nonce: op.nonce,
            by: Some(again.hash()),
        };
        assert_eq!(replaced.err(), Some(expected.into()));
    }
    Ok(())
}

#[tokio::test]
async fn an_operation_that_was_lost_a_day_ago_is_forgotten() -> Outcome {
    let faulty = Faulty::begin().await?;
    let store = Arc::new(MemoryStore::default());
    let client = client(&faulty, &owner(), &store);
    faulty.drop_next_send().await?;
    client.send(mint(&client)).await.unwrap_err();
    let hash = only(&client).await?;
    age(&store, &client, 24 * 60 * 60).await?;

    let lost = timeout(SOON, client.wait(hash, 1)).await?;

    assert!(
        matches!(lost.as_ref().map_err(Error::kind), Err(ErrorKind::Dropped { .. })),
        "{lost:?}"
    );
    assert_eq!(client.pending_user_ops().await?, []);
    Ok(())
}

#[tokio::test]
async fn a_bundler_that_need_not_tell_what_waits_has_lost_nothing() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let store = Arc::new(MemoryStore::default());
        let client = kind
            .owned_by(faulty.standard_services(), owner())
            .store(store.clone());
        faulty.drop_next_send().await?;
        client.send(mint(&client)).await.unwrap_err();
        let hash = only(&client).await?;
        age(&store, &client, 300).await?;

        let answer = client
            .wait(hash, WaitOptions::default().timeout(10 * A_WHILE))
            .await;

        assert!(
            matches!(
                answer.as_ref().map_err(Error::kind),
                Err(ErrorKind::TimedOut { .. })
            ),
            "{answer:?}"
        );
        let again = client.speed_up(SpeedUp::new(hash)).await?;
        included(&client, again).await?;
        assert_eq!(client.pending_user_ops().await?, []);
    }
    Ok(())
}
