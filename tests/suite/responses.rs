//! The response of a sent operation: its confirmations, its transaction, and cancelling the wait.

use std::{pin::pin, time::Duration};

use alloy::primitives::U256;
use devnet::{Fault, Service};
use futures::future::{Either, select};
use tokio::time::{sleep, timeout};
use use_aa::{BundlerKind, SendTransaction, Services, SmartAccountClient, WaitOptions};

use crate::support::{
    Kind, Outcome, SOON, enable,
    faulty::{Faulty, Serial},
    fund_at, included, mint_to, owner, sponsored_mint,
};

/// The time of one or two requests.
const A_WHILE: Duration = Duration::from_millis(600);

const RECEIPT: &str = "eth_getUserOperationReceipt";

/// The dialects in which the bundler tells the transaction before its block, with the kinds that it serves.
const TELLING: [(Kind, BundlerKind, &str); 3] = [
    (Kind::BiconomyV2, BundlerKind::PIMLICO, "bundler"),
    (Kind::BiconomyV2, BundlerKind::BICONOMY, "api/v2/80002/key"),
    (Kind::Nexus, BundlerKind::PIMLICO, "bundler"),
];

const STANDARD: [(Kind, BundlerKind, &str); 2] = [
    (Kind::BiconomyV2, BundlerKind::STANDARD, "bundler"),
    (Kind::Nexus, BundlerKind::STANDARD, "bundler"),
];

/// Creates an account that pays for its own gas.
async fn account(
    faulty: &Faulty,
    (kind, bundler, path): (Kind, BundlerKind, &str),
) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let url = faulty.url();
    let services = Services::new(80002, &format!("{url}/rpc"))?.bundler(bundler, &format!("{url}/{path}"))?;
    let client = kind.owned_by(services, owner());
    fund_at(url, client.address(), U256::from(10).pow(U256::from(18))).await?;
    Ok(client)
}

#[tokio::test]
async fn confirmations_count_the_block_of_the_operation_and_those_on_top() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        let sent = enable(&client).await?;

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
    }
    Ok(())
}

#[tokio::test]
async fn an_operation_that_does_not_get_deep_enough_is_told_as_not_confirmed() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        let sent = enable(&client).await?;
        sent.wait(1).await?;

        let answer = sent.wait(WaitOptions::from(1000).timeout(A_WHILE)).await;

        assert_eq!(answer.unwrap_err().code(), "operation.timed_out");
    }
    Ok(())
}

#[tokio::test]
async fn the_transaction_is_the_receipts_in_every_dialect() -> Outcome {
    let faulty = Faulty::begin().await?;
    for row in STANDARD.into_iter().chain(TELLING) {
        let client = account(&faulty, row).await?;
        let sent = client.send(mint_to(client.address()).into()).await?;

        let transaction = sent.wait_for_tx_hash(WaitOptions::default()).await?;

        assert_eq!(transaction, sent.wait(1).await?.transaction.hash, "{row:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_transaction_is_known_before_it_is_in_a_block() -> Outcome {
    let serial = Serial::begin().await?;
    for row in TELLING {
        let client = account(&serial, row).await?;
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

        assert!(receipt.is_err(), "{row:?}: {receipt:?}");
        assert_eq!(transaction??, sent.wait(1).await?.transaction.hash, "{row:?}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_asked_once_nobody_waits() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        included(&client, enable(&client).await?).await?;
        faulty
            .faults([Fault::on(Service::Bundler, "eth_getUserOperationReceipt").null()])
            .await?;
        let sent = client.use_session(sponsored_mint(&client)).await?;
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
    }
    Ok(())
}
