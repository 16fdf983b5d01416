#![cfg_attr(feature = "hooks", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "hooks"),
    doc = "Account abstraction without Leptos: smart accounts, sessions, and the services they live on."
)]

pub mod account;
pub mod client;
#[cfg(test)]
mod codes;
pub mod contracts;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod guide;
#[cfg(feature = "hooks")]
pub mod hooks;
#[cfg(test)]
mod layers;
mod platform;
pub mod primitives;
pub mod rpc;
pub mod session;

pub use account::{Account, Owner, OwnerError, TypedData};
pub use client::{
    Asset, Balance, Cancel, CreateSession, Deploy, Error, GasEstimate, GasMargins, NonceLane, Options,
    Payment, PendingPayment, PendingUserOp, RenewSession, RevokeSession, SendTransaction, Services, Sessions,
    SmartAccountClient, SpeedUp, TokenPayment, UseBatchSession, UseSession, UserOpKind, UserOpResponse,
    UserOpStatus, Verdict, Wait, Withdraw,
};
pub use contracts::Contracts;
#[cfg(feature = "hooks")]
pub use hooks::*;
pub use platform::BoxFuture;
pub use primitives::*;
pub use rpc::{
    BundlerKind, PaymasterContext, PaymasterKind, ServiceError, Simulation, StateOverride, TokenQuote,
};
pub use session::{
    CallPolicy, Condition, Erc20Policy, FileStore, Guards, ImportError, Interval, MemoryStore, Names,
    Permission, Policy, Rule, Session, SessionId, SessionKey, SessionRecord, SessionSigner, SessionStatus,
    SessionStore, SignerError, StoreError, Violation,
};
