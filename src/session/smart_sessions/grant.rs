use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::{SolStruct, eip712_domain},
};

use super::{
    SignedGrant, SmartSession, SmartSessionsContracts,
    contracts::{
        ChainDigest, ChainSession, EnableSession, MultiChainSession, SignedPermissions, SignedSession,
    },
};
use crate::signer::TypedData;

/// The sessions that the owner of an account grants by one signature, on one or several chains.
///
/// The signature needs no transaction: the first operation of each session brings the grant to the module. For a fresh
/// salt nothing has to be read from a chain.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{Address, B256, Bytes, U256, address}, signers::{SignerSync, local::PrivateKeySigner}};
/// use use_aa::{Policy, session::smart_sessions::{Grant, KeyValidator, Packing, SmartSession, SmartSessionsContracts}};
///
/// let contracts = SmartSessionsContracts::CANONICAL;
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let permissions = [Policy::function(nft, "safeMint(address)")?.into()];
/// let key = Address::repeat_byte(7);
/// let session = SmartSession::granting(&permissions, KeyValidator::K1, key, B256::repeat_byte(1), &contracts)?;
///
/// let account = Address::repeat_byte(9);
/// let grant = Grant::new(account, 80002, session, &contracts);
/// assert!(grant.typed_data().json().contains("\"primaryType\":\"MultiChainSession\""));
///
/// let owner = PrivateKeySigner::from_slice(&[7; 32])?;
/// let signature = owner.sign_hash_sync(&grant.typed_data().hash())?;
/// let signed = grant.signed(Address::ZERO, &signature.as_bytes());
/// let dummy = signed.signature(0, &KeyValidator::K1.dummy_signature(), Packing::default()).unwrap();
/// assert_eq!(dummy[0], 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    account: Address,
    module: Address,
    mode: EnableMode,
    sessions: Vec<GrantedSession>,
}

/// A session of a grant, on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedSession {
    /// The chain's id.
    pub chain_id: u64,
    /// The session.
    pub session: SmartSession,
    /// The nonce of the session's permission id on this chain. The nonce of a new permission id is 0.
    pub nonce: U256,
}

/// The mode in which the module enables a session by the owner's signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EnableMode {
    /// The signature demands security attestations of the policies. The module of the canonical deployment asks no
    /// registry for them.
    Attested = 1,
    /// The signature demands no security attestations.
    #[default]
    Unattested = 2,
}

impl Grant {
    /// Creates a grant of one session, whose permission id is new on the chain.
    #[must_use]
    pub fn new(
        account: Address,
        chain_id: u64,
        session: SmartSession,
        contracts: &SmartSessionsContracts,
    ) -> Self {
        let granted = GrantedSession {
            chain_id,
            session,
            nonce: U256::ZERO,
        };
        Self {
            account,
            module: contracts.module,
            mode: EnableMode::default(),
            sessions: vec![granted],
        }
    }

    /// Sets the nonce of the first session's permission id. The default is 0, the nonce of a new permission id.
    #[must_use]
    pub fn nonce(mut self, nonce: U256) -> Self {
        self.sessions[0].nonce = nonce;
        self
    }

    /// Sets the mode. The default is [`EnableMode::Unattested`].
    #[must_use]
    pub const fn mode(mut self, mode: EnableMode) -> Self {
        self.mode = mode;
        self
    }

    /// Adds a session of the same account, on the same or another chain.
    #[must_use]
    pub fn and(mut self, session: GrantedSession) -> Self {
        self.sessions.push(session);
        self
    }

    /// Returns the sessions, in the order in which they were added.
    #[must_use]
    pub fn sessions(&self) -> &[GrantedSession] {
        &self.sessions
    }

    /// Returns the digest of each session with its chain, as `getSessionDigest` of the module computes them.
    #[must_use]
    pub fn digests(&self) -> Vec<ChainDigest> {
        let sessions = self.sessions.iter();
        let digest = |granted: &GrantedSession| ChainDigest {
            chainId: granted.chain_id,
            sessionDigest: self.signed_session(granted).eip712_hash_struct(),
        };
        sessions.map(digest).collect()
    }

    /// Returns the typed data that the owner signs ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)). The domain has no
    /// chain and no contract, because one signature can cover several chains.
    #[must_use]
    pub fn typed_data(&self) -> TypedData {
        let sessions = self.sessions.iter().map(|granted| ChainSession {
            chainId: granted.chain_id,
            session: self.signed_session(granted),
        });
        let message = MultiChainSession {
            sessionsAndChainIds: sessions.collect(),
        };
        let domain = eip712_domain! { name: "SmartSession", version: "1", };
        TypedData::new(&message, &domain).expect("all fields of a session have EIP-712 types")
    }

    /// Returns the grant with the owner's signature of its [typed data](Self::typed_data). A personal message of the
    /// typed data's hash is accepted too. `validator` is the account's validator that checks the signature; the zero
    /// address stands for the default validator.
    #[must_use]
    pub fn signed(&self, validator: Address, signature: &[u8]) -> SignedGrant {
        let digests = self.digests();
        let signature = Bytes::from([validator.as_slice(), signature].concat());
        let sessions = (0..=u8::MAX).zip(&self.sessions);
        let sessions = sessions.map(|(index, granted)| EnableSession {
            chainDigestIndex: index,
            hashesAndChainIds: digests.clone(),
            sessionToEnable: granted.session.clone(),
            permissionEnableSig: signature.clone(),
        });
        SignedGrant::new(self.mode, sessions.collect())
    }

    fn signed_session(&self, granted: &GrantedSession) -> SignedSession {
        let session = granted.session.clone();
        SignedSession {
            account: self.account,
            permissions: SignedPermissions {
                permitGenericPolicy: session.has_fallback(),
                permitAdminAccess: false,
                ignoreSecurityAttestations: self.mode == EnableMode::Unattested,
                permitERC4337Paymaster: session.permitERC4337Paymaster,
                userOpPolicies: session.userOpPolicies,
                erc7739Policies: session.erc7739Policies,
                actions: session.actions,
            },
            sessionValidator: session.sessionValidator,
            sessionValidatorInitData: session.sessionValidatorInitData,
            salt: session.salt,
            smartSession: self.module,
            nonce: granted.nonce,
        }
    }
}
