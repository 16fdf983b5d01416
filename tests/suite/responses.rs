//! The response of a sent operation: its confirmations, its transaction, and cancelling the wait.

use std::{pin::pin, time::Duration};

use alloy::primitives::U256;
use devnet::{Fault, Service};
use futures::future::{Either, select};
use tokio::time::{sleep, timeout};
use use_aa::{
    BiconomyV2, BundlerKind, CreateSession, Payment, Request, SendTransaction, Services, SmartAccountClient,
    UseSession, WaitOptions,
};

use crate::support::{
    Outcome, SOON,
    faulty::{Faulty, Serial},
    fund_at, granted, included, mint_policy, mint_to, owner,
};

/// The time of one or two requests.
const A_WHILE: Duration = Duration::from_millis(600);

const RECEIPT: &str = "eth_getUserOperationReceipt";

const KINDS: [(BundlerKind, &str); 3] = [
    (BundlerKind::STANDARD, "bundler"),
    (BundlerKind::PIMLICO, "bundler"),
    (BundlerKind::BICONOMY, "api/v2/80002/key"),
];

/// Creates an account that pays for its own gas.
async fn account(
    faulty: &Faulty,
    kind: BundlerKind,
    path: &str,
) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let url = faulty.url();
    let services = Services::new(80002, &format!("{url}/rpc"))?.bundler(kind, &format!("{url}/{path}"))?;
    let client = SmartAccountClient::new(services, BiconomyV2::owned_by(owner()));
    fund_at(url, client.address(), U256::from(10).pow(U256::from(18))).await?;
    Ok(client)
}

#[tokio::test]
async fn confirmations_count_the_block_of_the_operation_and_those_on_top() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let grant = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    let sent = client.create_session(grant).await?.into_user_op().unwrap();

    let first = sent.wait(1).await?;
    let none = sent.wait(0).await?;
    // Other tests add blocks too, so the node's block number is a fault with a fixed value.
    let height = async |blocks: u64| {
        let height = format!("{:#x}", first.transaction.block_number + blocks);
        faulty
            .fault(Fault::on(Service::Node, "eth_blockNumber").rewrite(height))
            .await
    };
    height(0).await?;
    let early = timeout(A_WHILE, sent.wait(3)).await;
    height(1).await?;
    let nearly = timeout(A_WHILE, sent.wait(3)).await;
    height(2).await?;
    let deep = timeout(SOON, sent.wait(3)).await??;

    assert!(first.success && none == first && deep == first, "{first:?}");
    assert!(early.is_err() && nearly.is_err(), "{early:?} {nearly:?}");
    Ok(())
}

#[tokio::test]
async fn an_operation_that_does_not_get_deep_enough_is_told_as_not_confirmed() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let grant = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    let sent = client.create_session(grant).await?.into_user_op().unwrap();
    sent.wait(1).await?;

    let answer = sent.wait(WaitOptions::from(1000).timeout(A_WHILE)).await;

    assert_eq!(answer.unwrap_err().code(), "operation.timed_out");
    Ok(())
}

#[tokio::test]
async fn the_transaction_is_the_receipts_in_every_dialect() -> Outcome {
    let faulty = Faulty::begin().await?;
    for (kind, path) in KINDS {
        let client = account(&faulty, kind, path).await?;
        let sent = client.send(mint_to(client.address()).into()).await?;

        let transaction = sent.wait_for_tx_hash(WaitOptions::default()).await?;

        assert_eq!(transaction, sent.wait(1).await?.transaction.hash, "{kind:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_transaction_is_known_before_it_is_in_a_block() -> Outcome {
    let serial = Serial::begin().await?;
    for (kind, path) in &KINDS[1..] {
        let client = account(&serial, *kind, path).await?;
        // With a deployed account, only the operation itself waits for a block.
        let first = client.send(mint_to(client.address()).into()).await?;
        let hash = first.hash();
        included(&client, first).await?;
        timeout(SOON, serial.seen_by_bundler(hash)).await??;
        serial.automine(false).await?;
        let sent = client
            .send(SendTransaction::from(mint_to(client.address())))
            .await?;

        let transaction = timeout(SOON, sent.wait_for_tx_hash(WaitOptions::default())).await;
        let receipt = client
            .services()
            .wait(sent.hash(), WaitOptions::default().timeout(A_WHILE))
            .await;
        serial.automine(true).await?;

        assert!(receipt.is_err(), "{kind:?}: {receipt:?}");
        assert_eq!(transaction??, sent.wait(1).await?.transaction.hash, "{kind:?}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_asked_once_nobody_waits() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let grant = CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored);
    granted(&client, grant).await?;
    faulty
        .faults([Fault::on(Service::Bundler, "eth_getUserOperationReceipt").null()])
        .await?;
    let mint = UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);
    let sent = client.use_session(mint).await?;
    faulty.forget().await?;

    let given_up = matches!(
        select(pin!(sent.wait(1)), pin!(faulty.asked(RECEIPT, 2))).await,
        Either::Right((Ok(()), _))
    );
    // Requests in flight have arrived.
    sleep(A_WHILE).await;
    let asked = faulty.calls(RECEIPT).await?;
    sleep(3 * A_WHILE).await;
    let later = faulty.calls(RECEIPT).await?;

    assert!(given_up, "there was an answer");
    assert_eq!(asked, later);
    faulty.no_faults().await?;
    assert!(sent.wait(1).await?.success);
    Ok(())
}
