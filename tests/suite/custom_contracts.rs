//! Accounts of other contracts on an unknown chain: all contracts with a default address have other addresses.

use std::sync::OnceLock;

use alloy::{
    primitives::{Address, Bytes, U256, eip191_hash_message, hex},
    signers::local::PrivateKeySigner,
};
use devnet::{Devnet, Options};
use serde_json::json;
use use_aa::{
    BiconomyV2, BundlerKind, Call, Contracts, CreateSession, EntryPoint, Erc20Policy, Error as AccountError,
    ErrorKind, PaymasterKind, Payment, Permission, Request, SendTransaction, Services, SmartAccountClient,
    UseSession,
    account::biconomy_v2::is_valid_signature,
    rpc::{Http, Node},
};

use crate::support::{
    Dialect, HOUR, Nft, Outcome, Token, fund_at, included, mint_policy, mint_to, owner, request,
};

const CHAIN: u64 = 987_654_321;
const FRIEND: Address = Address::repeat_byte(0xf1);

/// Returns the addresses of the contracts.
fn places() -> devnet::Contracts {
    let mut at = devnet::Contracts::default();
    at.entry_point = Address::repeat_byte(0xe0);
    at.account_factory = Address::repeat_byte(0xe1);
    at.account_implementation = Address::repeat_byte(0xe2);
    at.fallback_handler = at.account_factory.create(1);
    at.ecdsa_module = Address::repeat_byte(0xe3);
    at.session_key_manager = Address::repeat_byte(0xe4);
    at.batched_session_router = Address::repeat_byte(0xe5);
    at.abi_session_module = Address::repeat_byte(0xe6);
    at.erc20_session_module = Address::repeat_byte(0xe7);
    at
}

fn contracts() -> Contracts {
    let at = places();
    Contracts {
        factory: at.account_factory,
        implementation: at.account_implementation,
        fallback_handler: at.fallback_handler,
        ecdsa_ownership: at.ecdsa_module,
        session_key_manager: at.session_key_manager,
        batched_session_router: at.batched_session_router,
        abi_session_validation: at.abi_session_module,
        erc20_session_validation: at.erc20_session_module,
        ..Contracts::default()
    }
}

fn url() -> &'static str {
    static DEVNET: OnceLock<Devnet> = OnceLock::new();
    let start = || Devnet::start(Options::default().chain_id(CHAIN).contracts(places()));
    DEVNET.get_or_init(|| start().expect("the chain starts")).url()
}

fn node() -> Node {
    Node::new(Http::new(
        format!("{}/rpc", url()).parse().expect("it is an address"),
    ))
}

/// Creates the services of a dialect, with the builder steps in a different order for each.
fn services(dialect: Dialect) -> Result<Services, AccountError> {
    let (url, entry_point) = (url(), places().entry_point);
    let services = Services::new(CHAIN, &format!("{url}/rpc"))?;
    match dialect {
        Dialect::Standard => services
            .bundler(BundlerKind::STANDARD, &format!("{url}/bundler"))?
            .paymaster(PaymasterKind::ERC7677, &format!("{url}/paymaster"))
            .map(|services| services.entry_point_at(entry_point)),
        Dialect::Biconomy => services
            .entry_point_at(entry_point)
            .bundler(BundlerKind::BICONOMY, &format!("{url}/api/v2/{CHAIN}/key"))?
            .paymaster(PaymasterKind::BICONOMY, &format!("{url}/api/v1/{CHAIN}/key")),
    }
}

fn account_of(owner: PrivateKeySigner) -> BiconomyV2 {
    BiconomyV2::owned_by(owner).contracts(contracts())
}

fn transfer(amount: u64) -> Call {
    let amount = U256::from(amount);
    Call::new(places().token, Token::transferCall { to: FRIEND, amount })
}

#[tokio::test]
async fn sessions_of_every_kind_work_however_they_are_paid_for() -> Outcome {
    for dialect in Dialect::ALL {
        for payment in [Payment::Own, Payment::Sponsored] {
            let client = SmartAccountClient::new(services(dialect)?, account_of(owner())).index(2)?;
            let account = client.address();
            fund_at(url(), account, U256::from(10).pow(U256::from(18))).await?;

            let token = Erc20Policy::new(places().token, FRIEND, U256::from(10));
            let policies: [Permission; 2] = [mint_policy(account).into(), token.into()];
            let request = CreateSession::new(policies)
                .lasting(HOUR)
                .for_batches(true)
                .pay(payment);
            let granted = client.create_session(request).await?.into_user_op().unwrap();
            included(&client, granted).await?;
            let amount = U256::from(100);
            let mint = Call::new(places().token, Token::mintCall { to: account, amount });
            let sent = client.send(SendTransaction::from(mint).pay(payment)).await?;
            included(&client, sent).await?;

            let minted = client
                .use_session(UseSession::new(mint_to(account)).pay(payment))
                .await?;
            included(&client, minted).await?;
            let given = client
                .use_session(UseSession::new(transfer(3)).pay(payment))
                .await?;
            included(&client, given).await?;
            let both = UseSession::new([mint_to(account), transfer(4)]).pay(payment);
            included(&client, client.use_session(both).await?).await?;

            let combination = format!("{dialect:?} {payment:?}");
            let nfts = node()
                .call(places().nft, &Nft::balanceOfCall { owner: account })
                .await?;
            let tokens = node()
                .call(places().token, &Token::balanceOfCall { owner: account })
                .await?;
            assert_eq!((nfts, tokens), (U256::from(2), U256::from(93)), "{combination}");
            let forbidden = client
                .use_session(UseSession::new(transfer(11)).pay(payment))
                .await;
            assert!(
                matches!(
                    forbidden.as_ref().map_err(AccountError::kind),
                    Err(ErrorKind::Forbidden(_))
                ),
                "{combination}"
            );
            let there = UseSession::new(transfer(11)).pay(payment).unchecked();
            let refused = client.use_session(there).await;
            assert!(
                matches!(
                    refused.as_ref().map_err(AccountError::kind),
                    Err(ErrorKind::ForbiddenByChain { .. })
                ),
                "{combination}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn nothing_lies_where_it_does_by_default() -> Outcome {
    let default = Contracts::default();
    let places = [
        default.factory,
        default.implementation,
        default.fallback_handler,
        default.ecdsa_ownership,
        default.session_key_manager,
        default.batched_session_router,
        default.abi_session_validation,
        default.erc20_session_validation,
    ];

    for place in places {
        assert!(node().code(place).await?.is_empty(), "{place}");
    }
    let account = BiconomyV2::owned_by(owner()).contracts(default);
    let client = SmartAccountClient::new(services(Dialect::Standard)?, account);
    let request = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    let granted = client.create_session(request).await;
    assert!(says(granted, default.session_key_manager));
    Ok(())
}

#[tokio::test]
async fn an_account_is_owned_through_its_own_modules() -> Outcome {
    let client = SmartAccountClient::new(services(Dialect::Standard)?, account_of(owner()));
    assert_eq!(client.modules().await?, [places().ecdsa_module]);
    let heir = owner();

    let enabled = client
        .enable_module(places().batched_session_router, Payment::Sponsored)
        .await?;
    included(&client, enabled).await?;
    let signature = client.sign_message("mine").await?;
    let accepted = accepts(client.address(), "mine", &signature).await?;
    let given = client
        .transfer_ownership(heir.address(), Payment::Sponsored)
        .await?;
    included(&client, given).await?;

    assert!(accepted);
    assert!(!accepts(client.address(), "mine", &signature).await?);
    let of_heir = SmartAccountClient::new(
        services(Dialect::Standard)?,
        BiconomyV2::at_with_owner(client.address(), heir).contracts(contracts()),
    );
    let modules = of_heir.modules().await?;
    assert_eq!(modules, [places().batched_session_router, places().ecdsa_module]);
    let signature = of_heir.sign_message("mine").await?;
    assert!(accepts(client.address(), "mine", &signature).await?);
    Ok(())
}

async fn accepts(
    account: Address,
    message: &str,
    signature: &Bytes,
) -> Result<bool, Box<dyn std::error::Error>> {
    let data = is_valid_signature(eip191_hash_message(message), signature.clone());
    let call = json!({"to": account, "data": data});
    let answer: Bytes = request(&node(), "eth_call", (call, "latest")).await?;
    Ok(answer.starts_with(&hex!("1626ba7e")))
}

#[tokio::test]
async fn services_that_do_not_serve_the_entry_point_say_so() -> Outcome {
    let entry_point = EntryPoint::V0_6;
    let services = services(Dialect::Standard)?.entry_point_at(entry_point);
    let client = SmartAccountClient::new(services, account_of(owner()));

    for payment in [Payment::Own, Payment::Sponsored] {
        let request = SendTransaction::from(mint_to(client.address())).pay(payment);
        let sent = client.send(request).await;
        let expected = ErrorKind::WrongEntryPoint(entry_point).into();
        assert_eq!(sent.err(), Some(expected), "{payment:?}");
    }
    Ok(())
}

/// Returns true if a service's error contains an address.
fn says<T>(answer: Result<T, AccountError>, address: Address) -> bool {
    let Err(ErrorKind::Service(error)) = answer.as_ref().map_err(AccountError::kind) else {
        return false;
    };
    error
        .to_string()
        .to_lowercase()
        .contains(&format!("{address:#x}"))
}
