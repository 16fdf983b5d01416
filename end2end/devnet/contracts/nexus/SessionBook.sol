// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {ISessionValidator, STATELESS_VALIDATOR} from "./Modules.sol";
import {IActionPolicy, IPolicy, IUserOpPolicy} from "./Policies.sol";
import {SessionHash} from "./SessionHash.sol";
import {ActionData, Ids, PolicyData, Session} from "./Sessions.sol";

/// The sessions of all accounts. An account changes its own ones.
abstract contract SessionBook {
    using EnumerableSet for EnumerableSet.AddressSet;
    using EnumerableSet for EnumerableSet.Bytes32Set;

    enum PolicyType {
        NA,
        USER_OP,
        ACTION,
        ERC1271
    }

    struct Permission {
        address validator;
        bool permitsPaymaster;
        bytes validatorData;
        EnumerableSet.AddressSet userOpPolicies;
        EnumerableSet.Bytes32Set actionIds;
        mapping(bytes32 actionId => EnumerableSet.AddressSet) actionPolicies;
    }

    mapping(address account => EnumerableSet.Bytes32Set) internal _permissionIds;
    mapping(address account => mapping(bytes32 permissionId => Permission)) internal _permissions;
    mapping(address account => mapping(bytes32 permissionId => uint256)) internal _nonces;

    event ActionIdDisabled(bytes32 permissionId, bytes32 actionId, address smartAccount);
    event NonceIterated(bytes32 permissionId, address account, uint256 newValue);
    event PermissionIdpermitERC4337Paymaster(bytes32 permissionId, address smartAccount, bool enabled);
    event PolicyDisabled(bytes32 permissionId, PolicyType policyType, address policy, address smartAccount);
    event PolicyEnabled(bytes32 permissionId, PolicyType policyType, address policy, address smartAccount);
    event SessionCreated(bytes32 permissionId, address account);
    event SessionRemoved(bytes32 permissionId, address smartAccount);
    event SessionValidatorDisabled(bytes32 permissionId, address sessionValidator, address smartAccount);
    event SessionValidatorEnabled(bytes32 permissionId, address sessionValidator, address smartAccount);

    error InvalidISessionValidator(address sessionValidator);
    error InvalidPermissionId(bytes32 permissionId);
    error InvalidSession(bytes32 permissionId);
    error UnsupportedPolicy(address policy);

    function enableSessions(Session[] memory sessions) external returns (bytes32[] memory permissionIds) {
        permissionIds = new bytes32[](sessions.length);
        for (uint256 i; i < sessions.length; i++) permissionIds[i] = _enable(sessions[i]);
    }

    /// Removes a session. A grant that was signed and not used yet stays valid.
    function removeSession(bytes32 permissionId) external {
        require(permissionId != bytes32(0), InvalidSession(permissionId));
        _remove(permissionId);
    }

    /// Invalidates all grants of a permission that were signed and not used yet.
    function revokeEnableSignature(bytes32 permissionId) external {
        _advanceNonce(permissionId);
    }

    function enableUserOpPolicies(bytes32 permissionId, PolicyData[] memory policies) external {
        _checkEnabled(permissionId);
        _enableUserOpPolicies(permissionId, policies);
    }

    function enableActionPolicies(bytes32 permissionId, ActionData[] memory actions) external {
        _checkEnabled(permissionId);
        _enableActions(permissionId, actions);
    }

    function disableUserOpPolicies(bytes32 permissionId, address[] calldata policies) external {
        EnumerableSet.AddressSet storage set = _permissions[msg.sender][permissionId].userOpPolicies;
        for (uint256 i; i < policies.length; i++) {
            set.remove(policies[i]);
            emit PolicyDisabled(permissionId, PolicyType.USER_OP, policies[i], msg.sender);
        }
    }

    function disableActionPolicies(bytes32 permissionId, bytes32 actionId, address[] calldata policies) external {
        Permission storage permission = _permissions[msg.sender][permissionId];
        EnumerableSet.AddressSet storage set = permission.actionPolicies[actionId];
        for (uint256 i; i < policies.length; i++) {
            set.remove(policies[i]);
            emit PolicyDisabled(permissionId, PolicyType.ACTION, policies[i], msg.sender);
        }
        if (set.length() == 0) permission.actionIds.remove(actionId);
    }

    function disableActionId(bytes32 permissionId, bytes32 actionId) external {
        Permission storage permission = _permissions[msg.sender][permissionId];
        _clear(permission.actionPolicies[actionId]);
        permission.actionIds.remove(actionId);
        emit ActionIdDisabled(permissionId, actionId, msg.sender);
    }

    function setpermitERC4337Paymaster(bytes32 permissionId, bool enabled) external {
        _checkEnabled(permissionId);
        _permissions[msg.sender][permissionId].permitsPaymaster = enabled;
        emit PermissionIdpermitERC4337Paymaster(permissionId, msg.sender, enabled);
    }

    /// Hashes a session with its current nonce, as a part of the grant that the owner signs.
    function getSessionDigest(
        bytes32 permissionId,
        address account,
        Session memory data,
        uint8 mode
    ) external view returns (bytes32) {
        return SessionHash.digest(data, account, mode, _nonces[account][permissionId]);
    }

    function getPermissionId(Session memory session) external pure returns (bytes32) {
        return Ids.permission(session);
    }

    function _enable(Session memory session) internal returns (bytes32 permissionId) {
        permissionId = Ids.permission(session);
        Permission storage permission = _permissions[msg.sender][permissionId];
        if (_permissionIds[msg.sender].add(permissionId)) {
            address validator = session.sessionValidator;
            bool isStateless = ISessionValidator(validator).isModuleType(STATELESS_VALIDATOR);
            require(isStateless, InvalidISessionValidator(validator));
            permission.validator = validator;
            permission.validatorData = session.sessionValidatorInitData;
            emit SessionValidatorEnabled(permissionId, validator, msg.sender);
        }
        if (permission.permitsPaymaster != session.permitERC4337Paymaster) {
            permission.permitsPaymaster = session.permitERC4337Paymaster;
            emit PermissionIdpermitERC4337Paymaster(permissionId, msg.sender, session.permitERC4337Paymaster);
        }
        _enableUserOpPolicies(permissionId, session.userOpPolicies);
        _enableActions(permissionId, session.actions);
        emit SessionCreated(permissionId, msg.sender);
    }

    function _advanceNonce(bytes32 permissionId) internal {
        uint256 next = _nonces[msg.sender][permissionId] + 1;
        _nonces[msg.sender][permissionId] = next;
        emit NonceIterated(permissionId, msg.sender, next);
    }

    function _remove(bytes32 permissionId) internal {
        Permission storage permission = _permissions[msg.sender][permissionId];
        if (_permissionIds[msg.sender].remove(permissionId)) {
            emit SessionValidatorDisabled(permissionId, permission.validator, msg.sender);
        }
        for (uint256 i = permission.actionIds.length(); i > 0; i--) {
            bytes32 actionId = permission.actionIds.at(i - 1);
            _clear(permission.actionPolicies[actionId]);
            permission.actionIds.remove(actionId);
        }
        _clear(permission.userOpPolicies);
        delete permission.validator;
        delete permission.permitsPaymaster;
        delete permission.validatorData;
        emit SessionRemoved(permissionId, msg.sender);
    }

    function _checkEnabled(bytes32 permissionId) internal view {
        require(_permissionIds[msg.sender].contains(permissionId), InvalidPermissionId(permissionId));
    }

    function _enableUserOpPolicies(bytes32 permissionId, PolicyData[] memory policies) private {
        EnumerableSet.AddressSet storage set = _permissions[msg.sender][permissionId].userOpPolicies;
        bytes32 configId = Ids.userOpConfig(msg.sender, permissionId);
        for (uint256 i; i < policies.length; i++) {
            _enablePolicy(set, policies[i], configId, type(IUserOpPolicy).interfaceId);
            emit PolicyEnabled(permissionId, PolicyType.USER_OP, policies[i].policy, msg.sender);
        }
    }

    function _enableActions(bytes32 permissionId, ActionData[] memory actions) private {
        Permission storage permission = _permissions[msg.sender][permissionId];
        for (uint256 i; i < actions.length; i++) {
            bytes32 actionId = Ids.action(actions[i].actionTarget, actions[i].actionTargetSelector);
            permission.actionIds.add(actionId);
            EnumerableSet.AddressSet storage set = permission.actionPolicies[actionId];
            bytes32 configId = Ids.actionConfig(msg.sender, permissionId, actionId);
            PolicyData[] memory policies = actions[i].actionPolicies;
            for (uint256 j; j < policies.length; j++) {
                _enablePolicy(set, policies[j], configId, type(IActionPolicy).interfaceId);
                emit PolicyEnabled(permissionId, PolicyType.ACTION, policies[j].policy, msg.sender);
            }
        }
    }

    function _enablePolicy(
        EnumerableSet.AddressSet storage set,
        PolicyData memory data,
        bytes32 configId,
        bytes4 interfaceId
    ) private {
        require(IERC165(data.policy).supportsInterface(interfaceId), UnsupportedPolicy(data.policy));
        set.add(data.policy);
        IPolicy(data.policy).initializeWithMultiplexer(msg.sender, configId, data.initData);
    }

    function _clear(EnumerableSet.AddressSet storage set) private {
        for (uint256 i = set.length(); i > 0; i--) set.remove(set.at(i - 1));
    }
}
