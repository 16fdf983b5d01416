//! The chain decides whether an operation is included, independent of the bundler's answers.

use std::time::Duration;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};
use devnet::{Fault, Service};
use serde_json::json;
use tokio::time::timeout;
use use_aa::{
    BundlerKind, Error, ErrorKind, Payment, Request, SendTransaction, Services, StateOverride, UserOpHash,
    UserOpOptions, WaitOptions,
    rpc::{self, Failure},
};

use crate::support::{
    Kind, Nft, Outcome, SOON, Token,
    faulty::{Faulty, Serial},
    fund_at, included, mint, mint_to, owner,
};

/// The time in which the chain is searched.
const A_WHILE: Duration = Duration::from_secs(4);

const RECEIPT: &str = "eth_getUserOperationReceipt";

#[tokio::test]
async fn a_receipt_that_the_chain_does_not_have_is_never_believed() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(faulty.standard_services(), owner());
        let real = included(&client, client.send(mint(&client)).await?).await?;
        let never_sent = UserOpHash(B256::repeat_byte(0xcd));
        let forged = |transaction: B256| {
            json!({
                "userOpHash": never_sent, "sender": client.address(), "nonce": "0x0", "success": true,
                "actualGasCost": "0x1", "actualGasUsed": "0x1", "logs": [],
                "receipt": {"transactionHash": transaction, "blockHash": B256::ZERO, "blockNumber": "0x1"},
            })
        };

        // A missing transaction, and an existing one with another operation.
        for transaction in [B256::repeat_byte(0xee), real.transaction.hash] {
            let lie = forged(transaction);
            faulty
                .fault(Fault::on(Service::Bundler, RECEIPT).rewrite(lie))
                .await?;
            for confirmations in [1, 2] {
                let wait = WaitOptions::from(confirmations).timeout(A_WHILE);
                let answer = client.wait(never_sent, wait).await;

                let Err(ErrorKind::TimedOut { last: Some(last), .. }) = answer.as_ref().map_err(Error::kind)
                else {
                    return Err(format!("{answer:?}").into());
                };
                assert_eq!(last.service(), rpc::Service::Bundler);
                assert_eq!(last.failure(), &Failure::NotOnChain(Box::new(transaction)));
            }
        }
        faulty.no_faults().await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_the_bundler_gets_wrong_is_told_as_the_chain_has_it() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(faulty.standard_services(), owner());
        let sent = client.send(mint(&client)).await?;
        let truth = included(&client, sent.hash()).await?;
        let lies = json!({
            "success": false, "reason": "no luck", "sender": Address::repeat_byte(1), "nonce": "0x7",
            "paymaster": Address::repeat_byte(2), "actualGasCost": "0x1", "actualGasUsed": "0x2", "logs": [],
        });
        faulty
            .fault(Fault::on(Service::Bundler, RECEIPT).merge(lies))
            .await?;

        let receipt = sent.wait(1).await?;

        assert_eq!(receipt, truth);
        assert!(receipt.success && receipt.reason.is_none());
        assert_eq!(receipt.sender, client.address());
        assert!(receipt.actual_gas_cost > U256::from(1_000_000_u64));
        // The logs of deployment, paymaster and collection, up to the operation's own event.
        let minted = receipt
            .logs
            .iter()
            .any(|log| log.address == mint_to(client.address()).to);
        assert!(minted, "{:?}", receipt.logs);
        faulty.no_faults().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_reason_of_a_revert_is_the_entry_points() -> Outcome {
    // A revert on the shared chain disturbs the estimates of other tests.
    let faulty = Serial::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(faulty.standard_services(), owner());
        included(&client, client.send(mint(&client)).await?).await?;
        let token = devnet::Contracts::default().token;
        let call = use_aa::Call::new(
            token,
            Token::transferCall {
                to: Address::repeat_byte(1),
                amount: U256::from(1),
            },
        );
        // The estimate overrides the account's balance. `_balances` is the first storage slot of OpenZeppelin's ERC-20.
        let balance = keccak256((client.address(), U256::ZERO).abi_encode());
        let rich = StateOverride::new().slot(token, balance, B256::with_last_byte(1));
        let options = UserOpOptions::new().pay(Payment::Sponsored).state(rich);
        faulty
            .fault(Fault::on(Service::Bundler, RECEIPT).merge(json!({"reason": "no luck", "success": true})))
            .await?;

        let sent = client.send(SendTransaction::from(call).options(options)).await?;
        let receipt = sent.wait(1).await?;

        assert!(!receipt.success);
        let reason = receipt.reason.unwrap_or_default();
        assert!(reason.contains("ERC20"), "{reason}");
        faulty.no_faults().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_node_that_lags_behind_the_bundler_is_asked_again() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(faulty.standard_services(), owner());
        let sent = client.send(mint(&client)).await?;
        faulty
            .faults([
                Fault::on(Service::Node, "eth_getTransactionReceipt")
                    .null()
                    .times(2),
                Fault::on(Service::Node, "eth_getTransactionReceipt")
                    .html(500)
                    .times(2),
            ])
            .await?;

        let receipt = included(&client, sent.hash()).await?;

        assert_eq!(receipt.hash, sent.hash());
        faulty.no_faults().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_chain_is_asked_when_the_bundler_has_forgotten_or_is_silent() -> Outcome {
    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let get = || Fault::on(Service::Bundler, "eth_get*");
        let refusal = get().refusal(-32000, "out of order");
        for fault in [get().null(), get().html(500), get().drop(), refusal] {
            let client = kind.owned_by(faulty.standard_services(), owner());
            let sent = client.send(mint(&client)).await?;
            let truth = sent.wait(1).await?;
            faulty.fault(fault.clone()).await?;

            let receipt = sent.wait(WaitOptions::from(1).timeout(SOON)).await;
            let transaction = sent.wait_for_tx_hash(WaitOptions::default().timeout(SOON)).await;
            faulty.no_faults().await?;

            assert_eq!(receipt.as_ref(), Ok(&truth), "{fault:?}");
            assert_eq!(transaction, Ok(truth.transaction.hash), "{fault:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_bundler_that_is_gone_does_not_matter_once_the_operation_was_sent() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(serial.standard_services(), owner());
        let sent = client.send(mint(&client)).await?;
        let truth = sent.wait(1).await?;
        let gone = Services::new(80002, &format!("{}/rpc", serial.url()))?
            .bundler(BundlerKind::STANDARD, "http://127.0.0.1:9/bundler")?;
        let gone = kind.at(gone, client.address());
        // After the rejected range the chain is searched in several shorter ranges. The operation is in the last one.
        serial.mine(64).await?;
        serial
            .faults([Fault::on(Service::Node, "eth_getLogs")
                .refusal(-32000, "too many blocks")
                .times(1)])
            .await?;

        let receipt = gone.wait(sent.hash(), WaitOptions::from(3).timeout(SOON)).await?;

        assert_eq!(receipt, truth);
    }
    Ok(())
}

#[tokio::test]
async fn an_operation_that_a_reorganisation_drops_is_not_confirmed() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(serial.standard_services(), owner());
        fund_at(serial.url(), client.address(), U256::from(10).pow(U256::from(18))).await?;
        included(&client, client.send(mint_to(client.address()).into()).await?).await?;
        let sent = client.send(mint_to(client.address()).into()).await?;
        let first = sent.wait(1).await?;

        let deep = sent.wait(WaitOptions::from(3).timeout(A_WHILE));
        let dropped = async {
            serial.reorg(1).await?;
            serial.mine(5).await
        };
        let (deep, dropped) = tokio::join!(deep, dropped);
        dropped?;
        let again = timeout(SOON, sent.wait(WaitOptions::from(1).timeout(A_WHILE))).await?;

        assert!(first.success);
        for answer in [deep, again] {
            assert!(
                matches!(
                    answer.as_ref().map_err(Error::kind),
                    Err(ErrorKind::TimedOut { .. })
                ),
                "{answer:?}"
            );
        }
        let minted: U256 = serial
            .node()?
            .call(
                mint_to(client.address()).to,
                &Nft::balanceOfCall {
                    owner: client.address(),
                },
            )
            .await?;
        assert_eq!(minted, U256::from(1));
    }
    Ok(())
}
