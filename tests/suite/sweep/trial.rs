use std::{collections::HashSet, time::Duration};

use tokio::{
    runtime::Builder,
    time::{advance, timeout},
};
use use_aa::{
    Error, ErrorKind, ServiceError, SessionStatus, SmartAccountClient, SpeedUp, UserOpHash, UserOpResponse,
    WaitOptions,
};

use super::{
    act::{Act, Scene, mint},
    blow::Blow,
    canonical::canonical,
};
use crate::{support::Kind, world::Request};

/// The failure of a trial.
pub(crate) type Wrong = String;

/// A timeout longer than anything takes without hanging, in simulated time.
const FOREVER: Duration = Duration::from_hours(1);
/// The first and the later timeouts of waiting for an operation.
const SHORT: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(40);
/// The maximum number of steps for one act.
const MOST_STEPS: usize = 12;

/// An act under faults, run step by step to its end.
pub(crate) struct Trial {
    scene: Scene,
    client: SmartAccountClient,
    /// The operations that the act has sent, or may have.
    sent: Vec<UserOpHash>,
    patience: Duration,
    /// The included operation that has reverted, with the reason.
    reverted: Option<String>,
}

/// The next action of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Perform,
    Wait(UserOpHash),
    SpeedUp(UserOpHash),
}

impl Next {
    const fn name(self) -> &'static str {
        match self {
            Self::Perform => "perform",
            Self::Wait(_) => "wait",
            Self::SpeedUp(_) => "speed up",
        }
    }
}

/// A step of a trial.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The name of the action.
    pub(crate) name: &'static str,
    /// The state before the step, of services, store and client, with the next action.
    pub(crate) state: String,
    pub(crate) requests: Vec<Request>,
    pub(crate) outcome: Result<(), Error>,
}

impl Step {
    /// Creates a step that is skipped, because it is known to end well.
    const fn known(name: &'static str, state: String) -> Self {
        Self {
            name,
            state,
            requests: Vec::new(),
            outcome: Ok(()),
        }
    }
}

/// The states that are known to end well.
pub(crate) type Known = HashSet<String>;

impl Trial {
    /// Tries an act with faults. Ends early at a known state.
    pub(crate) fn run(scene: &Scene, blows: &[Blow], known: &mut Known) -> (Vec<Step>, Result<(), Wrong>) {
        let mut steps = Vec::new();
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let runtime = runtime.expect("a runtime");
        let end = runtime.block_on(async {
            // Later than all earlier events.
            advance(Duration::from_secs(10)).await;
            let scene = scene.twin().await.map_err(|error| error.to_string())?;
            let client = scene.client();
            let sent = scene.pending.into_iter().collect();
            let trial = Self {
                scene,
                client,
                sent,
                patience: SHORT,
                reverted: None,
            };
            let run = trial.go(blows, known, &mut steps);
            timeout(FOREVER, run).await.map_err(|_| "it hangs".to_owned())?
        });
        (steps, end)
    }

    async fn go(mut self, blows: &[Blow], known: &mut Known, steps: &mut Vec<Step>) -> Result<(), Wrong> {
        let world = self.scene.world.clone();
        let before = (world.nfts_of(self.scene.account), world.included());
        let mut next = Some(Next::Perform);
        let mut passed = Vec::new();
        let last = blows.iter().map(|blow| blow.step).max();
        while let Some(step) = next {
            // A state before the last fault does not determine the end.
            let state = match last {
                Some(last) if last >= steps.len() => String::new(),
                _ => self.state(step).await?,
            };
            if known.contains(&state) {
                known.extend(passed);
                steps.push(Step::known(step.name(), state));
                return Ok(());
            }
            passed.extend((!state.is_empty()).then(|| state.clone()));
            if steps.len() == MOST_STEPS {
                return Err(format!("it is not done after {MOST_STEPS} steps"));
            }
            let blows = || blows.iter().filter(|blow| blow.step == steps.len());
            let lasting = blows().filter(|blow| blow.lasts).count();
            world.forget();
            world.faults(blows().map(Blow::fault));
            let outcome = self.take(step).await;
            let unmet = world.faults_left().saturating_sub(lasting);
            world.faults([]);
            if let Some(reverted) = self.reverted {
                return Err(reverted);
            }
            let requests = world.requests();
            let told = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
            steps.push(Step {
                name: step.name(),
                state,
                requests,
                outcome: told,
            });
            if unmet > 0 {
                return Err("a fault is not met".to_owned());
            }
            next = match outcome {
                Ok(next) => next,
                Err(error) => Some(self.after(step, &error)?),
            };
        }
        self.check_counts(before)?;
        let end = self.end().await?;
        if !known.contains(&end) {
            self.check_end().await?;
            known.insert(end);
        }
        known.extend(passed);
        Ok(())
    }

    /// Performs a step, and returns the next action.
    async fn take(&mut self, step: Next) -> Result<Option<Next>, Error> {
        let client = &self.client;
        let sent = match step {
            Next::Perform => self.scene.perform(client, self.patience).await?,
            Next::SpeedUp(hash) => Some(client.speed_up(SpeedUp::new(hash)).await?.hash()),
            Next::Wait(hash) => {
                self.scene.world.hold(false);
                let receipt = client
                    .wait(hash, WaitOptions::default().timeout(self.patience))
                    .await?;
                let reverted = || format!("{hash} has reverted: {:?}", receipt.reason);
                self.reverted = (!receipt.success).then(reverted);
                None
            }
        };
        self.sent.extend(sent);
        Ok(sent.map(Next::Wait))
    }

    /// Returns the user's next action after an error: the suggested one, otherwise the same again.
    fn after(&mut self, step: Next, error: &Error) -> Result<Next, Wrong> {
        self.check_message(error)?;
        match *error.kind() {
            ErrorKind::TimedOut { hash, .. } if self.patience < LONG => {
                self.patience = LONG;
                Ok(Next::Wait(hash))
            }
            ErrorKind::TimedOut { hash, .. } | ErrorKind::Dropped { hash, .. } => Ok(Next::SpeedUp(hash)),
            ErrorKind::Replaced { by: Some(by), .. } if self.sent.contains(&by) => Ok(Next::Wait(by)),
            ErrorKind::Replaced { hash, by, .. } => Err(format!("{hash} was replaced by {by:?}")),
            ErrorKind::NonceTaken { .. } | ErrorKind::NotPending(_) if !self.sent.is_empty() => {
                Ok(Next::Wait(self.sent[self.sent.len() - 1]))
            }
            _ => Ok(match error.may_be_sent() {
                Some(hash) => {
                    self.sent.push(hash);
                    Next::Wait(hash)
                }
                None => step,
            }),
        }
    }

    async fn state(&self, next: Next) -> Result<String, Wrong> {
        let client = format!("{:?}", self.client);
        let (_, facts) = client
            .split_once("known: Known")
            .expect("what a client has learned is in its `Debug`");
        let (world, texts, sent, patience) = (
            self.scene.world.describe(),
            self.texts().await?,
            &self.sent,
            self.patience,
        );
        Ok(canonical(&format!(
            "{next:?} {sent:?} {patience:?} {world} {texts} {facts}"
        )))
    }

    async fn end(&self) -> Result<String, Wrong> {
        Ok(canonical(&format!(
            "{} {}",
            self.scene.world.describe(),
            self.texts().await?
        )))
    }

    /// Checks that the act was executed exactly once, despite all faults.
    fn check_counts(&self, (nfts, included): (usize, usize)) -> Result<(), Wrong> {
        let world = &self.scene.world;
        let nfts = world.nfts_of(self.scene.account) - nfts;
        let included = world.included() - included;
        let expected = match self.scene.act {
            Act::CreateFirst | Act::Create if self.scene.kind == Kind::Nexus => 1..=1,
            Act::Mend => 1..=1,
            Act::Mint | Act::SendFirst | Act::Send | Act::Wait | Act::SpeedUp | Act::PayInTokens => 1..=1,
            Act::CreateFirst | Act::Create | Act::Revoke | Act::Deploy | Act::Withdraw => 0..=0,
            // The bundler decides which of the two operations comes first.
            Act::Cancel => 0..=1,
        };
        // The owner's operation, and the session's.
        let operations = if self.scene.act == Act::Mend { 2 } else { 1 };
        match expected.contains(&nfts) && included == operations {
            true => Ok(()),
            false => Err(format!("{nfts} NFTs were minted by {included} operations")),
        }
    }

    /// Checks that nothing is lost, and that everything works again.
    async fn check_end(&self) -> Result<(), Wrong> {
        let client = self.scene.client();
        self.check_operations_end(&client).await?;
        let sessions = client.sessions().await.map_err(|error| error.to_string())?;
        let active = sessions.active();
        let expected = match self.scene.act {
            Act::CreateFirst => 1,
            Act::Create | Act::Mend => 2,
            Act::SendFirst | Act::Send | Act::Deploy => 0,
            _ => 1,
        };
        if active.len() != expected || sessions.untracked > 0 || sessions.damaged > 0 {
            return Err(format!(
                "{} of {expected} sessions are active: {sessions:?}",
                active.len()
            ));
        }
        let ended = sessions
            .all
            .iter()
            .filter(|record| record.status == SessionStatus::Revoked);
        let ended = ended.map(|record| record.id()).collect::<Vec<_>>();
        if !self.scene.victim.is_none_or(|victim| ended.contains(&victim)) {
            return Err(format!("the session is not revoked: {sessions:?}"));
        }
        if !self
            .scene
            .earlier
            .is_none_or(|earlier| active.iter().any(|session| session.id == earlier))
        {
            return Err(format!("the earlier session is lost: {sessions:?}"));
        }
        // Sessions that are reported as active must work.
        for session in active {
            self.must(
                client
                    .use_session(mint(client.address()).session(session.id))
                    .await,
            )
            .await?;
        }
        match self.scene.act {
            Act::Deploy => {
                let again = self.scene.perform(&client, LONG).await;
                if again != Err(ErrorKind::AlreadyDeployed.into()) {
                    return Err(format!("another deployment: {again:?}"));
                }
            }
            Act::Wait | Act::SpeedUp | Act::Cancel | Act::Revoke => {
                self.scene
                    .grant(&client)
                    .await
                    .map_err(|error| format!("a grant afterwards: {error}"))?;
            }
            _ => match self.scene.perform(&client, LONG).await {
                Ok(Some(hash)) => self.must(Ok(client.response(hash))).await?,
                again => return Err(format!("the act afterwards: {again:?}")),
            },
        }
        Ok(())
    }

    async fn must(&self, sent: Result<UserOpResponse, Error>) -> Result<(), Wrong> {
        let wait = WaitOptions::default().timeout(LONG);
        let receipt = async { sent?.wait(wait).await }.await;
        match receipt {
            Ok(receipt) if receipt.success => Ok(()),
            end => Err(format!("what is done afterwards: {end:?}")),
        }
    }

    /// Checks that operations that may have been sent are known, and end.
    async fn check_operations_end(&self, client: &SmartAccountClient) -> Result<(), Wrong> {
        let pending = client
            .pending_user_ops()
            .await
            .map_err(|error| error.to_string())?;
        for op in pending {
            match client.wait(op.hash, WaitOptions::default().timeout(LONG)).await {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Replaced { .. }) => {}
                Err(error) => return Err(format!("an operation does not end: {error}")),
            }
        }
        let left = client
            .pending_user_ops()
            .await
            .map_err(|error| error.to_string())?;
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("operations are pending for ever: {left:?}")),
        }
    }

    fn check_message(&self, error: &Error) -> Result<(), Wrong> {
        let failure = service_error(error).map(ServiceError::failure);
        let said = format!("{error} {:?} {failure:?}", error.kind());
        if self.scene.secrets().iter().any(|secret| said.contains(secret)) {
            return Err(format!("a secret is told: {said}"));
        }
        let areas = ["service.", "refused.", "operation.", "account.deploying"];
        match areas.iter().any(|area| error.code().starts_with(area)) {
            true => Ok(()),
            false => Err(format!("an error that no fault explains: {error:?}")),
        }
    }

    async fn texts(&self) -> Result<String, Wrong> {
        self.scene.texts().await.map_err(|error| error.to_string())
    }
}

/// Returns the service error behind an error, if there is one.
pub(crate) fn service_error(error: &Error) -> Option<&ServiceError> {
    match error.kind() {
        ErrorKind::Service(error) => Some(error),
        ErrorKind::Unanswered { source, .. } | ErrorKind::NonceTaken { source, .. } => Some(source),
        ErrorKind::TimedOut { last, .. } => last.as_ref(),
        _ => None,
    }
}
