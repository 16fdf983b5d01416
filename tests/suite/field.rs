//! Answers of public services with which other dapps have failed.

mod log_search;

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use alloy::primitives::{Address, U256};
use devnet::{Fault, Service};
use serde_json::{Value, json};
use use_aa::{
    Asset, BiconomyV2, BundlerKind, EntryPoint, ErrorKind, Payment, Request, SendTransaction, Services,
    SmartAccountClient, TokenPayment, UseSession, WaitOptions, Withdraw,
    rpc::{Bundler, Http, Node},
};

use crate::support::{
    Dialect, Outcome, SOON,
    bent::{Bent, answered, number, refused},
    faulty::{Faulty, request},
    fund_at, give_tokens, grant, included, mint_to, owner, token, tokens,
};

/// Returns the services of a namespace with a bundler of the given kind.
fn with_bundler(
    faulty: &Faulty,
    kind: BundlerKind,
    bundler: Bent,
) -> Result<Services, Box<dyn std::error::Error>> {
    let node = faulty.node()?;
    let bundler = Bundler::over(kind, bundler, EntryPoint::v0_6(80_002));
    Ok(Services::over(node, bundler, None))
}

/// Returns a client with coins.
async fn rich(faulty: &Faulty, services: Services) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let client = SmartAccountClient::new(services, BiconomyV2::owned_by(owner()));
    fund_at(faulty.url(), client.address(), U256::from(10).pow(U256::from(19))).await?;
    Ok(client)
}

fn mint(client: &SmartAccountClient) -> SendTransaction {
    SendTransaction::from(mint_to(client.address()))
}

#[tokio::test]
async fn fees_that_are_refused_are_asked_for_again_once() -> Outcome {
    let faulty = Faulty::begin().await?;
    let gwei = 1_000_000_000_u64;
    let says_max: fn(u64) -> (i64, String) =
        |least| (-32602, format!("maxFeePerGas must be at least {least}"));
    let says_tip: fn(u64) -> (i64, String) = |least| {
        (
            -32000,
            format!("precheck failed: maxPriorityFeePerGas is 1 but must be at least {least}"),
        )
    };
    let says_little: fn(u64) -> (i64, String) = |_| (-32602, "transaction underpriced".to_owned());
    for (kind, field, says) in [
        (BundlerKind::PIMLICO, "maxFeePerGas", says_max),
        (BundlerKind::STANDARD, "maxPriorityFeePerGas", says_tip),
        (BundlerKind::STANDARD, "maxPriorityFeePerGas", says_little),
    ] {
        let (least, sends) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
        let (floor, count) = (Arc::clone(&least), Arc::clone(&sends));
        let bundler = Bent::new(&format!("{}/bundler", faulty.url()), move |method, params| {
            if method != "eth_sendUserOperation" {
                return None;
            }
            count.fetch_add(1, Ordering::Relaxed);
            let offered = number(params.first()?.get(field)?);
            let _ = floor.compare_exchange(0, offered + offered / 5, Ordering::Relaxed, Ordering::Relaxed);
            let least = floor.load(Ordering::Relaxed);
            let (code, text) = says(least);
            if offered < least {
                refused(code, &text)
            } else {
                None
            }
        })?;
        let client = rich(&faulty, with_bundler(&faulty, kind, bundler)?).await?;

        let sent = client.send(mint(&client)).await?;
        included(&client, sent).await?;
        // What was learned holds for the next one.
        let next = client.send(mint(&client)).await?;
        included(&client, next).await?;

        assert_eq!(sends.load(Ordering::Relaxed), 3, "{field}");
        assert_eq!(crate::support::balance(client.address()).await?, U256::from(2));
        assert!(least.load(Ordering::Relaxed) < 100 * gwei);
    }
    Ok(())
}

#[tokio::test]
async fn account_pays_if_the_paymasters_contract_cannot() -> Outcome {
    for (method, message) in [
        ("eth_estimateUserOperationGas", "AA31 paymaster deposit too low"),
        ("eth_sendUserOperation", "AA31 paymaster deposit too low"),
        ("eth_sendUserOperation", "AA33 reverted: not today"),
    ] {
        let faulty = Faulty::begin().await?;
        let client = rich(&faulty, faulty.standard_services()).await?;
        faulty
            .fault(
                Fault::on(Service::Bundler, method)
                    .refusal(-32501, message)
                    .times(1),
            )
            .await?;

        let sent = client.send(mint(&client).pay(Payment::SponsoredOrOwn)).await?;
        let receipt = included(&client, sent).await?;

        assert_eq!(receipt.paymaster, None, "{method} {message}");
        assert_eq!(crate::support::balance(client.address()).await?, U256::from(1));
    }
    Ok(())
}

#[tokio::test]
async fn pre_verification_gas_that_is_refused_is_estimated_again() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = rich(&faulty, faulty.standard_services()).await?;
    let low = Fault::on(Service::Bundler, "eth_sendUserOperation").refusal(
        -32000,
        "precheck failed: preVerificationGas is 46960 but must be at least 47104",
    );
    faulty.fault(low.times(1)).await?;

    included(&client, client.send(mint(&client)).await?).await?;

    assert_eq!(faulty.calls("eth_estimateUserOperationGas").await?, 2);
    assert_eq!(crate::support::balance(client.address()).await?, U256::from(1));
    Ok(())
}

#[tokio::test]
async fn session_mints_at_higher_fees_and_once() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    grant(&client).await?;
    let low = Fault::on(Service::Bundler, "eth_sendUserOperation")
        .refusal(-32602, "maxFeePerGas must be at least 9000000000");
    faulty.fault(low.times(1)).await?;

    let mint = UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);
    included(&client, client.use_session(mint).await?).await?;

    assert_eq!(faulty.calls("eth_sendUserOperation").await?, 2 + 1);
    assert_eq!(crate::support::balance(client.address()).await?, U256::from(1));
    Ok(())
}

#[tokio::test]
async fn token_that_behaves_as_usdt_pays_for_gas_and_is_withdrawn() -> Outcome {
    const DOLLAR: u64 = 1_000_000;

    for dialect in Dialect::ALL {
        let key = owner();
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(key.clone()));
        give_tokens(client.address(), 5 * DOLLAR).await?;
        crate::support::be_strict(client.address()).await?;

        let payment = TokenPayment::new(token(), U256::from(DOLLAR));
        let plenty = payment.approve(U256::from(2 * DOLLAR));
        for payment in [payment, payment, plenty, payment] {
            included(&client, client.send(mint(&client).pay(payment.into())).await?).await?;
        }
        // A client that has learned nothing.
        let other = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(key));
        for client in [client.clone(), other] {
            let quotes = client
                .token_fees(&[mint_to(client.address())], &[token()])
                .await?;
            assert_eq!(quotes.len(), 1, "{dialect:?}");
        }

        assert_eq!(
            crate::support::balance(client.address()).await?,
            U256::from(4),
            "{dialect:?}"
        );
        let (all, other) = (tokens(client.address()).await?, Address::repeat_byte(0xb7));
        let before = tokens(other).await?;
        let all_of_it = Withdraw::new().all(Asset::Token(token())).to(other);
        included(&client, client.withdraw(all_of_it.pay(Payment::Sponsored)).await?).await?;
        // The token keeps a hundredth.
        let received = tokens(other).await? - before;
        assert!(
            received < all && !received.is_zero(),
            "{dialect:?}: {received} of {all}"
        );
        assert!(tokens(client.address()).await?.is_zero(), "{dialect:?}");
    }
    Ok(())
}

#[tokio::test]
async fn bundler_need_not_tell_its_chain() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let silent = Fault::on(Service::Bundler, "eth_chainId").refusal(-32601, "Method not found");
    faulty.fault(silent).await?;

    included(&client, client.send(mint(&client).pay(Payment::Sponsored)).await?).await?;
    Ok(())
}

#[tokio::test]
async fn gas_of_a_rollup_is_bounded_by_its_cost() -> Outcome {
    let faulty = Faulty::begin().await?;
    for pre_verification in [75_000_000_u64, 269_580_377] {
        for (most, expected) in [
            (U256::from(10).pow(U256::from(19)), true),
            (U256::from(1_000), false),
        ] {
            let reached = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&reached);
            let bundler = Bent::new(
                &format!("{}/bundler", faulty.url()),
                move |method, _| match method {
                    "eth_estimateUserOperationGas" => answered(json!({
                        "preVerificationGas": pre_verification, "verificationGasLimit": "0x30000", "callGasLimit": "0x30000",
                    })),
                    "eth_sendUserOperation" => {
                        count.fetch_add(1, Ordering::Relaxed);
                        refused(-32500, "AA95 out of gas")
                    }
                    _ => None,
                },
            )?;
            let services = with_bundler(&faulty, BundlerKind::STANDARD, bundler)?.most_cost(most);
            let client = rich(&faulty, services).await?;

            let sent = client.send(mint(&client)).await;

            let is_dear = sent
                .as_ref()
                .is_err_and(|error| matches!(error.kind(), ErrorKind::TooDear { .. }));
            assert_eq!(
                (reached.load(Ordering::Relaxed), is_dear),
                (usize::from(expected), !expected),
                "{sent:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn bundler_that_does_not_take_zeros_is_asked_in_its_form() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (zeros, ample) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count_zeros, count_ample) = (Arc::clone(&zeros), Arc::clone(&ample));
    let bundler = Bent::new(&format!("{}/bundler", faulty.url()), move |method, params| {
        if method != "eth_estimateUserOperationGas" {
            return None;
        }
        let op = params.first()?;
        if number(op.get("verificationGasLimit")?) == 0 {
            count_zeros.fetch_add(1, Ordering::Relaxed);
            return refused(0, "no reason given");
        }
        assert_eq!(
            number(op.get("maxFeePerGas")?),
            0,
            "the account may not have the gas"
        );
        count_ample.fetch_add(1, Ordering::Relaxed);
        None
    })?;
    let client = rich(&faulty, with_bundler(&faulty, BundlerKind::STANDARD, bundler)?).await?;

    for _ in 0..2 {
        included(&client, client.send(mint(&client)).await?).await?;
    }

    assert_eq!(
        (zeros.load(Ordering::Relaxed), ample.load(Ordering::Relaxed)),
        (1, 2)
    );
    Ok(())
}

#[tokio::test]
async fn receipt_in_another_notation_confirms_at_once() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = rich(&faulty, faulty.standard_services()).await?;
    let sent = client.send(mint(&client)).await?;
    included(&client, sent.hash()).await?;
    let read = |answer: Value| -> Result<_, Box<dyn std::error::Error>> {
        let bundler = Bent::new(faulty.url(), move |_, _| answered(answer.clone()))?;
        Ok(SmartAccountClient::new(
            with_bundler(&faulty, BundlerKind::STANDARD, bundler)?,
            BiconomyV2::at(client.address()),
        ))
    };
    let bundler = Node::new(Http::new(format!("{}/bundler", faulty.url()).parse()?));
    let receipt: Value = request(&bundler, "eth_getUserOperationReceipt", [sent.hash()]).await?;

    for change in [
        json!({"actualGasCost": 7, "actualGasUsed": 7.5}),
        json!({"success": null, "logs": null, "nonce": {"type": "BigNumber", "hex": "0x00"}}),
        json!({"sender": null, "paymaster": "none", "reason": {}, "userOpHash": null}),
    ] {
        let mut bent = receipt.clone();
        for (name, value) in change.as_object().into_iter().flatten() {
            bent[name] = value.clone();
        }

        let receipt = read(bent)?
            .wait(sent.hash(), WaitOptions::default().timeout(SOON))
            .await?;

        assert!(receipt.success, "{change}");
        assert_eq!(receipt.sender, client.address());
    }
    // A bundler that does not have it may say so in an error.
    let none = Bent::new(faulty.url(), |_, _| {
        refused(-32601, "can't find user operation with hash 0x12")
    })?;
    let bundler = Bundler::over(BundlerKind::STANDARD, none, EntryPoint::v0_6(80_002));
    assert_eq!(bundler.receipt(sent.hash()).await?, None);
    assert_eq!(bundler.transaction(sent.hash()).await?, None);
    assert!(!bundler.knows(sent.hash()).await?);
    Ok(())
}

#[tokio::test]
async fn bundler_may_demand_fees_of_an_estimate() -> Outcome {
    let faulty = Faulty::begin().await?;
    let bundler = Bent::new(&format!("{}/bundler", faulty.url()), |method, params| {
        let is_free =
            method == "eth_estimateUserOperationGas" && number(params.first()?.get("maxFeePerGas")?) == 0;
        let message = "user operation max fee per gas must be larger than 0 during gas estimation";
        is_free.then(|| refused(-32602, message))?
    })?;
    let client = rich(&faulty, with_bundler(&faulty, BundlerKind::STANDARD, bundler)?).await?;

    included(&client, client.send(mint(&client)).await?).await?;
    let estimate = client.gas_estimate(&[mint_to(client.address())]).await?;

    assert!(estimate.gas.call > U256::ZERO);
    Ok(())
}
