use alloy::{
    hex,
    primitives::{Address, I256, U256},
    sol_types::Eip712Domain,
};

use super::TypedDataError;
use crate::platform::Json;

/// Converts an ABI-encoded value to the JSON parameter of `eth_signTypedData_v4`. The fields keep their order, in
/// which wallets show them.
pub(super) fn encode(
    name: &str,
    types: &str,
    encoded: &[u8],
    domain: &Eip712Domain,
) -> Result<String, TypedDataError> {
    let domain_type = domain.encode_type();
    let structs = structs(&domain_type).chain(structs(types)).collect::<Vec<_>>();
    for (at, Struct { name, .. }) in structs.iter().enumerate() {
        if structs[..at].iter().any(|other| other.name == *name) {
            return Err(TypedDataError((*name).to_owned()));
        }
    }
    let value = Encoded {
        structs: &structs,
        bytes: encoded,
    };
    let shown = structs.iter().map(|Struct { name, fields }| {
        let fields = fields
            .iter()
            .map(|(of, name)| object([("name", quoted(name)), ("type", quoted(of))]));
        (*name, list(fields))
    });
    Ok(object([
        ("types", object(shown)),
        ("primaryType", quoted(name)),
        ("domain", object(domain_fields(domain))),
        ("message", value.read(name, 0, 0)?),
    ]))
}

/// A struct of EIP-712's `encodeType`, with the type and name of each field.
struct Struct<'a> {
    name: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

fn structs(types: &str) -> impl Iterator<Item = Struct<'_>> {
    let structs = types.split_terminator(')');
    structs.filter_map(|text| {
        let (name, fields) = text.split_once('(')?;
        let fields = fields
            .split(',')
            .filter_map(|field| field.split_once(' '))
            .collect();
        Some(Struct { name, fields })
    })
}

fn domain_fields(domain: &Eip712Domain) -> impl Iterator<Item = (&'static str, String)> {
    // Wallets compare the chain id with their own, and some of them accept only a number.
    let chain_id = domain.chain_id.map(|id| match u32::try_from(id) {
        Ok(id) => id.to_string(),
        Err(_) => quoted(&id.to_string()),
    });
    let fields = [
        ("name", domain.name.as_deref().map(quoted)),
        ("version", domain.version.as_deref().map(quoted)),
        ("chainId", chain_id),
        (
            "verifyingContract",
            domain.verifying_contract.map(|at| quoted(&at.to_string())),
        ),
        ("salt", domain.salt.map(|salt| quoted(&salt.to_string()))),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
}

/// An ABI-encoded value, with the definitions of its structs.
struct Encoded<'a> {
    structs: &'a [Struct<'a>],
    bytes: &'a [u8],
}

/// The structure of a type.
enum Shape<'a> {
    Struct(&'a [(&'a str, &'a str)]),
    /// The element type, and the length of a fixed array. A dynamic array encodes its length in the value.
    Array(&'a str, Option<usize>),
    Bytes,
    Text,
    Word,
}

impl<'a> Encoded<'a> {
    /// Returns the value whose head is at the given position, as JSON. Offsets count from the start of the frame.
    fn read(&self, of: &'a str, head: usize, frame: usize) -> Result<String, TypedDataError> {
        let unknown = || TypedDataError(of.to_owned());
        let at = match self.size(of) {
            Some(_) => head,
            None => frame.saturating_add(self.number(head).ok_or_else(unknown)?),
        };
        match self.shape(of) {
            Shape::Struct(fields) => {
                let values = self.read_all(fields.iter().map(|(of, _)| *of), at)?;
                let names = fields.iter().map(|(_, name)| *name);
                Ok(object(names.zip(values)))
            }
            Shape::Array(of, Some(length)) => Ok(list(self.read_all(std::iter::repeat_n(of, length), at)?)),
            Shape::Array(of, None) => {
                let length = self.number(at).ok_or_else(unknown)?;
                let elements = std::iter::repeat_n(of, length);
                Ok(list(self.read_all(elements, at.saturating_add(WORD))?))
            }
            Shape::Bytes => self.tail(at).map(hex_of).ok_or_else(unknown),
            Shape::Text => {
                let text = self.tail(at).and_then(|bytes| std::str::from_utf8(bytes).ok());
                text.map(quoted).ok_or_else(unknown)
            }
            Shape::Word => self.word(at).and_then(|word| shown(of, word)).ok_or_else(unknown),
        }
    }

    /// Returns consecutive values, whose heads begin at the start of the frame.
    fn read_all(
        &self,
        types: impl Iterator<Item = &'a str>,
        frame: usize,
    ) -> Result<Vec<String>, TypedDataError> {
        let mut head = frame;
        types
            .map(|of| {
                let value = self.read(of, head, frame);
                head = head.saturating_add(self.size(of).unwrap_or(WORD));
                value
            })
            .collect()
    }

    fn shape(&self, of: &'a str) -> Shape<'a> {
        if let Some((element, length)) = of.strip_suffix(']').and_then(|of| of.rsplit_once('[')) {
            return Shape::Array(element, length.parse().ok());
        }
        match of {
            "bytes" => Shape::Bytes,
            "string" => Shape::Text,
            _ => match self.structs.iter().find(|known| known.name == of) {
                Some(known) => Shape::Struct(&known.fields),
                None => Shape::Word,
            },
        }
    }

    /// Returns the size of a value's head in bytes. `None` for a dynamic type, whose head is an offset.
    fn size(&self, of: &'a str) -> Option<usize> {
        match self.shape(of) {
            Shape::Struct(fields) => fields.iter().map(|(of, _)| self.size(of)).sum(),
            Shape::Array(of, length) => self.size(of)?.checked_mul(length?),
            Shape::Bytes | Shape::Text => None,
            Shape::Word => Some(WORD),
        }
    }

    fn word(&self, at: usize) -> Option<&'a [u8; WORD]> {
        self.bytes.get(at..)?.first_chunk()
    }

    fn number(&self, at: usize) -> Option<usize> {
        U256::from_be_bytes(*self.word(at)?).try_into().ok()
    }

    fn tail(&self, at: usize) -> Option<&'a [u8]> {
        self.bytes.get(at.saturating_add(WORD)..)?.get(..self.number(at)?)
    }
}

const WORD: usize = 32;

/// Returns a word as JSON, according to its type. Numbers are strings, because JSON numbers are too small.
fn shown(of: &str, word: &[u8; WORD]) -> Option<String> {
    let number = U256::from_be_bytes(*word);
    let shown = match of {
        "bool" => return Some((!number.is_zero()).to_string()),
        "address" => Address::from_word(word.into()).to_string(),
        _ if of.starts_with("uint") => number.to_string(),
        _ if of.starts_with("int") => I256::from_raw(number).to_string(),
        _ => {
            let length = of.strip_prefix("bytes")?.parse().ok()?;
            return word.get(..length).map(hex_of);
        }
    };
    Some(quoted(&shown))
}

fn hex_of(bytes: &[u8]) -> String {
    quoted(&hex::encode_prefixed(bytes))
}

fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

fn object<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let fields = fields
        .into_iter()
        .map(|(name, value)| format!("{}:{value}", quoted(name)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn list(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests;
