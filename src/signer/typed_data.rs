mod json;

use alloy::{
    primitives::B256,
    sol_types::{Eip712Domain, SolStruct, SolValue},
};

/// Typed data ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)), which wallets show with names and types before they
/// sign.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{U256, address}, sol, sol_types::eip712_domain};
/// use use_aa::TypedData;
///
/// sol! {
///     struct Permit {
///         address spender;
///         uint256 value;
///     }
/// }
///
/// let permit = Permit {
///     spender: address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af"),
///     value: U256::from(5),
/// };
/// let domain = eip712_domain! { name: "Fee Token", chain_id: 80002, };
/// let data = TypedData::new(&permit, &domain)?;
/// assert!(data.json().contains(r#""value":"5""#));
/// # Ok::<(), use_aa::signer::TypedDataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedData {
    hash: B256,
    json: String,
    parts: Option<TypedDataParts>,
}

/// The parts of typed data from which its signing hash is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypedDataParts {
    /// The hash of the domain.
    pub(crate) domain: B256,
    /// The hash of the message.
    pub(crate) message: B256,
    /// The definition of the message's type, followed by those of the types that it names.
    pub(crate) types: String,
}

impl TypedData {
    /// Creates typed data from a value of a `sol!` struct, in the domain of the contract that verifies the signature.
    ///
    /// # Errors
    ///
    /// [`TypedDataError`] when EIP-712 has no name for the type of a field, or two structs have the same name.
    pub fn new<T: SolStruct + SolValue>(value: &T, domain: &Eip712Domain) -> Result<Self, TypedDataError> {
        Ok(Self {
            hash: value.eip712_signing_hash(domain),
            json: json::encode(T::NAME, &T::eip712_encode_type(), &value.abi_encode(), domain)?,
            parts: Some(TypedDataParts {
                domain: domain.separator(),
                message: value.eip712_hash_struct(),
                types: T::eip712_encode_type().into_owned(),
            }),
        })
    }

    /// Creates typed data from its signing hash and its JSON: the parameter of `eth_signTypedData_v4`, an object of
    /// `types`, `primaryType`, `domain` and `message`.
    ///
    /// The hash must be that of the JSON. A wallet reads only the JSON, and if the hash differs, a client refuses the
    /// wallet's signature with [`OwnerError::WrongSigner`](super::OwnerError::WrongSigner). Never accept both values from another
    /// party: a local key signs the hash and ignores the JSON, and the hash could be that of a user operation, which
    /// the signature would authorize.
    pub fn written(hash: B256, json: impl Into<String>) -> Self {
        Self {
            hash,
            json: json.into(),
            parts: None,
        }
    }

    /// Returns the parts of the data, if they are known.
    pub(crate) const fn parts(&self) -> Option<&TypedDataParts> {
        self.parts.as_ref()
    }

    /// Returns the signing hash.
    #[must_use]
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// Returns the JSON that a wallet shows: the parameter of `eth_signTypedData_v4`.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

/// The error of a type without an unambiguous EIP-712 name: wallets cannot show such data. The field is the type's
/// name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the type has no unambiguous EIP-712 name: \"{0}\"; use Solidity types and structs with distinct names"
)]
pub struct TypedDataError(pub String);

impl TypedDataError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::signer::TypedDataError;
    ///
    /// assert_eq!(TypedDataError("Order".to_owned()).code(), "typed_data.ambiguous_type");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "typed_data.ambiguous_type"
    }
}

#[cfg(test)]
impl TypedDataError {
    /// Returns the error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![(
            Self("Order".to_owned()),
            "typed_data.ambiguous_type",
            "the type has no unambiguous EIP-712 name: \"Order\"; use Solidity types and structs with \
             distinct names",
        )]
    }
}
