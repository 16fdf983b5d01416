use std::{fmt::Display, time::Duration};

use tokio::time::sleep;
use use_aa::{
    Error, ErrorKind, Request, RevokeSession, SendTransaction, SessionStatus, SmartAccountClient, SpeedUp,
    UseSession, UserOpHash, UserOpReceipt, WaitOptions,
};

use super::{Pair, Wish};
use crate::{
    Fallible,
    scene::{Scene, mint, session},
};

/// The first and the later timeouts of waiting for an operation.
const SHORT: Duration = Duration::from_secs(6);
const LONG: Duration = Duration::from_secs(20);
/// The pause before an act is performed again.
const PAUSE: Duration = Duration::from_millis(300);
/// The maximum number of steps for one wish.
const MOST_STEPS: usize = 14;
/// The number of steps in which faults can happen.
const FAULTY_STEPS: usize = 3;

/// The wish of a user, carried to its end as an app does.
pub(crate) struct Trial<'a> {
    scene: &'a Scene<'a>,
    pair: &'a Pair,
    client: SmartAccountClient,
    /// The operations that were sent for the wish, or may have been.
    sent: Vec<UserOpHash>,
    patience: Duration,
    /// The steps with their outcomes.
    pub(crate) steps: Vec<String>,
}

#[derive(Clone, Copy)]
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

/// The outcome of a step: the next one, or the receipt of the wish.
type Outcome = Result<Result<Next, Box<UserOpReceipt>>, Error>;

impl<'a> Trial<'a> {
    /// Prepares an account, without faults.
    pub(crate) async fn begin(scene: &'a Scene<'a>, pair: &'a Pair) -> Fallible<Self> {
        scene.fund().await?;
        match pair.wish {
            Wish::FirstCreate => {}
            Wish::Create | Wish::Send => scene.deployed().await?,
            Wish::Mint | Wish::Revoke => scene.granted().await?,
        }
        Ok(Self {
            client: scene.client()?,
            scene,
            pair,
            sent: Vec::new(),
            patience: SHORT,
            steps: Vec::new(),
        })
    }

    /// Carries the wish to its end, and checks what the chain and the store hold.
    pub(crate) async fn run(&mut self) -> Fallible<()> {
        let before = self.scene.operations().await?;
        self.scene.recorder.faults.place(&self.pair.faults);
        let receipt = self.carry().await?;
        self.scene.recorder.faults.place(&[]);

        let mut after = self.scene.operations().await?;
        after.retain(|operation| !before.contains(operation));
        if after != [(receipt.hash, receipt.success)] {
            let told = (receipt.hash, receipt.success);
            return Err(format!("the chain has {after:?}, and the library tells {told:?}").into());
        }
        if !receipt.success {
            return Err(format!("it reverted: {:?}", receipt.reason).into());
        }
        self.check_effect().await?;
        self.check_pending().await
    }

    async fn carry(&mut self) -> Fallible<Box<UserOpReceipt>> {
        let mut next = Next::Perform;
        for step in 0..MOST_STEPS {
            if step == FAULTY_STEPS {
                self.scene.recorder.faults.place(&[]);
            }
            let outcome = self.take(next).await;
            self.note(next.name(), &outcome);
            next = match outcome {
                Ok(Ok(next)) => next,
                Ok(Err(receipt)) => return Ok(receipt),
                Err(error) => {
                    if self.pair.reloads {
                        self.client = self.scene.client()?;
                    }
                    sleep(PAUSE).await;
                    self.after(next, &error)?
                }
            };
        }
        Err(format!("it is not done after {MOST_STEPS} steps").into())
    }

    fn note(&mut self, name: &str, outcome: &Outcome) {
        let told: &dyn Display = match outcome {
            Ok(Ok(_)) => &"sent",
            Ok(Err(_)) => &"included",
            Err(error) => error,
        };
        self.steps.push(format!("{name}: {told}"));
        self.scene.recorder.note(&format!("{name}: {told}"));
    }

    async fn take(&mut self, step: Next) -> Outcome {
        let sent = match step {
            Next::Perform => self.perform().await?,
            Next::SpeedUp(hash) => self.client.speed_up(SpeedUp::new(hash)).await?.hash(),
            Next::Wait(hash) => {
                let patience = WaitOptions::default().timeout(self.patience);
                let receipt = self.client.wait(hash, patience).await?;
                return Ok(Err(Box::new(receipt)));
            }
        };
        self.sent.push(sent);
        Ok(Ok(Next::Wait(sent)))
    }

    async fn perform(&self) -> Result<UserOpHash, Error> {
        let client = &self.client;
        let payment = self.pair.payment;
        let sent = match self.pair.wish {
            Wish::FirstCreate | Wish::Create => client
                .create_session(session(client).pay(payment))
                .await?
                .into_user_op()
                .expect("the grant is an operation"),
            Wish::Mint => {
                client
                    .use_session(UseSession::new(mint(client)).pay(payment))
                    .await?
            }
            Wish::Send => {
                client
                    .send(SendTransaction::from(mint(client)).pay(payment))
                    .await?
            }
            Wish::Revoke => {
                let ids = client.sessions().await?.active();
                let ids = ids.iter().map(|session| session.id);
                client
                    .revoke_session(RevokeSession::new(ids).pay(payment))
                    .await?
            }
        };
        Ok(sent.hash())
    }

    /// Returns the next step after an error: the suggested one, otherwise the same again.
    fn after(&mut self, step: Next, error: &Error) -> Fallible<Next> {
        Ok(match *error.kind() {
            ErrorKind::TimedOut { hash, .. } if self.patience < LONG => {
                self.patience = LONG;
                Next::Wait(hash)
            }
            ErrorKind::TimedOut { hash, .. } | ErrorKind::Dropped { hash, .. } => Next::SpeedUp(hash),
            // The other one may be an attempt of the same request, which the bundler got twice: it took the first delivery
            // and refused the second one. The chain has one of them, or the trial fails.
            ErrorKind::Replaced { by: Some(by), .. } => Next::Wait(by),
            ErrorKind::Replaced { hash, by, .. } => {
                return Err(format!("{hash} was replaced by {by:?}").into());
            }
            ErrorKind::NonceTaken { .. } | ErrorKind::NotPending(_) if !self.sent.is_empty() => {
                Next::Wait(self.sent[self.sent.len() - 1])
            }
            _ => match error.may_be_sent() {
                Some(hash) => {
                    self.sent.push(hash);
                    Next::Wait(hash)
                }
                None => step,
            },
        })
    }

    /// Checks that the wish has its effect once.
    async fn check_effect(&self) -> Fallible<()> {
        let minted = usize::from(matches!(self.pair.wish, Wish::Mint | Wish::Send));
        self.scene.minted(minted).await?;
        let sessions = self.scene.client()?.sessions().await?;
        let active = usize::from(matches!(
            self.pair.wish,
            Wish::FirstCreate | Wish::Create | Wish::Mint
        ));
        let revoked = sessions
            .all
            .iter()
            .filter(|session| session.status == SessionStatus::Revoked);
        let is_revoked = revoked.count() == usize::from(self.pair.wish == Wish::Revoke);
        let is_known = sessions.untracked == 0 && sessions.damaged == 0;
        match sessions.active().len() == active && is_revoked && is_known {
            true => Ok(()),
            false => Err(format!("{active} sessions should be active: {sessions:?}").into()),
        }
    }

    /// Checks that no operation is pending, once each was waited for.
    async fn check_pending(&self) -> Fallible<()> {
        let client = self.scene.client()?;
        for op in client.pending_user_ops().await? {
            match client.wait(op.hash, WaitOptions::default().timeout(LONG)).await {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Replaced { .. }) => {}
                Err(error) => return Err(format!("{} does not end: {error}", op.hash).into()),
            }
        }
        let left = client.pending_user_ops().await?;
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("operations stay pending: {left:?}").into()),
        }
    }
}
