use alloy::primitives::B256;
use futures::{FutureExt as _, future::LocalBoxFuture};
use use_aa::{
    Cancel, Deploy, ErrorKind, NonceLane, Payment, Request, RevokeSession, SendTransaction,
    SmartAccountClient, SpeedUp, UseSession, UserOpHash, UserOpResponse, WaitOptions,
};

use crate::{
    ended::Ended,
    forger::{Forger, Forgery},
    scene::{Scene, included, mint, reverting_mint, session},
    shape::{Gate, OldTip},
};

type Done = Result<(), Ended>;

/// An act of the library: a row of the table.
pub(crate) struct Act {
    /// The first cell of the row.
    pub(crate) name: &'static str,
    /// Performs the act, with a new account, and checks its effect on the chain.
    pub(crate) perform: for<'a> fn(&'a Scene<'a>) -> LocalBoxFuture<'a, Done>,
}

/// The acts, in the order of the table.
pub(crate) const ACTS: [Act; 27] = [
    act("estimate", |scene| estimate(scene).boxed_local()),
    act("deploy", |scene| deploy(scene).boxed_local()),
    act("send", |scene| send(scene).boxed_local()),
    act("first operation", |scene| first_operation(scene).boxed_local()),
    act("sponsored", |scene| sponsored(scene).boxed_local()),
    act("mock-paymaster", |scene| mock_paymaster(scene).boxed_local()),
    act("two at once", |scene| two_at_once(scene).boxed_local()),
    act("five at once", |scene| five_at_once(scene).boxed_local()),
    act("tip rises", |scene| tip_rises(scene).boxed_local()),
    act("create session", |scene| create_session(scene).boxed_local()),
    act("first session", |scene| first_session(scene).boxed_local()),
    act("use session", |scene| use_session(scene).boxed_local()),
    act("sponsored session", |scene| {
        sponsored_session(scene).boxed_local()
    }),
    act("batch session", |scene| batch_session(scene).boxed_local()),
    act("revoke", |scene| revoke(scene).boxed_local()),
    act("speed up", |scene| speed_up(scene).boxed_local()),
    act("cancel", |scene| cancel(scene).boxed_local()),
    act("wait", |scene| wait(scene).boxed_local()),
    act("receipt", |scene| receipt(scene).boxed_local()),
    act("unknown hash", |scene| unknown_hash(scene).boxed_local()),
    act("AA21 no funds", |scene| no_funds(scene).boxed_local()),
    act("AA23 validation reverts", |scene| {
        forged(scene, Forgery::OtherModule).boxed_local()
    }),
    act("AA24 bad signature", |scene| {
        forged(scene, Forgery::OtherKey).boxed_local()
    }),
    act("AA25 nonce used", |scene| nonce_used(scene).boxed_local()),
    act("call reverts", |scene| call_reverts(scene).boxed_local()),
    act("rate limit", |scene| rate_limit(scene).boxed_local()),
    act("unknown key", |scene| unknown_key(scene).boxed_local()),
];

const fn act(name: &'static str, perform: for<'a> fn(&'a Scene<'a>) -> LocalBoxFuture<'a, Done>) -> Act {
    Act { name, perform }
}

/// Returns a client of a deployed account that has coins.
async fn rich(scene: &Scene<'_>) -> Result<SmartAccountClient, Ended> {
    scene.fund().await?;
    scene.deployed().await?;
    Ok(scene.client()?)
}

/// Sends a mint that the account pays itself.
async fn send_mint(client: &SmartAccountClient) -> Result<UserOpResponse, use_aa::Error> {
    client.send(SendTransaction::from(mint(client))).await
}

async fn estimate(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let estimate = client.gas_estimate(&[mint(&client)]).await?;
    match estimate.gas.call.is_zero() {
        true => Err(Ended::Wrong(format!("{estimate:?}"))),
        false => Ok(()),
    }
}

async fn deploy(scene: &Scene<'_>) -> Done {
    scene.fund().await?;
    let client = scene.client()?;
    let sent = client.deploy(Deploy::default()).await?;
    included(&client, sent).await?;
    match scene.client()?.is_deployed().await? {
        true => Ok(()),
        false => Err(Ended::Wrong("the account has no code".to_owned())),
    }
}

async fn send(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    included(&client, send_mint(&client).await?).await?;
    Ok(scene.minted(1).await?)
}

async fn first_operation(scene: &Scene<'_>) -> Done {
    scene.fund().await?;
    let client = scene.client()?;
    included(&client, send_mint(&client).await?).await?;
    Ok(scene.minted(1).await?)
}

async fn sponsored(scene: &Scene<'_>) -> Done {
    scene.deployed().await?;
    sponsored_mint(scene, scene.client()?).await
}

async fn mock_paymaster(scene: &Scene<'_>) -> Done {
    scene.deployed().await?;
    let client = scene.client_of(scene.account(), &scene.world.mock_paymaster)?;
    sponsored_mint(scene, client).await
}

async fn sponsored_mint(scene: &Scene<'_>, client: SmartAccountClient) -> Done {
    let request = SendTransaction::from(mint(&client)).pay(Payment::Sponsored);
    included(&client, client.send(request).await?).await?;
    Ok(scene.minted(1).await?)
}

async fn two_at_once(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let (first, second) = futures::try_join!(send_mint(&client), send_mint(&client))?;
    futures::try_join!(included(&client, first), included(&client, second))?;
    Ok(scene.minted(2).await?)
}

async fn five_at_once(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let held = scene.bundler.hold().await?;
    let mut sent = Vec::new();
    let mut refused = None;
    for _ in 0..5 {
        match send_mint(&client).await {
            Ok(op) => sent.push(op),
            Err(error) => refused = Some(error),
        }
    }
    held.release().await?;
    let taken = sent.len();
    for op in sent {
        included(&client, op).await?;
    }
    scene.minted(taken).await?;
    match refused {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

async fn tip_rises(scene: &Scene<'_>) -> Done {
    scene.fund().await?;
    scene.deployed().await?;
    let client = scene.client_through(OldTip::default())?;
    included(&client, send_mint(&client).await?).await?;
    Ok(scene.minted(1).await?)
}

async fn create_session(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    grant(client).await
}

async fn first_session(scene: &Scene<'_>) -> Done {
    scene.fund().await?;
    grant(scene.client()?).await
}

async fn grant(client: SmartAccountClient) -> Done {
    let sent = client
        .create_session(session(&client))
        .await?
        .into_user_op()
        .expect("the grant is an operation");
    included(&client, sent).await?;
    active(&client, 1).await
}

async fn active(client: &SmartAccountClient, expected: usize) -> Done {
    let active = client.sessions().await?.active().len();
    match active == expected {
        true => Ok(()),
        false => Err(Ended::Wrong(format!(
            "{active} sessions are active, not {expected}"
        ))),
    }
}

async fn use_session(scene: &Scene<'_>) -> Done {
    scene.fund().await?;
    scene.granted().await?;
    let client = scene.client()?;
    let sent = client.use_session(UseSession::new(mint(&client))).await?;
    included(&client, sent).await?;
    Ok(scene.minted(1).await?)
}

async fn sponsored_session(scene: &Scene<'_>) -> Done {
    scene.granted().await?;
    let client = scene.client()?;
    let request = UseSession::new(mint(&client)).pay(Payment::Sponsored);
    included(&client, client.use_session(request).await?).await?;
    Ok(scene.minted(1).await?)
}

async fn batch_session(scene: &Scene<'_>) -> Done {
    scene.fund().await?;
    scene.granted().await?;
    let client = scene.client()?;
    let batch = UseSession::new([mint(&client), mint(&client)]);
    let sent = client.use_session(batch).await?;
    included(&client, sent).await?;
    Ok(scene.minted(2).await?)
}

async fn revoke(scene: &Scene<'_>) -> Done {
    scene.fund().await?;
    scene.granted().await?;
    let client = scene.client()?;
    let sessions = client.sessions().await?.active();
    let sent = client
        .revoke_session(RevokeSession::new(sessions.iter().map(|session| session.id)))
        .await?;
    included(&client, sent).await?;
    active(&client, 0).await
}

async fn speed_up(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let held = scene.bundler.hold().await?;
    let replaced = async {
        let old = send_mint(&client).await?;
        let new = client.speed_up(SpeedUp::new(&old)).await?;
        Ok::<_, Ended>((old, new))
    };
    let replaced = replaced.await;
    held.release().await?;
    end_of(&client, replaced?).await?;
    Ok(scene.minted(1).await?)
}

async fn cancel(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let held = scene.bundler.hold().await?;
    let replaced = async {
        let old = send_mint(&client).await?;
        let new = client.cancel(Cancel::new(&old)).await?;
        Ok::<_, Ended>((old, new))
    };
    let replaced = replaced.await;
    held.release().await?;
    end_of(&client, replaced?).await?;
    Ok(scene.minted(0).await?)
}

/// Waits for an operation and for the one that it replaced.
async fn end_of(client: &SmartAccountClient, (old, new): (UserOpResponse, UserOpResponse)) -> Done {
    let by = included(client, new).await?;
    match included(client, &old).await {
        Err(Ended::Library(error)) if matches!(error.kind(), ErrorKind::Replaced { by: Some(hash), .. } if *hash == by) => {
            Ok(())
        }
        other => Err(Ended::Wrong(format!("the replaced operation: {other:?}"))),
    }
}

async fn wait(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let sent = send_mint(&client).await?;
    // Another device knows only the hash.
    let hash = sent.hash();
    included(&scene.client()?, hash).await?;
    Ok(())
}

async fn receipt(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let hash = included(&client, send_mint(&client).await?).await?;
    let bundler = scene.bundler_client()?;
    let receipt = bundler.receipt(hash).await.map_err(use_aa::Error::from)?;
    let known = bundler.has(hash).await.map_err(use_aa::Error::from)?;
    match receipt {
        Some(receipt) if known && receipt.success && receipt.hash == hash => Ok(()),
        other => Err(Ended::Wrong(format!("known: {known}, receipt: {other:?}"))),
    }
}

async fn unknown_hash(scene: &Scene<'_>) -> Done {
    let bundler = scene.bundler_client()?;
    let hash = UserOpHash(B256::repeat_byte(0xcd));
    let receipt = bundler.receipt(hash).await.map_err(use_aa::Error::from)?;
    let known = bundler.has(hash).await.map_err(use_aa::Error::from)?;
    if receipt.is_some() || known {
        return Err(Ended::Wrong(format!("known: {known}, receipt: {receipt:?}")));
    }
    let brief = WaitOptions::default().timeout(std::time::Duration::from_secs(2));
    match scene.client()?.wait(hash, brief).await {
        Err(error) if matches!(error.kind(), ErrorKind::TimedOut { .. }) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(receipt) => Err(Ended::Wrong(format!("{receipt:?}"))),
    }
}

async fn no_funds(scene: &Scene<'_>) -> Done {
    scene.deployed().await?;
    let client = scene.client()?;
    included(&client, send_mint(&client).await?).await?;
    Ok(())
}

async fn forged(scene: &Scene<'_>, forgery: Forgery) -> Done {
    scene.fund().await?;
    scene.deployed().await?;
    let forger = Forger::new(scene.account(), forgery);
    let client = scene.client_of(forger, &scene.world.paymaster())?;
    included(&client, send_mint(&client).await?).await?;
    Ok(())
}

async fn nonce_used(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let nonce = scene.used_nonce().await?;
    let request = SendTransaction::from(mint(&client)).nonce(NonceLane::Given(nonce));
    included(&client, client.send(request).await?).await?;
    Ok(())
}

async fn call_reverts(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let sent = client.send(SendTransaction::from(reverting_mint())).await?;
    included(&client, sent).await?;
    Ok(())
}

async fn rate_limit(scene: &Scene<'_>) -> Done {
    let client = rich(scene).await?;
    let gate = scene.gate(Gate::limited)?;
    let limited = scene.client_behind(gate)?;
    included(&client, send_mint(&limited).await?).await?;
    Ok(scene.minted(1).await?)
}

async fn unknown_key(scene: &Scene<'_>) -> Done {
    let gate = scene.gate(Gate::shut)?;
    rich(scene).await?;
    send_mint(&scene.client_behind(gate)?).await?;
    Ok(())
}
