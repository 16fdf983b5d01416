use std::sync::Arc;

use alloy::{
    primitives::{Address, Bytes, hex},
    sol_types::SolValue,
};
use use_aa::{
    AccountOwner, BiconomyV2, Call, ContractCall, Deployment, SmartAccount, account::OwnerRequest,
    session::SessionModule,
};

/// An account whose signatures its contract does not accept. Everything else is that of the account inside.
#[derive(Clone, Debug)]
pub(crate) struct Forger {
    account: BiconomyV2,
    forgery: Forgery,
}

/// The kind of a signature that an account does not accept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Forgery {
    /// The signature of another key.
    OtherKey,
    /// The signature of a module that is not enabled.
    OtherModule,
}

impl Forger {
    pub(crate) fn new(account: BiconomyV2, forgery: Forgery) -> Self {
        Self { account, forgery }
    }
}

impl SmartAccount for Forger {
    fn address(&self) -> Address {
        self.account.address()
    }

    fn owner(&self) -> Option<&Arc<dyn AccountOwner>> {
        self.account.owner()
    }

    fn at_index(&self, index: u64) -> Option<Arc<dyn SmartAccount>> {
        self.account.at_index(index)
    }

    fn is_deployed(&self) -> bool {
        self.account.is_deployed()
    }

    fn deployment(&self) -> Option<Deployment> {
        self.account.deployment()
    }

    fn call_data(&self, calls: &[Call]) -> Bytes {
        self.account.call_data(calls)
    }

    fn batch_call_data(&self, calls: &[Call]) -> Bytes {
        self.account.batch_call_data(calls)
    }

    fn dummy_signature(&self) -> Bytes {
        self.account.dummy_signature()
    }

    fn owner_signature(&self, signature: Bytes) -> Bytes {
        match self.forgery {
            Forgery::OtherKey => {
                let other = hex!(
                    "fffffffffffffffffffffffffffffff000000000000000000000000000000000" // r
                    "7aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" // s
                    "1c"                                                               // v
                );
                self.account.owner_signature(Bytes::from(other))
            }
            Forgery::OtherModule => {
                let module = Address::repeat_byte(7);
                (signature, module).abi_encode_params().into()
            }
        }
    }

    fn module_signature(&self, module: Address, signature: Bytes) -> Bytes {
        self.account.module_signature(module, signature)
    }

    fn message_signature(&self, message: &OwnerRequest, signature: Bytes, is_deployed: bool) -> Bytes {
        self.account.message_signature(message, signature, is_deployed)
    }

    fn sessions(&self) -> &dyn SessionModule {
        self.account.sessions()
    }

    fn guarded_modules(&self) -> Vec<Address> {
        self.account.guarded_modules()
    }

    fn initial_modules(&self) -> Vec<Address> {
        self.account.initial_modules()
    }

    fn enabled_modules(&self) -> ContractCall<Vec<Address>> {
        self.account.enabled_modules()
    }

    fn is_module_enabled(&self, module: Address) -> ContractCall<bool> {
        self.account.is_module_enabled(module)
    }

    fn enable_module(&self, module: Address) -> Vec<Call> {
        self.account.enable_module(module)
    }

    fn disable_module(&self, module: Address, enabled: &[Address]) -> Option<Call> {
        self.account.disable_module(module, enabled)
    }

    fn transfer_ownership(&self, owner: Address) -> Call {
        self.account.transfer_ownership(owner)
    }
}
