//! An EOA that delegates to Nexus (EIP-7702): the account is the owner's own address.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alloy::{
    eips::eip7702::Authorization,
    primitives::{Address, Signature, U256, eip191_hash_message},
    signers::{Signer, local::PrivateKeySigner},
};
use use_aa::{
    AccountOwner, BoxFuture, Deploy, Error as AccountError, ErrorKind, MemoryStore, Nexus, OwnerError,
    Payment, Request, SendTransaction, SessionStatus, SmartAccountClient, TypedData,
    account::nexus::NexusContracts, delegation_code,
};

use super::{acts::accepts, mint, sponsored_mint};
use crate::support::{
    Dialect, Outcome, balance, faulty::Faulty, fund, included, mint as owner_mint, mint_to, node, owner,
    sponsored_grant,
};

fn delegated(owner: impl AccountOwner + 'static) -> SmartAccountClient {
    SmartAccountClient::new(Dialect::Standard.services(), Nexus::delegated_by(owner))
}

fn sponsored(client: &SmartAccountClient) -> SendTransaction {
    owner_mint(client).pay(Payment::Sponsored)
}

/// An owner that counts the signatures it is asked for.
#[derive(Debug)]
struct Counting {
    key: PrivateKeySigner,
    signatures: Arc<AtomicUsize>,
    authorizes: bool,
}

impl Counting {
    fn new(authorizes: bool) -> (Self, Arc<AtomicUsize>) {
        let signatures = Arc::<AtomicUsize>::default();
        let counting = Self {
            key: owner(),
            signatures: signatures.clone(),
            authorizes,
        };
        (counting, signatures)
    }

    fn count(&self) {
        self.signatures.fetch_add(1, Ordering::Relaxed);
    }
}

impl AccountOwner for Counting {
    fn address(&self) -> Address {
        Signer::address(&self.key)
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.count();
        AccountOwner::sign_message(&self.key, message)
    }

    fn sign_typed_data<'a>(&'a self, data: &'a TypedData) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.count();
        AccountOwner::sign_typed_data(&self.key, data)
    }

    fn sign_authorization<'a>(
        &'a self,
        authorization: &'a Authorization,
    ) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        if !self.authorizes {
            return Box::pin(async { Err(OwnerError::NoAuthorization) });
        }
        self.count();
        AccountOwner::sign_authorization(&self.key, authorization)
    }
}

#[tokio::test]
async fn one_operation_authorizes_installs_enables_and_mints() -> Outcome {
    let owner = owner();
    let address = Signer::address(&owner);
    let client = delegated(owner);
    let request = sponsored_grant(&client).calls([mint_to(address)]);

    let granted = client.create_session(request).await?;

    let sent = granted.into_user_op().ok_or("the grant is an operation")?;
    let receipt = included(&client, sent).await?;
    println!(
        "gas of an operation with authorization, module, session and mint: {}",
        receipt.actual_gas_used
    );
    assert_eq!(client.address(), address);
    let delegate = NexusContracts::V1_2_0.implementation;
    assert_eq!(node().code(address).await?, delegation_code(delegate));
    assert_eq!(balance(address).await?, U256::from(1));
    assert_eq!(client.sessions().await?.all[0].status, SessionStatus::Active);
    mint(&client).await?;
    assert_eq!(balance(address).await?, U256::from(2));
    Ok(())
}

#[tokio::test]
async fn owner_authorizes_once_and_sends_from_its_own_address() -> Outcome {
    let (owner, signatures) = Counting::new(true);
    let client = delegated(owner);
    fund(client.address(), U256::from(10).pow(U256::from(18))).await?;

    included(&client, client.send(owner_mint(&client)).await?).await?;
    included(&client, client.send(owner_mint(&client)).await?).await?;

    // One authorization, and two operations.
    assert_eq!(signatures.load(Ordering::Relaxed), 3);
    assert_eq!(balance(client.address()).await?, U256::from(2));
    let again = client.deploy(Deploy::default()).await;
    assert_eq!(
        again.err().map(|error| error.code()),
        Some("account.already_deployed")
    );
    Ok(())
}

#[tokio::test]
async fn delegation_alone_is_an_operation_without_calls() -> Outcome {
    let client = delegated(owner());

    let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(&client, sent).await?;

    let delegate = NexusContracts::V1_2_0.implementation;
    assert_eq!(node().code(client.address()).await?, delegation_code(delegate));
    Ok(())
}

#[tokio::test]
async fn wallet_that_signs_no_authorization_is_asked_for_nothing_else() -> Outcome {
    let (owner, signatures) = Counting::new(false);
    let client = delegated(owner);

    let sent = client.send(sponsored(&client)).await;
    let granted = client.create_session(sponsored_grant(&client)).await;

    assert_eq!(
        sent.err().map(|error| error.code()),
        Some("owner.no_authorization")
    );
    assert_eq!(
        granted.err().map(|error| error.code()),
        Some("owner.no_authorization")
    );
    assert_eq!(signatures.load(Ordering::Relaxed), 0);
    assert!(client.sessions().await?.all.is_empty());
    Ok(())
}

#[tokio::test]
async fn delegation_to_another_contract_is_named_before_anything_is_signed() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (owner, signatures) = Counting::new(true);
    let client = SmartAccountClient::new(faulty.standard_services(), Nexus::delegated_by(owner));
    let other = Address::repeat_byte(7);
    faulty
        .chain::<()>("anvil_setCode", (client.address(), delegation_code(other)))
        .await?;

    let sent = client.send(sponsored(&client)).await;

    assert!(
        matches!(sent.as_ref().map_err(AccountError::kind), Err(ErrorKind::OtherDelegate(found)) if *found == other),
        "{sent:?}"
    );
    assert_eq!(signatures.load(Ordering::Relaxed), 0);
    Ok(())
}

#[tokio::test]
async fn authorization_whose_nonce_was_used_meanwhile_is_refused_and_signed_anew() -> Outcome {
    let faulty = Faulty::begin().await?;
    let (owner, signatures) = Counting::new(true);
    let client = SmartAccountClient::new(faulty.standard_services(), Nexus::delegated_by(owner));
    let refusal = devnet::Fault::on(devnet::Service::Bundler, "eth_sendUserOperation")
        .refusal(
            -32602,
            "Invalid EIP-7702 authorization: The nonce does not match the userOperation sender address",
        )
        .times(1);
    faulty.fault(refusal).await?;

    let refused = client.send(sponsored(&client)).await;
    faulty
        .chain::<()>("anvil_setNonce", (client.address(), U256::from(5)))
        .await?;
    let again = included(&client, client.send(sponsored(&client)).await?).await;

    let error = refused.err().ok_or("the nonce was used")?;
    assert_eq!(error.code(), "refused.delegation");
    assert!(error.is_retryable());
    again?;
    // Each attempt has an authorization of its own.
    assert_eq!(signatures.load(Ordering::Relaxed), 4);
    Ok(())
}

#[tokio::test]
async fn bundler_without_eip_7702_is_named_before_anything_is_signed() -> Outcome {
    let faulty = Faulty::begin().await?;
    for message in [
        "eip7702Auth is not supported on this chain",
        "UserOperation reverted during simulation with reason: AA20 account not deployed",
    ] {
        let (owner, signatures) = Counting::new(true);
        let client = SmartAccountClient::new(faulty.standard_services(), Nexus::delegated_by(owner));
        let refusal = devnet::Fault::on(devnet::Service::Bundler, "eth_estimateUserOperationGas")
            .refusal(-32602, message);
        faulty.fault(refusal).await?;

        let sent = client.send(sponsored(&client)).await;
        faulty.no_faults().await?;

        assert_eq!(
            sent.err().map(|error| error.code()),
            Some("refused.delegation"),
            "{message}"
        );
        assert_eq!(signatures.load(Ordering::Relaxed), 0, "{message}");
    }
    Ok(())
}

#[tokio::test]
async fn delegation_that_the_owner_has_ended_is_made_again_by_the_owner_alone() -> Outcome {
    let faulty = Faulty::begin().await?;
    let key = owner();
    let client = || SmartAccountClient::new(faulty.standard_services(), Nexus::delegated_by(key.clone()));
    let store = Arc::new(MemoryStore::default());
    let before = client().store(store.clone());
    let grant = |client: &SmartAccountClient| sponsored_grant(client);
    let granted = before.create_session(grant(&before)).await?;
    included(&before, granted.into_user_op().ok_or("no operation")?).await?;
    // The owner ends the delegation. Its storage stays.
    faulty
        .chain::<()>("anvil_setCode", (before.address(), "0x"))
        .await?;

    let after = client().store(store);
    let by_session = after.use_session(sponsored_mint(&after)).await;
    let again = after.create_session(grant(&after)).await?;
    included(&after, again.into_user_op().ok_or("no operation")?).await?;
    mint(&after).await?;

    assert_eq!(
        by_session.err().map(|error| error.code()),
        Some("account.no_delegation")
    );
    assert_eq!(balance(after.address()).await?, U256::from(1));
    Ok(())
}

#[tokio::test]
async fn signatures_are_those_of_the_key_before_the_delegation_and_of_the_account_after_it() -> Outcome {
    let owner = owner();
    let client = delegated(owner.clone());
    let message = "I agree";

    let before = client.sign_message(message).await?;
    included(&client, client.send(sponsored(&client)).await?).await?;
    let after = client.sign_message(message).await?;

    let hash = eip191_hash_message(message);
    let signature = Signature::from_raw(&before)?;
    assert_eq!(
        signature.recover_address_from_prehash(&hash)?,
        Signer::address(&owner)
    );
    assert!(accepts(client.address(), hash, &after).await);
    Ok(())
}
