//! Gas payment in an ERC-20 token.

use alloy::primitives::{Address, U256};
use use_aa::{
    Asset, BiconomyV2, CreateSession, Error as AccountError, ErrorKind, Payment, Request, SendTransaction,
    SmartAccountClient, TokenPayment, UseSession, contracts::token::approve,
};

use crate::support::{
    Dialect, Outcome, Token, balance, give_tokens, granted, included, mint_policy, mint_to, node, owner,
    token, tokens,
};

/// One unit of the fee token, which has six decimals.
const DOLLAR: u64 = 1_000_000;

fn in_token() -> TokenPayment {
    TokenPayment::new(token(), U256::from(DOLLAR))
}

fn mint(client: &SmartAccountClient, payment: impl Into<Payment>) -> SendTransaction {
    SendTransaction::from(mint_to(client.address())).pay(payment.into())
}

/// Returns the remaining allowance of the token paymaster.
async fn allowance(account: Address) -> Result<U256, Box<dyn std::error::Error>> {
    let call = Token::allowanceCall {
        owner: account,
        spender: crate::support::devnet().contracts().token_paymaster,
    };
    Ok(node().call(token(), &call).await?)
}

#[tokio::test]
async fn owner_pays_in_a_token_without_any_native_coin() -> Outcome {
    for dialect in Dialect::ALL {
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
        give_tokens(client.address(), DOLLAR).await?;

        for minted in 1..=2u64 {
            let had = tokens(client.address()).await?;
            let receipt = included(&client, client.send(mint(&client, in_token())).await?).await?;

            assert_eq!(
                receipt.paymaster,
                Some(crate::support::devnet().contracts().token_paymaster),
                "{dialect:?}"
            );
            assert_eq!(balance(client.address()).await?, U256::from(minted));
            let left = tokens(client.address()).await?;
            assert!(left < had, "{dialect:?}: {left} of {had}");
        }
        // The approved amount is the maximum cost of the operation, and the paymaster charges less.
        assert!(
            allowance(client.address()).await? < U256::from(DOLLAR),
            "{dialect:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn session_pays_in_a_token_that_the_owner_has_approved() -> Outcome {
    for dialect in Dialect::ALL {
        let mut outcomes = Vec::new();
        let approving = in_token().approve(U256::from(2 * DOLLAR));
        for payment in [Payment::Sponsored, approving.into()] {
            let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
            give_tokens(client.address(), 3 * DOLLAR).await?;
            let request = CreateSession::new([mint_policy(client.address())]).pay(payment);
            granted(&client, request).await?;

            let mint = UseSession::new(mint_to(client.address())).pay(in_token().into());
            let sent = client.use_session(mint).await;
            if let Ok(sent) = &sent {
                included(&client, sent.hash()).await?;
                assert_eq!(balance(client.address()).await?, U256::from(1));
            }
            outcomes.push(sent);
        }

        assert!(
            matches!(
                &outcomes[..],
                [Err(error), Ok(_)] if matches!(error.kind(), ErrorKind::NotApproved { .. })
            ),
            "{dialect:?}: {outcomes:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_paid_in_a_token_is_an_error_before_anything_is_signed() -> Outcome {
    for dialect in Dialect::ALL {
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
        let other = crate::support::devnet().contracts().nft;
        give_tokens(client.address(), DOLLAR).await?;

        let dear = client
            .send(mint(&client, TokenPayment::new(token(), U256::from(1))))
            .await;
        let unknown = client
            .send(mint(&client, TokenPayment::new(other, U256::MAX)))
            .await;

        assert!(
            matches!(
                dear.as_ref().map_err(AccountError::kind),
                Err(ErrorKind::TooManyTokens { most, .. }) if *most == U256::from(1)
            ),
            "{dialect:?}: {dear:?}"
        );
        assert!(
            matches!(
                unknown.as_ref().map_err(AccountError::kind),
                Err(ErrorKind::TokenNotTaken(_) | ErrorKind::Service(_))
            ),
            "{dialect:?}: {unknown:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn too_little_of_a_token_is_told_with_what_it_takes() -> Outcome {
    for dialect in Dialect::ALL {
        for amount in [0, 1, 100] {
            let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
            give_tokens(client.address(), amount).await?;

            let sent = client.send(mint(&client, in_token())).await;

            let amount = U256::from(amount);
            assert!(
                matches!(
                    sent.as_ref().map_err(AccountError::kind),
                    Err(ErrorKind::NotEnough { asset, wanted, held })
                        if *asset == Asset::Token(token()) && *held == amount && *wanted > amount
                ),
                "{dialect:?} {amount}: {sent:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn too_little_that_the_owner_has_approved_is_told_with_what_it_takes() -> Outcome {
    let paymaster = crate::support::devnet().contracts().token_paymaster;
    for dialect in Dialect::ALL {
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
        give_tokens(client.address(), DOLLAR).await?;
        let request = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
        granted(&client, request).await?;
        for amount in [0, 1, 100] {
            let amount = U256::from(amount);
            let approve = SendTransaction::from(approve(token(), paymaster, amount)).pay(Payment::Sponsored);
            included(&client, client.send(approve).await?).await?;

            let mint = UseSession::new(mint_to(client.address())).pay(in_token().into());
            let used = client.use_session(mint).await;

            assert!(
                matches!(
                    used.as_ref().map_err(AccountError::kind),
                    Err(ErrorKind::NotApproved { paymaster: named, cost, .. })
                        if *named == paymaster && *cost > amount
                ),
                "{dialect:?} {amount}: {used:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn quote_is_asked_for_and_paid() -> Outcome {
    for dialect in Dialect::ALL {
        let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
        let calls = [mint_to(client.address())];
        let other = crate::support::devnet().contracts().nft;

        let estimate = client.gas_estimate(&calls).await?;
        let quotes = client.token_fees(&calls, &[token()]).await?;
        give_tokens(client.address(), DOLLAR).await?;
        let quote = quotes.first().ok_or("there is no quote")?;
        let had = tokens(client.address()).await?;
        included(&client, client.send(mint(&client, quote)).await?).await?;

        assert_eq!(
            estimate.cost,
            estimate.gas.total() * estimate.fees.max_fee_per_gas
        );
        assert_eq!(
            (quote.token, quote.symbol.as_str(), quote.decimals),
            (token(), "LUSD", 6),
            "{dialect:?}"
        );
        let paid = had - tokens(client.address()).await?;
        assert!(
            paid > U256::ZERO && paid <= quote.max_fee,
            "{dialect:?}: {paid} of {}",
            quote.max_fee
        );
        let none = client.token_fees(&calls, &[other]).await;
        assert!(none.as_ref().map_or(true, Vec::is_empty), "{dialect:?}: {none:?}");
    }
    Ok(())
}
