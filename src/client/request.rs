use super::{
    Cancel, CreateSession, Deploy, NonceLane, Payment, RenewSession, RevokeSession, SendTransaction,
    UseBatchSession, UseSession, UserOpOptions, Withdraw,
};

/// Implements the builder steps that all requests have.
macro_rules! requests {
    ($($request:ty),*) => {$(
        impl $request {
            /// Sets the payer of the gas. The default is the account.
            #[must_use]
            pub const fn pay(mut self, payment: Payment) -> Self {
                self.options.payment = payment;
                self
            }

            /// Sets all options of the operation, and overwrites earlier ones.
            #[must_use]
            pub fn options(mut self, options: UserOpOptions) -> Self {
                self.options = options;
                self
            }
        }
    )*};
}

/// Implements the builder step of requests that can run in any lane.
macro_rules! in_lanes {
    ($($request:ty),*) => {$(
        impl $request {
            /// Sets the nonce lane of the operation. The default is a new lane.
            #[must_use]
            pub const fn nonce(mut self, lane: NonceLane) -> Self {
                self.lane = lane;
                self
            }
        }
    )*};
}

requests!(
    Cancel,
    CreateSession,
    Deploy,
    RenewSession,
    RevokeSession,
    SendTransaction,
    UseBatchSession,
    UseSession,
    Withdraw
);
in_lanes!(SendTransaction, UseBatchSession, UseSession, Withdraw);
