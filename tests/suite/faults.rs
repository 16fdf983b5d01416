//! Errors of a client whose services fail, lie or do not respond, and the consistency of its state afterwards.

use std::{sync::Arc, time::Duration};

use alloy::primitives::U256;
use devnet::{Fault, Service};
use serde_json::json;
use tokio::time::timeout;
use use_aa::{
    BiconomyV2, BundlerKind, Error, ErrorKind, MemoryStore, Services, SessionStore, SmartAccountClient,
    StoreError, WaitOptions,
    rpc::{self, Failure, Service as Asked},
};

use crate::support::{
    Kind, Outcome, enable, faulty::Faulty, fund_at, included, mint_to, owner, sponsored_grant, sponsored_mint,
};

/// A timeout that only a hanging call reaches.
const SOON: Duration = Duration::from_secs(25);

#[tokio::test]
async fn grant_or_first_use_whose_answer_is_lost_is_not_forgotten() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        // The bundler accepts the operation, but responds with the hash of another one.
        let other = format!("0x{}", "ab".repeat(32));
        faulty
            .fault(
                Fault::on(Service::Bundler, "eth_sendUserOperation")
                    .rewrite(&other)
                    .times(1),
            )
            .await?;

        let answer = enable(&client).await;

        let Err(ErrorKind::WrongHash { expected, found }) = answer.as_ref().map_err(Error::kind) else {
            return Err(format!("{answer:?}").into());
        };
        assert_eq!(found.to_string(), other);
        included(&client, *expected).await?;
        included(&client, client.use_session(sponsored_mint(&client)).await?).await?;
    }
    Ok(())
}

#[tokio::test]
async fn refused_grant_or_first_use_can_be_made_again_at_once() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        let refusal = Fault::on(Service::Bundler, "eth_sendUserOperation")
            .refusal(-32500, "AA21 too poor")
            .status(400);
        faulty.fault(refusal).await?;
        let refused = enable(&client).await;
        faulty.no_faults().await?;

        let again = timeout(SOON, enable(&client)).await??;

        assert!(refused.is_err_and(|error| error.code() == "refused.account_cannot_pay"));
        included(&client, again).await?;
        assert_eq!(client.pending_user_ops().await?, []);
    }
    Ok(())
}

#[tokio::test]
async fn damaged_record_is_replaced_only_when_that_was_said() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let store = Arc::new(MemoryStore::default());
        let client = kind
            .owned_by(kind.services_at(faulty.url()), owner())
            .store(store.clone());
        let key = kind.store_key(client.address());
        let damage = Box::new(|_: Option<String>| Ok(Some("<html>".to_owned())));
        store.update(&key, damage).await?;

        let unasked = client.create_session(sponsored_grant(&client)).await;
        let used = client.use_session(sponsored_mint(&client)).await;
        let replaced = client
            .create_session(sponsored_grant(&client).replace_unknown(true))
            .await?;

        for error in [unasked.err(), used.err()] {
            assert!(
                matches!(
                    error.as_ref().map(Error::kind),
                    Some(ErrorKind::Store(StoreError::Damaged(_)))
                ),
                "{error:?}"
            );
        }
        replaced.wait(1).await?;
        included(&client, client.use_session(sponsored_mint(&client)).await?).await?;
    }
    Ok(())
}

#[tokio::test]
async fn operation_that_costs_more_than_was_allowed_is_not_sent() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let services = kind.services_at(faulty.url()).most_cost(U256::from(1_000));
        let client = kind.owned_by(services, owner());
        fund_at(faulty.url(), client.address(), U256::from(10).pow(U256::from(18))).await?;

        let answer = client.send(mint_to(client.address()).into()).await;

        assert!(
            matches!(
                answer.as_ref().map_err(Error::kind),
                Err(ErrorKind::TooDear { .. })
            ),
            "{answer:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn sponsor_that_changes_the_operation_is_refused() -> Outcome {
    let faulty = Faulty::begin().await?;
    let table = [
        ("callData", json!("0xdeadbeef")),
        ("sender", json!(format!("0x{}", "11".repeat(20)))),
        ("maxFeePerGas", json!("0xffffffffff")),
        ("nonce", json!("0x1")),
        ("initCode", json!("0xdeadbeef")),
    ];

    for (field, value) in table {
        let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
        let change = json!({ field: value });
        faulty
            .fault(Fault::on(Service::Paymaster, "pm_sponsorUserOperation").merge(change))
            .await?;

        let answer = client.create_session(sponsored_grant(&client)).await;

        let Err(ErrorKind::Service(error)) = answer.as_ref().map_err(Error::kind) else {
            return Err(format!("{field}: {answer:?}").into());
        };
        assert_eq!(
            (error.service(), error.failure()),
            (Asked::Paymaster, &Failure::Changed(field))
        );
    }
    Ok(())
}

#[tokio::test]
async fn exorbitant_limits_and_fees_are_refused() -> Outcome {
    let faulty = Faulty::begin().await?;
    let huge = |field: &str, number: &str| json!({ field: number });
    let biconomy_fees = json!({"maxFeePerGas": "900000000000000000", "maxPriorityFeePerGas": "1"});
    for (kind, by, estimate, gas, price, fees) in [
        (
            Kind::BiconomyV2,
            Service::Paymaster,
            "pm_sponsorUserOperation",
            huge("callGasLimit", "9000000000000"),
            Fault::on(Service::Bundler, "biconomy_getGasFeeValues"),
            biconomy_fees,
        ),
        (
            Kind::Nexus,
            Service::Bundler,
            "eth_estimateUserOperationGas",
            huge("callGasLimit", "0x82f79cd9000"),
            Fault::on(Service::Node, "eth_getBlockByNumber"),
            huge("baseFeePerGas", "0xc7d713b49da0000"),
        ),
    ] {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        faulty.fault(Fault::on(by, estimate).merge(gas)).await?;
        let limits = enable(&client).await;
        faulty.fault(price.merge(fees)).await?;
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        let fees = client.send(mint_to(client.address()).into()).await;

        let by = match by {
            Service::Paymaster => rpc::Service::Paymaster,
            _ => rpc::Service::Bundler,
        };
        assert!(
            matches!(
                limits.as_ref().map_err(Error::kind),
                Err(ErrorKind::Excessive { service, .. }) if *service == by
            ),
            "{kind:?} {limits:?}"
        );
        // The bundler may refuse first, as no account has as much.
        let is_dear = |kind: &ErrorKind| match kind {
            ErrorKind::TooDear { .. } => true,
            ErrorKind::Service(error) => error.code() == "refused.account_cannot_pay",
            _ => false,
        };
        assert!(
            fees.as_ref().is_err_and(|error| is_dear(error.kind())),
            "{kind:?} {fees:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn service_on_another_chain_is_named() -> Outcome {
    let faulty = Faulty::begin().await?;
    let services = [
        (Service::Node, rpc::Service::Node),
        (Service::Bundler, rpc::Service::Bundler),
    ];
    for (kind, (wrong, service)) in Kind::ALL
        .into_iter()
        .flat_map(|kind| services.map(|it| (kind, it)))
    {
        let client = kind.owned_by(faulty.standard_services(), owner());
        faulty
            .fault(Fault::on(wrong, "eth_chainId").rewrite("0x1"))
            .await?;

        let answer = enable(&client).await;

        let expected = ErrorKind::WrongChain {
            service,
            expected: 80002,
            found: 1,
        };
        assert_eq!(answer.err(), Some(expected.into()), "{kind:?} {wrong:?}");
    }
    let other = Services::new(80002, "http://127.0.0.1:1/rpc")?
        .bundler(BundlerKind::BICONOMY, "http://127.0.0.1:1/api/v2/137/key");
    assert!(matches!(
        other.as_ref().map_err(Error::kind),
        Err(ErrorKind::WrongChain {
            service: rpc::Service::Bundler,
            found: 137,
            ..
        })
    ));
    Ok(())
}

#[tokio::test]
async fn wait_ends_when_the_caller_said_and_can_be_repeated() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        let hash = enable(&client).await?.hash();
        // Neither the bundler nor the node is available.
        faulty.fault(Fault::any().html(500)).await?;
        let failing = client
            .wait(hash, WaitOptions::default().timeout(Duration::from_secs(3)))
            .await;
        // No service responds, for far longer than the caller waits.
        faulty
            .fault(Fault::on(Service::Bundler, "*").delay(Duration::from_millis(15_000)))
            .await?;
        let given = WaitOptions::default().timeout(Duration::from_millis(300));
        let silent = timeout(SOON, client.wait(hash, given)).await?;

        assert!(
            matches!(
                failing.as_ref().map_err(Error::kind),
                Err(ErrorKind::TimedOut { last: Some(_), .. })
            ),
            "{failing:?}"
        );
        assert!(
            matches!(
                silent.as_ref().map_err(Error::kind),
                Err(ErrorKind::TimedOut { last: None, .. })
            ),
            "{silent:?}"
        );
        faulty.no_faults().await?;
        included(&client, hash).await?;
    }
    Ok(())
}

#[tokio::test]
async fn services_that_are_not_there_are_named() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let url = faulty.url();
        let services = Services::new(80002, &format!("{url}/rpc"))?
            .bundler(BundlerKind::STANDARD, "http://127.0.0.1:9/bundler")?;
        let client = kind.owned_by(services, owner());
        fund_at(url, client.address(), U256::from(10).pow(U256::from(18))).await?;

        let answer = client.send(mint_to(client.address()).into()).await;

        let Err(ErrorKind::Service(error)) = answer.as_ref().map_err(Error::kind) else {
            return Err(format!("{answer:?}").into());
        };
        assert_eq!(
            (error.service(), error.code()),
            (Asked::Bundler, "service.unreachable")
        );
    }
    Ok(())
}
