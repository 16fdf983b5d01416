//! Bindings and addresses of the deployed contracts.

pub mod account;
pub mod entry_point;
pub mod modules;
pub mod token;

use alloy::primitives::Address;

/// The contracts of the accounts on a chain, and the modules that validate their signatures.
///
/// The default is Biconomy's deployment, at the same addresses on every chain. The contracts of another deployment
/// must have the same interfaces.
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
    /// The factory that creates accounts.
    pub factory: Address,
    /// The implementation contract, to which the accounts' proxies delegate.
    pub implementation: Address,
    /// The fallback handler for calls that an account has no function for: the factory's `minimalHandler`.
    pub fallback_handler: Address,
    /// The creation code of an account's proxy in the factory, without the constructor argument.
    pub proxy_creation_code: &'static [u8],
    /// The module that validates the owner's ECDSA signature.
    pub ecdsa_ownership: Address,
    /// The module that validates sessions against the account's Merkle root.
    pub session_key_manager: Address,
    /// The module that validates each call of a batch against its own session leaf.
    pub batched_session_router: Address,
    /// The session validation module for a call's contract, function, value and arguments.
    pub abi_session_validation: Address,
    /// The session validation module for the token, recipient and amount of an ERC-20 transfer.
    pub erc20_session_validation: Address,
}

impl Contracts {
    /// Biconomy's deployment.
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

    /// Returns the addresses of the modules that validate signatures.
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
