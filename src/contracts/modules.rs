//! Validation modules of the Biconomy account V2.

use alloy::{
    primitives::{Address, address},
    sol,
};

/// Checks the owner's ECDSA signature.
pub const ECDSA_OWNERSHIP: Address = address!("0000001c5b32F37F5beA87BDD5374eB2aC54eA8e");

/// Checks sessions against the account's Merkle root.
pub const SESSION_KEY_MANAGER: Address = address!("000002FbFfedd9B33F4E7156F2DE8D48945E7489");

/// Checks each call of a batch against a session of its own.
pub const BATCHED_SESSION_ROUTER: Address = address!("00000D09967410f8C76752A104c9848b57ebba55");

/// Checks a call's contract, function, value and arguments.
pub const ABI_SESSION_VALIDATION: Address = address!("000006bC2eCdAe38113929293d241Cf252D91861");

/// Checks an ERC-20 transfer's token, recipient and amount.
pub const ERC20_SESSION_VALIDATION: Address = address!("000000D50C68705bd6897B2d17c7de32FB519fDA");

/// Takes a token for gas. Not a module, but at one address on most chains as they are.
pub const TOKEN_PAYMASTER: Address = address!("00000f7365cA6C59A2C93719ad53d567ed49c14C");

sol! {
    /// The module that owners sign through.
    #[derive(Debug, PartialEq, Eq)]
    interface EcdsaOwnership {
        function initForSmartAccount(address eoaOwner) external returns (address);
        function getOwner(address smartAccount) external view returns (address);
        function transferOwnership(address owner) external;
    }

    /// The module that sessions sign through.
    #[derive(Debug, PartialEq, Eq)]
    interface SessionKeyManager {
        function setMerkleRoot(bytes32 merkleRoot) external;
        function getSessionKeys(address smartAccount) external view returns (bytes32 merkleRoot);
    }

    /// One entry of a batch's signature: the session that allows the call at the same place.
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
