//! The validation modules of the Biconomy smart account V2.

use alloy::{
    primitives::{Address, address},
    sol,
};

/// The module that validates the owner's ECDSA signature.
pub const ECDSA_OWNERSHIP: Address = address!("0000001c5b32F37F5beA87BDD5374eB2aC54eA8e");

sol! {
    /// The ECDSA module, which validates owners' signatures.
    #[derive(Debug, PartialEq, Eq)]
    interface EcdsaOwnership {
        function initForSmartAccount(address eoaOwner) external returns (address);
        function getOwner(address smartAccount) external view returns (address);
        function transferOwnership(address owner) external;
    }
}
