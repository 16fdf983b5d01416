//! The kinds of smart accounts. This module performs no I/O.

pub mod biconomy_v2;
mod migration;
pub mod nexus;
mod undeployed;

use std::sync::Arc;

use alloy::{
    eips::eip7702::{Authorization, SignedAuthorization},
    primitives::{Address, Bytes, U256, address},
};

use thiserror::Error;

pub use self::migration::Migration;
use self::undeployed::undeployed;
use crate::{
    platform::BoxFuture,
    primitives::{Call, ContractCall, Deployment, EntryPoint, Explanation, NonceKey},
    session::SessionModule,
    signer::{AccountOwner, OwnerError, TypedData},
};

/// A smart account of some kind: its address and deployment, and the encoding of its calls and signatures.
///
/// The methods take values and return values; the client makes the requests. [`BiconomyV2`](biconomy_v2::BiconomyV2)
/// and [`Nexus`](nexus::Nexus) are kinds.
pub trait SmartAccount: Send + Sync {
    /// Returns the account's address, which is known before the account is deployed.
    fn address(&self) -> Address;

    /// Returns the entry point from which the account accepts operations. The default is version 0.6.
    fn entry_point(&self, chain_id: u64) -> EntryPoint {
        EntryPoint::v0_6(chain_id)
    }

    /// Returns the nonce key of a lane for the operations of a signer. The default is the lane itself.
    fn nonce_key(&self, lane: NonceKey, signer: OperationSigner) -> NonceKey {
        let _ = signer;
        lane
    }

    /// Returns true if an operation may follow another one in its lane, once that one is included. A used lane costs less
    /// gas than a new one. The default is false: each operation has a lane of its own.
    fn reuses_lanes(&self) -> bool {
        false
    }

    /// Returns the owner, if it is available. Without an owner the account can use sessions.
    fn owner(&self) -> Option<&Arc<dyn AccountOwner>>;

    /// Returns the account of the same owner at an index. `None` if the address does not follow from an owner.
    fn at_index(&self, index: u64) -> Option<Arc<dyn SmartAccount>>;

    /// Returns true if the account is known to be deployed without a request.
    fn is_deployed(&self) -> bool;

    /// Returns the deployment of the account, if its address follows from its owner.
    fn deployment(&self) -> Option<Deployment>;

    /// Returns the contract to which the owner's EOA delegates, if the account is the owner's own address
    /// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)). The default is `None`.
    fn delegate(&self) -> Option<Address> {
        None
    }

    /// Lets the owner sign the authorization of a [delegation](Self::delegate). The default is
    /// [`OwnerError::NoAuthorization`].
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the owner does not sign.
    fn authorize(
        &self,
        authorization: Authorization,
    ) -> BoxFuture<'_, Result<Box<SignedAuthorization>, OwnerError>> {
        let _ = authorization;
        Box::pin(async { Err(OwnerError::NoAuthorization) })
    }

    /// Returns true if a bundler's refusal is about the [delegation](Self::delegate). The default is false.
    fn is_refused_delegation(&self, refusal: &str) -> bool {
        let _ = refusal;
        false
    }

    /// Encodes the account's call data for calls. No calls have empty call data.
    fn call_data(&self, calls: &[Call]) -> Bytes;

    /// Encodes the account's call data for calls that a session module checks one by one.
    fn batch_call_data(&self, calls: &[Call]) -> Bytes;

    /// Returns the dummy signature of the owner, for gas estimates.
    fn dummy_signature(&self) -> Bytes;

    /// Encodes the account's signature from the owner's.
    fn owner_signature(&self, signature: Bytes) -> Bytes;

    /// Encodes the account's signature from that of a module.
    fn module_signature(&self, module: Address, signature: Bytes) -> Bytes;

    /// Returns what the owner signs for a message of the account. The default is the message itself.
    ///
    /// # Errors
    ///
    /// [`OwnerError::OpaqueTypedData`] if the account needs to know the types of the data.
    fn owner_request(&self, message: OwnerRequest, chain_id: u64) -> Result<OwnerRequest, OwnerError> {
        let _ = chain_id;
        Ok(message)
    }

    /// Encodes the account's signature of a message from the owner's
    /// ([ERC-1271](https://eips.ethereum.org/EIPS/eip-1271)). The signature of an account that is not deployed contains
    /// the deployment ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)).
    fn message_signature(&self, message: &OwnerRequest, signature: Bytes, is_deployed: bool) -> Bytes;

    /// Returns the session module of the account.
    fn sessions(&self) -> &dyn SessionModule;

    /// Returns the conditions under which a deployed account accepts the sessions that its owner has granted by a
    /// signature. The default is none.
    fn session_requirements(&self) -> Vec<SessionRequirement> {
        Vec::new()
    }

    /// Returns the modules through which a key could take over the account. [Guards](crate::Guards) refuse permissions
    /// for them.
    fn guarded_modules(&self) -> Vec<Address>;

    /// Returns the modules of a new account.
    fn initial_modules(&self) -> Vec<Address>;

    /// Returns the call that reads the modules that are enabled, newest first, and may sign for the account.
    fn enabled_modules(&self) -> ContractCall<Vec<Address>>;

    /// Returns the call that reads true if a module is enabled.
    fn is_module_enabled(&self, module: Address) -> ContractCall<bool>;

    /// Returns the account's calls that enable a module.
    fn enable_module(&self, module: Address) -> Vec<Call>;

    /// Returns the account's call that disables a module, given the enabled modules. `None` if it is not among them.
    fn disable_module(&self, module: Address, enabled: &[Address]) -> Option<Call>;

    /// Returns true if the owner may sign an operation with a nonce. The default is true for every nonce.
    fn owner_signs_at(&self, nonce: U256) -> bool {
        let _ = nonce;
        true
    }

    /// Returns the explanation of the revert data in a service's refusal, if the account's contracts make such reverts.
    /// The default is none.
    fn explain(&self, refusal: &str) -> Option<Explanation> {
        let _ = refusal;
        None
    }

    /// Returns the account's call that transfers the account to another owner.
    fn transfer_ownership(&self, owner: Address) -> Call;
}

/// A kind of smart account: the constructors of its accounts. The provider's `account` prop names one, and a kind that
/// an app does not name is not linked.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{AccountKind, BiconomyV2};
///
/// let account = BiconomyV2::KIND.at(address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af"));
/// assert!(account.owner().is_none());
/// ```
pub trait AccountKind: Send + Sync {
    /// Returns the name of the kind. The provider stores the name with the last account, and restores no account of
    /// another kind.
    fn name(&self) -> &'static str;

    /// Creates the owner's first account.
    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount>;

    /// Creates an account without its owner.
    fn at(&self, address: Address) -> Arc<dyn SmartAccount>;

    /// Loads the code of the kind, if that is a download of its own: the page can ask for a wallet before it has the code
    /// of accounts. The provider awaits the load before it calls [`owned_by`](Self::owned_by) or [`at`](Self::at), and may
    /// call `load` again meanwhile. The default is `None`: the code is there.
    ///
    /// # Errors
    ///
    /// [`KindNotLoaded`], with which connecting a wallet fails. The next attempt loads again.
    fn load(&self) -> Option<BoxFuture<'static, Result<(), KindNotLoaded>>> {
        None
    }
}

/// The error of an account kind whose code was not [loaded](AccountKind::load).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the code of the account kind was not loaded; check the connection and try again")]
pub struct KindNotLoaded;

impl<Kind: AccountKind + ?Sized> AccountKind for &Kind {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        (**self).owned_by(owner)
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        (**self).at(address)
    }

    fn load(&self) -> Option<BoxFuture<'static, Result<(), KindNotLoaded>>> {
        (**self).load()
    }
}

/// The signer of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationSigner {
    /// The owner of the account.
    Owner,
    /// A session key.
    Session,
}

/// A condition on chain under which a deployed account accepts a session, such as an installed module.
#[derive(Clone, Debug)]
pub struct SessionRequirement {
    /// The call that reads true if the condition is met.
    pub is_met: ContractCall<bool>,
    /// The account's call that meets the condition.
    pub call: Call,
    /// The explanation of a refusal while the condition is not met.
    pub explanation: Explanation,
}

/// A message that an owner signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerRequest {
    /// A personal message ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)).
    Message(Bytes),
    /// Typed data ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)).
    TypedData(TypedData),
}

/// The maximum number of modules that [`SmartAccount::enabled_modules`] reads.
pub const MOST_MODULES: U256 = U256::from_limbs([100, 0, 0, 0]);

/// The start and the end of an account's linked list of modules.
const SENTINEL: Address = address!("0000000000000000000000000000000000000001");

/// Returns the module before another one in an account's linked list. `None` if the list does not have that one.
fn previous(module: Address, enabled: &[Address]) -> Option<Address> {
    let place = enabled.iter().position(|other| *other == module)?;
    Some(place.checked_sub(1).map_or(SENTINEL, |before| enabled[before]))
}
