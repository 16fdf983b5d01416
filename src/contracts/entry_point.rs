//! The entry point's part that clients read.

use alloy::sol;

sol! {
    /// The entry point of ERC-4337 v0.6.
    #[derive(Debug, PartialEq, Eq)]
    interface EntryPointV06 {
        function balanceOf(address account) external view returns (uint256 deposit);
        function getNonce(address sender, uint192 key) external view returns (uint256 nonce);

        /// All operations of the bundle were accepted; from here on their calls run.
        event BeforeExecution();
        /// An operation has run, and was paid for.
        event UserOperationEvent(
            bytes32 indexed userOpHash,
            address indexed sender,
            address indexed paymaster,
            uint256 nonce,
            bool success,
            uint256 actualGasCost,
            uint256 actualGasUsed
        );
        /// Why an operation's calls reverted.
        event UserOperationRevertReason(
            bytes32 indexed userOpHash,
            address indexed sender,
            uint256 nonce,
            bytes revertReason
        );
    }
}
