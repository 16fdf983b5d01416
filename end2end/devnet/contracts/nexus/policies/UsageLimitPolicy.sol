// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {DENIED, IActionPolicy, IUserOpPolicy, PERMITTED, Policy} from "../Policies.sol";

/// Permits a number of uses.
contract UsageLimitPolicy is Policy, IActionPolicy, IUserOpPolicy {
    struct UsageLimitConfig {
        uint128 limit;
        uint128 used;
    }

    mapping(bytes32 id => mapping(address multiplexer => mapping(address account => UsageLimitConfig)))
        public usageLimitConfigs;

    error InvalidLimit(uint256 limit);

    /// Sets the limit (16 bytes) and the counter to 0.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        uint128 limit = uint128(bytes16(initData[:16]));
        require(limit > 0, InvalidLimit(limit));
        usageLimitConfigs[configId][msg.sender][account] = UsageLimitConfig(limit, 0);
        emit PolicySet(configId, msg.sender, account);
    }

    function checkAction(bytes32 id, address account, address, uint256, bytes calldata) external returns (uint256) {
        return _use(id, account);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata op) external returns (uint256) {
        return _use(id, op.sender);
    }

    function getUsageLimit(bytes32 id, address multiplexer, address account) external view returns (uint128) {
        return usageLimitConfigs[id][multiplexer][account].limit;
    }

    function getUsed(bytes32 id, address multiplexer, address account) external view returns (uint128) {
        return usageLimitConfigs[id][multiplexer][account].used;
    }

    function _use(bytes32 id, address account) private returns (uint256) {
        UsageLimitConfig storage config = usageLimitConfigs[id][msg.sender][account];
        require(config.limit > 0, PolicyNotInitialized(id, msg.sender, account));
        if (config.used >= config.limit) return DENIED;
        config.used++;
        return PERMITTED;
    }

    function _isForUserOps() internal pure override returns (bool) {
        return true;
    }
}
