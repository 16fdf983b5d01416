//! The contracts of Smart Sessions: their addresses and the functions that a session needs.

use alloy::{
    primitives::{Address, address},
    sol,
};

/// The contracts of a deployment of Smart Sessions: the module, its session validators and its policies.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::session::smart_sessions::SmartSessionsContracts;
///
/// let contracts = SmartSessionsContracts::CANONICAL;
/// assert_eq!(contracts.module, address!("00000000008bDABA73cD9815d79069c247Eb4bDA"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmartSessionsContracts {
    /// The module that validates operations of session keys (ERC-7579, type 1).
    pub module: Address,
    /// The fallback handler of the module, through which other contracts ask for signatures of a session.
    pub fallback: Address,
    /// The session validator for one key, which reads personal messages and bare hashes.
    pub k1_validator: Address,
    /// The session validator for several keys with a threshold, which reads bare hashes.
    pub ownable_validator: Address,
    /// The policy for the arguments and the value of a call.
    pub universal_action: Address,
    /// The policy for the time of a call.
    pub time_frame: Address,
    /// The policy for the number of calls.
    pub usage_limit: Address,
    /// The policy for the sum of native value.
    pub value_limit: Address,
    /// The policy for the sum of a token's transfers.
    pub spending_limit: Address,
    /// The policy that allows everything.
    pub sudo: Address,
}

impl SmartSessionsContracts {
    /// The canonical deployment, at the same addresses on every chain.
    pub const CANONICAL: Self = Self {
        module: address!("00000000008bDABA73cD9815d79069c247Eb4bDA"),
        fallback: address!("000000000052e9685932845660777DF43C2dC496"),
        k1_validator: address!("00000000d12897DDAdC2044614A9677B191A2d95"),
        ownable_validator: address!("000000000013fdB5234E4E3162a810F54d9f7E98"),
        universal_action: address!("0000000000714Cf48FcF88A0bFBa70d313415032"),
        time_frame: address!("0000000000D30f611fA3bf652ac6879428586930"),
        usage_limit: address!("00000000001d4479FA2A947026204d0283ceDe4B"),
        value_limit: address!("000000000021dC45451291BCDfc9f0B46d6f0278"),
        spending_limit: address!("000000000033212E272655D8a22402Db819477A6"),
        sudo: address!("0000000000FEEc8D74e3143fBaBbca515358d869"),
    };
}

impl Default for SmartSessionsContracts {
    fn default() -> Self {
        Self::CANONICAL
    }
}

sol! {
    /// A policy contract and the data with which the module initializes it.
    #[derive(Debug, PartialEq, Eq)]
    struct PolicyData {
        address policy;
        bytes initData;
    }

    /// A function of a contract that a session may call, with the policies that must all allow the call.
    #[derive(Debug, PartialEq, Eq)]
    struct ActionData {
        bytes4 actionTargetSelector;
        address actionTarget;
        PolicyData[] actionPolicies;
    }

    /// The contents that a session may sign for an app ([ERC-7739](https://eips.ethereum.org/EIPS/eip-7739)).
    #[derive(Debug, PartialEq, Eq)]
    struct ERC7739Context {
        bytes32 appDomainSeparator;
        string[] contentName;
    }

    /// The signatures that a session may make for the account.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct ERC7739Data {
        ERC7739Context[] allowedERC7739Content;
        PolicyData[] erc1271Policies;
    }

    /// A session of the module: the validator of its key, and its policies.
    #[derive(Debug, PartialEq, Eq)]
    struct SmartSession {
        address sessionValidator;
        bytes sessionValidatorInitData;
        bytes32 salt;
        PolicyData[] userOpPolicies;
        ERC7739Data erc7739Policies;
        ActionData[] actions;
        bool permitERC4337Paymaster;
    }

    /// The permissions of a session as its owner signs them.
    #[derive(Debug, PartialEq, Eq)]
    struct SignedPermissions {
        bool permitGenericPolicy;
        bool permitAdminAccess;
        bool ignoreSecurityAttestations;
        bool permitERC4337Paymaster;
        PolicyData[] userOpPolicies;
        ERC7739Data erc7739Policies;
        ActionData[] actions;
    }

    /// A session of an account as its owner signs it.
    #[derive(Debug, PartialEq, Eq)]
    struct SignedSession {
        address account;
        SignedPermissions permissions;
        address sessionValidator;
        bytes sessionValidatorInitData;
        bytes32 salt;
        address smartSession;
        uint256 nonce;
    }

    /// A signed session of a chain.
    #[derive(Debug, PartialEq, Eq)]
    struct ChainSession {
        uint64 chainId;
        SignedSession session;
    }

    /// The sessions that one signature of the owner grants, on one or several chains.
    #[derive(Debug, PartialEq, Eq)]
    struct MultiChainSession {
        ChainSession[] sessionsAndChainIds;
    }

    /// The digest of a session on a chain.
    #[derive(Debug, PartialEq, Eq)]
    struct ChainDigest {
        uint64 chainId;
        bytes32 sessionDigest;
    }

    /// A session with the owner's signature, which the session's first operation brings to the module.
    #[derive(Debug, PartialEq, Eq)]
    struct EnableSession {
        uint8 chainDigestIndex;
        ChainDigest[] hashesAndChainIds;
        SmartSession sessionToEnable;
        bytes permissionEnableSig;
    }

    /// The functions of the module.
    #[derive(Debug, PartialEq, Eq)]
    interface SmartSessionModule {
        function enableSessions(SmartSession[] sessions) external returns (bytes32[] permissionIds);
        function removeSession(bytes32 permissionId) external;
        function revokeEnableSignature(bytes32 permissionId) external;
        function isPermissionEnabled(bytes32 permissionId, address account) external view returns (bool);
        function getNonce(bytes32 permissionId, address account) external view returns (uint256);
        function getPermissionIDs(address account) external view returns (bytes32[] permissionIds);
        function getSessionDigest(bytes32 permissionId, address account, SmartSession data, uint8 mode)
            external
            view
            returns (bytes32);
    }

    /// The counters of the policies. `multiplexer` is the module.
    #[derive(Debug, PartialEq, Eq)]
    interface PolicyCounters {
        function getUsed(bytes32 id, address multiplexer, address account) external view returns (uint256 used);
        function getPolicyData(bytes32 id, address multiplexer, address token, address account)
            external
            view
            returns (uint256 spendingLimit, uint256 alreadySpent, uint256 approvedAmount);
        function actionConfigs(bytes32 id, address multiplexer, address account) external view;
    }
}
