// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {CALL_BATCH, CALL_SINGLE, Call, Calls} from "../Execution.sol";
import {DENIED, IActionPolicy, IUserOpPolicy, PERMITTED, Policy} from "../Policies.sol";

/// Permits a total amount of native coin over all uses.
contract ValueLimitPolicy is Policy, IActionPolicy, IUserOpPolicy {
    struct ValueLimitConfig {
        uint256 limit;
        uint256 used;
    }

    mapping(bytes32 id => mapping(address multiplexer => mapping(address account => ValueLimitConfig)))
        public valueLimitConfigs;

    error InvalidLimit(uint256 limit);
    error UnsupportedCallType(bytes1 callType);

    /// Sets the limit (one word) and the counter to 0.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        uint256 limit = abi.decode(initData, (uint256));
        require(limit > 0, InvalidLimit(limit));
        valueLimitConfigs[configId][msg.sender][account] = ValueLimitConfig(limit, 0);
        emit PolicySet(configId, msg.sender, account);
    }

    function checkAction(
        bytes32 id,
        address account,
        address,
        uint256 value,
        bytes calldata
    ) external returns (uint256) {
        return _spend(id, account, value);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata op) external returns (uint256) {
        // `execute(bytes32 mode, bytes calls)`
        bytes32 mode = bytes32(op.callData[4:36]);
        uint256 at = 4 + uint256(bytes32(op.callData[36:68]));
        uint256 length = uint256(bytes32(op.callData[at:at + 32]));
        bytes calldata calls = op.callData[at + 32:at + 32 + length];
        uint256 total;
        if (mode[0] == CALL_SINGLE) {
            (, total, ) = Calls.single(calls);
        } else {
            require(mode[0] == CALL_BATCH, UnsupportedCallType(mode[0]));
            Call[] calldata batch = Calls.batch(calls);
            for (uint256 i; i < batch.length; i++) total += batch[i].value;
        }
        return _spend(id, op.sender, total);
    }

    function getValueLimit(bytes32 id, address multiplexer, address account) external view returns (uint256) {
        return valueLimitConfigs[id][multiplexer][account].limit;
    }

    function getUsed(bytes32 id, address multiplexer, address account) external view returns (uint256) {
        return valueLimitConfigs[id][multiplexer][account].used;
    }

    function _spend(bytes32 id, address account, uint256 value) private returns (uint256) {
        ValueLimitConfig storage config = valueLimitConfigs[id][msg.sender][account];
        require(config.limit > 0, PolicyNotInitialized(id, msg.sender, account));
        uint256 used = config.used + value;
        if (used > config.limit) return DENIED;
        config.used = used;
        return PERMITTED;
    }

    function _isForUserOps() internal pure override returns (bool) {
        return true;
    }
}
