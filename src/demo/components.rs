//! The parts the pages are made of.

mod account;
mod action;
mod alert;
mod chain_notice;
mod connect_wallet;
mod failure;
mod gallery;
mod header;
mod long;
mod operations;
mod other_account;
mod step;

pub(super) use self::{
    account::SmartAccount,
    action::Action,
    alert::Alert,
    chain_notice::ChainNotice,
    connect_wallet::ConnectWallet,
    failure::Failure,
    gallery::Gallery,
    header::Header,
    long::Long,
    operations::Operations,
    other_account::on_other_account,
    step::{Progress, Step},
};
