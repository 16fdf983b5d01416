// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {IActionPolicy, IUserOpPolicy, PERMITTED, Policy} from "../Policies.sol";

/// Permits everything.
contract SudoPolicy is Policy, IActionPolicy, IUserOpPolicy {
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata) external {
        emit PolicySet(configId, msg.sender, account);
    }

    function checkAction(bytes32, address, address, uint256, bytes calldata) external pure returns (uint256) {
        return PERMITTED;
    }

    function checkUserOpPolicy(bytes32, PackedUserOperation calldata) external pure returns (uint256) {
        return PERMITTED;
    }

    function _isForUserOps() internal pure override returns (bool) {
        return true;
    }
}
