use std::borrow::Cow;

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol,
    sol_types::Eip712Domain,
};

use super::NexusContracts;
use crate::{
    account::OwnerRequest,
    platform::Json,
    primitives::{Encoder, typed_data_hash},
    signer::{OwnerError, TypedData},
};

sol! {
    /// The typed data of a personal message of an account ([ERC-7739](https://eips.ethereum.org/EIPS/eip-7739)).
    struct PersonalSign {
        bytes prefixed;
    }
}

/// The name in the account's domain.
const NAME: &str = "Nexus";

/// Returns the account's domain.
pub(super) fn domain(contracts: &NexusContracts, account: Address, chain_id: u64) -> Eip712Domain {
    Eip712Domain {
        name: Some(Cow::Borrowed(NAME)),
        version: Some(Cow::Borrowed(contracts.version)),
        chain_id: Some(U256::from(chain_id)),
        verifying_contract: Some(account),
        salt: None,
    }
}

/// Returns the nested typed data by which an owner signs for one account
/// ([ERC-7739](https://eips.ethereum.org/EIPS/eip-7739)): the signature is not valid for another account of the owner.
pub(super) fn nested(
    request: OwnerRequest,
    contracts: &NexusContracts,
    account: Address,
    chain_id: u64,
) -> Result<OwnerRequest, OwnerError> {
    let nested = match request {
        OwnerRequest::Message(message) => {
            let mut prefixed = format!("\x19Ethereum Signed Message:\n{}", message.len()).into_bytes();
            prefixed.extend(&message);
            let value = PersonalSign {
                prefixed: prefixed.into(),
            };
            TypedData::new(&value, &domain(contracts, account, chain_id))
                .map_err(|_| OwnerError::OpaqueTypedData)?
        }
        OwnerRequest::TypedData(data) => in_account(&data, contracts.version, account, chain_id)?,
    };
    Ok(OwnerRequest::TypedData(nested))
}

/// The fields that typed data of an account has besides the contents, in EIP-712's notation.
const FIELDS: &str = "string name,string version,uint256 chainId,address verifyingContract,bytes32 salt";

/// Returns typed data of the app's domain whose message contains the app's message and names the account.
fn in_account(
    data: &TypedData,
    version: &str,
    account: Address,
    chain_id: u64,
) -> Result<TypedData, OwnerError> {
    let Contents {
        domain,
        hash,
        name,
        types,
    } = Contents::of(data)?;
    let of_contents = format!("TypedDataSign({name} contents,{FIELDS}){types}");
    let nested = Encoder::default()
        .word(keccak256(of_contents))
        .word(hash)
        .word(keccak256(NAME))
        .word(keccak256(version))
        .word(U256::from(chain_id))
        .address(account)
        .word(B256::ZERO)
        .encode(&[]);
    let signed = typed_data_hash(domain, keccak256(nested));

    let mut json = Json::parse(data.json()).map_err(|_| OwnerError::OpaqueTypedData)?;
    let contents = format!("{name} contents,{FIELDS}");
    let fields = contents.split(',').filter_map(|field| field.split_once(' '));
    let fields = fields.map(|(kind, name)| Json::object([("name", name.into()), ("type", kind.into())]));
    json["types"]["TypedDataSign"] = fields.collect();
    json["primaryType"] = "TypedDataSign".into();
    let message = std::mem::take(&mut json["message"]);
    json["message"] = Json::object([
        ("contents", message),
        ("name", NAME.into()),
        ("version", version.into()),
        ("chainId", chain_id.into()),
        ("verifyingContract", account.into()),
        ("salt", B256::ZERO.into()),
    ]);
    Ok(TypedData::written(signed, json.to_string()))
}

/// Returns the account's signature of a message or of typed data, from the owner's signature of the nested form.
pub(super) fn signature(request: &OwnerRequest, signature: &Bytes) -> Bytes {
    let mut encoded = [Address::ZERO.as_slice(), signature].concat();
    if let OwnerRequest::TypedData(data) = request
        && let Ok(contents) = Contents::of(data)
    {
        let description = contents.description();
        encoded.extend(contents.domain);
        encoded.extend(contents.hash);
        encoded.extend(description.as_bytes());
        encoded.extend(u16::try_from(description.len()).unwrap_or(u16::MAX).to_be_bytes());
    }
    encoded.into()
}

/// The message of an app's typed data, as ERC-7739 describes it.
struct Contents<'a> {
    /// The hash of the app's domain.
    domain: B256,
    /// The hash of the app's message.
    hash: B256,
    /// The name of the message's type.
    name: &'a str,
    /// The definitions of the types, by name.
    types: String,
}

impl<'a> Contents<'a> {
    fn of(data: &'a TypedData) -> Result<Self, OwnerError> {
        let parts = data.parts().ok_or(OwnerError::OpaqueTypedData)?;
        let mut types: Vec<_> = parts.types.split_inclusive(')').collect();
        let name = types
            .first()
            .and_then(|first| first.split('(').next())
            .unwrap_or_default();
        types.sort_unstable();
        Ok(Self {
            domain: parts.domain,
            hash: parts.message,
            name,
            types: types.concat(),
        })
    }

    /// Returns the definitions, followed by the name of the message's type unless that comes first.
    fn description(&self) -> String {
        let is_first = self.types.split('(').next() == Some(self.name);
        match is_first {
            true => self.types.clone(),
            false => format!("{}{}", self.types, self.name),
        }
    }
}
