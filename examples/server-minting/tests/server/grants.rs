//! Grants of several processes at once.

use std::{os::unix::process::ExitStatusExt, time::Duration};

use devnet::{Control, Entry, Fault, Service};
use futures::future::join_all;
use use_aa::SessionStatus;

use crate::{
    postgres::{locks, locks_are},
    processes::{KINDS, World, succeeded},
};

/// A delay longer than anything takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(60);

async fn control(world: &World, control: Control) {
    let request = reqwest::Client::new()
        .post(format!("{}/control", world.devnet))
        .body(serde_json::to_string(&control).unwrap());
    assert!(request.send().await.unwrap().status().is_success());
}

/// Resolves once the bundler was asked for an estimate, which happens under the account's lock.
async fn is_estimating(world: &World) {
    let is_asked = async || {
        let log = reqwest::get(format!("{}/log", world.devnet)).await.unwrap();
        let log: Vec<Entry> = serde_json::from_str(&log.text().await.unwrap()).unwrap();
        let mut methods = log.iter().flat_map(|entry| &entry.methods);
        methods.any(|method| method == "eth_estimateUserOperationGas")
    };
    while !is_asked().await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn grants_of_several_processes_at_once_are_all_in_force() {
    for kind in KINDS {
        let world = World::new(kind).await;

        let granting: Vec<_> = (0..3).map(|_| world.start_grant()).collect();
        for process in granting {
            succeeded(process.wait_with_output().unwrap());
        }

        let sessions = world.client().await.sessions().await.unwrap();
        assert_eq!(sessions.all.len(), 3, "{kind}: {sessions:#?}");
        assert_eq!((sessions.untracked, sessions.damaged), (0, 0), "{kind}");
        for record in &sessions.all {
            assert!(record.has_key, "{kind}: {record:#?}");
            let is_in_force = matches!(record.status, SessionStatus::Granted | SessionStatus::Active);
            assert!(is_in_force, "{kind}: {record:#?}");
        }
        assert_eq!(locks(&world.database, true).await, 0, "{kind}");
    }
}

#[tokio::test]
async fn process_that_is_killed_releases_its_lock() {
    let world = World::new("biconomy-v2").await;
    let late = Fault::on(Service::Bundler, "eth_estimateUserOperationGas").delay(SOON);
    control(&world, Control::faults([late])).await;
    let mut killed = world.start_grant();
    is_estimating(&world).await;
    assert_eq!(locks(&world.database, true).await, 1);
    control(&world, Control::faults([])).await;
    let waiting = world.start_grant();
    locks_are(&world.database, false, 1).await;

    killed.kill().unwrap();

    assert_eq!(killed.wait().unwrap().signal(), Some(9));
    succeeded(waiting.wait_with_output().unwrap());
    assert_eq!(locks(&world.database, true).await, 0);
    let clients = join_all([(); 2].map(|()| world.client())).await;
    for client in clients {
        assert_eq!(client.sessions().await.unwrap().active().len(), 1);
    }
}
