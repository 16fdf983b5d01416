use std::{fmt, sync::Arc};

use alloy::{
    eips::eip7702::{Authorization, SignedAuthorization},
    hex,
    primitives::{Address, Bytes, U256, keccak256},
    sol_types,
};

use super::{
    InitialModules, NexusAddress, NexusContracts, NexusKind, NexusNonce, OnFailure, add_safe_sender,
    batch_call_data, call_data,
    call_data::VALIDATOR,
    contracts::{
        K1Validator::transferOwnershipCall,
        NexusAccount::{getValidatorsPaginatedCall, isModuleInstalledCall},
    },
    delegation::Authorized,
    install_module,
    kind::smart_sessions,
    message, requirements, uninstall_module,
};
use crate::{
    account::{
        MOST_MODULES, OperationSigner, OwnerRequest, SENTINEL, SessionRequirement, SmartAccount, previous,
        undeployed,
    },
    platform::BoxFuture,
    primitives::{Call, ContractCall, Deployment, EntryPoint, Explanation, NonceKey, Words, decode_number},
    session::{
        SessionModule,
        smart_sessions::{SmartSessions, explain_data},
    },
    signer::{AccountOwner, DUMMY_ECDSA, OwnerError},
};

/// The Biconomy Nexus account of entry point v0.7.
///
/// # Examples
///
/// ```
/// use alloy::signers::local::PrivateKeySigner;
/// use use_aa::{Nexus, Services, SmartAccountClient};
///
/// let owner: PrivateKeySigner = "0xd012f4597a0e6165035202123b49142316cc86c5e5f3cf8d28fde4d27edd054c".parse()?;
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?;
/// let client = SmartAccountClient::new(services, Nexus::owned_by(owner));
/// assert_eq!(client.services().entry_point().version(), "0.7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Nexus {
    /// The address of an account that does not follow from its owner's.
    at: Option<Address>,
    owner: Option<Arc<dyn AccountOwner>>,
    index: u64,
    kind: NexusKind,
    address: Address,
    sessions: Arc<dyn SessionModule>,
    authorized: Authorized,
}

impl Nexus {
    /// The kind of these accounts, for the provider's `account` prop. New accounts can use sessions at once.
    pub const KIND: NexusKind = NexusKind {
        contracts: NexusContracts::V1_2_0,
        modules: InitialModules::Sessions,
        is_delegated: false,
        sessions: smart_sessions,
    };

    /// The kind of accounts that are their owner's own address, which delegates to Nexus
    /// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)). See [`delegated_by`](Self::delegated_by).
    pub const DELEGATED: NexusKind = NexusKind {
        modules: InitialModules::Plain,
        is_delegated: true,
        ..Self::KIND
    };

    /// The kind of these accounts in an app without session keys. The app links no code of sessions.
    pub const WITHOUT_SESSIONS: NexusKind = Self::KIND.without_sessions();

    /// Creates the owner's first account. The address follows from the owner's address.
    pub fn owned_by(owner: impl AccountOwner + 'static) -> Self {
        Self::new(None, Some(Arc::new(owner)), 0, Self::KIND)
    }

    /// Creates the account at the owner's own address, an EOA that delegates to Nexus
    /// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
    ///
    /// The account's first operation contains the delegation, which the owner signs once, for one chain. The owner's key
    /// keeps all its rights, and the delegation stays until the owner delegates to another contract. A wallet that does not
    /// sign authorizations fails with [`OwnerError::NoAuthorization`] before it signs anything.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::signers::local::PrivateKeySigner;
    /// use use_aa::{Nexus, SmartAccount};
    ///
    /// let owner = PrivateKeySigner::random();
    /// let address = owner.address();
    /// assert_eq!(Nexus::delegated_by(owner).address(), address);
    /// ```
    pub fn delegated_by(owner: impl AccountOwner + 'static) -> Self {
        Self::new(None, Some(Arc::new(owner)), 0, Self::DELEGATED)
    }

    /// Creates an account without its owner. It can use sessions and wait for operations.
    #[must_use]
    pub fn at(address: Address) -> Self {
        Self::new(Some(address), None, 0, Self::KIND)
    }

    /// Creates an account whose address does not follow from its owner's, for example after a transfer of ownership or a
    /// [migration](super::migration). The account must be deployed.
    pub fn at_with_owner(address: Address, owner: impl AccountOwner + 'static) -> Self {
        Self::new(Some(address), Some(Arc::new(owner)), 0, Self::KIND)
    }

    /// Sets the contracts of the account. The default is [`NexusContracts::V1_2_0`].
    ///
    /// Another factory, implementation, bootstrap or validator gives the same owner another account address.
    #[must_use]
    pub fn contracts(self, contracts: NexusContracts) -> Self {
        Self::new(self.at, self.owner, self.index, self.kind.contracts(contracts))
    }

    /// Sets the modules of the account from its deployment on, which give the same owner another account address. The
    /// default is [`InitialModules::Sessions`].
    #[must_use]
    pub fn initial_modules(self, modules: InitialModules) -> Self {
        Self::new(
            self.at,
            self.owner,
            self.index,
            self.kind.initial_modules(modules),
        )
    }

    /// Declares that the account has the session module and its safe sender, as one that was [migrated](Self::migration)
    /// with [`InitialModules::Sessions`]. The owner then grants sessions by a signature. An account whose address follows
    /// from its owner has both by default, and one from [`at_with_owner`](Self::at_with_owner) has neither. An account at its
    /// owner's own address stays as it is: its owner may end the delegation.
    #[must_use]
    pub fn with_sessions_installed(mut self) -> Self {
        if !self.kind.is_delegated {
            self.sessions = (self.kind.sessions)(&self.kind.contracts, true);
        }
        self
    }

    pub(super) fn new(
        at: Option<Address>,
        owner: Option<Arc<dyn AccountOwner>>,
        index: u64,
        kind: NexusKind,
    ) -> Self {
        // An account that is given with its owner may have been deployed without the module.
        let is_installed = kind.modules == InitialModules::Sessions
            && !kind.is_delegated
            && (at.is_none() || owner.is_none());
        let mut account = Self {
            at,
            owner,
            index,
            kind,
            address: at.unwrap_or_default(),
            sessions: (kind.sessions)(&kind.contracts, is_installed),
            authorized: Authorized::default(),
        };
        if let (true, None, Some(owner)) = (kind.is_delegated, at, &account.owner) {
            account.address = owner.address();
        }
        if let Some(counterfactual) = account.counterfactual() {
            account.address = counterfactual.address();
        }
        account
    }

    /// Returns the account as derived from its owner, unless its address was given or is the owner's own.
    fn counterfactual(&self) -> Option<NexusAddress> {
        let is_derived = self.at.is_none() && !self.kind.is_delegated;
        let owner = self.owner.as_ref().filter(|_| is_derived)?;
        Some(
            NexusAddress::of(owner.address())
                .index(U256::from(self.index))
                .modules(self.kind.modules)
                .contracts(self.kind.contracts),
        )
    }
}

impl SmartAccount for Nexus {
    fn address(&self) -> Address {
        self.address
    }

    fn entry_point(&self, chain_id: u64) -> EntryPoint {
        EntryPoint::v0_7(chain_id)
    }

    fn nonce_key(&self, lane: NonceKey, signer: OperationSigner) -> NonceKey {
        let mut nonce = NexusNonce::default();
        if lane != NonceKey::ZERO {
            // The account reads the validator from the other bytes of the key.
            let hash = keccak256(lane.0.to_be_bytes::<24>());
            nonce.lane.copy_from_slice(&hash[..3]);
        }
        if signer == OperationSigner::Session {
            nonce.validator = self.kind.contracts.smart_session;
        }
        nonce.key()
    }

    fn reuses_lanes(&self) -> bool {
        true
    }

    fn owner(&self) -> Option<&Arc<dyn AccountOwner>> {
        self.owner.as_ref()
    }

    fn at_index(&self, index: u64) -> Option<Arc<dyn SmartAccount>> {
        let is_own_address = self.kind.is_delegated && index == 0;
        let account = || Self::new(self.at, self.owner.clone(), index, self.kind);
        (is_own_address || self.counterfactual().is_some()).then(|| Arc::new(account()) as _)
    }

    fn is_deployed(&self) -> bool {
        self.at.is_some() && self.owner.is_some()
    }

    fn deployment(&self) -> Option<Deployment> {
        Some(self.counterfactual()?.deployment())
    }

    fn delegate(&self) -> Option<Address> {
        self.kind
            .is_delegated
            .then_some(self.kind.contracts.implementation)
    }

    fn authorize(
        &self,
        authorization: Authorization,
    ) -> BoxFuture<'_, Result<Box<SignedAuthorization>, OwnerError>> {
        Box::pin(async move {
            let owner = self.owner.as_ref().ok_or(OwnerError::NoAuthorization)?;
            Ok(Box::new(self.authorized.sign(owner, authorization).await?))
        })
    }

    /// A bundler that does not know delegations misses the account's code (AA20).
    fn is_refused_delegation(&self, refusal: &str) -> bool {
        let names = ["EIP-7702", "eip7702", "AA20"];
        self.kind.is_delegated && names.iter().any(|name| refusal.contains(name))
    }

    fn call_data(&self, calls: &[Call]) -> Bytes {
        match calls {
            [] => Bytes::new(),
            calls => call_data(calls, OnFailure::Revert),
        }
    }

    fn batch_call_data(&self, calls: &[Call]) -> Bytes {
        batch_call_data(calls, OnFailure::Revert)
    }

    fn dummy_signature(&self) -> Bytes {
        DUMMY_ECDSA.into()
    }

    /// The nonce names the validator, so the signature is the validator's own.
    fn owner_signature(&self, signature: Bytes) -> Bytes {
        signature
    }

    fn module_signature(&self, _module: Address, signature: Bytes) -> Bytes {
        signature
    }

    fn owner_request(&self, message: OwnerRequest, chain_id: u64) -> Result<OwnerRequest, OwnerError> {
        message::nested(message, &self.kind.contracts, self.address, chain_id)
    }

    fn message_signature(&self, message: &OwnerRequest, signature: Bytes, is_deployed: bool) -> Bytes {
        let signature = message::signature(message, &signature);
        match self.deployment() {
            Some(deployment) if !is_deployed => undeployed(&deployment, &signature),
            _ => signature,
        }
    }

    fn sessions(&self) -> &dyn SessionModule {
        &*self.sessions
    }

    /// A grant by an operation installs what is missing itself.
    fn session_requirements(&self) -> Vec<SessionRequirement> {
        match self.sessions.deploys_account() {
            true => requirements::of_sessions(self, &self.kind.contracts),
            false => Vec::new(),
        }
    }

    fn guarded_modules(&self) -> Vec<Address> {
        vec![
            self.kind.contracts.k1_validator,
            self.kind.contracts.smart_session,
        ]
    }

    fn initial_modules(&self) -> Vec<Address> {
        match self.kind.modules {
            InitialModules::Sessions => vec![self.kind.contracts.smart_session],
            InitialModules::Plain => Vec::new(),
        }
    }

    /// The validators besides the default one.
    fn enabled_modules(&self) -> ContractCall<Vec<Address>> {
        let call = getValidatorsPaginatedCall {
            cursor: SENTINEL,
            size: MOST_MODULES,
        };
        let decode = |result: &[u8]| Words(result).addresses(0).ok_or(sol_types::Error::Overrun);
        ContractCall::decoded_by(self.address, &call, decode)
    }

    fn is_module_enabled(&self, module: Address) -> ContractCall<bool> {
        let call = isModuleInstalledCall {
            moduleTypeId: VALIDATOR,
            module,
            additionalContext: Bytes::new(),
        };
        let decode = |result: &[u8]| Ok(!decode_number(result)?.is_zero());
        ContractCall::decoded_by(self.address, &call, decode)
    }

    fn enable_module(&self, module: Address) -> Vec<Call> {
        let NexusContracts {
            k1_validator,
            smart_session,
            ..
        } = self.kind.contracts;
        let mut calls = vec![install_module(self.address, module, &[])];
        if module == smart_session {
            // Otherwise the default validator would refuse the owner's signature of a grant.
            calls.push(add_safe_sender(k1_validator, smart_session));
        }
        calls
    }

    fn disable_module(&self, module: Address, enabled: &[Address]) -> Option<Call> {
        let previous = previous(module, enabled)?;
        Some(uninstall_module(self.address, previous, module))
    }

    /// The nonce names the validator: the owner's is the default one.
    fn owner_signs_at(&self, nonce: U256) -> bool {
        let key = NonceKey::of(nonce).0.to_be_bytes::<24>();
        key[3..] == [0; 21]
    }

    fn explain(&self, refusal: &str) -> Option<Explanation> {
        let mut data = refusal.split("0x").skip(1).filter_map(|rest| {
            let end = rest.find(|digit: char| !digit.is_ascii_hexdigit());
            hex::decode(&rest[..end.unwrap_or(rest.len())]).ok()
        });
        data.find_map(|data| explain_data(&data, &SmartSessions::CANONICAL).copied())
    }

    fn transfer_ownership(&self, owner: Address) -> Call {
        Call::new(
            self.kind.contracts.k1_validator,
            transferOwnershipCall { newOwner: owner },
        )
    }
}

impl fmt::Debug for Nexus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Nexus").field(&self.address).finish()
    }
}
