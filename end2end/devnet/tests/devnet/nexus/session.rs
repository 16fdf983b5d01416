use alloy::{
    primitives::{Address, B256, Bytes, FixedBytes, U256, keccak256},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::Value;

use super::{
    account::Account,
    operation::{Call, Op, bare, execute, nonce_key, personal},
};
use crate::support::{DEVNET, operation::read};

sol! {
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct PolicyData {
        address policy;
        bytes initData;
    }
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct ActionData {
        bytes4 actionTargetSelector;
        address actionTarget;
        PolicyData[] actionPolicies;
    }
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Context {
        bytes32 appDomainSeparator;
        string[] contentName;
    }
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Erc7739 {
        Context[] allowedERC7739Content;
        PolicyData[] erc1271Policies;
    }
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Session {
        address sessionValidator;
        bytes sessionValidatorInitData;
        bytes32 salt;
        PolicyData[] userOpPolicies;
        Erc7739 erc7739Policies;
        ActionData[] actions;
        bool permitERC4337Paymaster;
    }
    struct ChainDigest {
        uint64 chainId;
        bytes32 sessionDigest;
    }
    struct EnableSession {
        uint8 chainDigestIndex;
        ChainDigest[] hashesAndChainIds;
        Session sessionToEnable;
        bytes permissionEnableSig;
    }
    function enableSessions(Session[] sessions) external returns (bytes32[]);
    function removeSession(bytes32 permissionId) external;
    function revokeEnableSignature(bytes32 permissionId) external;
    function getSessionDigest(bytes32 permissionId, address account, Session data, uint8 mode) external view returns (bytes32);
    function getPermissionId(Session session) external view returns (bytes32);
    function isPermissionEnabled(bytes32 permissionId, address account) external view returns (bool);
}

/// The mode of an ENABLE signature, without attestations of modules.
pub(super) const UNSAFE_ENABLE: u8 = 2;

/// A session with the key that it is for. The key's validator is the K1 validator.
pub(super) struct Key {
    pub(super) key: PrivateKeySigner,
    pub(super) session: Session,
}

impl Key {
    /// Creates a session for actions, with a new key.
    pub(super) fn new(actions: Vec<ActionData>) -> Self {
        let key = PrivateKeySigner::random();
        let session = Session {
            sessionValidator: DEVNET.contracts().k1_validator,
            sessionValidatorInitData: key.address().to_vec().into(),
            salt: keccak256(key.address()),
            userOpPolicies: Vec::new(),
            erc7739Policies: Erc7739 {
                allowedERC7739Content: Vec::new(),
                erc1271Policies: Vec::new(),
            },
            actions,
            permitERC4337Paymaster: false,
        };
        Self { key, session }
    }

    pub(super) fn id(&self) -> B256 {
        let Session {
            sessionValidator: validator,
            sessionValidatorInitData: data,
            salt,
            ..
        } = &self.session;
        keccak256((*validator, data.clone(), *salt).abi_encode_params())
    }

    /// Computes the identifier of the configuration of an action's policies.
    pub(super) fn action_config(&self, account: Address, target: Address, selector: [u8; 4]) -> B256 {
        let action = keccak256([target.as_slice(), &selector].concat());
        let action = keccak256([self.id(), action].concat());
        keccak256([account.as_slice(), action.as_slice()].concat())
    }

    /// Returns the call that enables the session.
    pub(super) fn enabling(&self) -> Call {
        let enable = enableSessionsCall {
            sessions: vec![self.session.clone()],
        };
        Call::new(DEVNET.contracts().smart_session, enable.abi_encode())
    }

    /// Returns the call that removes the session.
    pub(super) fn removal(&self) -> Call {
        let remove = removeSessionCall {
            permissionId: self.id(),
        };
        Call::new(DEVNET.contracts().smart_session, remove.abi_encode())
    }

    /// Returns the call that revokes grants that were signed and not used.
    pub(super) fn revocation(&self) -> Call {
        let revoke = revokeEnableSignatureCall {
            permissionId: self.id(),
        };
        Call::new(DEVNET.contracts().smart_session, revoke.abi_encode())
    }

    /// Builds an unsigned operation of the session key.
    pub(super) async fn op(&self, account: Address, calls: &[Call]) -> Op {
        let key = nonce_key(0, DEVNET.contracts().smart_session);
        Op::new(account, key, execute(calls)).await
    }

    /// Signs an operation in mode USE.
    pub(super) async fn sign(&self, op: &mut Op) {
        let signature = personal(&self.key, op.hash().await);
        op.signature = [&[0], self.id().as_slice(), &signature].concat().into();
    }

    /// Executes calls through the session and returns the receipt.
    pub(super) async fn execute(&self, account: Address, calls: &[Call]) -> Result<Value, Value> {
        let mut op = self.op(account, calls).await;
        self.sign(&mut op).await;
        op.send().await
    }

    /// Executes calls through the session, with estimated gas limits, and returns the receipt.
    pub(super) async fn execute_estimated(&self, account: Address, calls: &[Call]) -> Value {
        let mut op = self.op(account, calls).await;
        self.sign(&mut op).await;
        op.estimate().await;
        self.sign(&mut op).await;
        op.send().await.expect("a receipt")
    }

    /// Signs a grant of the session as its owner.
    pub(super) async fn grant(&self, owner: &PrivateKeySigner, account: Address) -> EnableSession {
        let question = getSessionDigestCall {
            permissionId: self.id(),
            account,
            data: self.session.clone(),
            mode: UNSAFE_ENABLE,
        };
        let digest = read(DEVNET.contracts().smart_session, question.abi_encode()).await;
        let digests = vec![ChainDigest {
            chainId: DEVNET.ready().chain_id,
            sessionDigest: B256::abi_decode(&digest).expect("a digest"),
        }];
        let signature = bare(owner, grant_hash(&digests));
        EnableSession {
            chainDigestIndex: 0,
            hashesAndChainIds: digests,
            sessionToEnable: self.session.clone(),
            permissionEnableSig: [Address::ZERO.as_slice(), &signature].concat().into(),
        }
    }

    /// Signs an operation in mode ENABLE.
    pub(super) async fn sign_with(&self, grant: &EnableSession, op: &mut Op) {
        let signature = personal(&self.key, op.hash().await);
        let inner = (grant.clone(), signature).abi_encode_params();
        op.signature = [vec![UNSAFE_ENABLE], literal_runs(&inner)].concat().into();
    }
}

/// Compresses with FastLZ, in literal runs alone.
fn literal_runs(data: &[u8]) -> Vec<u8> {
    let runs = data.chunks(32).map(|run| {
        let first = u8::try_from(run.len() - 1).expect("a short run");
        [&[first], run].concat()
    });
    runs.collect::<Vec<_>>().concat()
}

/// Hashes a grant (EIP-712): its domain has a name and a version only.
pub(super) fn grant_hash(digests: &[ChainDigest]) -> B256 {
    const TYPES: [&str; 8] = [
        "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)",
        "ChainSession(uint64 chainId,SignedSession session)",
        "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)",
        "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)",
        "MultiChainSession(ChainSession[] sessionsAndChainIds)",
        "PolicyData(address policy,bytes initData)",
        "SignedPermissions(bool permitGenericPolicy,bool permitAdminAccess,bool ignoreSecurityAttestations,\
         bool permitERC4337Paymaster,PolicyData[] userOpPolicies,ERC7739Data erc7739Policies,ActionData[] actions)",
        "SignedSession(address account,SignedPermissions permissions,address sessionValidator,\
         bytes sessionValidatorInitData,bytes32 salt,address smartSession,uint256 nonce)",
    ];
    let type_hash = |primary: &str, is_part: &dyn Fn(&str) -> bool| {
        let first = TYPES.iter().find(|part| part.starts_with(primary));
        let parts = TYPES
            .iter()
            .filter(|part| !part.starts_with(primary) && is_part(part));
        keccak256(first.into_iter().chain(parts).copied().collect::<String>())
    };
    let chain_session = type_hash("ChainSession", &|part| !part.starts_with("MultiChainSession"));
    let multi_chain_session = type_hash("MultiChainSession", &|_| true);
    let hashes = digests.iter().map(|digest| {
        keccak256((chain_session, U256::from(digest.chainId), digest.sessionDigest).abi_encode())
    });
    let list = keccak256(hashes.map(|hash| hash.0).collect::<Vec<_>>().concat());
    let domain = (
        keccak256("EIP712Domain(string name,string version)"),
        keccak256("SmartSession"),
        keccak256("1"),
    );
    let message = keccak256((multi_chain_session, list).abi_encode());
    typed_data_hash(keccak256(domain.abi_encode()), message)
}

/// Hashes typed data (EIP-712).
pub(super) fn typed_data_hash(domain: B256, message: B256) -> B256 {
    keccak256([&[0x19, 0x01], domain.as_slice(), message.as_slice()].concat())
}

/// Describes an action with its policies.
pub(super) fn action(
    target: Address,
    selector: impl Into<FixedBytes<4>>,
    policies: Vec<PolicyData>,
) -> ActionData {
    ActionData {
        actionTargetSelector: selector.into(),
        actionTarget: target,
        actionPolicies: policies,
    }
}

pub(super) fn sudo() -> PolicyData {
    policy(DEVNET.contracts().sudo_policy, Bytes::new())
}

pub(super) fn usage_limit(limit: u128) -> PolicyData {
    policy(
        DEVNET.contracts().usage_limit_policy,
        limit.to_be_bytes().to_vec(),
    )
}

/// Describes a time frame: end (0 for none) and start, in seconds since the Unix epoch.
pub(super) fn time_frame(until: u64, after: u64) -> PolicyData {
    let data = [&until.to_be_bytes()[2..], &after.to_be_bytes()[2..]].concat();
    policy(DEVNET.contracts().time_frame_policy, data)
}

pub(super) fn policy(policy: Address, data: impl Into<Bytes>) -> PolicyData {
    PolicyData {
        policy,
        initData: data.into(),
    }
}

/// Returns a session that may mint, enabled on an account.
pub(super) async fn minting(account: &Account, policies: Vec<PolicyData>) -> Key {
    let mint = account.mint();
    let session = Key::new(vec![action(mint.to, selector(&mint), policies)]);
    assert_eq!(
        account.execute(&[session.enabling()]).await.expect("a receipt")["success"],
        true
    );
    session
}

pub(super) fn selector(call: &Call) -> FixedBytes<4> {
    FixedBytes::from_slice(&call.data[..4])
}
