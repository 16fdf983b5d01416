// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {SessionBook} from "./SessionBook.sol";
import {ActionData, Ids, PolicyData} from "./Sessions.sol";

/// The reads of sessions.
abstract contract SessionReads is SessionBook {
    using EnumerableSet for EnumerableSet.AddressSet;
    using EnumerableSet for EnumerableSet.Bytes32Set;

    error PartlyEnabledActions();
    error PartlyEnabledPolicies();

    function getNonce(bytes32 permissionId, address account) external view returns (uint256) {
        return _nonces[account][permissionId];
    }

    function getPermissionIDs(address account) external view returns (bytes32[] memory) {
        return _permissionIds[account].values();
    }

    function isPermissionEnabled(bytes32 permissionId, address account) external view returns (bool) {
        return _permissionIds[account].contains(permissionId);
    }

    function isISessionValidatorSet(bytes32 permissionId, address account) external view returns (bool) {
        return _permissionIds[account].contains(permissionId);
    }

    function getSessionValidatorAndConfig(
        address account,
        bytes32 permissionId
    ) external view returns (address, bytes memory) {
        Permission storage permission = _permissions[account][permissionId];
        return (permission.validator, permission.validatorData);
    }

    function getEnabledActions(address account, bytes32 permissionId) external view returns (bytes32[] memory) {
        return _permissions[account][permissionId].actionIds.values();
    }

    function getActionPolicies(
        address account,
        bytes32 permissionId,
        bytes32 actionId
    ) external view returns (address[] memory) {
        return _permissions[account][permissionId].actionPolicies[actionId].values();
    }

    function getUserOpPolicies(address account, bytes32 permissionId) external view returns (address[] memory) {
        return _permissions[account][permissionId].userOpPolicies.values();
    }

    function isActionIdEnabled(address account, bytes32 permissionId, bytes32 actionId) external view returns (bool) {
        return _permissions[account][permissionId].actionIds.contains(actionId);
    }

    function isActionPolicyEnabled(
        address account,
        bytes32 permissionId,
        bytes32 actionId,
        address policy
    ) external view returns (bool) {
        return _permissions[account][permissionId].actionPolicies[actionId].contains(policy);
    }

    function isUserOpPolicyEnabled(
        address account,
        bytes32 permissionId,
        address policy
    ) external view returns (bool) {
        return _permissions[account][permissionId].userOpPolicies.contains(policy);
    }

    /// Returns whether all of the policies are enabled, and reverts if only some are.
    function areUserOpPoliciesEnabled(
        address account,
        bytes32 permissionId,
        PolicyData[] calldata policies
    ) external view returns (bool) {
        return _areEnabled(_permissions[account][permissionId].userOpPolicies, policies);
    }

    /// Returns whether all of the actions are enabled with their policies, and reverts if only some are.
    function areActionsEnabled(
        address account,
        bytes32 permissionId,
        ActionData[] calldata actions
    ) external view returns (bool) {
        Permission storage permission = _permissions[account][permissionId];
        uint256 enabled;
        for (uint256 i; i < actions.length; i++) {
            bytes32 actionId = Ids.action(actions[i].actionTarget, actions[i].actionTargetSelector);
            bool isEnabled = permission.actionIds.contains(actionId) &&
                _areEnabled(permission.actionPolicies[actionId], actions[i].actionPolicies);
            if (isEnabled) enabled++;
        }
        require(enabled == 0 || enabled == actions.length, PartlyEnabledActions());
        return enabled == actions.length;
    }

    function _areEnabled(
        EnumerableSet.AddressSet storage set,
        PolicyData[] calldata policies
    ) private view returns (bool) {
        uint256 enabled;
        for (uint256 i; i < policies.length; i++) {
            if (set.contains(policies[i].policy)) enabled++;
        }
        require(enabled == 0 || enabled == policies.length, PartlyEnabledPolicies());
        return enabled == policies.length;
    }
}
