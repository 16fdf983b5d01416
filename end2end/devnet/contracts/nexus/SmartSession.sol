// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {CALL_BATCH, CALL_SINGLE, Call, Calls, EXEC_DEFAULT} from "./Execution.sol";
import {FastLz} from "./FastLz.sol";
import {
    ERC1271_INVALID,
    ERC1271_VALID,
    ISessionValidator,
    IValidator,
    SIGNATURE_INVALID,
    VALIDATOR
} from "./Modules.sol";
import {IActionPolicy, IUserOpPolicy} from "./Policies.sol";
import {SessionHash} from "./SessionHash.sol";
import {SessionReads} from "./SessionReads.sol";
import {
    ChainDigest,
    ENABLE,
    EnableSession,
    FALLBACK_SELECTOR,
    FALLBACK_TARGET,
    Ids,
    Session,
    UNSAFE_ENABLE,
    USE,
    VALUE_SELECTOR
} from "./Sessions.sol";

/// A validator for session keys: each call of an operation must satisfy the policies of its action. Sessions sign no
/// messages (ERC-1271).
contract SmartSession is SessionReads, IValidator {
    using EnumerableSet for EnumerableSet.AddressSet;
    using EnumerableSet for EnumerableSet.Bytes32Set;

    bytes4 private constant EXECUTE = bytes4(keccak256("execute(bytes32,bytes)"));
    bytes4 private constant EXECUTE_USER_OP = 0x8dd7712f;

    error ChainIdMismatch(uint64 providedChainId);
    error ForbiddenValidationData();
    error HashIndexOutOfBounds(uint256 index);
    error HashMismatch(bytes32 providedHash, bytes32 computedHash);
    error InvalidCallTarget();
    error InvalidData();
    error InvalidEnableSignature(address account, bytes32 hash);
    error InvalidSelfCall();
    error InvalidUserOpSender(address sender);
    error NoExecutionsInBatch();
    error NoPoliciesSet(bytes32 permissionId);
    error PaymasterValidationNotEnabled(bytes32 permissionId);
    error PolicyCheckReverted(bytes32 revertReason);
    error PolicyViolation(bytes32 permissionId, address policy);
    error SmartSessionModuleAlreadyInstalled(address account);
    error UnsupportedExecutionType();
    error UnsupportedSmartSessionMode(uint8 mode);

    /// Enables the sessions in the data, if there are any: mode (1 byte), sessions.
    function onInstall(bytes calldata data) external {
        require(_permissionIds[msg.sender].length() == 0, SmartSessionModuleAlreadyInstalled(msg.sender));
        if (data.length == 0) return;
        uint8 mode = uint8(data[0]);
        require(mode == ENABLE || mode == UNSAFE_ENABLE, UnsupportedSmartSessionMode(mode));
        Session[] memory sessions = abi.decode(data[1:], (Session[]));
        for (uint256 i; i < sessions.length; i++) _enable(sessions[i]);
    }

    function onUninstall(bytes calldata) external {
        EnumerableSet.Bytes32Set storage ids = _permissionIds[msg.sender];
        for (uint256 i = ids.length(); i > 0; i--) _remove(ids.at(i - 1));
    }

    /// Validates an operation of a session key: the policies first, then the key's signature.
    function validateUserOp(PackedUserOperation calldata op, bytes32 hash) external returns (uint256) {
        require(op.sender == msg.sender, InvalidUserOpSender(op.sender));
        uint8 mode = uint8(op.signature[0]);
        bytes32 permissionId;
        bytes memory keySignature;
        if (mode == USE) {
            permissionId = bytes32(op.signature[1:33]);
            keySignature = op.signature[33:];
        } else {
            require(mode == ENABLE || mode == UNSAFE_ENABLE, UnsupportedSmartSessionMode(mode));
            (permissionId, keySignature) = _enableGrant(op.signature[1:], mode);
        }
        _checkEnabled(permissionId);
        uint256 times = _intersect(_checkOperation(permissionId, op), _checkCalls(permissionId, op.callData));
        return times | _checkKey(permissionId, hash, keySignature);
    }

    function isInitialized(address smartAccount) external view returns (bool) {
        return _permissionIds[smartAccount].length() > 0;
    }

    function isValidSignatureWithSender(address, bytes32, bytes calldata) external pure returns (bytes4) {
        return ERC1271_INVALID;
    }

    function isModuleType(uint256 moduleType) external pure returns (bool) {
        return moduleType == VALIDATOR;
    }

    /// Enables the session of a compressed grant, if the owner has signed it and it was not used before.
    function _enableGrant(
        bytes calldata compressed,
        uint8 mode
    ) private returns (bytes32 permissionId, bytes memory keySignature) {
        EnableSession memory grant;
        (grant, keySignature) = abi.decode(FastLz.decompress(compressed), (EnableSession, bytes));
        permissionId = Ids.permission(grant.sessionToEnable);
        uint256 nonce = _nonces[msg.sender][permissionId];
        _advanceNonce(permissionId);
        bytes32 digest = SessionHash.digest(grant.sessionToEnable, msg.sender, mode, nonce);
        _checkDigest(grant, digest);
        bytes32 hash = SessionHash.grant(grant.hashesAndChainIds);
        bytes4 answer = IERC1271(msg.sender).isValidSignature(hash, grant.permissionEnableSig);
        require(answer == ERC1271_VALID, InvalidEnableSignature(msg.sender, hash));
        _enable(grant.sessionToEnable);
    }

    /// Asks the policies on operations. A paymaster needs a permission and at least one of these policies.
    function _checkOperation(bytes32 permissionId, PackedUserOperation calldata op) private returns (uint256 times) {
        Permission storage permission = _permissions[msg.sender][permissionId];
        EnumerableSet.AddressSet storage policies = permission.userOpPolicies;
        if (op.paymasterAndData.length > 0) {
            require(permission.permitsPaymaster, PaymasterValidationNotEnabled(permissionId));
            require(policies.length() > 0, NoPoliciesSet(permissionId));
        }
        if (policies.length() == 0) return 0;
        bytes32 configId = Ids.userOpConfig(msg.sender, permissionId);
        return _askAll(permissionId, policies, abi.encodeCall(IUserOpPolicy.checkUserOpPolicy, (configId, op)));
    }

    /// Asks the policies of each call's action.
    function _checkCalls(bytes32 permissionId, bytes calldata callData) private returns (uint256 times) {
        bytes4 selector = bytes4(callData[:4]);
        require(selector != EXECUTE_USER_OP, UnsupportedExecutionType());
        if (selector != EXECUTE) return _checkCall(permissionId, msg.sender, 0, callData);
        bytes32 mode = bytes32(callData[4:36]);
        uint256 at = 4 + uint256(bytes32(callData[36:68]));
        bytes calldata calls = callData[at + 32:at + 32 + uint256(bytes32(callData[at:at + 32]))];
        require(mode[1] == EXEC_DEFAULT, UnsupportedExecutionType());
        if (mode[0] == CALL_SINGLE) {
            (address target, uint256 value, bytes calldata data) = Calls.single(calls);
            return _checkCall(permissionId, target, value, data);
        }
        require(mode[0] == CALL_BATCH, UnsupportedExecutionType());
        Call[] calldata batch = Calls.batch(calls);
        require(batch.length > 0, NoExecutionsInBatch());
        for (uint256 i; i < batch.length; i++) {
            times = _intersect(times, _checkCall(permissionId, batch[i].target, batch[i].value, batch[i].data));
        }
    }

    function _checkCall(
        bytes32 permissionId,
        address target,
        uint256 value,
        bytes calldata data
    ) private returns (uint256 times) {
        bytes32 actionId = _action(permissionId, target, data);
        EnumerableSet.AddressSet storage policies = _permissions[msg.sender][permissionId].actionPolicies[actionId];
        require(policies.length() > 0, NoPoliciesSet(permissionId));
        bytes32 configId = Ids.actionConfig(msg.sender, permissionId, actionId);
        bytes memory question = abi.encodeCall(IActionPolicy.checkAction, (configId, msg.sender, target, value, data));
        return _askAll(permissionId, policies, question);
    }

    /// Returns the action of a call: its own, or the fallback when this has no policies.
    function _action(bytes32 permissionId, address target, bytes calldata data) private view returns (bytes32 actionId) {
        require(data.length == 0 || data.length >= 4, InvalidData());
        bytes4 selector = data.length == 0 ? VALUE_SELECTOR : bytes4(data[:4]);
        require(target != msg.sender || selector != EXECUTE, InvalidSelfCall());
        actionId = Ids.action(target, selector);
        if (_permissions[msg.sender][permissionId].actionPolicies[actionId].length() == 0) {
            require(target != address(this), InvalidCallTarget());
            actionId = Ids.action(FALLBACK_TARGET, FALLBACK_SELECTOR);
        }
    }

    function _askAll(
        bytes32 permissionId,
        EnumerableSet.AddressSet storage policies,
        bytes memory question
    ) private returns (uint256 times) {
        uint256 count = policies.length();
        for (uint256 i; i < count; i++) times = _intersect(times, _ask(permissionId, policies.at(i), question));
    }

    function _ask(bytes32 permissionId, address policy, bytes memory question) private returns (uint256 times) {
        (bool isAnswered, bytes memory answer) = policy.call(question);
        require(isAnswered, PolicyCheckReverted(bytes32(answer)));
        times = abi.decode(answer, (uint256));
        address aggregator = address(uint160(times));
        require(aggregator != address(uint160(SIGNATURE_INVALID)), PolicyViolation(permissionId, policy));
        require(aggregator == address(0), ForbiddenValidationData());
    }

    function _checkKey(bytes32 permissionId, bytes32 hash, bytes memory signature) private view returns (uint256) {
        Permission storage permission = _permissions[msg.sender][permissionId];
        bool isValid = ISessionValidator(permission.validator).validateSignatureWithData(
            hash,
            signature,
            permission.validatorData
        );
        return isValid ? 0 : SIGNATURE_INVALID;
    }

    function _checkDigest(EnableSession memory grant, bytes32 digest) private view {
        uint256 index = grant.chainDigestIndex;
        require(index < grant.hashesAndChainIds.length, HashIndexOutOfBounds(index));
        ChainDigest memory own = grant.hashesAndChainIds[index];
        require(own.chainId == block.chainid, ChainIdMismatch(own.chainId));
        require(own.sessionDigest == digest, HashMismatch(own.sessionDigest, digest));
    }

    /// Intersects two time frames of validation data: end (6 bytes, 0 for none) and start (6 bytes).
    function _intersect(uint256 a, uint256 b) private pure returns (uint256) {
        (uint256 untilA, uint256 untilB) = (uint48(a >> 160), uint48(b >> 160));
        uint256 until = untilA == 0 || (untilB != 0 && untilB < untilA) ? untilB : untilA;
        uint256 start = a >> 208 > b >> 208 ? a >> 208 : b >> 208;
        return (until << 160) | (start << 208);
    }
}
