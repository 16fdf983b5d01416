//! Nexus accounts on the local chain, with the same calls as on Biconomy V2.

mod acts;
mod allowance;
mod changed;
mod delegated;
mod first_use;
mod granted;
mod life;
mod migrated;
mod policies;
mod stored;

use alloy::primitives::{Address, U256};
use use_aa::{
    Asset, Deploy, Nexus, Payment, Request, SendTransaction, SessionStatus, SmartAccountClient, Withdraw,
};

use crate::support::{
    Dialect, Outcome, balance, fund, included, mint_to, owner, sponsored_grant, sponsored_mint,
};

fn client() -> SmartAccountClient {
    SmartAccountClient::new(Dialect::Standard.services(), Nexus::owned_by(owner()))
}

async fn mint(client: &SmartAccountClient) -> Outcome {
    let sent = client.use_session(sponsored_mint(client)).await?;
    included(client, sent).await?;
    Ok(())
}

#[tokio::test]
async fn owner_sends_from_an_account_that_the_first_operation_deploys() -> Outcome {
    let client = client();
    let mint = || SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored);

    included(&client, client.send(mint()).await?).await?;
    included(&client, client.send(mint()).await?).await?;

    assert_eq!(balance(client.address()).await?, U256::from(2));
    Ok(())
}

#[tokio::test]
async fn account_pays_for_itself_and_is_emptied() -> Outcome {
    let client = client();
    fund(client.address(), U256::from(10).pow(U256::from(18))).await?;

    included(&client, client.deploy(Deploy::default()).await?).await?;
    let calls = [mint_to(client.address()), mint_to(client.address())];
    included(&client, client.send(SendTransaction::new(calls)).await?).await?;
    let all = Withdraw::new().all(Asset::Native).to(Address::repeat_byte(7));
    included(&client, client.withdraw(all).await?).await?;

    assert_eq!(balance(client.address()).await?, U256::from(2));
    let left = client.balances([Asset::Native]).await?;
    assert!(left[0].amount < U256::from(10).pow(U256::from(16)), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn session_is_granted_by_a_signature_and_its_first_mint_sets_everything_up() -> Outcome {
    let client = client();

    let granted = client.create_session(sponsored_grant(&client)).await?;

    assert!(granted.user_op().is_none(), "{granted:?}");
    let sessions = client.sessions().await?;
    assert_eq!(sessions.all[0].status, SessionStatus::Granted);
    mint(&client).await?;
    assert_eq!(client.sessions().await?.all[0].status, SessionStatus::Active);
    mint(&client).await?;
    assert_eq!(balance(client.address()).await?, U256::from(2));
    Ok(())
}
