//! The names that an app imports: the provider, the hooks, their requests and answers.
//!
//! The names do not collide with those of `leptos::prelude`. [`Error`](crate::Error) is not among them.
//!
//! # Examples
//!
//! ```
//! use leptos::prelude::*;
//! use use_aa::prelude::*;
//!
//! #[component]
//! fn Balance() -> impl IntoView {
//!     let account = use_smart_account();
//!     move || account.address.get().map(|address| address.to_string())
//! }
//! ```

pub use crate::{
    AccountKind, AccountOwner, Allowance, Asset, BiconomyV2, BundlerKind, Call, Cancel, CreateSession,
    Deploy, Erc20Policy, GasMargins, Guards, Interval, Migrate, Nexus, NonceLane, PaymasterContext,
    PaymasterKind, Payment, Permission, Policy, RenewSession, Request, RevokeSession, Rule, SendTransaction,
    Services, Session, SessionGrant, SessionId, SessionKey, SessionRecord, SessionStatus, SessionStore,
    SmartAccount, SmartAccountClient, SpeedUp, TokenPayment, UseSession, UserOpHash, UserOpOptions,
    UserOpReceipt, UserOpStatus, WaitOptions, Withdraw,
    hooks::{
        Awaited, LocalStore, Mutation, Query, SmartAccountProvider, UseSmartAccount, Wallet,
        provide_smart_account, try_use_smart_account, use_batch_session, use_cancel,
        use_create_batch_session, use_create_session, use_deploy_smart_account, use_gas_estimate,
        use_migrate, use_pending_user_ops, use_renew_session, use_revoke_session,
        use_send_gas_token_transaction, use_send_sponsored_transaction, use_send_transaction,
        use_send_withdrawals, use_session, use_session_allowance, use_session_allows, use_session_status,
        use_sessions, use_smart_account, use_speed_up, use_token_fees, use_user_op_status,
        use_user_op_status_with, use_user_op_wait, use_user_op_wait_with, use_wallets,
    },
};

#[cfg(test)]
mod tests {
    /// Brings all names of both preludes into scope and refers to each of our types. An ambiguous name does not compile.
    #[test]
    fn no_name_is_also_one_of_leptos() {
        #[allow(unused_imports, reason = "a collision shows as an ambiguity")]
        use leptos::prelude::*;

        use crate::prelude::*;

        fn is_request<R: Request>() {}

        macro_rules! types {
            ($($name:ty),* $(,)?) => { [$(std::any::type_name::<$name>()),*] };
        }
        let types = types![
            dyn AccountKind,
            dyn AccountOwner,
            Allowance,
            Asset,
            BiconomyV2,
            BundlerKind,
            Call,
            Cancel,
            CreateSession,
            Deploy,
            Erc20Policy,
            GasMargins,
            Guards,
            Interval,
            Migrate,
            Nexus,
            NonceLane,
            Payment,
            PaymasterContext,
            PaymasterKind,
            Permission,
            Policy,
            RenewSession,
            RevokeSession,
            Rule,
            SendTransaction,
            Services,
            Session,
            SessionGrant,
            SessionId,
            SessionKey,
            SessionRecord,
            SessionStatus,
            dyn SessionStore,
            dyn SmartAccount,
            SmartAccountClient,
            SpeedUp,
            TokenPayment,
            UseSession,
            UserOpHash,
            UserOpOptions,
            UserOpReceipt,
            UserOpStatus,
            WaitOptions,
            Withdraw,
            Awaited,
            LocalStore,
            Mutation<(), ()>,
            Query<()>,
            UseSmartAccount,
            Wallet,
        ];

        is_request::<Deploy>();
        assert!(types.iter().all(|name| !name.is_empty()));
    }
}
