//! Reorganized blocks, operations that are sent twice, and stuck grants.

use alloy::primitives::{B256, U256};
use devnet::{Fault, Service};
use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::timeout;
use use_aa::{
    BiconomyV2, BundlerKind, Contracts, CreateSession, Error, ErrorKind, NonceKey, NonceLane, Payment,
    Request, RevokeSession, SendTransaction, Services, SessionStatus, Simulation, SmartAccountClient,
    SpeedUp, UserOpOptions,
    rpc::{Http, Node},
    session::merkle::set_merkle_root,
};

use crate::support::{
    Kind, Outcome, SOON,
    faulty::{Faulty, Serial},
    fund_at, included, mint, mint_policy, mint_to, owner, request, sponsored_grant,
};

const RECEIPT: &str = "eth_getUserOperationReceipt";

#[tokio::test]
async fn an_operation_whose_block_is_gone_for_good_is_told_as_dropped() -> Outcome {
    let serial = Serial::begin().await?;
    let dialects = [
        (Kind::BiconomyV2, serial.services(), "api/v2/80002/key"),
        (Kind::BiconomyV2, serial.standard_services(), "bundler"),
        (Kind::Nexus, serial.standard_services(), "bundler"),
    ];
    for (kind, services, bundler) in dialects {
        let client = kind.owned_by(services, owner());
        fund_at(serial.url(), client.address(), U256::from(10).pow(U256::from(18))).await?;
        let sent = client
            .send(SendTransaction::from(mint_to(client.address())))
            .await?;
        let op = client.pending_user_ops().await?.remove(0);
        let first = sent.wait(1).await?;
        assert_eq!(client.pending_user_ops().await?, []);
        let bundler = Node::new(Http::new(format!("{}/{bundler}", serial.url()).parse()?));
        let told: Value = request(&bundler, RECEIPT, [sent.hash()]).await?;
        serial.reorg(1).await?;
        // The bundler reports the operation as included forever.
        serial
            .fault(Fault::on(Service::Bundler, RECEIPT).rewrite(told))
            .await?;

        let gone = timeout(SOON, client.wait(sent.hash(), 1)).await?;
        serial.no_faults().await?;
        let again = client.speed_up(SpeedUp::new(sent.hash())).await?;
        let second = included(&client, again.hash()).await?;

        assert!(first.success);
        let expected = ErrorKind::Dropped {
            hash: op.hash,
            nonce: op.nonce,
        };
        assert_eq!(gone.err(), Some(expected.into()));
        assert_eq!(second.nonce, op.nonce);
        assert_eq!(client.pending_user_ops().await?, []);
    }
    Ok(())
}

#[tokio::test]
async fn an_operation_whose_block_comes_back_is_not_lost() -> Outcome {
    const LOOKS: u32 = 8;

    let faulty = Faulty::begin().await?;
    for kind in Kind::ALL {
        let client = kind.owned_by(kind.services_at(faulty.url()), owner());
        let sent = client.send(mint(&client)).await?;
        // The bundler knows the block, the node does not yet.
        faulty
            .faults([
                Fault::on(Service::Node, "eth_getTransactionReceipt")
                    .null()
                    .times(LOOKS),
                Fault::on(Service::Node, "eth_getLogs")
                    .rewrite(json!([]))
                    .times(LOOKS),
                Fault::on(Service::Node, "eth_call")
                    .rewrite(json!(B256::ZERO))
                    .times(LOOKS),
            ])
            .await?;

        let receipt = timeout(SOON, client.wait(sent.hash(), 1)).await?;

        assert!(receipt?.success);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_sent_twice_is_sent_although_the_second_is_refused() -> Outcome {
    let serial = Serial::begin().await?;
    for kind in Kind::ALL {
        // Both dialects tell whether the bundler has an operation.
        let services = match kind {
            Kind::BiconomyV2 => serial.services(),
            Kind::Nexus => Services::new(80002, &format!("{}/rpc", serial.url()))?
                .bundler(BundlerKind::PIMLICO, &format!("{}/bundler", serial.url()))?,
        };
        let client = kind.owned_by(services, owner());
        fund_at(serial.url(), client.address(), U256::from(10).pow(U256::from(18))).await?;
        let mint = SendTransaction::from(mint_to(client.address()));
        included(&client, client.send(mint.clone()).await?).await?;
        // On Nexus the key names the validator: the zero address is the owner's.
        let mut key = [0; 24];
        key[..3].fill(7);
        let lane = NonceLane::Given(NonceKey::from_bytes(key).at(0));
        let same = || client.send(mint.clone().nonce(lane));
        // The same gas and fees for both, so that their hashes are equal.
        let limits = json!({"callGasLimit": "200000", "verificationGasLimit": "200000", "preVerificationGas": "100000"});
        let limits = Fault::on(Service::Bundler, "eth_estimateUserOperationGas").rewrite(limits);
        let fees = json!({"maxFeePerGas": "20000000000", "maxPriorityFeePerGas": "2000000000"});
        let fees = match kind {
            Kind::BiconomyV2 => Fault::on(Service::Bundler, "biconomy_getGasFeeValues").rewrite(fees),
            Kind::Nexus => {
                let all = json!({"slow": fees, "standard": fees, "fast": fees});
                Fault::on(Service::Bundler, "pimlico_getUserOperationGasPrice").rewrite(all)
            }
        };

        // The bundler accepts the operation, but responds with an invalid hash.
        let nothing = Fault::on(Service::Bundler, "eth_sendUserOperation").rewrite("0x");
        serial.faults([limits.clone(), fees.clone(), nothing]).await?;
        serial.hold(true).await?;
        let first = same().await;
        let [kept] = client
            .pending_user_ops()
            .await?
            .try_into()
            .map_err(|ops| format!("{ops:?} {first:?}"))?;
        let known = Fault::on(Service::Bundler, "eth_sendUserOperation")
            .refusal(-32602, "Already known")
            .status(400);
        serial.faults([limits, fees, known]).await?;
        let second = same().await;
        serial.no_faults().await?;
        serial.hold(false).await?;

        // The bundler is asked whether it has the operation.
        assert_eq!(first?.hash(), kept.hash);
        assert_eq!(second?.hash(), kept.hash);
        included(&client, kept.hash).await?;
        assert_eq!(client.pending_user_ops().await?, []);
    }
    Ok(())
}

#[tokio::test]
async fn all_sessions_can_be_ended_while_a_grant_is_stuck() -> Outcome {
    let serial = Serial::begin().await?;
    let clients = [serial.services(), serial.standard_services()]
        .map(|services| SmartAccountClient::new(services, BiconomyV2::owned_by(owner())));
    serial.hold(true).await?;
    // Both wait for the stuck operation at the same time.
    let ends = clients.iter().map(async |client| {
        let stuck = client
            .create_session(sponsored_grant(client))
            .await?
            .into_user_op()
            .unwrap();
        let request = RevokeSession::all().pay(Payment::Sponsored);
        Ok::<_, Error>((stuck, client.revoke_session(request).await?))
    });
    let ends = timeout(SOON, try_join_all(ends)).await??;
    serial.hold(false).await?;

    for (client, (stuck, ended)) in clients.iter().zip(ends) {
        included(client, ended.hash()).await?;
        let granted = timeout(SOON, client.wait(stuck.hash(), 1)).await?;

        let by = Some(ended.hash());
        assert!(
            matches!(
                granted.as_ref().map_err(Error::kind),
                Err(ErrorKind::Replaced { by: found, .. }) if *found == by
            ),
            "{granted:?}"
        );
        let sessions = client.sessions().await?;
        assert_eq!(sessions.active().len(), 0);
        assert_eq!(sessions.all[0].status, SessionStatus::Failed);
        assert_eq!(client.pending_user_ops().await?, []);
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_grant_ends_no_sessions_that_came_meanwhile() -> Outcome {
    let faulty = Faulty::begin().await?;
    let client = SmartAccountClient::new(faulty.services(), BiconomyV2::owned_by(owner()));
    included(&client, client.send(mint(&client)).await?).await?;
    faulty.drop_next_send().await?;
    let lost = client.create_session(sponsored_grant(&client)).await;
    let lost = lost
        .err()
        .and_then(|error| error.may_be_sent())
        .ok_or("it was sent")?;
    // Another program grants with a different nonce key.
    let theirs = B256::repeat_byte(5);
    let manager = Contracts::default().session_key_manager;
    let grant = SendTransaction::from(set_merkle_root(manager, theirs)).pay(Payment::Sponsored);
    included(&client, client.send(grant).await?).await?;

    let again = client.speed_up(SpeedUp::new(lost)).await;

    assert!(
        matches!(
            again.as_ref().map_err(Error::kind),
            Err(ErrorKind::UntrackedSessions { grants: 1 })
        ),
        "{again:?}"
    );
    assert_eq!(client.pending_user_ops().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_grant_that_is_sent_twice_and_reverts_has_failed() -> Outcome {
    let serial = Serial::begin().await?;
    let client = SmartAccountClient::new(serial.services(), BiconomyV2::owned_by(owner()));
    fund_at(serial.url(), client.address(), U256::from(10).pow(U256::from(18))).await?;
    let first = client
        .create_session(sponsored_grant(&client))
        .await?
        .into_user_op()
        .unwrap();
    included(&client, first).await?;
    // Enough gas to start the call, and too little to finish it.
    let limits =
        json!({"callGasLimit": "5000", "verificationGasLimit": "200000", "preVerificationGas": "100000"});
    let limits = Fault::on(Service::Bundler, "eth_estimateUserOperationGas").rewrite(limits);
    serial.hold(true).await?;
    serial.fault(limits).await?;
    let options = UserOpOptions::new().simulation(Simulation::Validation);
    let grant = CreateSession::new([mint_policy(client.address())]).options(options.clone());

    let old = client.create_session(grant).await?.into_user_op().unwrap();
    let new = client.speed_up(SpeedUp::new(&old).options(options)).await?;
    serial.no_faults().await?;
    serial.hold(false).await?;
    let receipt = timeout(SOON, client.wait(new.hash(), 1)).await??;

    assert!(!receipt.success, "there is not so much gas");
    let sessions = client.sessions().await?;
    let statuses: Vec<_> = sessions.all.iter().map(|session| &session.status).collect();
    assert_eq!(sessions.active().len(), 1);
    assert!(statuses.contains(&&SessionStatus::Failed), "{statuses:?}");
    Ok(())
}
