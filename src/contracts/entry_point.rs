//! The functions and events of the entry point that clients read.

use alloy::sol;

sol! {
    /// The functions and events that all versions of the entry point share.
    #[derive(Debug, PartialEq, Eq)]
    interface IEntryPoint {
        function balanceOf(address account) external view returns (uint256 deposit);
        function getNonce(address sender, uint192 key) external view returns (uint256 nonce);

        /// Emitted after the validation of all operations of a bundle, before their calls run.
        event BeforeExecution();
        /// Emitted after an operation has run and was paid for.
        event UserOperationEvent(
            bytes32 indexed userOpHash,
            address indexed sender,
            address indexed paymaster,
            uint256 nonce,
            bool success,
            uint256 actualGasCost,
            uint256 actualGasUsed
        );
        /// Emitted when an operation's calls revert, with the revert data.
        event UserOperationRevertReason(
            bytes32 indexed userOpHash,
            address indexed sender,
            uint256 nonce,
            bytes revertReason
        );
    }
}
