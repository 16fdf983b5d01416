//! The entry point's part that clients read.

use alloy::sol;

sol! {
    /// The entry point of ERC-4337 v0.6.
    #[derive(Debug, PartialEq, Eq)]
    interface EntryPointV06 {
        function balanceOf(address account) external view returns (uint256 deposit);
        function getNonce(address sender, uint192 key) external view returns (uint256 nonce);
    }
}
