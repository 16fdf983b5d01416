use devnet::{Fault, Service};
use use_aa::{BiconomyV2, Deploy, Payment, Request as _, SmartAccountClient};

use crate::{
    support::{Outcome, included, owner},
    world::{Dialect, World},
};

#[tokio::test(start_paused = true)]
async fn a_wait_looks_often_at_first_unless_the_bundler_fails() -> Outcome {
    let receipt = || Fault::on(Service::Bundler, "eth_getUserOperationReceipt");
    for (fault, expected) in [
        (receipt().null().times(4), 10),
        (receipt().http(500).times(2), 100),
    ] {
        let world = World::new(Dialect::Biconomy);
        let client = SmartAccountClient::new(world.services(), BiconomyV2::owned_by(owner()));
        let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
        world.forget();
        world.faults([fault]);

        included(&client, sent).await?;

        let requests = world.requests();
        let [first, next, ..] = &requests[..] else {
            return Err("the wait asks once only".into());
        };
        let pause = next.began - first.ended.ok_or("no answer")?;
        assert_eq!(pause.as_millis(), expected, "{:?}", next.method);
    }
    Ok(())
}
