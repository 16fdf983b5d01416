//! The components shared by the pages.

mod account;
mod account_kind;
mod action;
mod alert;
mod chain_notice;
mod conditions;
mod connect_wallet;
mod copy;
mod examples;
mod failure;
mod gallery;
mod header;
mod long;
mod moment;
mod notice;
mod operations;
mod other_account;
mod outcome;
mod owner;
mod sentence;
mod services_failure;
mod status_badge;
mod step;
mod stop_asking;
mod used;

pub(super) use self::examples::{
    Fact, Field, Holdings, PickSession, TestTokens, amount, use_decimals, use_holdings,
};
pub(super) use self::{
    account::SmartAccount,
    account_kind::{ChosenKind, SelectKind},
    action::Action,
    alert::Alert,
    chain_notice::ChainNotice,
    conditions::{Conditions, Slow, is_online},
    connect_wallet::ConnectWallet,
    copy::Copy,
    failure::{Failure, unless_said},
    gallery::Gallery,
    header::Header,
    long::Long,
    moment::{instant, moment, seconds},
    notice::Notice,
    operations::Operations,
    other_account::on_other_account,
    outcome::Outcome,
    owner::Owner,
    sentence::sentence,
    services_failure::ServicesFailure,
    status_badge::StatusBadge,
    step::{Progress, Step},
    stop_asking::StopAsking,
    used::Used,
};
