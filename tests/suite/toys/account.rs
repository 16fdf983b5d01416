//! A toy account kind: `SimpleAccount`, the reference account of ERC-4337 for entry point v0.6.

use std::{fmt, sync::Arc};

use alloy::{
    primitives::{Address, B256, Bytes, U256, bytes},
    sol,
    sol_types::{SolCall, SolValue},
};
use use_aa::{
    AccountKind, AccountOwner, Call, ContractCall, Deployment, SmartAccount,
    account::OwnerRequest,
    session::{NoSessions, SessionModule},
};

use super::contracts::{factory, proxy_creation_code};

sol! {
    interface Factory {
        function createAccount(address owner, uint256 salt) external returns (address);
    }

    interface Account {
        function initialize(address owner) external;
        function execute(address dest, uint256 value, bytes func) external;
        function executeBatch(address[] dest, bytes[] func) external;
        function entryPoint() external view returns (address);
    }
}

/// A simple account. The account has one owner forever, no modules and no sessions.
#[derive(Clone)]
pub(super) struct SimpleAccount {
    address: Address,
    owner: Option<Arc<dyn AccountOwner>>,
    index: u64,
}

impl SimpleAccount {
    /// Creates the account of an owner at an index.
    fn of(owner: Arc<dyn AccountOwner>, index: u64) -> Self {
        let address = counterfactual(owner.address(), index);
        let owner = Some(owner);
        Self {
            address,
            owner,
            index,
        }
    }

    /// Returns call data with the selector of no function, which the account refuses. The kind has no other way to say
    /// that the account cannot do something.
    const fn refused() -> Bytes {
        bytes!("00000000")
    }

    /// Returns a call that the account answers, with the answer of every account.
    fn constant<T>(&self, decode: fn(&[u8]) -> alloy::sol_types::Result<T>) -> ContractCall<T> {
        let ContractCall {
            to, data, signature, ..
        } = ContractCall::new(self.address, &Account::entryPointCall {});
        ContractCall {
            to,
            data,
            signature,
            decode,
        }
    }
}

impl fmt::Debug for SimpleAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimpleAccount").field(&self.address).finish()
    }
}

impl SmartAccount for SimpleAccount {
    fn address(&self) -> Address {
        self.address
    }

    fn owner(&self) -> Option<&Arc<dyn AccountOwner>> {
        self.owner.as_ref()
    }

    fn at_index(&self, index: u64) -> Option<Arc<dyn SmartAccount>> {
        Some(Arc::new(Self::of(self.owner.clone()?, index)))
    }

    fn is_deployed(&self) -> bool {
        false
    }

    fn deployment(&self) -> Option<Deployment> {
        let call = Factory::createAccountCall {
            owner: self.owner.as_ref()?.address(),
            salt: U256::from(self.index),
        };
        Some(Deployment::Factory {
            factory: factory(),
            data: call.abi_encode().into(),
        })
    }

    fn call_data(&self, calls: &[Call]) -> Bytes {
        match calls {
            [] => Bytes::new(),
            [call] => Account::executeCall {
                dest: call.to,
                value: call.value,
                func: call.data.clone(),
            }
            .abi_encode()
            .into(),
            calls => self.batch_call_data(calls),
        }
    }

    fn batch_call_data(&self, calls: &[Call]) -> Bytes {
        // `executeBatch` of v0.6 sends no coins.
        if calls.iter().any(|call| !call.value.is_zero()) {
            return Self::refused();
        }
        let call = Account::executeBatchCall {
            dest: calls.iter().map(|call| call.to).collect(),
            func: calls.iter().map(|call| call.data.clone()).collect(),
        };
        call.abi_encode().into()
    }

    fn dummy_signature(&self) -> Bytes {
        bytes!(
            "fffffffffffffffffffffffffffffff000000000000000000000000000000000" // r
            "7aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" // s
            "1c"                                                               // v
        )
    }

    fn owner_signature(&self, signature: Bytes) -> Bytes {
        signature
    }

    fn module_signature(&self, _module: Address, signature: Bytes) -> Bytes {
        signature
    }

    fn message_signature(&self, _message: &OwnerRequest, signature: Bytes, _is_deployed: bool) -> Bytes {
        // The account does not implement ERC-1271: a verifier can only compare the signer with `owner()`.
        signature
    }

    fn sessions(&self) -> &dyn SessionModule {
        &NoSessions
    }

    fn guarded_modules(&self) -> Vec<Address> {
        Vec::new()
    }

    fn initial_modules(&self) -> Vec<Address> {
        Vec::new()
    }

    fn enabled_modules(&self) -> ContractCall<Vec<Address>> {
        self.constant(|_| Ok(Vec::new()))
    }

    fn is_module_enabled(&self, _module: Address) -> ContractCall<bool> {
        self.constant(|_| Ok(false))
    }

    fn enable_module(&self, _module: Address) -> Vec<Call> {
        vec![Call::raw(self.address, Self::refused())]
    }

    fn disable_module(&self, _module: Address, _enabled: &[Address]) -> Option<Call> {
        None
    }

    fn transfer_ownership(&self, _owner: Address) -> Call {
        Call::raw(self.address, Self::refused())
    }
}

/// The kind of simple accounts.
#[derive(Clone, Copy, Debug)]
pub(super) struct SimpleAccounts;

impl AccountKind for SimpleAccounts {
    fn name(&self) -> &'static str {
        "simple"
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        Arc::new(SimpleAccount::of(owner, 0))
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        Arc::new(SimpleAccount {
            address,
            owner: None,
            index: 0,
        })
    }
}

/// Computes the address at which the factory deploys an account: a proxy of the implementation, which the factory has
/// created first.
fn counterfactual(owner: Address, index: u64) -> Address {
    let implementation = factory().create(1);
    let initialize = Account::initializeCall { owner }.abi_encode();
    let arguments = (implementation, Bytes::from(initialize)).abi_encode_params();
    let code = [proxy_creation_code(), &arguments].concat();
    factory().create2_from_code(B256::from(U256::from(index)), code)
}
