use std::{fmt, str::FromStr};

use alloy::{
    hex::FromHexError,
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};
use serde::{Deserialize, Serialize};

use super::{EntryPoint, Fees, GasLimits};

/// The hash of a user operation. The hash is what signers sign, and bundlers identify the operation by its hash.
///
/// # Examples
///
/// ```
/// use use_aa::UserOpHash;
///
/// let text = "0x8b4a49c486dcfcc8ff2affd781abb5afda447d0b643085dc10d6fec1996c289f";
/// let hash: UserOpHash = text.parse()?;
/// assert_eq!(hash.to_string(), text);
/// assert!("0x8b4a".parse::<UserOpHash>().is_err());
/// # Ok::<(), alloy::hex::FromHexError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserOpHash(pub B256);

impl fmt::Display for UserOpHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserOpHash {
    type Err = FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A user operation without gas limits and paymaster data, with a dummy signature for estimates.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Bytes, U256, address};
/// use use_aa::{Account, Call, Fees, GasLimits, NonceKey, UserOpDraft, account};
/// use use_aa::contracts::modules::ECDSA_OWNERSHIP;
///
/// let owner = address!("94239601DCaC671411dAE37176F86DE44Db3A669");
/// let draft = UserOpDraft {
///     sender: Account::of(owner).address(),
///     nonce: NonceKey::ZERO.at(0),
///     init_code: Account::of(owner).init_code(),
///     call_data: account::call_data(&[Call::transfer(owner, U256::from(1))]),
///     fees: Fees::default(),
///     dummy_signature: account::dummy_signature(ECDSA_OWNERSHIP),
/// };
///
/// let gas = GasLimits { call: U256::from(90_000), ..GasLimits::default() };
/// let op = draft.fill(gas, Bytes::new());
/// assert_eq!(op.sender, address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af"));
/// assert_eq!(op.gas.call, U256::from(90_000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOpDraft {
    /// The address of the account.
    pub sender: Address,
    /// The nonce: a key of 192 bits and a sequence number of 64 bits. See [`NonceKey`](super::NonceKey).
    pub nonce: U256,
    /// The factory's address and call data while the account is not deployed, otherwise empty.
    pub init_code: Bytes,
    /// The call data of the account, which encodes the operation's calls.
    pub call_data: Bytes,
    /// The fees per unit of gas, in wei.
    pub fees: Fees,
    /// A dummy signature of the right length and shape, which a module can parse but not accept.
    pub dummy_signature: Bytes,
}

impl UserOpDraft {
    /// Completes the operation with gas limits and paymaster data.
    #[must_use]
    pub fn fill(self, gas: GasLimits, paymaster_and_data: Bytes) -> UserOperation {
        UserOperation {
            sender: self.sender,
            nonce: self.nonce,
            init_code: self.init_code,
            call_data: self.call_data,
            gas,
            fees: self.fees,
            paymaster_and_data,
        }
    }
}

/// An unsigned user operation of [ERC-4337](https://eips.ethereum.org/EIPS/eip-4337) v0.6.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Bytes, U256, address, bytes};
/// use use_aa::{EntryPoint, Fees, GasLimits, UserOperation};
///
/// let op = UserOperation {
///     sender: address!("5B4C543fdfdE3EcDFdd40A6f28717c06E0865048"),
///     nonce: U256::from(1),
///     init_code: Bytes::new(),
///     call_data: bytes!("2ef03037"),
///     gas: GasLimits {
///         call: U256::from(0x155d80ca),
///         verification: U256::from(0x3a9c3b4c),
///         pre_verification: U256::from(0x24a832d6),
///     },
///     fees: Fees {
///         max_fee_per_gas: U256::from(0xedc632026a_u64),
///         max_priority_fee_per_gas: U256::from(0xbbcaf2e10f_u64),
///     },
///     paymaster_and_data: Bytes::new(),
/// };
/// assert_eq!(
///     op.hash(EntryPoint::v0_6(80002)).to_string(),
///     "0x8b4a49c486dcfcc8ff2affd781abb5afda447d0b643085dc10d6fec1996c289f",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOperation {
    /// The address of the account.
    pub sender: Address,
    /// The nonce: a key of 192 bits and a sequence number of 64 bits. See [`NonceKey`](super::NonceKey).
    pub nonce: U256,
    /// The factory's address and call data while the account is not deployed, otherwise empty.
    pub init_code: Bytes,
    /// The call data of the account, which encodes the operation's calls.
    pub call_data: Bytes,
    /// The gas limits, in units of gas.
    pub gas: GasLimits,
    /// The fees per unit of gas, in wei.
    pub fees: Fees,
    /// The paymaster's address and data. Empty when the account pays.
    pub paymaster_and_data: Bytes,
}

impl UserOperation {
    /// Returns the ABI encoding that is hashed first: the fields in order, with each `bytes` replaced by its hash.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        (
            self.sender,
            self.nonce,
            keccak256(&self.init_code),
            keccak256(&self.call_data),
            self.gas.call,
            self.gas.verification,
            self.gas.pre_verification,
            self.fees.max_fee_per_gas,
            self.fees.max_priority_fee_per_gas,
            keccak256(&self.paymaster_and_data),
        )
            .abi_encode_params()
    }

    /// Computes the operation's hash for an entry point. The account's modules verify signatures of this hash.
    #[must_use]
    pub fn hash(&self, entry_point: EntryPoint) -> UserOpHash {
        let bound = (
            keccak256(self.packed()),
            entry_point.address,
            U256::from(entry_point.chain_id),
        );
        UserOpHash(keccak256(bound.abi_encode_params()))
    }

    /// Adds the signature.
    #[must_use]
    pub const fn sign(self, signature: Bytes) -> SignedUserOperation {
        SignedUserOperation { op: self, signature }
    }
}

/// A signed user operation, which bundlers accept.
///
/// # Examples
///
/// The signature is not part of the hash:
///
/// ```
/// # use alloy::primitives::{Address, Bytes, U256};
/// # use use_aa::{Fees, GasLimits, UserOperation};
/// use alloy::primitives::bytes;
/// use use_aa::EntryPoint;
///
/// # let op = UserOperation {
/// #     sender: Address::ZERO,
/// #     nonce: U256::ZERO,
/// #     init_code: Bytes::new(),
/// #     call_data: Bytes::new(),
/// #     gas: GasLimits::default(),
/// #     fees: Fees::default(),
/// #     paymaster_and_data: Bytes::new(),
/// # };
/// let chain = EntryPoint::v0_6(80002);
/// let hash = op.hash(chain);
/// let signed = op.sign(bytes!("1234"));
/// assert_eq!(signed.op.hash(chain), hash);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUserOperation {
    /// The unsigned operation.
    pub op: UserOperation,
    /// The signature: `abi.encode(bytes moduleSignature, address module)` for a Biconomy V2 account.
    pub signature: Bytes,
}
