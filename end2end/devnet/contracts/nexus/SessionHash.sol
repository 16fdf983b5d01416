// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {
    ActionData,
    ChainDigest,
    ERC7739Context,
    ERC7739Data,
    FALLBACK_SELECTOR,
    FALLBACK_TARGET,
    PolicyData,
    Session,
    UNSAFE_ENABLE
} from "./Sessions.sol";

/// The typed data (EIP-712) of a grant.
library SessionHash {
    bytes32 private constant POLICY_TYPE = keccak256("PolicyData(address policy,bytes initData)");
    bytes32 private constant ACTION_TYPE =
        keccak256(
            "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)"
            "PolicyData(address policy,bytes initData)"
        );
    bytes32 private constant CONTEXT_TYPE = keccak256("ERC7739Context(bytes32 appDomainSeparator,string[] contentName)");
    bytes32 private constant ERC7739_TYPE =
        keccak256(
            "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)"
            "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)"
            "PolicyData(address policy,bytes initData)"
        );
    bytes32 private constant PERMISSIONS_TYPE =
        keccak256(
            "SignedPermissions(bool permitGenericPolicy,bool permitAdminAccess,bool ignoreSecurityAttestations,"
            "bool permitERC4337Paymaster,PolicyData[] userOpPolicies,ERC7739Data erc7739Policies,ActionData[] actions)"
            "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)"
            "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)"
            "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)"
            "PolicyData(address policy,bytes initData)"
        );
    bytes32 private constant SESSION_TYPE =
        keccak256(
            "SignedSession(address account,SignedPermissions permissions,address sessionValidator,"
            "bytes sessionValidatorInitData,bytes32 salt,address smartSession,uint256 nonce)"
            "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)"
            "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)"
            "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)"
            "PolicyData(address policy,bytes initData)"
            "SignedPermissions(bool permitGenericPolicy,bool permitAdminAccess,bool ignoreSecurityAttestations,"
            "bool permitERC4337Paymaster,PolicyData[] userOpPolicies,ERC7739Data erc7739Policies,ActionData[] actions)"
        );
    bytes32 private constant CHAIN_SESSION_TYPE =
        keccak256(
            "ChainSession(uint64 chainId,SignedSession session)"
            "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)"
            "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)"
            "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)"
            "PolicyData(address policy,bytes initData)"
            "SignedPermissions(bool permitGenericPolicy,bool permitAdminAccess,bool ignoreSecurityAttestations,"
            "bool permitERC4337Paymaster,PolicyData[] userOpPolicies,ERC7739Data erc7739Policies,ActionData[] actions)"
            "SignedSession(address account,SignedPermissions permissions,address sessionValidator,"
            "bytes sessionValidatorInitData,bytes32 salt,address smartSession,uint256 nonce)"
        );
    bytes32 private constant MULTI_CHAIN_SESSION_TYPE =
        keccak256(
            "MultiChainSession(ChainSession[] sessionsAndChainIds)"
            "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)"
            "ChainSession(uint64 chainId,SignedSession session)"
            "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)"
            "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)"
            "PolicyData(address policy,bytes initData)"
            "SignedPermissions(bool permitGenericPolicy,bool permitAdminAccess,bool ignoreSecurityAttestations,"
            "bool permitERC4337Paymaster,PolicyData[] userOpPolicies,ERC7739Data erc7739Policies,ActionData[] actions)"
            "SignedSession(address account,SignedPermissions permissions,address sessionValidator,"
            "bytes sessionValidatorInitData,bytes32 salt,address smartSession,uint256 nonce)"
        );
    bytes32 private constant DOMAIN =
        keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version)"),
                keccak256("SmartSession"),
                keccak256("1")
            )
        );

    /// Hashes a session of this module, as a part of the grant.
    function digest(
        Session memory session,
        address account,
        uint8 mode,
        uint256 nonce
    ) internal view returns (bytes32) {
        bytes memory granted = abi.encode(SESSION_TYPE, account, _permissions(session, mode));
        bytes memory key = abi.encode(
            session.sessionValidator,
            keccak256(session.sessionValidatorInitData),
            session.salt,
            address(this),
            nonce
        );
        return keccak256(bytes.concat(granted, key));
    }

    /// Hashes a grant, as the owner signs it.
    function grant(ChainDigest[] memory digests) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](digests.length);
        for (uint256 i; i < hashes.length; i++) {
            hashes[i] = keccak256(abi.encode(CHAIN_SESSION_TYPE, digests[i].chainId, digests[i].sessionDigest));
        }
        bytes32 structHash = keccak256(abi.encode(MULTI_CHAIN_SESSION_TYPE, _concat(hashes)));
        return keccak256(abi.encodePacked(hex"1901", DOMAIN, structHash));
    }

    function _permissions(Session memory session, uint8 mode) private pure returns (bytes32) {
        bytes memory flags = abi.encode(
            PERMISSIONS_TYPE,
            _hasFallback(session.actions),
            false,
            mode == UNSAFE_ENABLE,
            session.permitERC4337Paymaster
        );
        bytes memory lists = abi.encode(
            _policies(session.userOpPolicies),
            _erc7739(session.erc7739Policies),
            _actions(session.actions)
        );
        return keccak256(bytes.concat(flags, lists));
    }

    function _hasFallback(ActionData[] memory actions) private pure returns (bool) {
        for (uint256 i; i < actions.length; i++) {
            bool isFallback = actions[i].actionTarget == FALLBACK_TARGET &&
                actions[i].actionTargetSelector == FALLBACK_SELECTOR;
            if (isFallback) return true;
        }
        return false;
    }

    function _policies(PolicyData[] memory policies) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](policies.length);
        for (uint256 i; i < hashes.length; i++) {
            hashes[i] = keccak256(abi.encode(POLICY_TYPE, policies[i].policy, keccak256(policies[i].initData)));
        }
        return _concat(hashes);
    }

    function _actions(ActionData[] memory actions) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](actions.length);
        for (uint256 i; i < hashes.length; i++) {
            ActionData memory action = actions[i];
            bytes32 policies = _policies(action.actionPolicies);
            hashes[i] = keccak256(abi.encode(ACTION_TYPE, action.actionTargetSelector, action.actionTarget, policies));
        }
        return _concat(hashes);
    }

    function _erc7739(ERC7739Data memory data) private pure returns (bytes32) {
        ERC7739Context[] memory contexts = data.allowedERC7739Content;
        bytes32[] memory hashes = new bytes32[](contexts.length);
        for (uint256 i; i < hashes.length; i++) {
            bytes32 names = _strings(contexts[i].contentName);
            hashes[i] = keccak256(abi.encode(CONTEXT_TYPE, contexts[i].appDomainSeparator, names));
        }
        return keccak256(abi.encode(ERC7739_TYPE, _concat(hashes), _policies(data.erc1271Policies)));
    }

    function _strings(string[] memory strings) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](strings.length);
        for (uint256 i; i < hashes.length; i++) hashes[i] = keccak256(bytes(strings[i]));
        return _concat(hashes);
    }

    function _concat(bytes32[] memory hashes) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hashes));
    }
}
