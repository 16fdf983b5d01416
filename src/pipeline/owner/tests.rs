use alloy::{
    primitives::{Address, Signature},
    signers::local::PrivateKeySigner,
};
use serde_json::json;

use crate::{
    AccountOwner, Deploy, OwnerError, SmartAccountClient, TypedData,
    account::biconomy_v2::BiconomyV2,
    client::testing::{account, asked},
    error::{Error, ErrorKind},
    platform::BoxFuture,
    primitives::delegation_code,
    rpc::testing::{Reply, TestService},
};

/// A wallet with the address of a contract, whose signatures one of its keys makes.
#[derive(Debug)]
struct ContractWallet {
    key: PrivateKeySigner,
    address: Address,
}

impl AccountOwner for ContractWallet {
    fn address(&self) -> Address {
        self.address
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        AccountOwner::sign_message(&self.key, message)
    }

    fn sign_typed_data<'a>(&'a self, data: &'a TypedData) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        AccountOwner::sign_typed_data(&self.key, data)
    }
}

const ADDRESS: Address = Address::repeat_byte(0x77);

/// Returns a client of an account that does not exist yet, whose owner has the given code.
async fn owned_by_code(code: &'static str) -> (TestService, SmartAccountClient) {
    let (service, client) = account(true, move |method, params| {
        let code = match (method, params[0].as_str()?.parse()) {
            ("eth_getCode", Ok(ADDRESS)) => code,
            ("eth_getCode", _) => "0x",
            _ => return None,
        };
        Some(Reply::Result(json!(code)))
    })
    .await;
    let owner = ContractWallet {
        key: PrivateKeySigner::random(),
        address: ADDRESS,
    };
    let services = client.services().clone();
    (
        service,
        SmartAccountClient::new(services, BiconomyV2::owned_by(owner)),
    )
}

fn contract_wallet<T>() -> Result<T, Error> {
    Err(OwnerError::ContractWallet(ADDRESS).into())
}

#[tokio::test]
async fn a_contract_wallet_is_named_before_anything_is_signed() {
    let (_service, client) = owned_by_code("0x6080").await;

    let warmed = client.warm().await;

    assert_eq!(warmed, contract_wallet());
    assert_eq!(warmed.map_err(|error| error.code()), Err("owner.contract_wallet"));
}

#[tokio::test]
async fn a_contract_wallet_is_named_when_one_of_its_keys_has_signed() {
    let (service, client) = owned_by_code("0x6080").await;

    assert_eq!(
        client.deploy(Deploy::default()).await.map(drop),
        contract_wallet()
    );
    assert_eq!(client.sign_message("hello").await.map(drop), contract_wallet());
    assert!(asked(&service, "eth_sendUserOperation").is_empty());
}

#[tokio::test]
async fn a_key_may_have_a_delegation_and_is_asked_for_once() {
    let code = delegation_code(Address::repeat_byte(1)).to_string().leak();
    let (service, client) = owned_by_code(code).await;

    assert_eq!(client.warm().await, Ok(()));
    assert_eq!(client.warm().await, Ok(()));
    let signed = client.deploy(Deploy::default()).await;
    let signed = signed.as_ref().map_err(Error::kind);
    assert!(
        matches!(
            signed,
            Err(ErrorKind::Owner(OwnerError::WrongSigner { owner: ADDRESS, .. }))
        ),
        "{signed:?}"
    );
    let of_owner = asked(&service, "eth_getCode").into_iter();
    let of_owner =
        of_owner.filter(|params| params[0].as_str().and_then(|of| of.parse().ok()) == Some(ADDRESS));
    assert_eq!(of_owner.count(), 1);
}
