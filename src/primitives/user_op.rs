use std::{fmt, str::FromStr};

use alloy::{
    eips::eip7702::SignedAuthorization,
    hex::FromHexError,
    primitives::{Address, B256, Bytes, U256},
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
/// use alloy::primitives::{U256, address};
/// use use_aa::{Account, Call, Fees, GasLimits, NonceKey, UserOpDraft, account::biconomy_v2 as account};
/// use use_aa::account::biconomy_v2::contracts::modules::ECDSA_OWNERSHIP;
///
/// let owner = address!("94239601DCaC671411dAE37176F86DE44Db3A669");
/// let draft = UserOpDraft {
///     sender: Account::of(owner).address(),
///     nonce: NonceKey::ZERO.at(0),
///     deployment: Some(Account::of(owner).deployment()),
///     call_data: account::call_data(&[Call::transfer(owner, U256::from(1))]),
///     fees: Fees::default(),
///     dummy_signature: account::dummy_signature(ECDSA_OWNERSHIP),
/// };
///
/// let gas = GasLimits { call: U256::from(90_000), ..GasLimits::default() };
/// let op = draft.fill(gas, None);
/// assert_eq!(op.sender, address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af"));
/// assert_eq!(op.gas.call, U256::from(90_000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOpDraft {
    /// The address of the account.
    pub sender: Address,
    /// The nonce: a key of 192 bits and a sequence number of 64 bits. See [`NonceKey`](super::NonceKey).
    pub nonce: U256,
    /// The deployment of the account. `None` when the account is deployed.
    pub deployment: Option<Deployment>,
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
    pub fn fill(self, gas: GasLimits, paymaster: Option<PaymasterData>) -> UserOperation {
        UserOperation {
            sender: self.sender,
            nonce: self.nonce,
            deployment: self.deployment,
            call_data: self.call_data,
            gas,
            fees: self.fees,
            paymaster,
        }
    }
}

/// The deployment of an account, as part of the account's first operation.
///
/// # Examples
///
/// ```
/// use alloy::primitives::bytes;
/// use use_aa::Deployment;
///
/// let init_code = bytes!("000000a56aaca3e9a4c479ea6b6cd0dbcb6634f5" "df20ffbc");
/// let deployment = Deployment::from_init_code(&init_code).ok_or("no factory")?;
/// let Deployment::Factory { data, .. } = &deployment else { return Err("no factory") };
/// assert_eq!(*data, bytes!("df20ffbc"));
/// assert_eq!(deployment.init_code(), init_code);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// A factory creates the account.
    Factory {
        /// The factory contract.
        factory: Address,
        /// The call data for the factory.
        data: Bytes,
    },
    /// An EOA delegates to the account's contract ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)). The bundler
    /// includes the authorization in its transaction.
    Delegation(Box<SignedAuthorization>),
}

impl Deployment {
    /// Splits an `initCode` into the factory and its call data. `None` when the bytes hold no address.
    #[must_use]
    pub fn from_init_code(bytes: &[u8]) -> Option<Self> {
        let (factory, data) = split_address(bytes)?;
        Some(Self::Factory { factory, data })
    }

    /// Returns the `initCode`: the factory's address and call data. A delegation has none.
    #[must_use]
    pub fn init_code(&self) -> Bytes {
        match self {
            Self::Factory { factory, data } => joined(*factory, data),
            Self::Delegation(_) => Bytes::new(),
        }
    }
}

/// The paymaster of an operation and the data that the paymaster validates.
///
/// # Examples
///
/// ```
/// use alloy::primitives::bytes;
/// use use_aa::PaymasterData;
///
/// let bytes = bytes!("00000f7365ca6c59a2c93719ad53d567ed49c14c" "1234");
/// let paymaster = PaymasterData::from_bytes(&bytes).ok_or("no paymaster")?;
/// assert_eq!(paymaster.data, bytes!("1234"));
/// assert_eq!(paymaster.to_bytes(), bytes);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymasterData {
    /// The paymaster contract.
    pub paymaster: Address,
    /// The data for the contract.
    pub data: Bytes,
}

impl PaymasterData {
    /// Splits a `paymasterAndData` into the contract and its data. `None` when the bytes hold no address.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (paymaster, data) = split_address(bytes)?;
        Some(Self { paymaster, data })
    }

    /// Returns the `paymasterAndData`: the contract's address and its data.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        joined(self.paymaster, &self.data)
    }
}

fn split_address(bytes: &[u8]) -> Option<(Address, Bytes)> {
    let (address, data) = bytes.split_at_checked(Address::len_bytes())?;
    Some((Address::from_slice(address), Bytes::copy_from_slice(data)))
}

fn joined(address: Address, data: &[u8]) -> Bytes {
    [address.as_slice(), data].concat().into()
}

/// An unsigned user operation of [ERC-4337](https://eips.ethereum.org/EIPS/eip-4337), in unpacked form. The
/// [entry point](EntryPoint) knows the hash and the wire form of its version.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{U256, address, bytes};
/// use use_aa::{EntryPoint, Fees, GasLimits, UserOperation};
///
/// let op = UserOperation {
///     sender: address!("5B4C543fdfdE3EcDFdd40A6f28717c06E0865048"),
///     nonce: U256::from(1),
///     deployment: None,
///     call_data: bytes!("2ef03037"),
///     gas: GasLimits {
///         call: U256::from(0x155d80ca),
///         verification: U256::from(0x3a9c3b4c),
///         pre_verification: U256::from(0x24a832d6),
///         ..GasLimits::default()
///     },
///     fees: Fees {
///         max_fee_per_gas: U256::from(0xedc632026a_u64),
///         max_priority_fee_per_gas: U256::from(0xbbcaf2e10f_u64),
///     },
///     paymaster: None,
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
    /// The deployment of the account. `None` when the account is deployed.
    pub deployment: Option<Deployment>,
    /// The call data of the account, which encodes the operation's calls.
    pub call_data: Bytes,
    /// The gas limits, in units of gas.
    pub gas: GasLimits,
    /// The fees per unit of gas, in wei.
    pub fees: Fees,
    /// The paymaster that pays. `None` when the account pays.
    pub paymaster: Option<PaymasterData>,
}

impl UserOperation {
    /// Computes the operation's hash for an entry point. The account's modules verify signatures of this hash.
    #[must_use]
    pub fn hash(&self, entry_point: EntryPoint) -> UserOpHash {
        entry_point.hash(self)
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
/// #     deployment: None,
/// #     call_data: Bytes::new(),
/// #     gas: GasLimits::default(),
/// #     fees: Fees::default(),
/// #     paymaster: None,
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
