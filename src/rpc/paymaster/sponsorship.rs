use alloy::primitives::Address;

use crate::primitives::{GasLimits, PaymasterData, PaymasterGas};

/// The payer behind a sponsored operation: the dapp or the account.
///
/// # Examples
///
/// Choose the cheapest of the quoted tokens:
///
/// ```
/// use use_aa::{TokenQuote, rpc::SponsorMode};
///
/// fn cheapest(quotes: &[TokenQuote], worth: impl Fn(&TokenQuote) -> u64) -> Option<SponsorMode> {
///     let quote = quotes.iter().min_by_key(|quote| worth(quote))?;
///     Some(SponsorMode::Token(quote.token))
/// }
///
/// assert_eq!(cheapest(&[], |_| 0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SponsorMode {
    /// The dapp pays, from its paymaster deposit.
    Sponsored,
    /// The account pays, in this ERC-20 token.
    Token(Address),
}

/// The paymaster data and gas limits of a sponsored operation. Any change of the operation invalidates the data.
///
/// # Examples
///
/// The first 20 bytes name the paymaster:
///
/// ```
/// use alloy::primitives::bytes;
/// use use_aa::{GasLimits, PaymasterData, rpc::{TOKEN_PAYMASTER, Sponsorship}};
///
/// let agreed = Sponsorship {
///     paymaster: PaymasterData { paymaster: TOKEN_PAYMASTER, data: bytes!("1234") },
///     gas: GasLimits::default(),
/// };
/// assert_eq!(agreed.paymaster.to_bytes().len(), 20 + 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsorship {
    /// The paymaster's address and its signature.
    pub paymaster: PaymasterData,
    /// The gas limits that the paymaster agrees to, in units of gas.
    pub gas: GasLimits,
}

/// The paymaster's stub data, for an operation whose gas is to be estimated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// The stub data, as long and as costly as the final paymaster data.
    pub paymaster: PaymasterData,
    /// The gas limits that the paymaster demands. A limit of 0 is left to the bundler's estimate.
    pub gas: PaymasterGas,
    /// True when the stub data is the final paymaster data already.
    pub is_final: bool,
}

impl Stub {
    /// Returns true if final paymaster data costs the gas of the stub data: the same paymaster and length.
    #[must_use]
    pub fn is_like(&self, paymaster: &PaymasterData) -> bool {
        self.paymaster.paymaster == paymaster.paymaster && self.paymaster.data.len() == paymaster.data.len()
    }
}
