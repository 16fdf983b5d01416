// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

struct PolicyData {
    address policy;
    bytes initData;
}

struct ActionData {
    bytes4 actionTargetSelector;
    address actionTarget;
    PolicyData[] actionPolicies;
}

struct ERC7739Context {
    bytes32 appDomainSeparator;
    string[] contentName;
}

struct ERC7739Data {
    ERC7739Context[] allowedERC7739Content;
    PolicyData[] erc1271Policies;
}

struct Session {
    address sessionValidator;
    bytes sessionValidatorInitData;
    bytes32 salt;
    PolicyData[] userOpPolicies;
    ERC7739Data erc7739Policies;
    ActionData[] actions;
    bool permitERC4337Paymaster;
}

struct ChainDigest {
    uint64 chainId;
    bytes32 sessionDigest;
}

/// A grant that the owner has signed, for one session on each of several chains.
struct EnableSession {
    uint8 chainDigestIndex;
    ChainDigest[] hashesAndChainIds;
    Session sessionToEnable;
    bytes permissionEnableSig;
}

uint8 constant USE = 0x00;
uint8 constant ENABLE = 0x01;
uint8 constant UNSAFE_ENABLE = 0x02;

// The selector of a call without data.
bytes4 constant VALUE_SELECTOR = 0xffffffff;
// The action whose policies apply to calls that no other action permits.
address constant FALLBACK_TARGET = address(1);
bytes4 constant FALLBACK_SELECTOR = 0x00000001;

/// Computes the identifiers of sessions, actions and configurations.
library Ids {
    function permission(Session memory session) internal pure returns (bytes32) {
        return keccak256(abi.encode(session.sessionValidator, session.sessionValidatorInitData, session.salt));
    }

    function action(address target, bytes4 selector) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(target, selector));
    }

    function actionConfig(address account, bytes32 permissionId, bytes32 actionId) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, keccak256(abi.encodePacked(permissionId, actionId))));
    }

    function userOpConfig(address account, bytes32 permissionId) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, permissionId));
    }
}
