use alloy::primitives::U256;
use serde_json::Value;

use super::{
    Cancel, CreateSession, Deploy, Error, Payment, RenewSession, RevokeSession, SendTransaction,
    UseBatchSession, UseSession, Withdraw,
};
use crate::{
    primitives::{Fees, GasLimits, NonceKey, UserOpHash},
    rpc::{PaymasterContext, Simulation, StateOverride},
};

/// How an operation is made and paid for. All of it has a default that serves.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, U256};
/// use use_aa::{Call, GasMargins, Options, Payment, PaymasterContext, SendTransaction};
///
/// let options = Options::new()
///     .pay(Payment::Sponsored)
///     .margins(GasMargins::default().call(20))
///     .context(PaymasterContext::new().field("sponsorshipPolicyId", "sp_my_policy"));
/// let request = SendTransaction::from(Call::transfer(Address::ZERO, U256::ZERO)).options(options);
/// # let _ = request;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(super) payment: Payment,
    margins: Option<GasMargins>,
    pub(super) simulation: Simulation,
    pub(super) state: StateOverride,
    pub(super) context: PaymasterContext,
    /// The operation whose place it takes, and what that offers for gas.
    pub(super) replaces: Option<(UserOpHash, Fees)>,
}

impl Options {
    /// The account pays, and everything else is as it serves most.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            payment: Payment::Own,
            margins: None,
            simulation: Simulation::ValidationAndExecution,
            state: StateOverride::new(),
            context: PaymasterContext::new(),
            replaces: None,
        }
    }

    /// Who pays for gas. The default is the account.
    #[must_use]
    pub const fn pay(mut self, payment: Payment) -> Self {
        self.payment = payment;
        self
    }

    /// How much more gas than was estimated the operation may use. The default is [`GasMargins::default`].
    ///
    /// Biconomy's paymaster estimates by itself, with margins of its own. Given some here, the bundler is asked
    /// before, and these are added: that takes one more round trip, and another for payment in a token.
    #[must_use]
    pub const fn margins(mut self, margins: GasMargins) -> Self {
        self.margins = Some(margins);
        self
    }

    /// What a bundler of Biconomy's dialect tries out before it takes the operation. The default is validation and
    /// execution.
    #[must_use]
    pub const fn simulation(mut self, simulation: Simulation) -> Self {
        self.simulation = simulation;
        self
    }

    /// What the chain is taken to hold while gas is estimated. The default is what it holds.
    ///
    /// Biconomy's paymaster cannot be told, so the bundler estimates, as with [`margins`](Self::margins).
    #[must_use]
    pub fn state(mut self, state: StateOverride) -> Self {
        self.state = state;
        self
    }

    /// What the paymaster's service is told. The default is nothing. Where the account pays for itself nobody is told.
    #[must_use]
    pub fn context(mut self, context: PaymasterContext) -> Self {
        self.context = context;
        self
    }

    /// An estimate with the margins.
    pub(super) fn with_margins(&self, gas: GasLimits) -> GasLimits {
        self.margins.unwrap_or_default().add_to(gas)
    }

    /// Whether a paymaster that could estimate is not to.
    pub(super) fn are_for_estimate(&self) -> bool {
        self.margins.is_some() || !self.state.is_empty()
    }

    /// The context as ERC-7677 has it.
    pub(super) fn standard_context(&self) -> Result<Value, Error> {
        match self.context.expiry_in_seconds() {
            Some(_) => Err(Error::NoExpiry),
            None => Ok(self.context.fields().into()),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Payment> for Options {
    fn from(payment: Payment) -> Self {
        Self::new().pay(payment)
    }
}

/// How much more than was estimated an operation may use, in per cent of each limit. Gas that is not used is not paid
/// for.
///
/// The default is 25 for verification, as modules return earlier at the dummy signature of an estimate than at a real
/// one, and nothing for the others.
///
/// # Examples
///
/// ```
/// use use_aa::GasMargins;
///
/// let plenty = GasMargins::default().call(20).verification(50);
/// assert_eq!(plenty, GasMargins::default().verification(50).call(20));
/// assert_eq!(GasMargins::default(), GasMargins::default().verification(25));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GasMargins {
    call: u16,
    verification: u16,
    pre_verification: u16,
}

impl GasMargins {
    /// In per cent of the limit for the account's calls. The default is 0.
    #[must_use]
    pub const fn call(mut self, percent: u16) -> Self {
        self.call = percent;
        self
    }

    /// In per cent of the limit for deployment and validation. The default is 25.
    #[must_use]
    pub const fn verification(mut self, percent: u16) -> Self {
        self.verification = percent;
        self
    }

    /// In per cent of what the bundler is paid for bytes and its own work. That is paid in full whether it was needed
    /// or not. The default is 0.
    #[must_use]
    pub const fn pre_verification(mut self, percent: u16) -> Self {
        self.pre_verification = percent;
        self
    }

    fn add_to(self, gas: GasLimits) -> GasLimits {
        GasLimits {
            call: more(gas.call, self.call),
            verification: more(gas.verification, self.verification),
            pre_verification: more(gas.pre_verification, self.pre_verification),
        }
    }
}

impl Default for GasMargins {
    fn default() -> Self {
        Self {
            call: 0,
            verification: 25,
            pre_verification: 0,
        }
    }
}

/// In 64 bits, which hold far more than the gas that is sensible; saturates.
fn more(gas: U256, percent: u16) -> U256 {
    if percent == 0 {
        return gas;
    }
    let gas: u64 = gas.saturating_to();
    let margin = gas.saturating_mul(percent.into()) / 100;
    U256::from(gas.saturating_add(margin))
}

/// Where an operation stands among the account's others
/// ([ERC-4337](https://eips.ethereum.org/EIPS/eip-4337#semi-abstracted-nonce-support)). Operations of one lane run one
/// after the other, those of different lanes independently.
///
/// # Examples
///
/// One operation after the other, as in a queue:
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::{Call, NonceKey, NonceLane, SendTransaction};
///
/// let queue = NonceLane::Key(NonceKey::from_bytes(*b"my dapp's queue of mints"));
/// let transfer = |wei| Call::transfer([0xaa; 20].into(), U256::from(wei));
/// let (first, second) = (SendTransaction::from(transfer(1)), SendTransaction::from(transfer(2)));
/// let requests = [first.nonce(queue), second.nonce(queue)];
/// # let _ = requests;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NonceLane {
    /// Alone in a lane that nobody used before.
    #[default]
    Fresh,
    /// The next one in the lane of a key; the chain is asked which that is. One that is on its way does not count yet,
    /// so wait for it first.
    Key(NonceKey),
    /// At this nonce: [`NonceKey::at`] makes one.
    Given(U256),
}

/// The steps that requests have in common.
macro_rules! requests {
    ($($request:ty),*) => {$(
        impl $request {
            /// Who pays for gas. The default is the account.
            #[must_use]
            pub const fn pay(mut self, payment: Payment) -> Self {
                self.options.payment = payment;
                self
            }

            /// How the operation is made and paid for, in place of what was said of that before.
            #[must_use]
            pub fn options(mut self, options: Options) -> Self {
                self.options = options;
                self
            }
        }
    )*};
}

/// The step of requests that may run in any lane.
macro_rules! in_lanes {
    ($($request:ty),*) => {$(
        impl $request {
            /// Where the operation stands among the account's others. The default is a lane of its own.
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

#[cfg(test)]
mod tests;
