//! Bindings and addresses of the contracts of a Biconomy smart account V2.

pub mod account;
pub mod modules;

use alloy::primitives::Address;

use crate::session::merkle::MerkleContracts;

/// The contracts of the accounts on a chain, and the modules that validate their signatures.
///
/// The default is Biconomy's deployment, at the same addresses on every chain. The contracts of another deployment
/// must have the same interfaces.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::account::biconomy_v2::{BiconomyV2, Contracts};
///
/// let contracts = Contracts {
///     session_key_manager: address!("00000000000000000000000000000000000000aa"),
///     ..Contracts::default()
/// };
/// let account = BiconomyV2::at(address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af")).contracts(contracts);
/// # let _ = account;
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
        session_key_manager: MerkleContracts::BICONOMY.manager,
        batched_session_router: MerkleContracts::BICONOMY.router,
        abi_session_validation: MerkleContracts::BICONOMY.abi_validation,
        erc20_session_validation: MerkleContracts::BICONOMY.erc20_validation,
    };

    /// Returns the contracts of the sessions.
    #[must_use]
    pub const fn sessions(&self) -> MerkleContracts {
        MerkleContracts {
            manager: self.session_key_manager,
            router: self.batched_session_router,
            abi_validation: self.abi_session_validation,
            erc20_validation: self.erc20_session_validation,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_contract_that_validates_a_signature_is_a_module() {
        let Contracts {
            factory,
            implementation,
            fallback_handler,
            proxy_creation_code: _,
            ecdsa_ownership,
            session_key_manager,
            batched_session_router,
            abi_session_validation,
            erc20_session_validation,
        } = Contracts::BICONOMY;
        let modules = Contracts::BICONOMY.modules();

        for module in [
            ecdsa_ownership,
            session_key_manager,
            batched_session_router,
            abi_session_validation,
            erc20_session_validation,
        ] {
            assert!(modules.contains(&module), "{module}");
        }
        let guarded = crate::account::SmartAccount::guarded_modules(
            &crate::account::biconomy_v2::BiconomyV2::at(factory),
        );
        assert_eq!(guarded, modules);
        for other in [factory, implementation, fallback_handler] {
            assert!(!modules.contains(&other), "{other}");
        }
    }
}
