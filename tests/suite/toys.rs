//! An account kind, a paymaster and a bundler's dialect of an app, made from the public API alone, mint on the local
//! chain.
//!
//! `CONTRIBUTING.md` names these files as the shortest example of each.

mod account;
mod bundler;
mod contracts;
mod paymaster;

use std::sync::Arc;

use alloy::{
    primitives::{Address, U256, address},
    sol,
};
use devnet::{Fault, Service};
use serde_json::json;
use use_aa::{
    AccountKind, AccountOwner, Call, CreateSession, Error as AccountError, ErrorKind, PaymasterKind, Payment,
    Request, RevokeSession, SendTransaction, Services, SmartAccountClient, UseSession,
    permission::PolicyError,
};

use self::{account::SimpleAccounts, bundler::PATIENT, paymaster::AcceptAll};
use crate::support::{
    Dialect, Outcome, balance, faulty::Faulty, fund, included, mint_policy, mint_to, node, owner, sent,
};

sol! {
    interface SimpleAccountFactory {
        function getAddress(address owner, uint256 salt) external view returns (address);
    }
}

const FRIEND: Address = address!("f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1");
const COIN: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// Creates the client of a new owner's simple account.
async fn simple_client(services: Services) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    contracts::deploy().await?;
    let account = SimpleAccounts.owned_by(Arc::new(owner()));
    Ok(SmartAccountClient::of(services, account))
}

/// Returns the services of a dialect with the toy paymaster in place of the dialect's own.
fn services_with_toy_paymaster(dialect: Dialect) -> Result<Services, AccountError> {
    let kind = PaymasterKind::new("accept-all", |_| Arc::new(AcceptAll));
    // The toy paymaster makes no request, but a kind is given with the URL of a service.
    dialect.services().paymaster(kind, "http://127.0.0.1:1")
}

#[tokio::test]
async fn address_of_a_toy_account_is_the_factorys() -> Outcome {
    contracts::deploy().await?;
    let owner = Arc::new(owner());

    let account = SimpleAccounts.owned_by(owner.clone());
    let third = account.at_index(2).ok_or("the account has an owner")?;

    for (account, index) in [(account, 0), (third, 2)] {
        let call = SimpleAccountFactory::getAddressCall {
            owner: owner.address(),
            salt: U256::from(index),
        };
        let expected = node().call(contracts::factory(), &call).await?;
        assert_eq!(account.address(), expected, "{index}");
    }
    Ok(())
}

#[tokio::test]
async fn toy_account_mints_however_its_gas_is_paid_for() -> Outcome {
    for dialect in Dialect::ALL {
        for payment in [Payment::Own, Payment::Sponsored] {
            let client = simple_client(dialect.services()).await?.index(1)?;
            let account = client.address();
            fund(account, COIN).await?;
            let mint = || SendTransaction::from(mint_to(account)).pay(payment);

            // The first operation deploys the account, the second one is a batch.
            included(&client, client.send(mint()).await?).await?;
            let twice = SendTransaction::new([mint_to(account), mint_to(account)]).pay(payment);
            included(&client, client.send(twice).await?).await?;

            assert_eq!(balance(account).await?, U256::from(3), "{dialect:?} {payment:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn toy_paymaster_sponsors_a_mint_in_every_dialect() -> Outcome {
    for dialect in Dialect::ALL {
        contracts::deploy().await?;
        let services = services_with_toy_paymaster(dialect)?.paymaster_address(paymaster::CONTRACT);
        let client = simple_client(services).await?;
        let account = client.address();

        let mint = SendTransaction::from(mint_to(account)).pay(Payment::Sponsored);
        let receipt = included(&client, client.send(mint).await?).await?;

        assert_eq!(receipt.paymaster, Some(paymaster::CONTRACT), "{dialect:?}");
        assert_eq!(balance(account).await?, U256::from(1), "{dialect:?}");
    }
    Ok(())
}

#[tokio::test]
async fn toy_dialect_reads_the_fees_of_a_mint() -> Outcome {
    let chain = Faulty::begin().await?;
    let slow = json!({"maxFeePerGas": "0x77359401", "maxPriorityFeePerGas": "0x77359400"});
    let fees = Fault::on(Service::Bundler, "pimlico_getUserOperationGasPrice");
    chain.fault(fees.rewrite(json!({ "slow": slow }))).await?;
    let url = format!("{}/bundler", chain.url());
    let services = chain.standard_services().bundler(PATIENT, &url)?;
    let client = simple_client(services).await?;

    let mint = SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);
    let receipt = included(&client, client.send(mint).await?).await?;

    let op = sent(receipt.hash).await?;
    for field in ["maxFeePerGas", "maxPriorityFeePerGas"] {
        assert_eq!(op[field], slow[field], "{field}");
    }
    Ok(())
}

#[tokio::test]
async fn toy_paymaster_is_asked_for_no_token() -> Outcome {
    let client = simple_client(services_with_toy_paymaster(Dialect::Standard)?).await?;

    let fees = client.token_fees(&[mint_to(client.address())], &[FRIEND]).await?;

    assert_eq!(fees, []);
    Ok(())
}

#[tokio::test]
async fn toy_account_refuses_sessions_by_a_typed_error() -> Outcome {
    let client = simple_client(Dialect::Standard.services()).await?;
    let request = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);

    let created = client.create_session(request).await;
    let used = client.use_session(UseSession::new(mint_to(FRIEND))).await;
    let revoked = client.revoke_session(RevokeSession::all()).await;
    let listed = client.sessions().await?;

    let unsupported = PolicyError::Unsupported(use_aa::session::NoSessions::REASON);
    assert_eq!(created.err(), Some(unsupported.into()));
    assert_eq!(used.err(), Some(ErrorKind::NoSession.into()));
    assert_eq!(revoked.err(), Some(ErrorKind::NothingToRevoke.into()));
    assert_eq!((listed.all.len(), listed.untracked), (0, 0));
    Ok(())
}

#[tokio::test]
async fn call_that_the_toy_account_cannot_make_is_refused_before_it_is_sent() -> Outcome {
    let client = simple_client(Dialect::Standard.services()).await?;
    let coin = || Call::transfer(FRIEND, U256::from(1));
    let two = SendTransaction::new([coin(), coin()]).pay(Payment::Sponsored);

    let batch_with_value = client.send(two).await;
    let module = client.enable_module(FRIEND, Payment::Sponsored).await;
    let ownership = client.transfer_ownership(FRIEND, Payment::Sponsored).await;

    for refused in [batch_with_value, module, ownership] {
        let Err(ErrorKind::Service(error)) = refused.as_ref().map_err(AccountError::kind) else {
            panic!("the account takes it: {refused:?}");
        };
        assert!(error.refusal().is_some(), "{error}");
    }
    assert_eq!(client.modules().await?, [] as [Address; 0]);
    assert_eq!(client.pending_user_ops().await?.len(), 0);
    Ok(())
}
