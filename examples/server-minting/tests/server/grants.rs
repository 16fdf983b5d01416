//! Grants of several processes at once.

use std::os::unix::process::ExitStatusExt;

use futures::future::join_all;
use use_aa::SessionStatus;

use crate::{
    postgres::{locks, locks_are},
    processes::{KINDS, SOON, World, succeeded},
};

const ESTIMATE: &str = "eth_estimateUserOperationGas";

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
    world.delay(ESTIMATE, SOON).await;
    let mut killed = world.start_grant();
    // The estimate is requested under the account's lock.
    world.is_asked(ESTIMATE).await;
    assert_eq!(locks(&world.database, true).await, 1);
    world.delay_nothing().await;
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
