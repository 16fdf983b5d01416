//! Smart Sessions, the session module of ERC-7579 accounts: sessions with policies that contracts check and count.
//!
//! This module performs no I/O. A [`SmartSession`] is a value, which follows from permissions or from policies of its
//! own. A session is enabled by a call of the account, or by the owner's signature of a [`Grant`], which the first
//! operation of the session brings along.
//!
//! Some limits are looser or stricter than their names suggest:
//!
//! - A use is booked during validation, so a call that reverts counts too. No counter resets with time.
//! - A counter belongs to one action, that is, to one contract and function. Sums of `transfer` and `transferFrom` are
//!   different sums.
//! - Enabling a session again, with the same key and salt, starts its counters anew and removes no policy.
//! - Nothing limits gas: a session can spend the account's coins on fees.
//! - A grant that was signed and never used survives the removal of its session. [`SmartSession::revoke`] ends both.

pub mod contracts;
mod counters;
mod fastlz;
mod grant;
mod import;
mod key_validator;
mod ledger;
mod mapping;
mod module;
mod policy;
mod proof;
pub mod refusal;
mod revert;
mod signature;
mod smart_session;

pub(crate) use self::revert::explain_data;
pub use self::{
    contracts::{SmartSession, SmartSessionsContracts},
    fastlz::{GasPrices, Packing},
    grant::{EnableMode, Grant, GrantedSession},
    import::Imported,
    key_validator::{KeyValidator, ownable_dummy_signature, ownable_init_data},
    mapping::as_policy,
    module::SmartSessions,
    policy::{ActionCondition, ActionRule, OnChainPolicy, UniversalAction},
    revert::{explain, explain_policy},
    signature::{SignedGrant, use_signature},
    smart_session::{FALLBACK_SELECTOR, FALLBACK_TARGET, PLAIN_TRANSFER, action_id},
};
