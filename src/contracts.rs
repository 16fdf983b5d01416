//! Bindings and addresses of the deployed contracts, nothing else.

pub mod account;
pub mod entry_point;
pub mod modules;
pub mod token;

use alloy::primitives::Address;

/// The contracts that accounts of a chain are made of, and that check what they sign.
///
/// The default is Biconomy's own deployment, at the same addresses on every chain. Elsewhere their interfaces must be the
/// same.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{Contracts, Services};
///
/// let contracts = Contracts {
///     session_key_manager: address!("00000000000000000000000000000000000000aa"),
///     ..Contracts::default()
/// };
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?.contracts(contracts);
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contracts {
    /// Creates accounts.
    pub factory: Address,
    /// The code that accounts run.
    pub implementation: Address,
    /// Answers calls that an account has no function for: the factory's `minimalHandler`.
    pub fallback_handler: Address,
    /// The creation code of an account's proxy, without its argument, as the factory has it.
    pub proxy_creation_code: &'static [u8],
    /// Checks the owner's signature.
    pub ecdsa_ownership: Address,
    /// Checks sessions against the account's Merkle root.
    pub session_key_manager: Address,
    /// Checks each call of a batch against a session of its own.
    pub batched_session_router: Address,
    /// Checks a call's contract, function, value and arguments.
    pub abi_session_validation: Address,
    /// Checks an ERC-20 transfer's token, recipient and amount.
    pub erc20_session_validation: Address,
}

impl Contracts {
    /// Biconomy's own deployment.
    pub const BICONOMY: Self = Self {
        factory: account::FACTORY,
        implementation: account::IMPLEMENTATION,
        fallback_handler: account::FALLBACK_HANDLER,
        proxy_creation_code: &account::PROXY_CREATION_CODE,
        ecdsa_ownership: modules::ECDSA_OWNERSHIP,
        session_key_manager: modules::SESSION_KEY_MANAGER,
        batched_session_router: modules::BATCHED_SESSION_ROUTER,
        abi_session_validation: modules::ABI_SESSION_VALIDATION,
        erc20_session_validation: modules::ERC20_SESSION_VALIDATION,
    };

    /// Those that check what an account signs.
    #[must_use]
    pub const fn modules(&self) -> [Address; 5] {
        [
            self.ecdsa_ownership,
            self.session_key_manager,
            self.batched_session_router,
            self.abi_session_validation,
            self.erc20_session_validation,
        ]
    }
}

impl Default for Contracts {
    fn default() -> Self {
        Self::BICONOMY
    }
}
