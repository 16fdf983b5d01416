#![cfg_attr(docsrs, feature(doc_cfg))]
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
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod guide;
#[cfg(feature = "hooks")]
pub mod hooks;
#[cfg(test)]
mod layers;
pub mod permission;
mod pipeline;
mod platform;
#[cfg(feature = "hooks")]
pub mod prelude;
pub mod primitives;
pub mod rpc;
mod services;
pub mod session;
pub mod signer;
pub mod store;
mod tracking;

pub use account::{
    AccountKind, Migration, SmartAccount,
    biconomy_v2::{Account, BiconomyV2, Contracts},
    nexus::Nexus,
};
pub use client::{
    AnyLane, Cancel, CreateSession, Deploy, GasEstimate, LeftBehind, Migrate, RenewSession, Request,
    RevokeSession, SendTransaction, SessionGrant, Sessions, SmartAccountClient, SpeedUp, UseSession,
    UserOpResponse, Verdict, Withdraw,
};
pub use error::{Error, ErrorKind};
#[cfg(feature = "hooks")]
pub use hooks::*;
pub use permission::{
    CallPolicy, Condition, Erc20Policy, Guards, Interval, Names, Permission, Policy, Rule, Violation,
};
pub use pipeline::{GasMargins, NonceLane, Payment, TokenPayment, UserOpOptions};
pub use platform::{BoxFuture, Digits, Fields, Json, JsonError};
pub use primitives::*;
pub use rpc::{
    BundlerKind, PaymasterContext, PaymasterKind, ServiceError, Simulation, StateOverride, TokenQuote,
};
pub use services::Services;
pub use session::{Allowance, ImportError, Session, SessionId, SessionRecord, SessionStatus};
pub use signer::{AccountOwner, OwnerError, SessionKey, SessionSigner, SignerError, TypedData};
#[cfg(feature = "file-store")]
pub use store::FileStore;
pub use store::{MemoryStore, SessionStore, StoreError};
pub use tracking::{PendingPayment, PendingUserOp, UserOpKind, UserOpStatus, WaitOptions};
