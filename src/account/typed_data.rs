mod written;

use alloy::{
    primitives::B256,
    sol_types::{Eip712Domain, SolStruct, SolValue},
};

/// Data with names and types, which wallets show before it is signed
/// ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)).
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
/// # Ok::<(), use_aa::account::TypedDataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedData {
    hash: B256,
    json: String,
}

impl TypedData {
    /// A value of a `sol!` struct, in the domain of whoever is to read its signature.
    ///
    /// # Errors
    ///
    /// [`TypedDataError`] when the standard has no word for the type of a field, or two structs have one name.
    pub fn new<T: SolStruct + SolValue>(value: &T, domain: &Eip712Domain) -> Result<Self, TypedDataError> {
        Ok(Self {
            hash: value.eip712_signing_hash(domain),
            json: written::json(T::NAME, &T::eip712_encode_type(), &value.abi_encode(), domain)?,
        })
    }

    /// Data that was written down elsewhere: its signing hash, and what `eth_signTypedData_v4` takes, a JSON object of
    /// `types`, `primaryType`, `domain` and `message`.
    ///
    /// The hash must be that of the JSON. A wallet reads the JSON alone, and with another hash its signature counts as
    /// [somebody else's](super::OwnerError::WrongSigner). Never take both from others: a local key signs the hash and
    /// does not look at the JSON, and the hash may be that of a user operation, which the signature permits.
    pub fn written(hash: B256, json: impl Into<String>) -> Self {
        let json = json.into();
        Self { hash, json }
    }

    /// What is signed.
    #[must_use]
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// What a wallet reads and shows.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

/// The standard has no word for a type, or one word for two of them: wallets cannot show such data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("EIP-712 cannot tell what {0:?} is: use structs of different names, arrays and Solidity's own types")]
pub struct TypedDataError(pub String);

impl TypedDataError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::account::TypedDataError;
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
    /// The error, its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![(
            Self("Order".to_owned()),
            "typed_data.ambiguous_type",
            "EIP-712 cannot tell what \"Order\" is: use structs of different names, arrays and Solidity's own types",
        )]
    }
}
