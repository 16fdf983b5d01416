//! Each option of building and paying for operations.

use std::{
    error::Error,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256, keccak256},
    signers::local::PrivateKeySigner,
    sol_types::SolValue,
};
use devnet::{Fault, Service};
use use_aa::{
    AccountOwner, Asset, BiconomyV2, BoxFuture, Call, CreateSession, Error as AccountError, ErrorKind,
    GasMargins, NonceKey, NonceLane, OwnerError, PaymasterContext, Payment, Request, SendTransaction,
    Simulation, SmartAccountClient, StateOverride, TokenPayment, UseSession, UserOpOptions, WaitOptions,
    Withdraw,
};

use crate::support::{
    Dialect, Outcome, SOON, Token, balance, faulty::Faulty, fund, fund_at, give_tokens, granted, included,
    mint_policy, mint_to, node, number, owner, sent, token,
};

fn coin() -> U256 {
    U256::from(10).pow(U256::from(18))
}

fn payments() -> [Payment; 3] {
    let in_token = TokenPayment::new(token(), U256::from(5_000_000));
    [Payment::Own, Payment::Sponsored, in_token.into()]
}

/// Creates a deployed account with balances for every payment.
async fn account(dialect: Dialect) -> Result<SmartAccountClient, Box<dyn Error>> {
    let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
    fund(client.address(), coin()).await?;
    give_tokens(client.address(), 20_000_000).await?;
    let first = mint(&client).pay(Payment::Sponsored);
    included(&client, client.send(first).await?).await?;
    Ok(client)
}

fn mint(client: &SmartAccountClient) -> SendTransaction {
    SendTransaction::from(mint_to(client.address()))
}

fn all(percent: u16) -> GasMargins {
    GasMargins::default()
        .call(percent)
        .verification(percent)
        .pre_verification(percent)
}

#[tokio::test]
async fn margins_are_added_to_the_limits_of_the_operation() -> Outcome {
    const LIMITS: [&str; 3] = ["callGasLimit", "verificationGasLimit", "preVerificationGas"];
    for dialect in Dialect::ALL {
        for payment in payments() {
            let client = account(dialect).await?;

            let mut limits = Vec::new();
            // The first operation leaves a deposit or an allowance, which saves gas.
            for margins in [all(0), all(0), all(100)] {
                let options = UserOpOptions::new().pay(payment).margins(margins);
                let hash = client.send(mint(&client).options(options)).await?.hash();
                included(&client, hash).await?;
                let op = sent(hash).await?;
                limits.push(LIMITS.map(|limit| number(&op, limit)));
            }

            for ((limit, plain), doubled) in LIMITS.iter().zip(limits[1]).zip(limits[2]) {
                // Biconomy's paymaster adds its own gas after the margins.
                let is_added_to = matches!(
                    (dialect, payment),
                    (Dialect::Biconomy, Payment::Sponsored | Payment::Token(_))
                );
                let least = if is_added_to { 140 } else { 190 };
                let percent = doubled * U256::from(100) / plain;
                assert!(
                    percent >= U256::from(least) && percent <= U256::from(210),
                    "{dialect:?} {payment:?} {limit}: {plain} became {doubled}"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn estimate_has_the_margins_that_are_asked_for() -> Outcome {
    let client = account(Dialect::Standard).await?;
    let calls = [mint_to(client.address())];
    let estimate = async |percent| {
        let options = UserOpOptions::new().margins(all(percent));
        client.gas_estimate_with(&calls, &options).await
    };

    let (plain, more) = (estimate(0).await?, estimate(50).await?);
    let usual = client.gas_estimate(&calls).await?;

    let percent = |gas: U256, of: U256| (gas * U256::from(100) / of).to::<u64>();
    assert!((149..=151).contains(&percent(more.gas.call, plain.gas.call)));
    assert!((149..=151).contains(&percent(more.gas.verification, plain.gas.verification)));
    assert!((145..=155).contains(&percent(more.gas.pre_verification, plain.gas.pre_verification)));
    assert!((124..=126).contains(&percent(usual.gas.verification, plain.gas.verification)));
    assert!((99..=101).contains(&percent(usual.gas.call, plain.gas.call)));
    Ok(())
}

#[tokio::test]
async fn lane_of_a_key_goes_on_where_it_was() -> Outcome {
    let key = NonceKey::from_bytes(*b"a lane of our own, 24 b.");
    for dialect in Dialect::ALL {
        let client = account(dialect).await?;
        let grant = CreateSession::new([mint_policy(client.address())]).for_batches(true);
        granted(&client, grant).await?;
        let (lane, call) = (NonceLane::Key(key), mint_to(client.address()));

        let mut nonces = Vec::new();
        for act in 0..4 {
            let hash = match act {
                0 => client.send(mint(&client).nonce(lane)).await?,
                1 => {
                    client
                        .use_session(UseSession::new(call.clone()).nonce(lane))
                        .await?
                }
                2 => {
                    let batch = UseSession::new([call.clone(), call.clone()]).nonce(lane);
                    client.use_session(batch).await?
                }
                _ => {
                    let all = Withdraw::new().all(Asset::Native).nonce(lane);
                    client.withdraw(all).await?
                }
            };
            nonces.push(included(&client, hash).await?.nonce);
        }

        assert_eq!(
            nonces,
            [0, 1, 2, 3].map(|sequence| key.at(sequence)),
            "{dialect:?}"
        );
        assert_eq!(balance(client.address()).await?, U256::from(5));
    }
    Ok(())
}

#[tokio::test]
async fn given_nonce_is_used_once() -> Outcome {
    let nonce = NonceKey::from_bytes([7; 24]).at(0);
    for dialect in Dialect::ALL {
        for payment in payments() {
            let client = account(dialect).await?;
            let at_nonce = || mint(&client).pay(payment).nonce(NonceLane::Given(nonce));

            let receipt = included(&client, client.send(at_nonce()).await?).await?;
            let again = client.send(at_nonce()).await;

            assert_eq!(receipt.nonce, nonce);
            let error = again.err().ok_or("the nonce was taken twice")?;
            assert!(
                matches!(
                    error.kind(),
                    ErrorKind::NonceTaken { nonce: named, .. } if *named == nonce
                ),
                "{dialect:?} {payment:?}: {error}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn session_at_a_nonce_that_is_used_is_told_so() -> Outcome {
    let client = account(Dialect::Standard).await?;
    let grant = CreateSession::new([mint_policy(client.address())]);
    granted(&client, grant).await?;
    let nonce = NonceKey::from_bytes([8; 24]).at(0);
    let call = mint_to(client.address());
    included(
        &client,
        client.send(mint(&client).nonce(NonceLane::Given(nonce))).await?,
    )
    .await?;

    let used = client
        .use_session(UseSession::new(call).nonce(NonceLane::Given(nonce)))
        .await;

    assert!(
        matches!(
            used.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::NonceTaken { nonce: named, .. }) if *named == nonce
        ),
        "{used:?}"
    );
    Ok(())
}

/// An owner whose account receives coins during the wallet prompt.
#[derive(Debug)]
struct FundedLate {
    signer: PrivateKeySigner,
    account: Address,
}

impl AccountOwner for FundedLate {
    fn address(&self) -> Address {
        self.signer.address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        Box::pin(async move {
            let unfunded = |error: Box<dyn Error>| OwnerError::Malformed(error.to_string());
            fund(self.account, coin()).await.map_err(unfunded)?;
            AccountOwner::sign_message(&self.signer, message).await
        })
    }
}

#[tokio::test]
async fn estimate_may_take_the_account_to_hold_coin_that_is_yet_to_come() -> Outcome {
    for dialect in Dialect::ALL {
        let signer = owner();
        let account =
            SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(signer.clone())).address();
        let client = SmartAccountClient::new(
            dialect.services(),
            BiconomyV2::owned_by(FundedLate { signer, account }),
        );
        let (to, half) = (owner().address(), coin() / U256::from(2));
        let calls = [Call::transfer(to, half)];
        let funded = UserOpOptions::new().state(StateOverride::new().balance(account, coin()));

        let without = client.send(SendTransaction::new(calls.clone())).await;
        let request = SendTransaction::new(calls).options(funded);
        included(&client, client.send(request).await?).await?;

        assert!(service_failed(&without), "{dialect:?}: {without:?}");
        assert_eq!(node().balance(to).await?, half, "{dialect:?}");
    }
    Ok(())
}

#[tokio::test]
async fn estimate_may_take_a_contract_to_hold_other_values() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    let transfer = Token::transferCall {
        to: owner().address(),
        amount: U256::from(5),
    };
    let calls = [Call::new(token(), transfer)];
    // `_balances` is the first storage slot of OpenZeppelin's ERC-20.
    let balance = keccak256((client.address(), U256::ZERO).abi_encode());
    let five = StateOverride::new().slot(token(), balance, B256::with_last_byte(5));
    let four = StateOverride::new().slot(token(), balance, B256::with_last_byte(4));

    let without = client.gas_estimate(&calls).await;
    let too_little = client
        .gas_estimate_with(&calls, &UserOpOptions::new().state(four))
        .await;
    let enough = client
        .gas_estimate_with(&calls, &UserOpOptions::new().state(five))
        .await;

    assert!(service_failed(&without), "{without:?}");
    assert!(service_failed(&too_little), "{too_little:?}");
    assert!(enough.is_ok(), "{enough:?}");
    Ok(())
}

#[tokio::test]
async fn calls_are_tried_out_before_they_are_sent_unless_only_validation_is() -> Outcome {
    let client = account(Dialect::Biconomy).await?;
    let much = coin() * U256::from(100);
    let unaffordable = Call::transfer(owner().address(), much);
    let options = UserOpOptions::new()
        .pay(Payment::Sponsored)
        .state(StateOverride::new().balance(client.address(), much));
    let request = |options| SendTransaction::from(unaffordable.clone()).options(options);

    let tried = client.send(request(options.clone())).await;
    let hash = client
        .send(request(options.simulation(Simulation::Validation)))
        .await?;
    let receipt = client.wait(hash, WaitOptions::default().timeout(SOON)).await?;

    assert!(service_failed(&tried), "{tried:?}");
    assert!(!receipt.success, "there is not so much coin to send");
    Ok(())
}

#[tokio::test]
async fn paymaster_agrees_for_the_time_that_is_asked_for() -> Outcome {
    const TIME: Duration = Duration::from_secs(77);
    // `paymasterAndData` begins with the paymaster's address. The paymaster id precedes the time only when sponsored.
    for (payment, at) in [(payments()[1], 20 + 32), (payments()[2], 20)] {
        let client = account(Dialect::Biconomy).await?;
        let options = UserOpOptions::new()
            .pay(payment)
            .context(PaymasterContext::new().expiry(TIME));

        let before = SystemTime::now().duration_since(UNIX_EPOCH)? + TIME;
        let hash = client.send(mint(&client).options(options)).await?.hash();
        let after = SystemTime::now().duration_since(UNIX_EPOCH)? + TIME;
        included(&client, hash).await?;

        let op = sent(hash).await?;
        let signed: Bytes = serde_json::from_value(op["paymasterAndData"].clone())?;
        let until = U256::from_be_slice(&signed[at..at + 32]).to::<u64>();
        assert!(
            (before.as_secs()..=after.as_secs()).contains(&until),
            "{payment:?}: {until}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn expiry_is_refused_where_it_cannot_be_told() -> Outcome {
    let client = account(Dialect::Standard).await?;
    let context = PaymasterContext::new().expiry(Duration::from_secs(60));

    for payment in [payments()[1], payments()[2]] {
        let options = UserOpOptions::new().pay(payment).context(context.clone());
        let refused = client.send(mint(&client).options(options)).await;

        assert_eq!(refused.err(), Some(ErrorKind::NoExpiry.into()), "{payment:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_account_pays_where_the_sponsor_refuses_if_that_was_asked_for() -> Outcome {
    let faulty = Faulty::begin().await?;
    for services in [faulty.services(), faulty.standard_services()] {
        let client = SmartAccountClient::new(services, BiconomyV2::owned_by(owner()));
        fund_at(faulty.url(), client.address(), coin()).await?;
        faulty
            .fault(
                Fault::on(Service::Paymaster, "*")
                    .refusal(-32000, "no budget")
                    .status(200),
            )
            .await?;

        let unasked = client.send(mint(&client).pay(Payment::Sponsored)).await;
        let asked = client.send(mint(&client).pay(Payment::SponsoredOrOwn)).await?;
        let paid = asked.wait(1).await?;
        let everything = Withdraw::new().all(Asset::Native).pay(Payment::SponsoredOrOwn);
        let emptied = client.withdraw(everything).await?.wait(1).await?;
        faulty.no_faults().await?;
        let free = client.send(mint(&client).pay(Payment::SponsoredOrOwn)).await?;
        let free = free.wait(1).await?;

        assert_eq!(unasked.unwrap_err().code(), "refused.paymaster");
        assert!(paid.success && paid.paymaster.is_none(), "{paid:?}");
        assert!(emptied.success && emptied.paymaster.is_none(), "{emptied:?}");
        assert!(free.success && free.paymaster.is_some(), "{free:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sponsor_that_cannot_be_reached_has_not_refused() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    fund_at(faulty.url(), client.address(), coin()).await?;
    faulty.fault(Fault::on(Service::Paymaster, "*").html(500)).await?;
    let sent = faulty.calls("eth_sendUserOperation").await?;

    let answer = client.send(mint(&client).pay(Payment::SponsoredOrOwn)).await;

    assert!(answer.is_err_and(|error| error.code() == "service.failed"));
    assert_eq!(faulty.calls("eth_sendUserOperation").await?, sent);
    Ok(())
}

/// Returns true if a service failed or refused.
fn service_failed<T>(answer: &Result<T, AccountError>) -> bool {
    answer.as_ref().is_err_and(|error| error.service().is_some())
}
