//! Errors of services that fail, lie or do not respond.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, B256, U256};
use devnet::{Fault, Service};
use serde_json::{Value, json};
use use_aa::{
    BiconomyV2, Call, Cancel, MemoryStore, NonceLane, Payment, Request, SendTransaction, Services,
    SessionStore, SmartAccountClient, SpeedUp, UseSession, UserOpHash, WaitOptions,
    rpc::{Http, Node},
    session::merkle::{Leaf, Tree},
};

use super::{Outcome, Table};
use crate::support::{faulty::Faulty, fund_at, grant, included, mint_to, owner};

pub(crate) async fn provoke(table: &mut Table) -> Outcome {
    let faulty = Faulty::begin().await?;
    failures(table, &faulty).await?;
    refusals(table, &faulty).await?;
    estimates(table, &faulty).await?;
    lies(table, &faulty).await?;
    costs(table, &faulty).await?;
    waiting(table, &faulty).await?;
    roots(table, &faulty).await
}

fn mint(client: &SmartAccountClient) -> SendTransaction {
    SendTransaction::from(mint_to(client.address()))
}

async fn failures(table: &mut Table, faulty: &Faulty) -> Outcome {
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let calls = || Fault::on(Service::Node, "eth_call");
    let refuse = |code: i64| calls().refusal(code, "no");
    for (code, act, fault) in [
        ("service.unreachable", "a node that hangs up", calls().drop()),
        (
            "service.failed",
            "a node that fails with a page",
            calls().html(500),
        ),
        (
            "service.not_json",
            "a node that answers with a page",
            calls().html(200),
        ),
        ("service.refused", "a node that refuses", refuse(-32000)),
        (
            "service.no_such_method",
            "a node without the method",
            refuse(-32601),
        ),
        (
            "service.invalid_request",
            "a node of another dialect",
            refuse(-32602),
        ),
        ("service.not_allowed", "a node that wants a key", refuse(401)),
        (
            "service.rate_limited",
            "a node that was asked too often",
            refuse(-32005),
        ),
        (
            "service.null_answer",
            "a node that answers null",
            calls().rewrite(Value::Null),
        ),
        (
            "service.malformed_answer",
            "a node that answers half a word",
            calls().rewrite("0x12"),
        ),
        (
            "service.answer_too_large",
            "a node that answers too much",
            calls().rewrite("0".repeat(2 << 20)),
        ),
    ] {
        faulty.fault(fault).await?;
        table.add_code(code, act, client.sessions().await)?;
    }

    let delay = Fault::on(Service::Node, "eth_chainId").delay(Duration::from_millis(2_000));
    faulty.fault(delay).await?;
    let url = format!("{}/rpc", faulty.url()).parse()?;
    let impatient = Node::new(Http::new(url).timeout(Duration::from_millis(100)));
    table.add("a node that is too slow", impatient.chain_id().await)?;

    let other = json!({ "callData": "0xdeadbeef" });
    let merge = Fault::on(Service::Paymaster, "pm_sponsorUserOperation").merge(other);
    faulty.fault(merge).await?;
    let sponsored = mint(&client).pay(Payment::Sponsored);
    table.add("a paymaster that changes the call", client.send(sponsored).await)
}

/// Operations that the bundler or the paymaster rejects.
async fn refusals(table: &mut Table, faulty: &Faulty) -> Outcome {
    for (code, service, number, message) in [
        (
            "refused.account_cannot_pay",
            Service::Bundler,
            -32500,
            "AA21 didn't pay prefund",
        ),
        (
            "refused.call_reverts",
            Service::Bundler,
            -32521,
            "execution reverted",
        ),
        (
            "refused.deployment",
            Service::Bundler,
            -32500,
            "AA13 initCode failed or OOG",
        ),
        (
            "refused.gas",
            Service::Bundler,
            -32500,
            "AA40 over verificationGasLimit",
        ),
        (
            "refused.low_fees",
            Service::Bundler,
            -32602,
            "transaction underpriced",
        ),
        (
            "refused.too_many_pending",
            Service::Bundler,
            -32505,
            "Max operations (4) reached for sender",
        ),
        (
            "refused.outside_interval",
            Service::Bundler,
            -32503,
            "AA22 expired or not due",
        ),
        ("refused.paymaster", Service::Bundler, -32501, "AA33 reverted"),
        (
            "refused.paymaster",
            Service::Paymaster,
            -32099,
            "not this account",
        ),
        (
            "refused.paymaster_deposit",
            Service::Bundler,
            -32508,
            "AA31 paymaster deposit too low",
        ),
        (
            "refused.reputation",
            Service::Bundler,
            -32504,
            "the paymaster is throttled",
        ),
        (
            "refused.session_not_granted",
            Service::Bundler,
            -32500,
            "AA23 reverted: SessionNotApproved",
        ),
        (
            "refused.signature",
            Service::Bundler,
            -32507,
            "AA24 signature error",
        ),
        (
            "refused.validation",
            Service::Bundler,
            -32500,
            "AA23 reverted (or OOG)",
        ),
    ] {
        let method = match service {
            Service::Paymaster => "pm_sponsorUserOperation",
            _ => "eth_sendUserOperation",
        };
        let fault = Fault::on(service, method).refusal(number, message);
        faulty.fault(fault).await?;
        let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
        let sponsored = mint(&client).pay(Payment::Sponsored);
        table.add_code(code, message, client.send(sponsored).await)?;
    }
    Ok(())
}

/// A session's call at a bundler that validates without the call data.
async fn estimates(table: &mut Table, faulty: &Faulty) -> Outcome {
    faulty.no_faults().await?;
    let client = SmartAccountClient::new(faulty.standard_services(), BiconomyV2::owned_by(owner()));
    grant(&client).await?;
    let blind = Fault::on(Service::Bundler, "eth_estimateUserOperationGas")
        .refusal(-32500, "AA23 reverted: ABISV Not Execute Selector");
    faulty.fault(blind).await?;
    let mint = UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);
    table.add_code(
        "service.estimated_without_calls",
        "a bundler that estimates without calls",
        client.use_session(mint).await,
    )
}

async fn lies(table: &mut Table, faulty: &Faulty) -> Outcome {
    faulty.no_faults().await?;
    let bound = faulty.services().paymaster_address(Address::repeat_byte(7));
    let client = SmartAccountClient::new(bound, BiconomyV2::owned_by(owner()));
    let sponsored = mint(&client).pay(Payment::Sponsored);
    table.add(
        "a paymaster that names another contract",
        client.send(sponsored).await,
    )?;

    let client = SmartAccountClient::new(faulty.standard_services(), BiconomyV2::owned_by(owner()));
    let other = Fault::on(Service::Bundler, "eth_chainId").rewrite("0x1");
    faulty.fault(other).await?;
    table.add("a bundler of another chain", client.send(mint(&client)).await)?;
    let newer = json!([Address::repeat_byte(7)]);
    let newer = Fault::on(Service::Bundler, "eth_supportedEntryPoints").rewrite(newer);
    faulty.fault(newer).await?;
    table.add(
        "a bundler of another entry point",
        client.send(mint(&client)).await,
    )?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let other = B256::repeat_byte(0xab);
    let wrong = Fault::on(Service::Bundler, "eth_sendUserOperation").rewrite(json!(other));
    faulty.fault(wrong).await?;
    let sponsored = mint(&client).pay(Payment::Sponsored);
    table.add(
        "a bundler that answers with another hash",
        client.send(sponsored).await,
    )?;

    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let silent = Fault::on(Service::Bundler, "eth_sendUserOperation").drop();
    faulty.fault(silent).await?;
    let sponsored = mint(&client).pay(Payment::Sponsored);
    table.add(
        "a bundler that hangs up on an operation",
        client.send(sponsored).await,
    )?;

    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let gas = json!({ "callGasLimit": "9000000000000" });
    let merge = Fault::on(Service::Paymaster, "pm_sponsorUserOperation").merge(gas);
    faulty.fault(merge).await?;
    let sponsored = mint(&client).pay(Payment::Sponsored);
    table.add(
        "a paymaster that asks for endless gas",
        client.send(sponsored).await,
    )
}

async fn costs(table: &mut Table, faulty: &Faulty) -> Outcome {
    faulty.no_faults().await?;
    let services = faulty.services().most_cost(U256::from(1_000));
    let client = SmartAccountClient::new(services, BiconomyV2::owned_by(owner()));
    fund_at(faulty.url(), client.address(), U256::from(10).pow(U256::from(18))).await?;
    table.add("an operation above its limit", client.send(mint(&client)).await)?;

    let nobody = Services::new(80002, &format!("{}/rpc", faulty.url()))?;
    let client = SmartAccountClient::new(nobody, BiconomyV2::owned_by(owner()));
    let sponsored = mint(&client).pay(Payment::Sponsored);
    table.add(
        "a sponsored operation without a paymaster",
        client.send(sponsored).await,
    )
}

async fn waiting(table: &mut Table, faulty: &Faulty) -> Outcome {
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    let nothing = UserOpHash(B256::repeat_byte(0xcd));
    let wait = WaitOptions::default().timeout(Duration::from_millis(200));
    table.add(
        "to wait for what was never sent",
        client.wait(nothing, wait).await,
    )?;
    let receipt = json!({
        "userOpHash": nothing, "sender": client.address(), "nonce": "0x0", "success": true,
        "actualGasCost": "0x1", "actualGasUsed": "0x1",
        "receipt": {"transactionHash": nothing, "blockHash": nothing, "blockNumber": "0x1"},
    });
    let rewrite = Fault::on(Service::Bundler, "eth_getUserOperationReceipt").rewrite(receipt);
    faulty.fault(rewrite).await?;
    table.add(
        "to wait for what the bundler alone has",
        client.wait(nothing, wait.timeout(Duration::from_secs(3))).await,
    )?;
    ends(table, faulty).await
}

/// Operations that never reach the bundler and are never included.
async fn ends(table: &mut Table, faulty: &Faulty) -> Outcome {
    let (owner, store) = (owner(), Arc::new(MemoryStore::default()));
    let client =
        SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner.clone())).store(store.clone());
    let other = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner));
    included(&other, other.send(mint(&other).pay(Payment::Sponsored)).await?).await?;
    let lost = Fault::on(Service::Bundler, "eth_sendUserOperation").drop();
    faulty.fault(lost).await?;
    for _ in 0..2 {
        let unsent = client.send(mint(&client).pay(Payment::Sponsored)).await;
        table.add("to send what the bundler never gets", unsent)?;
    }
    let large = Call::raw(Address::repeat_byte(7), vec![7; 17 << 10]);
    let unsent = client
        .send(SendTransaction::from(large).pay(Payment::Sponsored))
        .await;
    table.add("to send much that the bundler never gets", unsent)?;
    faulty.no_faults().await?;
    let pending = client.pending_user_ops().await?;
    table.add(
        "to hurry what is too large to be kept",
        client.speed_up(SpeedUp::new(pending[2].hash)).await,
    )?;
    table.add(
        "to cancel what somebody else has sent",
        client.cancel(Cancel::new(UserOpHash(B256::repeat_byte(7)))).await,
    )?;
    let lane = NonceLane::Given(pending[0].nonce);
    let another = SendTransaction::from(mint_to(Address::repeat_byte(7))).pay(Payment::Sponsored);
    included(&other, other.send(another.nonce(lane)).await?).await?;
    table.add(
        "to wait for what another operation has replaced",
        client.wait(pending[0].hash, 1).await,
    )?;

    let key = format!("use-aa:ops:80002:{}", client.address());
    let long_ago = Box::new(|text: Option<String>| {
        let mut journal: Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        journal["ops"][0]["sentAt"] = json!(0);
        Ok(Some(journal.to_string()))
    });
    store.update(&key, long_ago).await?;
    table.add(
        "to wait for what the bundler has lost",
        client.wait(pending[1].hash, 1).await,
    )
}

/// The account's sessions change between two reads, repeatedly.
async fn roots(table: &mut Table, faulty: &Faulty) -> Outcome {
    let client = SmartAccountClient::new(faulty.standard_services(), BiconomyV2::owned_by(owner()));
    grant(&client).await?;
    let sessions = client.sessions().await?.active();
    let leaves = sessions.iter().flat_map(|session| {
        let leaves = session
            .permissions
            .iter()
            .map(|permission| permission.leaf(session.id));
        leaves.collect::<Vec<_>>()
    });
    let leaves = leaves.collect::<Result<Vec<_>, _>>()?;
    let root = Tree::new(leaves.iter().map(Leaf::hash)).root();
    let other = B256::repeat_byte(0xef);
    let answers = [other, root, other, root, other]
        .map(|answer| Fault::on(Service::Node, "eth_call").rewrite(answer).times(1));
    faulty.faults(answers).await?;
    let request = UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);
    table.add(
        "a node that cannot make up its mind",
        client.use_session(request).await,
    )
}
