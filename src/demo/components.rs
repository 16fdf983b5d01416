//! The parts the pages are made of.

mod account;
mod action;
mod alert;
mod amount;
mod chain_notice;
mod connect_wallet;
mod copy;
mod fact;
mod failure;
mod field;
mod gallery;
mod header;
mod holdings;
mod long;
mod operations;
mod other_account;
mod outcome;
mod source;
mod step;
mod test_tokens;

pub(super) use self::{
    account::SmartAccount,
    action::Action,
    alert::Alert,
    amount::amount,
    chain_notice::ChainNotice,
    connect_wallet::ConnectWallet,
    copy::Copy,
    fact::Fact,
    failure::Failure,
    field::Field,
    gallery::Gallery,
    header::Header,
    holdings::{Holdings, use_holdings},
    long::Long,
    operations::Operations,
    other_account::on_other_account,
    outcome::Outcome,
    source::Source,
    step::{Progress, Step},
    test_tokens::TestTokens,
};
