// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

bytes1 constant CALL_SINGLE = 0x00;
bytes1 constant CALL_BATCH = 0x01;
bytes1 constant CALL_DELEGATE = 0xff;
bytes1 constant EXEC_DEFAULT = 0x00;
bytes1 constant EXEC_TRY = 0x01;

/// A call of an account.
struct Call {
    address target;
    uint256 value;
    bytes data;
}

/// Decodes the calls of ERC-7579's `execute`.
library Calls {
    /// Splits a single call: target (20 bytes), value (32 bytes), data.
    function single(bytes calldata packed) internal pure returns (address, uint256, bytes calldata) {
        return (address(bytes20(packed[:20])), uint256(bytes32(packed[20:52])), packed[52:]);
    }

    /// Finds the calls of a batch.
    function batch(bytes calldata encoded) internal pure returns (Call[] calldata calls) {
        assembly {
            let list := add(encoded.offset, calldataload(encoded.offset))
            calls.offset := add(list, 32)
            calls.length := calldataload(list)
        }
    }
}

/// Executes calls in the modes of ERC-7579.
abstract contract Execution {
    error UnsupportedCallType(bytes1 callType);
    error UnsupportedExecType(bytes1 execType);

    event TryExecuteUnsuccessful(bytes callData, bytes result);
    event TryDelegateCallUnsuccessful(bytes callData, bytes result);

    function _execute(bytes32 mode, bytes calldata calls) internal {
        (bytes1 callType, bytes1 execType) = (mode[0], mode[1]);
        require(execType == EXEC_DEFAULT || execType == EXEC_TRY, UnsupportedExecType(execType));
        bool mayFail = execType == EXEC_TRY;
        if (callType == CALL_SINGLE) {
            (address target, uint256 value, bytes calldata data) = Calls.single(calls);
            _call(target, value, data, mayFail);
        } else if (callType == CALL_BATCH) {
            Call[] calldata batch = Calls.batch(calls);
            for (uint256 i; i < batch.length; i++) {
                _call(batch[i].target, batch[i].value, batch[i].data, mayFail);
            }
        } else {
            require(callType == CALL_DELEGATE, UnsupportedCallType(callType));
            (bool success, bytes memory result) = address(bytes20(calls[:20])).delegatecall(calls[20:]);
            if (!success && !mayFail) _revert(result);
            if (!success) emit TryDelegateCallUnsuccessful(calls, result);
        }
    }

    function _delegate(address target, bytes memory data) internal {
        (bool success, bytes memory result) = target.delegatecall(data);
        if (!success) _revert(result);
    }

    function _isSupported(bytes32 mode) internal pure returns (bool) {
        bool isCall = mode[0] == CALL_SINGLE || mode[0] == CALL_BATCH || mode[0] == CALL_DELEGATE;
        return isCall && (mode[1] == EXEC_DEFAULT || mode[1] == EXEC_TRY);
    }

    function _call(address target, uint256 value, bytes calldata data, bool mayFail) private {
        (bool success, bytes memory result) = target.call{value: value}(data);
        if (!success && !mayFail) _revert(result);
        if (!success) emit TryExecuteUnsuccessful(data, result);
    }

    function _revert(bytes memory reason) private pure {
        assembly {
            revert(add(reason, 32), mload(reason))
        }
    }
}
