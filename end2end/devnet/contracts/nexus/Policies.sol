// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

uint256 constant PERMITTED = 0;
uint256 constant DENIED = 1;

/// A policy of sessions. It keeps its state by configuration, multiplexer (the session module) and account.
interface IPolicy is IERC165 {
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external;
}

/// A policy on single calls.
interface IActionPolicy is IPolicy {
    function checkAction(
        bytes32 id,
        address account,
        address target,
        uint256 value,
        bytes calldata data
    ) external returns (uint256 validationData);
}

/// A policy on whole operations.
interface IUserOpPolicy is IPolicy {
    function checkUserOpPolicy(
        bytes32 id,
        PackedUserOperation calldata op
    ) external returns (uint256 validationData);
}

/// The event and the error that all policies with a configuration share.
abstract contract Policy is IPolicy {
    event PolicySet(bytes32 id, address multiplexer, address account);

    error PolicyNotInitialized(bytes32 id, address multiplexer, address account);

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return
            id == type(IERC165).interfaceId ||
            id == type(IPolicy).interfaceId ||
            (id == type(IActionPolicy).interfaceId && _isForActions()) ||
            (id == type(IUserOpPolicy).interfaceId && _isForUserOps());
    }

    function _isForActions() internal pure virtual returns (bool) {
        return true;
    }

    function _isForUserOps() internal pure virtual returns (bool) {
        return false;
    }
}
