//! State that has changed unseen, which is noticed while an operation is built on the state of before.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_has_changed_unseen_is_noticed_while_it_is_built_on() -> Outcome {
    for dialect in [Dialect::Standard, Dialect::Biconomy] {
        let world = slow(dialect);
        let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
        let here = fresh(&world, &owner, &store).await?;
        let there = fresh(&world, &owner, &store).await?;
        let grant = || CreateSession::new([mint_policy(here.address())]).pay(Payment::Sponsored);
        let use_it = || UseSession::new(mint_to(here.address())).pay(Payment::Sponsored);

        // Each client has the account's state from before the other's operation.
        granted(&here, grant()).await?;
        granted(&there, grant().for_batches(true)).await?;
        granted(&here, grant()).await?;
        included(&there, there.send(mint(&there).pay(Payment::Sponsored)).await?).await?;

        assert_eq!(here.sessions().await?.active().len(), 3, "{dialect:?}");
        let both = [mint_to(here.address()), mint_to(here.address())];
        let batch = UseSession::new(both).pay(Payment::Sponsored);
        included(&here, here.use_session(use_it()).await?).await?;
        included(&here, here.use_session(batch).await?).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_deployment_by_another_client_is_noticed_while_it_is_built_on() -> Outcome {
    let world = slow(Dialect::Biconomy);
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let here = fresh(&world, &owner, &store).await?;
    let there = fresh(&world, &owner, &store).await?;
    let deploy = || Deploy::default().pay(Payment::Sponsored);
    included(&there, there.deploy(deploy()).await?).await?;

    let again = here.deploy(deploy()).await;
    let twice = there.deploy(deploy()).await;
    let later = SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner));
    later.warm().await?;
    let once_more = later.deploy(deploy()).await;

    assert_eq!(again.err(), Some(ErrorKind::AlreadyDeployed.into()));
    assert_eq!(twice.err(), Some(ErrorKind::AlreadyDeployed.into()));
    assert_eq!(once_more.err(), Some(ErrorKind::AlreadyDeployed.into()));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_module_disabled_by_another_client_is_enabled_again() -> Outcome {
    let world = slow(Dialect::Biconomy);
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let here = fresh(&world, &owner, &store).await?;
    let there = fresh(&world, &owner, &store).await?;
    let grant = || CreateSession::new([mint_policy(here.address())]).pay(Payment::Sponsored);
    granted(&here, grant()).await?;
    let manager = Contracts::BICONOMY.session_key_manager;
    let sent = there.disable_module(manager, Payment::Sponsored).await?;
    included(&there, sent).await?;

    granted(&here, grant()).await?;

    assert!(here.modules().await?.contains(&manager));
    let mint = UseSession::new(mint_to(here.address())).pay(Payment::Sponsored);
    included(&here, here.use_session(mint).await?).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn coins_that_came_or_went_unseen_are_noticed_while_a_withdrawal_is_built() -> Outcome {
    for payment in [Payment::Own, Payment::Sponsored] {
        let world = slow(Dialect::Biconomy);
        let client = SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner()));
        world.fund(client.address(), coin());
        client.warm().await?;
        client.balances([Asset::Native]).await?;
        world.fund(client.address(), coin() >> 1);

        let too_much = Withdraw::new().amount(Asset::Native, coin()).pay(payment);
        let refused = client.withdraw(too_much).await;
        client.balances([Asset::Native]).await?;
        world.fund(client.address(), coin());
        let all = Withdraw::new().all(Asset::Native).pay(payment);
        included(&client, client.withdraw(all).await?).await?;

        assert!(
            matches!(
                refused.as_ref().map_err(AccountError::kind),
                Err(ErrorKind::NotEnough { .. })
            ),
            "{payment:?} {refused:?}"
        );
        let left = client.balances([Asset::Native]).await?[0].amount;
        assert!(left.is_zero(), "{payment:?} {left}");
    }
    Ok(())
}
