//! Accounts on the local chain: deployment, withdrawals, transfer of ownership.

use alloy::primitives::{Address, U256, address};
use devnet::{Fault, Service};
use serde_json::json;
use use_aa::{
    Asset, Balance, BiconomyV2, Call, Contracts, CreateSession, Deploy, Error as AccountError, ErrorKind,
    Guards, Payment, Policy, Request, SendTransaction, SmartAccountClient, Withdraw,
    account::biconomy_v2 as account, permission::PolicyError, rpc::Refusal,
};

use crate::support::{
    Dialect, HOUR, Outcome, balance, faulty::Faulty, fund, fund_at, give_tokens, granted, included, mint_to,
    node, owner, token, tokens,
};

const PAYMENTS: [Payment; 2] = [Payment::Own, Payment::Sponsored];

fn coin() -> U256 {
    U256::from(10).pow(U256::from(18))
}

fn somebody() -> Address {
    owner().address()
}

#[tokio::test]
async fn account_is_deployed_once_however_it_is_paid_for() -> Outcome {
    for dialect in Dialect::ALL {
        for payment in PAYMENTS {
            let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
            fund(client.address(), coin()).await?;
            assert!(!client.is_deployed().await?);

            included(&client, client.deploy(Deploy::default().pay(payment)).await?).await?;

            assert!(client.is_deployed().await?, "{dialect:?} {payment:?}");
            let again = client.deploy(Deploy::default().pay(payment)).await;
            assert_eq!(again.err(), Some(ErrorKind::AlreadyDeployed.into()));
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_owner_has_several_accounts() -> Outcome {
    let owner = owner();
    let services = Dialect::Standard.services();
    let accounts = [0, 1, 7].map(|index| {
        SmartAccountClient::new(services.clone(), BiconomyV2::owned_by(owner.clone())).index(index)
    });
    let accounts = accounts.into_iter().collect::<Result<Vec<_>, _>>()?;

    for client in &accounts {
        let mint = SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);
        included(client, client.send(mint).await?).await?;
    }

    for client in &accounts {
        assert_eq!(balance(client.address()).await?, U256::from(1));
    }
    assert_eq!(
        accounts[0].address(),
        SmartAccountClient::new(services, BiconomyV2::owned_by(owner)).address()
    );
    Ok(())
}

#[tokio::test]
async fn amounts_go_to_the_owner_in_one_operation() -> Outcome {
    for payment in PAYMENTS {
        let owner = owner();
        let client =
            SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner.clone()));
        fund(client.address(), coin()).await?;
        give_tokens(client.address(), 100).await?;

        let request = Withdraw::new()
            .amount(Asset::Token(token()), U256::from(30))
            .amount(Asset::Native, U256::from(5))
            .pay(payment);
        included(&client, client.withdraw(request).await?).await?;

        assert_eq!(tokens(owner.address()).await?, U256::from(30), "{payment:?}");
        assert_eq!(tokens(client.address()).await?, U256::from(70));
        assert_eq!(node().balance(owner.address()).await?, U256::from(5));
    }
    Ok(())
}

#[tokio::test]
async fn everything_goes_to_somebody_else_but_what_gas_costs() -> Outcome {
    for dialect in Dialect::ALL {
        for payment in PAYMENTS {
            for is_deployed in [false, true] {
                let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
                fund(client.address(), coin()).await?;
                give_tokens(client.address(), 100).await?;
                if is_deployed {
                    included(&client, client.deploy(Deploy::default()).await?).await?;
                }
                let (had, to) = (node().balance(client.address()).await?, somebody());

                let request = Withdraw::new()
                    .all(Asset::Native)
                    .all(Asset::Token(token()))
                    .to(to)
                    .pay(payment);
                included(&client, client.withdraw(request).await?).await?;

                let assets = [Asset::Native, Asset::Token(token())];
                let left = client
                    .balances(assets)
                    .await?
                    .into_iter()
                    .map(|balance| balance.amount);
                assert_eq!(
                    left.collect::<Vec<_>>(),
                    [U256::ZERO; 2],
                    "{dialect:?} {payment:?}"
                );
                assert_eq!(tokens(to).await?, U256::from(100));
                let got = node().balance(to).await?;
                match payment {
                    Payment::Sponsored => assert_eq!(got, had),
                    // Excess prefunding of an earlier operation stays in the entry point's deposit, and may pay for
                    // this one.
                    _ => assert!(got <= had && got > had / U256::from(2), "{got} of {had}"),
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_not_withdrawn() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    let native = |amount: u64| {
        Withdraw::new()
            .amount(Asset::Native, U256::from(amount))
            .pay(Payment::Sponsored)
    };
    let all = || Withdraw::new().all(Asset::Native).all(Asset::Token(token()));
    assert_eq!(
        client.withdraw(all()).await.err(),
        Some(ErrorKind::NothingToWithdraw.into())
    );
    assert_eq!(
        client.withdraw(Withdraw::new()).await.err(),
        Some(ErrorKind::NothingToWithdraw.into())
    );
    fund(client.address(), U256::from(7)).await?;

    let more = client.withdraw(native(8)).await;
    let dust = client.withdraw(all()).await;

    let (asset, wanted, held) = (Asset::Native, U256::from(8), U256::from(7));
    assert_eq!(
        more.err(),
        Some(ErrorKind::NotEnough { asset, wanted, held }.into())
    );
    assert!(dust.is_err(), "seven wei pay for no gas: {dust:?}");
    assert_eq!(
        client
            .balances([asset])
            .await?
            .first()
            .map(|balance: &Balance| balance.amount),
        Some(held)
    );
    Ok(())
}

#[tokio::test]
async fn modules_are_enabled_and_disabled() -> Outcome {
    const ECDSA: Address = address!("0000001c5b32F37F5beA87BDD5374eB2aC54eA8e");
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner()));
    assert_eq!(client.modules().await?, [ECDSA]);
    let modules = [somebody(), somebody()];

    for module in modules {
        included(&client, client.enable_module(module, Payment::Sponsored).await?).await?;
    }
    assert_eq!(client.modules().await?, [modules[1], modules[0], ECDSA]);
    let policy = |contract| Policy::new(contract, [1, 2, 3, 4]);
    let request = |guards: Guards| {
        let policies = [policy(somebody()), policy(modules[0])];
        let request = CreateSession::new(policies).lasting(HOUR).guards(guards);
        request.pay(Payment::Sponsored)
    };
    let refused = client.create_session(request(Guards::new())).await;
    let expected = PolicyError::RefusedTarget {
        permission: 1,
        target: modules[0],
        what: "a module of the account",
    };
    assert_eq!(refused.err(), Some(expected.into()));
    let allowed = request(Guards::new().allow_target(modules[0]));
    granted(&client, allowed).await?;
    let manager = Contracts::BICONOMY.session_key_manager;
    included(&client, client.disable_module(manager, Payment::Sponsored).await?).await?;
    for module in modules {
        included(&client, client.disable_module(module, Payment::Sponsored).await?).await?;
    }

    assert_eq!(client.modules().await?, [ECDSA]);
    let gone = client.disable_module(modules[0], Payment::Sponsored).await;
    assert_eq!(gone.err(), Some(ErrorKind::NoSuchModule(modules[0]).into()));
    Ok(())
}

#[tokio::test]
async fn account_that_is_given_away_obeys_its_new_owner_alone() -> Outcome {
    let (first, second) = (owner(), owner());
    let services = Dialect::Standard.services();
    let client = SmartAccountClient::new(services.clone(), BiconomyV2::owned_by(first));
    let mint = || SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);
    for nobody in [Address::ZERO, client.address()] {
        let refused = client.transfer_ownership(nobody, Payment::Sponsored).await;
        assert_eq!(refused.err(), Some(ErrorKind::NoSuchOwner(nobody).into()));
    }

    included(
        &client,
        client
            .transfer_ownership(second.address(), Payment::Sponsored)
            .await?,
    )
    .await?;

    let heir = SmartAccountClient::new(services, BiconomyV2::at_with_owner(client.address(), second));
    included(&heir, heir.send(mint()).await?).await?;
    let refused = client.send(mint()).await;
    let Err(ErrorKind::Service(error)) = refused.as_ref().map_err(AccountError::kind) else {
        panic!("the first owner was obeyed: {refused:?}");
    };
    assert!(
        error.refusal().is_some_and(Refusal::is_about_signature),
        "{error}"
    );
    assert_eq!(balance(client.address()).await?, U256::from(1));
    Ok(())
}

/// Covers bundlers that estimate a plain transaction: without code at the account, the node returns only the cost of
/// the bytes.
#[tokio::test]
async fn a_first_operation_does_what_it_should_although_gas_was_estimated_for_no_code() -> Outcome {
    let faulty = Faulty::begin().await?;
    let gas = |calls: &[Call]| {
        let bytes = account::call_data(calls);
        let price = bytes.iter().map(|byte| if *byte == 0 { 4 } else { 16 });
        21_000 + price.sum::<u64>()
    };
    for services in [faulty.services(), faulty.standard_services()] {
        for payment in PAYMENTS {
            let client = SmartAccountClient::new(services.clone(), BiconomyV2::owned_by(owner()));
            fund_at(faulty.url(), client.address(), coin()).await?;
            let mint = mint_to(client.address());
            let estimated = gas(std::slice::from_ref(&mint));
            let limits = json!({ "callGasLimit": format!("{estimated:#x}") });
            faulty
                .faults([
                    Fault::on(Service::Bundler, "eth_estimateUserOperationGas").merge(limits.clone()),
                    Fault::on(Service::Paymaster, "pm_sponsorUserOperation")
                        .merge(limits)
                        .times(1),
                ])
                .await?;

            let sent = client.send(SendTransaction::from(mint).pay(payment)).await?;
            faulty.no_faults().await?;

            assert!(included(&client, sent).await?.success, "{payment:?}");
        }
    }
    Ok(())
}
