use alloy::{
    primitives::{Address, Bytes, U256},
    sol,
};

use super::{NexusContracts, call_data::VALIDATOR, message::domain};
use crate::{
    primitives::UserOpHash,
    signer::{TypedData, TypedDataError},
};

sol! {
    /// The typed data by which an owner lets an operation install a module.
    struct ModuleEnableMode {
        address module;
        uint256 moduleType;
        bytes32 userOpHash;
        bytes initData;
    }
}

/// The installation of a validator by the first operation that the validator validates, in the mode
/// [`ModuleEnable`](super::ValidationMode::ModuleEnable).
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, B256, Bytes, bytes};
/// use use_aa::{UserOpHash, account::nexus::{ModuleEnable, NexusContracts}};
///
/// let enable = ModuleEnable { module: NexusContracts::V1_2_0.smart_session, init_data: Bytes::new() };
/// let account = Address::repeat_byte(1);
/// let shown = enable.typed_data(&NexusContracts::V1_2_0, account, 80002, UserOpHash(B256::ZERO))?;
/// assert!(shown.json().contains("ModuleEnableMode"));
/// let signature = enable.signature(&bytes!("11"), &bytes!("22"));
/// assert!(signature.ends_with(&[0x11, 0x22]));
/// # Ok::<(), use_aa::signer::TypedDataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleEnable {
    /// The validator.
    pub module: Address,
    /// The data that sets the validator up.
    pub init_data: Bytes,
}

impl ModuleEnable {
    /// Returns the typed data that the owner signs, for an operation of the account.
    ///
    /// # Errors
    ///
    /// [`TypedDataError`] never: the type has a name in EIP-712.
    pub fn typed_data(
        &self,
        contracts: &NexusContracts,
        account: Address,
        chain_id: u64,
        hash: UserOpHash,
    ) -> Result<TypedData, TypedDataError> {
        let value = ModuleEnableMode {
            module: self.module,
            moduleType: VALIDATOR,
            userOpHash: hash.0,
            initData: self.init_data.clone(),
        };
        TypedData::new(&value, &domain(contracts, account, chain_id))
    }

    /// Encodes the signature of the operation, from the owner's signature of the typed data and the validator's own
    /// signature.
    #[must_use]
    pub fn signature(&self, owner: &Bytes, module: &Bytes) -> Bytes {
        // The address 0 is the default validator, which validates the owner's signature.
        let owner = [Address::ZERO.as_slice(), owner].concat();
        [
            self.module.as_slice(),
            &VALIDATOR.to_be_bytes::<32>(),
            &length(&self.init_data),
            &self.init_data,
            &length(&owner),
            &owner,
            module,
        ]
        .concat()
        .into()
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    U256::from(bytes.len()).saturating_to::<u32>().to_be_bytes()
}
