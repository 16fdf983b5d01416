//! The validation modules of the Biconomy smart account V2.

use alloy::{
    primitives::{Address, address},
    sol,
};

/// The module that validates the owner's ECDSA signature.
pub const ECDSA_OWNERSHIP: Address = address!("0000001c5b32F37F5beA87BDD5374eB2aC54eA8e");

/// The module that validates sessions against the account's Merkle root.
pub const SESSION_KEY_MANAGER: Address = address!("000002FbFfedd9B33F4E7156F2DE8D48945E7489");

/// The module that validates each call of a batch against its own session leaf.
pub const BATCHED_SESSION_ROUTER: Address = address!("00000D09967410f8C76752A104c9848b57ebba55");

/// The session validation module for a call's contract, function, value and arguments.
pub const ABI_SESSION_VALIDATION: Address = address!("000006bC2eCdAe38113929293d241Cf252D91861");

/// The session validation module for the token, recipient and amount of an ERC-20 transfer.
pub const ERC20_SESSION_VALIDATION: Address = address!("000000D50C68705bd6897B2d17c7de32FB519fDA");

/// Biconomy's token paymaster, which takes ERC-20 tokens for gas. This contract is not a module. The address is the
/// same on most chains.
pub const TOKEN_PAYMASTER: Address = address!("00000f7365cA6C59A2C93719ad53d567ed49c14C");

sol! {
    /// The ECDSA module, which validates owners' signatures.
    #[derive(Debug, PartialEq, Eq)]
    interface EcdsaOwnership {
        function initForSmartAccount(address eoaOwner) external returns (address);
        function getOwner(address smartAccount) external view returns (address);
        function transferOwnership(address owner) external;
    }

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
