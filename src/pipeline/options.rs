use alloy::primitives::U256;

use super::{Payment, attempts::Attempts};
use crate::{
    error::{Error, ErrorKind},
    platform::Json,
    primitives::{Fees, GasLimits, NonceKey, UserOpHash},
    rpc::{PaymasterContext, Refusal, Simulation, StateOverride},
    tracking::PendingUserOp,
};

/// The options of an operation: payment, gas margins, simulation, state override and paymaster context. Every
/// option has a default.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, U256};
/// use use_aa::{Call, GasMargins, PaymasterContext, Payment, Request, SendTransaction, UserOpOptions};
///
/// let options = UserOpOptions::new()
///     .pay(Payment::Sponsored)
///     .margins(GasMargins::default().call(20))
///     .context(PaymasterContext::new().field("sponsorshipPolicyId", "sp_my_policy"));
/// let request = SendTransaction::from(Call::transfer(Address::ZERO, U256::ZERO)).options(options);
/// # let _ = request;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOpOptions {
    pub(crate) payment: Payment,
    margins: Option<GasMargins>,
    pub(crate) simulation: Simulation,
    pub(crate) state: StateOverride,
    pub(crate) context: PaymasterContext,
    fees: Option<Fees>,
    least_fees: Option<Fees>,
    /// The operation to replace, and its fees.
    pub(crate) replaces: Option<(UserOpHash, Fees)>,
    /// True while other operations of the account are on their way.
    is_beside_others: bool,
    /// The refused attempts of the request.
    pub(crate) attempts: Attempts,
}

impl UserOpOptions {
    /// Creates the default options: the account pays in native coin.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            payment: Payment::Own,
            margins: None,
            simulation: Simulation::ValidationAndExecution,
            state: StateOverride::new(),
            context: PaymasterContext::new(),
            fees: None,
            least_fees: None,
            replaces: None,
            is_beside_others: false,
            attempts: Attempts::NONE,
        }
    }

    /// Sets the payer of the gas. The default is the account.
    #[must_use]
    pub const fn pay(mut self, payment: Payment) -> Self {
        self.payment = payment;
        self
    }

    /// Sets the gas margins added to the estimate. The default is [`GasMargins::default`].
    ///
    /// Biconomy's paymaster estimates gas itself, with margins of its own. If margins are set here, the
    /// bundler estimates first and these margins are added. That takes one more round trip, and another one
    /// for payment in a token.
    #[must_use]
    pub const fn margins(mut self, margins: GasMargins) -> Self {
        self.margins = Some(margins);
        self
    }

    /// Sets the simulation that a bundler of Biconomy's dialect runs before it accepts the operation. The
    /// default is validation and execution.
    #[must_use]
    pub const fn simulation(mut self, simulation: Simulation) -> Self {
        self.simulation = simulation;
        self
    }

    /// Sets the state override of the gas estimate. The default is none.
    ///
    /// Biconomy's paymaster takes no state override, so the bundler estimates, as with
    /// [`margins`](Self::margins).
    #[must_use]
    pub fn state(mut self, state: StateOverride) -> Self {
        self.state = state;
        self
    }

    /// Sets the context for the paymaster's service. The default is empty. If the account pays for itself,
    /// the context is not sent.
    #[must_use]
    pub fn context(mut self, context: PaymasterContext) -> Self {
        self.context = context;
        self
    }

    /// Sets the fees per unit of gas, in wei. The default is what the bundler or the node reports.
    ///
    /// The fees are not changed: a bundler that wants more refuses the operation.
    #[must_use]
    pub const fn fees(mut self, fees: Fees) -> Self {
        self.fees = Some(fees);
        self
    }

    /// Sets the least fees per unit of gas, in wei. Reported fees that are higher count. The default is 0.
    ///
    /// # Examples
    ///
    /// A chain whose bundlers want a priority fee of 30 gwei at least:
    ///
    /// ```
    /// use alloy::primitives::U256;
    /// use use_aa::{Fees, UserOpOptions};
    ///
    /// let priority = U256::from(30_000_000_000_u64);
    /// let least = Fees { max_fee_per_gas: priority, max_priority_fee_per_gas: priority };
    /// let options = UserOpOptions::new().least_fees(least);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub const fn least_fees(mut self, fees: Fees) -> Self {
        self.least_fees = Some(fees);
        self
    }

    /// Returns the options of an operation that replaces a pending one.
    #[must_use]
    pub(crate) const fn replacing(mut self, pending: &PendingUserOp) -> Self {
        self.replaces = Some((pending.hash, pending.fees));
        self
    }

    /// Returns the options with the pre-verification gas that a refusal demands, or with 15 % more if the refusal names
    /// none.
    pub(crate) fn more_pre_verification(mut self, refusal: &Refusal) -> Self {
        let margins = self.margins.unwrap_or_default();
        let percent = refusal.demanded_percent().unwrap_or_default().max(15);
        self.margins = Some(GasMargins {
            pre_verification: margins.pre_verification.saturating_add(percent),
            ..margins
        });
        self
    }

    /// Returns the options for a new request.
    pub(crate) fn begun(&self) -> Self {
        Self {
            attempts: Attempts::begin(),
            ..self.clone()
        }
    }

    /// Returns the options of an operation beside others of the same account. A bundler may estimate behind those that name the
    /// same paymaster, where storage that they have read costs less gas than it does once they are included (alto 0.0.20).
    pub(crate) const fn beside_others(mut self) -> Self {
        self.is_beside_others = true;
        self
    }

    /// Returns the options of an operation without regard to others of the account.
    pub(crate) const fn alone(mut self) -> Self {
        self.is_beside_others = false;
        self
    }

    /// Returns the fees that were set.
    pub(crate) const fn fixed_fees(&self) -> Option<Fees> {
        self.fees
    }

    /// Returns the least fees of the operation. Bundlers accept a replacement at the same nonce if both fees are 10 %
    /// higher.
    pub(crate) fn fee_floor(&self) -> Fees {
        let replaced = self.replaces.map(|(_, fees)| fees.raised(10));
        self.least_fees
            .unwrap_or_default()
            .at_least(replaced.unwrap_or_default())
    }

    /// Adds the margins to a gas estimate: those of the options, and a larger one for verification beside other operations.
    pub(crate) fn with_margins(&self, gas: GasLimits) -> GasLimits {
        let margins = self.margins.unwrap_or_default();
        match self.is_beside_others {
            true => margins.beside_others().add_to(gas),
            false => margins.add_to(gas),
        }
    }

    /// Returns true if the bundler has to estimate gas even if the paymaster could.
    pub(crate) fn are_for_estimate(&self) -> bool {
        self.margins.is_some() || !self.state.is_empty()
    }

    /// Returns the context in the format of ERC-7677.
    pub(crate) fn standard_context(&self) -> Result<Json, Error> {
        match self.context.expiry_in_seconds() {
            Some(_) => Err(Error::from(ErrorKind::NoExpiry)),
            None => Ok(self.context.fields()),
        }
    }
}

impl Default for UserOpOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Payment> for UserOpOptions {
    fn from(payment: Payment) -> Self {
        Self::new().pay(payment)
    }
}

/// The margins added to a gas estimate, in percent of each limit. Unused gas is not paid for.
///
/// The default for verification is 25 %, because modules return earlier at the dummy signature of an estimate
/// than at a real one. The default for the other limits is 0 %.
///
/// For verification 75 % more are added to a sponsored operation while others of the account are on their way, and after a
/// refusal for want of verification gas. A bundler may estimate behind the others, which makes storage cost less gas.
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
    /// Sets the margin of the call gas limit, in percent. The default is 0.
    #[must_use]
    pub const fn call(mut self, percent: u16) -> Self {
        self.call = percent;
        self
    }

    /// Sets the margin of the verification gas limit, which covers deployment and validation, in percent. The
    /// default is 25.
    #[must_use]
    pub const fn verification(mut self, percent: u16) -> Self {
        self.verification = percent;
        self
    }

    /// Sets the margin of the pre-verification gas, which pays the bundler for bytes and its own work, in
    /// percent. Pre-verification gas is paid in full, even if it was not needed. The default is 0.
    #[must_use]
    pub const fn pre_verification(mut self, percent: u16) -> Self {
        self.pre_verification = percent;
        self
    }

    /// Returns the margins that outweigh what storage costs less if others have read it: 2,000 of 2,100 gas a slot, seen to
    /// halve the validation of a session's call. Some bundlers refuse a limit of more than 2.5 times the gas in use.
    const fn beside_others(self) -> Self {
        self.verification(self.verification.saturating_add(75))
    }

    fn add_to(self, gas: GasLimits) -> GasLimits {
        GasLimits {
            call: more(gas.call, self.call),
            verification: more(gas.verification, self.verification),
            pre_verification: more(gas.pre_verification, self.pre_verification),
            ..gas
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

/// Adds a margin in percent. The arithmetic uses 64 bits, far more than any accepted amount of gas, and
/// saturates.
fn more(gas: U256, percent: u16) -> U256 {
    if percent == 0 {
        return gas;
    }
    let gas: u64 = gas.saturating_to();
    let margin = gas.saturating_mul(percent.into()) / 100;
    U256::from(gas.saturating_add(margin))
}

/// The nonce lane of an operation
/// ([ERC-4337](https://eips.ethereum.org/EIPS/eip-4337#semi-abstracted-nonce-support)). Operations of one
/// lane run one after another, those of different lanes independently.
///
/// # Examples
///
/// Operations that run one after another, as in a queue:
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::{Call, NonceKey, NonceLane, Request, SendTransaction};
///
/// let queue = NonceLane::Key(NonceKey::from_bytes(*b"my dapp's queue of mints"));
/// let transfer = |wei| Call::transfer([0xaa; 20].into(), U256::from(wei));
/// let (first, second) = (SendTransaction::from(transfer(1)), SendTransaction::from(transfer(2)));
/// let requests = [first.nonce(queue), second.nonce(queue)];
/// # let _ = requests;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NonceLane {
    /// A new lane, whose nonce key is random.
    #[default]
    Fresh,
    /// The lane of a nonce key. The next nonce is requested from the chain, which does not count pending
    /// operations: wait for those first.
    Key(NonceKey),
    /// A given nonce, for example from [`NonceKey::at`].
    Given(U256),
}

#[cfg(test)]
mod tests;
