//! Errors of client calls while all services work.

use std::{sync::Arc, time::Duration};

use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256},
    signers::local::PrivateKeySigner,
};
use use_aa::{
    AccountOwner, Asset, BiconomyV2, BoxFuture, CreateSession, Deploy, FileStore, MemoryStore, Nexus,
    NonceKey, NonceLane, OwnerError, PaymasterContext, Payment, Request, RevokeSession, SendTransaction,
    SessionSigner, SessionStore, SignerError, SmartAccountClient, TokenPayment, TypedData, UseSession,
    UserOpOptions, Withdraw, session::merkle::store_key,
};

use super::{Outcome, Table};
use crate::support::{
    Dialect, fund, give_tokens, grant, included, mint_policy, mint_to, owner, token, vault::Vaulted,
};

pub(crate) async fn provoke(table: &mut Table) -> Outcome {
    let person = owner();
    let client = client(person.clone());
    before_deployment(table, &client).await?;
    grant(&client).await?;
    owners(table, &client, person).await?;
    sessions(table, &client).await?;
    options(table, &client).await?;
    tokens(table, &client).await?;
    stores(table).await?;
    revocations(table).await?;
    signers(table, &client).await
}

fn client(owner: impl AccountOwner + 'static) -> SmartAccountClient {
    SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner))
}

fn mint(client: &SmartAccountClient) -> UseSession {
    UseSession::new(mint_to(client.address())).pay(Payment::Sponsored)
}

fn another(client: &SmartAccountClient) -> CreateSession {
    CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored)
}

async fn before_deployment(table: &mut Table, client: &SmartAccountClient) -> Outcome {
    table.add("to send nothing", client.send(SendTransaction::new([])).await)?;
    table.add(
        "to mint without a session",
        client.use_session(mint(client)).await,
    )?;
    let all = Withdraw::new().all(Asset::Native).pay(Payment::Sponsored);
    table.add("to withdraw all of nothing", client.withdraw(all).await)?;
    fund(client.address(), U256::from(7)).await?;
    let more = Withdraw::new().amount(Asset::Native, U256::from(8));
    table.add(
        "to withdraw more than there is",
        client.withdraw(more.pay(Payment::Sponsored)).await,
    )
}

async fn owners(table: &mut Table, client: &SmartAccountClient, person: PrivateKeySigner) -> Outcome {
    let (stranger, sponsored) = (Address::repeat_byte(7), Payment::Sponsored);
    table.add(
        "to deploy twice",
        client.deploy(Deploy::default().pay(sponsored)).await,
    )?;
    table.add(
        "to disable what is not enabled",
        client.disable_module(stranger, sponsored).await,
    )?;
    let nobody = client.transfer_ownership(Address::ZERO, sponsored);
    table.add("to give the account to nobody", nobody.await)?;
    let delegate = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::at(client.address()));
    let call = SendTransaction::from(mint_to(stranger));
    table.add("to send without the owner", delegate.send(call).await)?;
    let other_device = self::client(person);
    table.add(
        "to create a session beside those of another device",
        other_device.create_session(another(client)).await,
    )
}

async fn sessions(table: &mut Table, client: &SmartAccountClient) -> Outcome {
    let stranger = Address::repeat_byte(7);
    let nobody = mint(client).session(stranger);
    table.add(
        "to use a session that never was",
        client.use_session(nobody).await,
    )?;
    let other = || UseSession::new(mint_to(stranger)).pay(Payment::Sponsored);
    table.add("to mint for a stranger", client.use_session(other()).await)?;
    let unchecked = other().unchecked();
    table.add(
        "to mint for a stranger all the same",
        client.use_session(unchecked).await,
    )?;
    let mut session = client.sessions().await?.active().remove(0);
    session.permissions.clear();
    table.add(
        "to ask a session without permissions",
        session.allows(&mint_to(stranger), 0),
    )
}

async fn revocations(table: &mut Table) -> Outcome {
    let client = client(owner());
    table.add(
        "to revoke all sessions where there are none",
        client.revoke_session(RevokeSession::all()).await,
    )
}

async fn options(table: &mut Table, client: &SmartAccountClient) -> Outcome {
    let send = || SendTransaction::from(mint_to(client.address()));
    let late = NonceLane::Given(NonceKey::from_bytes([7; 24]).at(7));
    let late = send().pay(Payment::Sponsored).nonce(late);
    table.add("to send at a nonce out of turn", client.send(late).await)?;

    let standard = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    let context = PaymasterContext::new().expiry(Duration::from_secs(60));
    let options = UserOpOptions::new().pay(Payment::Sponsored).context(context);
    let soon = standard.send(send().options(options));
    table.add("to have a standard paymaster agree for a minute", soon.await)
}

async fn tokens(table: &mut Table, client: &SmartAccountClient) -> Outcome {
    const DOLLAR: u64 = 1_000_000;
    give_tokens(client.address(), DOLLAR).await?;
    let pay = |token, most: u64| TokenPayment::new(token, U256::from(most)).into();
    let send = |payment| client.send(SendTransaction::from(mint_to(client.address())).pay(payment));
    table.add("to pay less than it costs", send(pay(token(), 1)).await)?;
    table.add(
        "to pay in what is no token",
        send(pay(Address::repeat_byte(7), DOLLAR)).await,
    )?;
    let unapproved = mint(client).pay(pay(token(), DOLLAR));
    table.add(
        "to pay through a session unapproved",
        client.use_session(unapproved).await,
    )
}

async fn stores(table: &mut Table) -> Outcome {
    let store = Arc::new(MemoryStore::default());
    let client = client(owner()).store(store.clone());
    let key = store_key(80002, client.address());
    for (act, text) in [
        ("a store with a page in it", "<html>"),
        ("a store that a newer version wrote", r#"{"version": 4000}"#),
    ] {
        let write = Box::new(|_: Option<String>| Ok(Some(text.to_owned())));
        store.update(&key, write).await?;
        table.add(act, client.sessions().await)?;
    }
    let moved = Vaulted::new();
    let client = self::client(owner()).store(Arc::new(moved.clone()));
    grant(&client).await?;
    let other = client.clone().store(Arc::new(moved.of_another_browser()));
    table.add(
        "a store of another browser",
        other.use_session(mint(&other)).await,
    )?;
    let nowhere = FileStore::new("/dev/null/sessions");
    let client = self::client(owner()).store(Arc::new(nowhere));
    table.add(
        "a store in a folder that cannot be",
        client.create_session(another(&client)).await,
    )
}

async fn signers(table: &mut Table, client: &SmartAccountClient) -> Outcome {
    let unwilling = self::client(Unwilling);
    let call = SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);
    table.add("an owner's signer that fails", unwilling.send(call).await)?;
    let data = TypedData::written(B256::ZERO, "{}");
    table.add(
        "an owner's signer of messages alone",
        unwilling.sign_typed_data(&data).await,
    )?;

    let nexus = SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner()));
    table.add(
        "typed data of unknown types, in a nested form",
        nexus.sign_typed_data(&data).await,
    )?;

    let id = client.sessions().await?.active().remove(0).id;
    let unwilling = Answering(id, Err(SignerError::Failed("out of order".to_owned())));
    table.add(
        "a session's signer that fails",
        client.use_session(mint(client).signer(unwilling)).await,
    )?;
    let lying = Answering(id, Ok(Bytes::from([0x11; 65])));
    table.add(
        "a session's signer that lies",
        client.use_session(mint(client).signer(lying)).await,
    )?;
    included(client, client.use_session(mint(client)).await?).await?;
    Ok(())
}

/// An owner whose signer fails.
#[derive(Debug)]
struct Unwilling;

impl AccountOwner for Unwilling {
    fn address(&self) -> Address {
        Address::repeat_byte(9)
    }

    fn sign_message<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        Box::pin(async { Err(OwnerError::Signer("out of order".to_owned())) })
    }
}

/// A session signer that always returns the same result.
#[derive(Debug)]
struct Answering(Address, Result<Bytes, SignerError>);

impl SessionSigner for Answering {
    fn address(&self) -> Address {
        self.0
    }

    fn sign_message<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        Box::pin(async { self.1.clone() })
    }
}
