//! An operation that only the chain's logs have, at nodes that limit a search.

use std::time::Instant;

use serde_json::Value;
use use_aa::{
    BiconomyV2, BundlerKind, EntryPoint, Payment, Request, Services, SmartAccountClient, WaitOptions,
    rpc::{Bundler, Failure, Node, Refusal},
};

use super::mint;
use crate::support::{
    Outcome, SOON,
    bent::{Bent, answered, number},
    faulty::Serial,
    included, owner,
};

#[tokio::test]
async fn operation_is_found_behind_every_limit_of_a_log_search() -> Outcome {
    let serial = Serial::begin().await?;
    let sender = SmartAccountClient::new(serial.services(), BiconomyV2::owned_by(owner()));
    let sent = sender.send(mint(&sender).pay(Payment::Sponsored)).await?;
    included(&sender, sent.hash()).await?;
    // In one request they would take a busy machine longer than a request may.
    for _ in 0..10 {
        serial.mine(100).await?;
    }
    let newest = sender.send(mint(&sender).pay(Payment::Sponsored)).await?;
    included(&sender, newest.hash()).await?;

    let limited =
        |message: &'static str| move || Failure::Refused(Box::new(Refusal::new(-32614, message, None)));
    let gateway = || Failure::Http {
        status: 504,
        excerpt: "<html>".to_owned(),
    };
    let failures: [(u64, Box<dyn Fn() -> Failure + Send + Sync>); 5] = [
        (1, Box::new(limited("one block at a time"))),
        (5, Box::new(limited("up to a 5 block range"))),
        (9, Box::new(|| Failure::TooLarge(1 << 20))),
        (10, Box::new(limited("exceeds max block range 10"))),
        (50, Box::new(gateway)),
    ];
    for (limit, failure) in failures {
        let node = Bent::new(&format!("{}/rpc", serial.url()), move |method, params| {
            let [from, to] = ["fromBlock", "toBlock"].map(|name| number(params.first()?.get(name)?).into());
            let (from, to): (Option<u64>, Option<u64>) = (from, to);
            let is_long = method == "eth_getLogs" && to?.saturating_sub(from?) >= limit;
            is_long.then(|| Err(failure()))
        })?;
        let silent = Bent::new(serial.url(), |_, _| answered(Value::Null))?;
        let bundler = Bundler::over(BundlerKind::STANDARD, silent, EntryPoint::v0_6(80_002));
        let services = Services::over(Node::over(node), bundler, None);
        let other = SmartAccountClient::new(services, BiconomyV2::at(sender.address()));

        // A thousand blocks ago, and now.
        for (age, hash) in [("an old", sent.hash()), ("a new", newest.hash())] {
            let begun = Instant::now();
            let receipt = other.wait(hash, WaitOptions::default().timeout(SOON)).await;
            println!(
                "a limit of {limit}: {age} operation is found after {} ms",
                begun.elapsed().as_millis()
            );

            assert_eq!(receipt.map(|receipt| receipt.success), Ok(true), "{limit}: {age}");
        }
    }
    Ok(())
}
