// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {IActionPolicy, IUserOpPolicy, Policy} from "../Policies.sol";

/// Permits uses within a time frame, both ends included.
contract TimeFramePolicy is Policy, IActionPolicy, IUserOpPolicy {
    /// `validUntil` (6 bytes), `validAfter` (6 bytes).
    mapping(bytes32 id => mapping(address multiplexer => mapping(address account => uint256))) public timeFrameConfigs;

    error InvalidTimeFrame(uint48 validUntil, uint48 validAfter);

    /// Sets the time frame: end (6 bytes, 0 for none), start (6 bytes).
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        uint96 frame = uint96(bytes12(initData[:12]));
        (uint48 validUntil, uint48 validAfter) = (uint48(frame >> 48), uint48(frame));
        require(validUntil == 0 || validAfter <= validUntil, InvalidTimeFrame(validUntil, validAfter));
        timeFrameConfigs[configId][msg.sender][account] = frame;
        emit PolicySet(configId, msg.sender, account);
    }

    function checkAction(
        bytes32 id,
        address account,
        address,
        uint256,
        bytes calldata
    ) external view returns (uint256) {
        return _validationData(id, account);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata op) external view returns (uint256) {
        return _validationData(id, op.sender);
    }

    function getTimeFrameConfig(bytes32 id, address multiplexer, address account) external view returns (uint256) {
        return timeFrameConfigs[id][multiplexer][account];
    }

    /// Returns the time frame as the entry point reads it. Two zeros are no configuration.
    function _validationData(bytes32 id, address account) private view returns (uint256) {
        uint256 frame = timeFrameConfigs[id][msg.sender][account];
        require(frame != 0, PolicyNotInitialized(id, msg.sender, account));
        return ((frame >> 48) << 160) | (uint256(uint48(frame)) << 208);
    }

    function _isForUserOps() internal pure override returns (bool) {
        return true;
    }
}
