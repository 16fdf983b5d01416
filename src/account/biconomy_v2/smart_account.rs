use std::{fmt, sync::Arc};

use alloy::{
    primitives::{Address, Bytes},
    sol_types,
};

use super::{
    Account, Contracts, batch_call_data, call_data,
    contracts::{
        account::SmartAccount::{getModulesPaginatedCall, isModuleEnabledCall},
        modules::EcdsaOwnership::transferOwnershipCall,
    },
    disable_module, dummy_signature, enable_module, undeployed, wrap,
};
use crate::{
    account::{AccountKind, MOST_MODULES, OwnerRequest, SENTINEL, SmartAccount, previous},
    primitives::{Call, ContractCall, Deployment, Words, decode_number},
    session::{NoSessions, SessionModule, merkle::MerkleSessions},
    signer::AccountOwner,
};

/// The Biconomy smart account V2, with the session key manager for its sessions.
///
/// # Examples
///
/// ```
/// use alloy::signers::local::PrivateKeySigner;
/// use use_aa::{BiconomyV2, Services, SmartAccountClient};
///
/// let owner: PrivateKeySigner = "0xd012f4597a0e6165035202123b49142316cc86c5e5f3cf8d28fde4d27edd054c".parse()?;
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?;
/// let client = SmartAccountClient::new(services, BiconomyV2::owned_by(owner));
/// assert_eq!(client.address().to_string(), "0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BiconomyV2 {
    /// The address of an account that does not follow from its owner's.
    at: Option<Address>,
    owner: Option<Arc<dyn AccountOwner>>,
    index: u64,
    kind: BiconomyV2Kind,
    address: Address,
    sessions: Arc<dyn SessionModule>,
}

impl BiconomyV2 {
    /// The kind of these accounts, for the provider's `account` prop.
    pub const KIND: BiconomyV2Kind = BiconomyV2Kind {
        contracts: Contracts::BICONOMY,
        sessions: merkle,
    };

    /// The kind of these accounts in an app without session keys. The app links neither ledger nor trees.
    ///
    /// Sessions that the account has granted in another app stay in force. They are neither listed nor revoked.
    pub const WITHOUT_SESSIONS: BiconomyV2Kind = BiconomyV2Kind {
        contracts: Contracts::BICONOMY,
        sessions: |_| Arc::new(NoSessions),
    };

    /// Creates the owner's first account. The address follows from the owner's address.
    pub fn owned_by(owner: impl AccountOwner + 'static) -> Self {
        Self::new(None, Some(Arc::new(owner)), 0, BiconomyV2::KIND)
    }

    /// Creates an account without its owner. It can use sessions and wait for operations.
    #[must_use]
    pub fn at(address: Address) -> Self {
        Self::new(Some(address), None, 0, BiconomyV2::KIND)
    }

    /// Creates an account whose address does not follow from its owner's, for example after a transfer of ownership.
    /// The account must be deployed.
    pub fn at_with_owner(address: Address, owner: impl AccountOwner + 'static) -> Self {
        Self::new(Some(address), Some(Arc::new(owner)), 0, BiconomyV2::KIND)
    }

    /// Sets the contracts of the account. The default is Biconomy's deployment.
    ///
    /// Another factory, implementation or ECDSA module gives the same owner another account address.
    #[must_use]
    pub fn contracts(self, contracts: Contracts) -> Self {
        Self::new(self.at, self.owner, self.index, self.kind.contracts(contracts))
    }

    fn new(
        at: Option<Address>,
        owner: Option<Arc<dyn AccountOwner>>,
        index: u64,
        kind: BiconomyV2Kind,
    ) -> Self {
        let mut account = Self {
            at,
            owner,
            index,
            kind,
            address: at.unwrap_or_default(),
            sessions: (kind.sessions)(kind.contracts),
        };
        if let Some(counterfactual) = account.counterfactual() {
            account.address = counterfactual.address();
        }
        account
    }

    /// Returns the account as derived from its owner, unless its address was given.
    fn counterfactual(&self) -> Option<Account> {
        let owner = self.owner.as_ref().filter(|_| self.at.is_none())?;
        Some(
            Account::of(owner.address())
                .index(self.index)
                .contracts(self.kind.contracts),
        )
    }
}

/// The kind of [`BiconomyV2`] accounts: the contracts of a deployment, and the session module.
#[derive(Clone, Copy, Debug)]
pub struct BiconomyV2Kind {
    contracts: Contracts,
    sessions: fn(Contracts) -> Arc<dyn SessionModule>,
}

impl BiconomyV2Kind {
    /// Sets the contracts of the accounts. The default is Biconomy's deployment.
    #[must_use]
    pub const fn contracts(self, contracts: Contracts) -> Self {
        Self { contracts, ..self }
    }
}

fn merkle(contracts: Contracts) -> Arc<dyn SessionModule> {
    Arc::new(MerkleSessions::new(contracts.sessions()))
}

impl AccountKind for BiconomyV2Kind {
    fn name(&self) -> &'static str {
        "biconomy-v2"
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        Arc::new(BiconomyV2::new(None, Some(owner), 0, *self))
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        Arc::new(BiconomyV2::new(Some(address), None, 0, *self))
    }
}

impl SmartAccount for BiconomyV2 {
    fn address(&self) -> Address {
        self.address
    }

    fn owner(&self) -> Option<&Arc<dyn AccountOwner>> {
        self.owner.as_ref()
    }

    fn at_index(&self, index: u64) -> Option<Arc<dyn SmartAccount>> {
        self.counterfactual()?;
        let account = Self::new(None, self.owner.clone(), index, self.kind);
        Some(Arc::new(account))
    }

    fn is_deployed(&self) -> bool {
        self.at.is_some() && self.owner.is_some()
    }

    fn deployment(&self) -> Option<Deployment> {
        Some(self.counterfactual()?.deployment())
    }

    fn call_data(&self, calls: &[Call]) -> Bytes {
        match calls {
            [] => Bytes::new(),
            calls => call_data(calls),
        }
    }

    fn batch_call_data(&self, calls: &[Call]) -> Bytes {
        batch_call_data(calls)
    }

    fn dummy_signature(&self) -> Bytes {
        dummy_signature(self.kind.contracts.ecdsa_ownership)
    }

    fn owner_signature(&self, signature: Bytes) -> Bytes {
        wrap(signature, self.kind.contracts.ecdsa_ownership)
    }

    fn module_signature(&self, module: Address, signature: Bytes) -> Bytes {
        wrap(signature, module)
    }

    fn message_signature(&self, _message: &OwnerRequest, signature: Bytes, is_deployed: bool) -> Bytes {
        let wrapped = self.owner_signature(signature);
        match self.counterfactual() {
            Some(account) if !is_deployed => undeployed(&account, wrapped),
            _ => wrapped,
        }
    }

    fn sessions(&self) -> &dyn SessionModule {
        &*self.sessions
    }

    fn guarded_modules(&self) -> Vec<Address> {
        self.kind.contracts.modules().to_vec()
    }

    fn initial_modules(&self) -> Vec<Address> {
        vec![self.kind.contracts.ecdsa_ownership]
    }

    fn enabled_modules(&self) -> ContractCall<Vec<Address>> {
        let call = getModulesPaginatedCall {
            start: SENTINEL,
            pageSize: MOST_MODULES,
        };
        let decode = |result: &[u8]| Words(result).addresses(0).ok_or(sol_types::Error::Overrun);
        ContractCall::decoded_by(self.address, &call, decode)
    }

    fn is_module_enabled(&self, module: Address) -> ContractCall<bool> {
        let call = isModuleEnabledCall { module };
        ContractCall::decoded_by(
            self.address,
            &call,
            |result| Ok(!decode_number(result)?.is_zero()),
        )
    }

    fn enable_module(&self, module: Address) -> Vec<Call> {
        vec![enable_module(self.address, module)]
    }

    fn disable_module(&self, module: Address, enabled: &[Address]) -> Option<Call> {
        let previous = previous(module, enabled)?;
        Some(disable_module(self.address, previous, module))
    }

    fn transfer_ownership(&self, owner: Address) -> Call {
        Call::new(
            self.kind.contracts.ecdsa_ownership,
            transferOwnershipCall { owner },
        )
    }
}

impl fmt::Debug for BiconomyV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BiconomyV2").field(&self.address).finish()
    }
}
