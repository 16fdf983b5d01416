//! The example programs succeed on the local chain.

use alloy::primitives::U256;

use crate::support::{Outcome, balance, devnet, owner};

#[allow(dead_code, reason = "its `main` is for people")]
#[path = "../../examples/create_session.rs"]
mod create_session;
#[tokio::test]
async fn a_session_is_created_and_used_when_the_owner_is_gone() -> Outcome {
    let (url, folder) = (devnet().url(), tempfile::tempdir()?);

    let (account, granted) = create_session::create_session(url, owner(), folder.path()).await?;
    let minted = create_session::use_session(url, account, folder.path()).await?;

    assert!(granted.success && minted.success, "{granted:#?} {minted:#?}");
    assert_ne!(granted.transaction.hash, minted.transaction.hash);
    assert_eq!(balance(account).await?, U256::from(1));
    Ok(())
}
