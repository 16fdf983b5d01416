//! The contracts of the session key manager, and their addresses.

use alloy::{
    primitives::{Address, address},
    sol,
};

/// The module that validates sessions against the account's Merkle root.
pub const SESSION_KEY_MANAGER: Address = address!("000002FbFfedd9B33F4E7156F2DE8D48945E7489");

/// The module that validates each call of a batch against its own session leaf.
pub const BATCHED_SESSION_ROUTER: Address = address!("00000D09967410f8C76752A104c9848b57ebba55");

/// The session validation module for a call's contract, function, value and arguments.
pub const ABI_SESSION_VALIDATION: Address = address!("000006bC2eCdAe38113929293d241Cf252D91861");

/// The session validation module for the token, recipient and amount of an ERC-20 transfer.
pub const ERC20_SESSION_VALIDATION: Address = address!("000000D50C68705bd6897B2d17c7de32FB519fDA");

/// The contracts of a deployment of the session key manager.
///
/// # Examples
///
/// ```
/// use use_aa::session::merkle::{MerkleContracts, contracts::SESSION_KEY_MANAGER};
///
/// assert_eq!(MerkleContracts::BICONOMY.manager, SESSION_KEY_MANAGER);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MerkleContracts {
    /// The module that validates sessions against the account's Merkle root.
    pub manager: Address,
    /// The module that validates each call of a batch against its own session leaf.
    pub router: Address,
    /// The session validation module for a call's contract, function, value and arguments.
    pub abi_validation: Address,
    /// The session validation module for the token, recipient and amount of an ERC-20 transfer.
    pub erc20_validation: Address,
}

impl MerkleContracts {
    /// Biconomy's deployment, at the same addresses on every chain.
    pub const BICONOMY: Self = Self {
        manager: SESSION_KEY_MANAGER,
        router: BATCHED_SESSION_ROUTER,
        abi_validation: ABI_SESSION_VALIDATION,
        erc20_validation: ERC20_SESSION_VALIDATION,
    };
}

impl Default for MerkleContracts {
    fn default() -> Self {
        Self::BICONOMY
    }
}

sol! {
    /// The session key manager, which validates session keys' signatures.
    #[derive(Debug, PartialEq, Eq)]
    interface SessionKeyManager {
        function setMerkleRoot(bytes32 merkleRoot) external;
        function getSessionKeys(address smartAccount) external view returns (bytes32 merkleRoot);
    }

    /// An entry of a batch's signature: the session leaf that allows the call at the same index.
    #[derive(Debug, PartialEq, Eq)]
    struct SessionData {
        uint48 validUntil;
        uint48 validAfter;
        address sessionValidationModule;
        bytes sessionKeyData;
        bytes32[] merkleProof;
        bytes callSpecificData;
    }
}
