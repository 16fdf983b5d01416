use std::sync::Arc;

use alloy::primitives::{Address, U256};

use super::{SendTransaction, SmartAccountClient, UserOpResponse};
use crate::{
    account::Migration,
    contracts::entry_point::IEntryPoint,
    error::{Error, ErrorKind},
    pipeline::{NonceLane, UserOpOptions},
    primitives::{ContractCall, decode_number},
    session::{SessionId, SessionRecord},
    signer::AccountOwner,
};

/// A request to turn the account into one of another kind at the same address, for
/// [`migrate`](SmartAccountClient::migrate).
///
/// # Examples
///
/// A Biconomy V2 account becomes a Nexus account, with a session that can be used as soon as the operation is included:
///
/// ```no_run
/// use alloy::signers::local::PrivateKeySigner;
/// use use_aa::{CreateSession, Error, Migrate, Nexus, Payment, Policy, Request, SmartAccountClient};
///
/// async fn modernize(client: SmartAccountClient, owner: PrivateKeySigner, mint: Policy) -> Result<(), Error> {
///     let migration = Nexus::migration(client.address(), owner);
///     let left = client.left_behind().await?;
///     println!("{} sessions end, and {} wei stay at the entry point", left.sessions.len(), left.deposit);
///
///     let request = Migrate::to(migration.clone()).leave_behind(true).pay(Payment::Sponsored);
///     client.migrate(request).await?.wait(1).await?;
///     let client = SmartAccountClient::of(client.services().clone(), migration.account().clone());
///     client.create_session(CreateSession::new([mint])).await?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Migrate {
    migration: To,
    leaves_behind: bool,
    pub(super) options: UserOpOptions,
    pub(super) lane: NonceLane,
}

/// A migration, or the function that describes the one of an account and its owner.
#[derive(Clone, Debug)]
enum To {
    Known(Migration),
    Of(fn(Address, Arc<dyn AccountOwner>) -> Migration),
}

impl Migrate {
    /// Creates a request for a migration.
    #[must_use]
    pub fn to(migration: Migration) -> Self {
        Self::new(To::Known(migration))
    }

    /// Creates a request for the migration that a function describes for the client's account and owner, for example
    /// [`Nexus::migration`](crate::Nexus::migration).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{Migrate, Nexus, Payment, Request};
    ///
    /// let request = Migrate::with(Nexus::migration).pay(Payment::Sponsored);
    /// ```
    #[must_use]
    pub fn with(migration: fn(Address, Arc<dyn AccountOwner>) -> Migration) -> Self {
        Self::new(To::Of(migration))
    }

    fn new(migration: To) -> Self {
        Self {
            migration,
            leaves_behind: false,
            options: UserOpOptions::new(),
            lane: NonceLane::Fresh,
        }
    }

    /// Permits the migration to leave sessions and a deposit [behind](LeftBehind). The default is false: the migration
    /// fails with [`ErrorKind::LeavesBehind`] before the owner signs.
    #[must_use]
    pub const fn leave_behind(mut self, may: bool) -> Self {
        self.leaves_behind = may;
        self
    }
}

/// The things that a migration leaves behind: the account of the new kind does not use them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftBehind {
    /// The sessions that are granted or being granted, and end.
    pub sessions: Vec<SessionId>,
    /// An upper bound of the sessions on chain that this store does not know, which end too.
    pub untracked: u64,
    /// The account's deposit at the entry point, in wei, before the migration. An operation that the account pays for adds
    /// its unused prepayment. The account of the new kind can withdraw the deposit by the entry point's `withdrawTo`.
    pub deposit: U256,
}

impl LeftBehind {
    /// Returns true if nothing is left behind.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.sessions.is_empty() && self.untracked == 0 && self.deposit.const_is_zero()
    }
}

impl SmartAccountClient {
    /// Returns the things that a [migration](Self::migrate) leaves behind.
    ///
    /// # Errors
    ///
    /// [`Error`] when the store or the node fails.
    pub async fn left_behind(&self) -> Result<LeftBehind, Error> {
        let services = &self.pipeline.services;
        let account = self.address();
        let call = IEntryPoint::balanceOfCall { account };
        let call = ContractCall::decoded_by(services.entry_point.address, &call, decode_number);
        let deposit = async { Ok(services.node.read(call).await?) };
        let (sessions, deposit) = futures::try_join!(self.sessions(), deposit)?;
        let ending = |record: &&SessionRecord| record.status.is_granted() || record.status.is_under_way();
        let ending = sessions.all.iter().filter(ending);
        Ok(LeftBehind {
            sessions: ending.map(|record| record.session.id).collect(),
            untracked: sessions.untracked,
            deposit,
        })
    }

    /// Turns the account into one of another kind at the same address, deployed or not, by one operation of its owner.
    /// Coins and tokens stay.
    ///
    /// The calls are made without a transaction first. A migration that reverts, or that would take the account from its
    /// owner, fails before the owner signs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldLock`] if the owner would lose the account, [`ErrorKind::LeavesBehind`] if sessions or a deposit
    /// would be left behind and the request does not permit that, [`ErrorKind::Service`] if the calls revert or the node
    /// makes no calls under a state override; otherwise as [`send`](Self::send).
    pub async fn migrate(&self, request: Migrate) -> Result<UserOpResponse, Error> {
        let signer = self.signer()?;
        let Migrate {
            migration,
            leaves_behind,
            options,
            lane,
        } = request;
        let migration = match migration {
            To::Known(migration) => migration,
            To::Of(describe) => describe(self.address(), signer.clone()),
        };
        let left = async {
            match leaves_behind {
                // A damaged store does not stand in the way.
                true => Ok(LeftBehind::default()),
                false => self.left_behind().await,
            }
        };
        let rehearsal = self.pipeline.rehearse(migration.calls(), migration.owner());
        let (found, left) = futures::try_join!(rehearsal, left)?;
        if found != signer.address() {
            return Err(Error::from(ErrorKind::WouldLock(found)));
        }
        if !left.is_none() {
            return Err(Error::from(ErrorKind::LeavesBehind {
                sessions: left.untracked.saturating_add(left.sessions.len() as u64),
                deposit: left.deposit,
            }));
        }
        let mut send = SendTransaction::new(migration.calls().to_vec());
        (send.options, send.lane) = (options, lane);
        self.send(send).await
    }
}
