//! Leptos hooks for a smart account: its connection, sessions and operations as signals.

mod awaited;
mod connection;
mod derived;
mod erased;
mod local_store;
mod mutation;
mod on_demand;
mod provider;
mod query;
mod refetch;
mod remembered;
mod sent;
mod status;
#[cfg(test)]
mod testing;
mod use_batch_session;
mod use_cancel;
mod use_create_batch_session;
mod use_create_session;
mod use_deploy_smart_account;
mod use_gas_estimate;
mod use_migrate;
mod use_pending_user_ops;
mod use_renew_session;
mod use_revoke_session;
mod use_send_gas_token_transaction;
mod use_send_sponsored_transaction;
mod use_send_transaction;
mod use_send_withdrawals;
mod use_session;
mod use_session_allowance;
mod use_session_allows;
mod use_session_status;
mod use_sessions;
mod use_smart_account;
mod use_speed_up;
mod use_token_fees;
mod use_user_op_status;
mod use_user_op_wait;
mod use_wallets;
mod wallet;
mod warm_up;

pub use self::{
    awaited::Awaited,
    local_store::LocalStore,
    mutation::Mutation,
    provider::{SmartAccountProvider, SmartAccountProviderProps, provide_smart_account},
    query::Query,
    sent::Sent,
    status::Status,
    use_batch_session::use_batch_session,
    use_cancel::use_cancel,
    use_create_batch_session::use_create_batch_session,
    use_create_session::use_create_session,
    use_deploy_smart_account::use_deploy_smart_account,
    use_gas_estimate::use_gas_estimate,
    use_migrate::use_migrate,
    use_pending_user_ops::use_pending_user_ops,
    use_renew_session::use_renew_session,
    use_revoke_session::use_revoke_session,
    use_send_gas_token_transaction::use_send_gas_token_transaction,
    use_send_sponsored_transaction::use_send_sponsored_transaction,
    use_send_transaction::use_send_transaction,
    use_send_withdrawals::use_send_withdrawals,
    use_session::use_session,
    use_session_allowance::use_session_allowance,
    use_session_allows::use_session_allows,
    use_session_status::use_session_status,
    use_sessions::use_sessions,
    use_smart_account::{UseSmartAccount, try_use_smart_account, use_smart_account},
    use_speed_up::use_speed_up,
    use_token_fees::use_token_fees,
    use_user_op_status::{use_user_op_status, use_user_op_status_with},
    use_user_op_wait::{use_user_op_wait, use_user_op_wait_with},
    use_wallets::use_wallets,
    wallet::Wallet,
};
