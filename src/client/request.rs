use super::{
    Cancel, CreateSession, Deploy, Migrate, NonceLane, Payment, RenewSession, RevokeSession, SendTransaction,
    SpeedUp, UseSession, UserOpOptions, Withdraw,
};

/// A request for an operation, with the options that all operations have.
///
/// # Examples
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::{Call, NonceKey, NonceLane, Payment, Request, SendTransaction};
///
/// let transfer = Call::transfer([0xaa; 20].into(), U256::from(1));
/// let request = SendTransaction::from(transfer)
///     .pay(Payment::Sponsored)
///     .nonce(NonceLane::Key(NonceKey::ZERO));
/// # let _ = request;
/// ```
///
/// A function for every request:
///
/// ```
/// use use_aa::{GasMargins, Payment, Request, UserOpOptions};
///
/// fn sponsored<R: Request>(request: R) -> R {
///     request.options(UserOpOptions::from(Payment::Sponsored).margins(GasMargins::default().call(20)))
/// }
/// # let _ = sponsored::<use_aa::Deploy>;
/// ```
pub trait Request: Sized + sealed::Request {
    /// Sets the payer of the gas. The default is the account, and the payer of the pending operation for
    /// [`SpeedUp`].
    #[must_use]
    fn pay(mut self, payment: Payment) -> Self {
        self.options_mut().payment = payment;
        self
    }

    /// Sets all options of the operation, and overwrites earlier ones. The default is [`UserOpOptions::new`].
    #[must_use]
    fn options(mut self, options: impl Into<UserOpOptions>) -> Self {
        *self.options_mut() = options.into();
        self
    }

    /// Sets the nonce lane of the operation. The default is a new lane.
    ///
    /// Requests that are not [`AnyLane`] have a nonce that cannot be chosen.
    #[must_use]
    fn nonce(mut self, lane: NonceLane) -> Self
    where
        Self: AnyLane,
    {
        *self.lane_mut() = lane;
        self
    }
}

/// A request whose operation runs in any nonce lane.
///
/// The others have one nonce that is right, and [`Request::nonce`] does not compile for them. Grants and
/// revocations of one account are serialized: [`CreateSession`], [`RenewSession`] and [`RevokeSession`] run in the
/// lane of the account's session module. [`SpeedUp`] and [`Cancel`] reuse the nonce of the pending operation.
///
/// # Examples
///
/// ```
/// use use_aa::{AnyLane, NonceKey, NonceLane};
///
/// fn queued<R: AnyLane>(request: R) -> R {
///     request.nonce(NonceLane::Key(NonceKey::from_bytes(*b"my dapp's queue of mints")))
/// }
/// # let _ = queued::<use_aa::SendTransaction>;
/// ```
///
/// The nonce of a revocation cannot be chosen:
///
/// ```compile_fail,E0277
/// use use_aa::{NonceLane, Request, RevokeSession};
///
/// let request = RevokeSession::all().nonce(NonceLane::Fresh);
/// ```
#[diagnostic::on_unimplemented(
    message = "the nonce of a `{Self}` cannot be chosen",
    note = "grants and revocations of one account run one after another, and a replacement reuses the nonce of the \
            pending operation: leave out `nonce`"
)]
pub trait AnyLane: Request + sealed::AnyLane {}

mod sealed {
    use super::{NonceLane, UserOpOptions};

    pub trait Request {
        fn options_mut(&mut self) -> &mut UserOpOptions;
    }

    pub trait AnyLane {
        fn lane_mut(&mut self) -> &mut NonceLane;
    }
}

macro_rules! requests {
    ($($request:ty),*) => {$(
        impl Request for $request {}
        impl sealed::Request for $request {
            fn options_mut(&mut self) -> &mut UserOpOptions {
                &mut self.options
            }
        }
    )*};
}

macro_rules! in_any_lane {
    ($($request:ty),*) => {$(
        impl AnyLane for $request {}
        impl sealed::AnyLane for $request {
            fn lane_mut(&mut self) -> &mut NonceLane {
                &mut self.lane
            }
        }
    )*};
}

requests!(
    Cancel,
    CreateSession,
    Deploy,
    Migrate,
    RenewSession,
    RevokeSession,
    SendTransaction,
    UseSession,
    Withdraw
);
in_any_lane!(Deploy, Migrate, SendTransaction, UseSession, Withdraw);

impl Request for SpeedUp {}
impl sealed::Request for SpeedUp {
    fn options_mut(&mut self) -> &mut UserOpOptions {
        self.options.get_or_insert_default()
    }
}

#[cfg(test)]
mod tests;
