mod read;
mod write;

use std::{cmp, collections::BinaryHeap, fmt, ops, str::FromStr};

use alloy::primitives::{Address, Bytes, FixedBytes, U256};
use thiserror::Error;

/// A JSON value ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)): an answer of a service, a parameter of a request,
/// or a text of a store.
///
/// With serde_json, each type that is read or written brings code of its own to a page; here one reader and one writer
/// serve all of them. Numbers keep their digits, so that a balance above 2^53 stays exact. The fields of an object are
/// sorted by name; of equal names the last one counts.
///
/// # Examples
///
/// ```
/// use use_aa::Json;
///
/// let mut context = Json::object([("policy", "sp_1".into())]);
/// context["limits"] = Json::from(vec![1_u64, 2]);
/// assert_eq!(context.to_string(), r#"{"limits":[1,2],"policy":"sp_1"}"#);
///
/// let answer = Json::parse(r#"{"balance": 36893488147419103232}"#)?;
/// assert_eq!(answer["balance"].digits(), Some("36893488147419103232"));
/// assert!(answer["missing"].is_null());
/// # Ok::<(), use_aa::JsonError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(Digits),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Fields),
}

/// A field of an object that is read, ordered by name and by place.
struct Placed {
    name: String,
    place: usize,
    value: Json,
}

impl Ord for Placed {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.name.cmp(&other.name).then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Placed {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Placed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Placed {}

/// The digits of a JSON number, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits(String);

/// The fields of a JSON object, sorted by name. No two have the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Json)>);

/// The text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the text is not JSON from byte {at} on; pass valid JSON")]
pub struct JsonError {
    /// The position of the first wrong byte.
    pub at: usize,
}

impl Json {
    /// Parses a text. Arrays and objects may be nested 127 levels deep.
    ///
    /// # Errors
    ///
    /// [`JsonError`] if the text is not JSON.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        read::parse(text)
    }

    /// Creates an object from its fields.
    pub fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let mut object = Self::Object(Fields(Vec::new()));
        for (name, value) in fields {
            object[name] = value;
        }
        object
    }

    fn sorted(fields: Vec<(String, Self)>) -> Self {
        let placed = fields.into_iter().enumerate();
        let placed = placed.map(|(place, (name, value))| Placed { name, place, value });
        // A slice's own sort would cost a page four kilobytes.
        let sorted = placed.collect::<BinaryHeap<_>>().into_sorted_vec();
        let mut fields = Vec::<(String, Self)>::with_capacity(sorted.len());
        for Placed { name, value, .. } in sorted {
            match fields.last_mut() {
                // The later of two equal names takes the place of the earlier.
                Some(last) if last.0 == name => last.1 = value,
                _ => fields.push((name, value)),
            }
        }
        Self::Object(Fields(fields))
    }

    /// Returns true for `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns a field of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let fields = self.fields()?;
        let at = fields.binary_search_by(|(other, _)| other.as_str().cmp(name));
        Some(&fields[at.ok()?].1)
    }

    /// Returns the fields of an object, sorted by name.
    #[must_use]
    pub const fn fields(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(Fields(fields)) => Some(fields.as_slice()),
            _ => None,
        }
    }

    /// Returns the members of an array.
    #[must_use]
    pub const fn members(&self) -> Option<&[Self]> {
        match self {
            Self::Array(members) => Some(members.as_slice()),
            _ => None,
        }
    }

    /// Returns a string.
    #[must_use]
    pub const fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Returns `true` or `false`.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the digits of a number, as they are written.
    #[must_use]
    pub const fn digits(&self) -> Option<&str> {
        match self {
            Self::Number(Digits(digits)) => Some(digits.as_str()),
            _ => None,
        }
    }

    /// Returns a number without a sign, a point and an exponent.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.digits()?.parse().ok()
    }

    /// Returns a number without a point and an exponent.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.digits()?.parse().ok()
    }

    /// Parses a string, such as an address or bytes in hex.
    pub(crate) fn parsed<T: FromStr>(&self) -> Option<T> {
        self.as_str()?.parse().ok()
    }

    /// Parses an optional string: `Some(None)` for `null`, `None` if the value cannot be parsed.
    pub(crate) fn parsed_option<T: FromStr>(&self) -> Option<Option<T>> {
        match self {
            Self::Null => Some(None),
            value => value.parsed().map(Some),
        }
    }

    /// Removes a field of an object.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Self::Object(Fields(fields)) = self {
            fields.retain(|(other, _)| other != name);
        }
    }
}

/// Writes the value without white space.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write::written(self))
    }
}

/// Returns a field of an object, and `null` for a field that is missing and for everything but an object.
impl ops::Index<&str> for Json {
    type Output = Self;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&Self::Null)
    }
}

/// Returns a field of an object, which is inserted as `null` if it is missing. Everything but an object becomes an
/// object.
impl ops::IndexMut<&str> for Json {
    fn index_mut(&mut self, name: &str) -> &mut Self {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Fields(Vec::new()));
        }
        let Self::Object(Fields(fields)) = self else {
            unreachable!("the value has become an object")
        };
        let at = match fields.binary_search_by(|(other, _)| other.as_str().cmp(name)) {
            Ok(at) => at,
            Err(at) => {
                fields.insert(at, (name.to_owned(), Self::Null));
                at
            }
        };
        &mut fields[at].1
    }
}

/// Returns a member of an array, and `null` beyond the end and for everything but an array.
impl ops::Index<usize> for Json {
    type Output = Self;

    fn index(&self, at: usize) -> &Self {
        self.members()
            .and_then(|members| members.get(at))
            .unwrap_or(&Self::Null)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Json {
            fn from(number: $integer) -> Self {
                Self::Number(Digits(number.to_string()))
            }
        }
    )*};
}

from_integers!(u8, u16, u32, u64, u128, usize, i32, i64);

/// A number, or `null` for one that JSON cannot write.
impl From<f64> for Json {
    fn from(number: f64) -> Self {
        match number.is_finite() {
            true => Self::Number(Digits(number.to_string())),
            false => Self::Null,
        }
    }
}

/// Hex behind `0x` in lower case.
impl From<Address> for Json {
    fn from(address: Address) -> Self {
        address.0.into()
    }
}

/// Hex behind `0x`.
impl<const N: usize> From<FixedBytes<N>> for Json {
    fn from(bytes: FixedBytes<N>) -> Self {
        alloy::hex::encode_prefixed(bytes).into()
    }
}

/// Hex behind `0x`.
impl From<&Bytes> for Json {
    fn from(bytes: &Bytes) -> Self {
        alloy::hex::encode_prefixed(bytes).into()
    }
}

/// Hex behind `0x` without leading zeros, as [JSON-RPC of Ethereum](https://eips.ethereum.org/EIPS/eip-1474) writes
/// quantities.
impl From<U256> for Json {
    fn from(number: U256) -> Self {
        let digits = alloy::hex::encode(number.to_be_bytes::<32>());
        let digits = digits.trim_start_matches('0');
        format!("0x{}", if digits.is_empty() { "0" } else { digits }).into()
    }
}

impl<T: Into<Self>> From<Vec<T>> for Json {
    fn from(members: Vec<T>) -> Self {
        members.into_iter().collect()
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        Self::Array(members.into_iter().map(Into::into).collect())
    }
}

/// Converts a value of serde_json.
impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(Digits(number.to_string())),
            serde_json::Value::String(text) => Self::String(text),
            serde_json::Value::Array(members) => members.into_iter().collect(),
            serde_json::Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, value)| (name, value.into()));
                Self::sorted(fields.collect())
            }
        }
    }
}

#[cfg(test)]
mod tests;
