//! Message signatures of an account, verified by its contract.

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256, eip191_hash_message},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::eip712_domain,
};
use serde_json::json;
use use_aa::{
    BiconomyV2, Deploy, ErrorKind, OwnerError, Payment, Request, SmartAccountClient, TypedData,
    account::biconomy_v2::is_valid_signature,
};

use crate::support::{Dialect, Mood, Moody, Outcome, included, node, owner, request};

sol! {
    struct Permit {
        address spender;
        uint256 value;
    }
}

const MESSAGE: &str = "I agree to the terms of flowers.example";
/// The ERC-1271 magic value of a valid signature.
const MAGIC: [u8; 4] = hex!("1626ba7e");

fn permit(value: u64) -> Result<TypedData, use_aa::signer::TypedDataError> {
    let domain = eip712_domain! { name: "Fee Token", version: "1", chain_id: 80002, };
    let value = U256::from(value);
    let permit = Permit {
        spender: Address::repeat_byte(7),
        value,
    };
    TypedData::new(&permit, &domain)
}

async fn deployed(owner: PrivateKeySigner) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner));
    let hash = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(&client, hash).await?;
    Ok(client)
}

/// Returns true if a deployed account accepts a signature.
async fn accepts(account: Address, hash: B256, signature: &Bytes) -> bool {
    let data = is_valid_signature(hash, signature.clone());
    let call = json!({"to": account, "data": data});
    let answer = request::<Bytes>(&node(), "eth_call", (call, "latest")).await;
    // A malformed signature reverts.
    answer.is_ok_and(|answer| answer.starts_with(&MAGIC))
}

#[tokio::test]
async fn signatures_of_an_account_on_chain_are_its_own_for_what_was_signed_alone() -> Outcome {
    let (client, stranger) = (deployed(owner()).await?, deployed(owner()).await?);
    let message = client.sign_message(MESSAGE).await?;
    let data = client.sign_typed_data(&permit(5)?).await?;
    let table = [
        (
            eip191_hash_message(MESSAGE),
            message,
            eip191_hash_message("I agree to nothing"),
        ),
        (permit(5)?.hash(), data, permit(6)?.hash()),
    ];

    for (hash, signature, other) in table {
        assert!(accepts(client.address(), hash, &signature).await);
        assert!(
            !accepts(client.address(), other, &signature).await,
            "of another message"
        );
        assert!(
            !accepts(stranger.address(), hash, &signature).await,
            "of another account"
        );
    }
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_no_text_are_signed() -> Outcome {
    let client = deployed(owner()).await?;
    let message = hex!("00ff80c0");

    let signature = client.sign_message(message).await?;

    assert!(accepts(client.address(), eip191_hash_message(message), &signature).await);
    Ok(())
}

#[tokio::test]
async fn signatures_carry_the_deployment_until_the_account_is_deployed() -> Outcome {
    let client =
        SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner())).index(3)?;
    let before = client.sign_message(MESSAGE).await?;

    let hash = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
    included(&client, hash).await?;
    let after = client.sign_message(MESSAGE).await?;

    assert!(before.ends_with(&hex!("64926492649264926492649264926492")));
    let has = |part: &[u8]| before.windows(part.len()).any(|bytes| bytes == part);
    assert!(has(&after), "the same signature, wrapped");
    assert!(accepts(client.address(), eip191_hash_message(MESSAGE), &after).await);
    Ok(())
}

#[tokio::test]
async fn owner_who_does_not_sign_is_an_error() -> Outcome {
    let person = Moody::new();
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(person.clone()));
    let delegate = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::at(client.address()));

    person.be(Mood::Refusing);
    let refused = client.sign_message(MESSAGE).await.err();
    let unable = client.sign_typed_data(&permit(5)?).await.err();
    let absent = delegate.sign_message(MESSAGE).await.err();

    assert_eq!(refused, Some(ErrorKind::Owner(OwnerError::Rejected).into()));
    assert_eq!(unable, Some(ErrorKind::Owner(OwnerError::NoTypedData).into()));
    assert_eq!(absent, Some(ErrorKind::NoOwner.into()));
    Ok(())
}
