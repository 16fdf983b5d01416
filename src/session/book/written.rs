use alloy::primitives::B256;
use serde_json::{Value, json};

use super::{Book, Noted};
use crate::session::{Leaf, SessionKey, StoreError, leaf::hex};

impl From<Book> for Value {
    fn from(book: Book) -> Self {
        book.written()
    }
}

impl Book {
    pub(super) fn written(&self) -> Value {
        let mut written = json!({"version": Self::VERSION, "trees": [], "leaves": {}, "keys": {}});
        let tree = |noted: &Noted| json!({"root": noted.root, "leaves": noted.leaves});
        written["trees"] = self.trees.iter().map(tree).collect();
        for (hash, leaf) in &self.leaves {
            written["leaves"][hash.to_string()] = leaf.clone().into();
        }
        for key in &self.keys {
            written["keys"][format!("{:#x}", key.address())] = json!(key);
        }
        written
    }
}

impl TryFrom<Value> for Book {
    type Error = StoreError;

    fn try_from(book: Value) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("Data error".to_owned());
        let version = book["version"]
            .as_u64()
            .and_then(|version| version.try_into().ok());
        match version.ok_or_else(damaged)? {
            Self::VERSION => read(&book).ok_or_else(damaged),
            newer => Err(StoreError::Newer(newer)),
        }
    }
}

fn read(book: &Value) -> Option<Book> {
    let tree = |noted: &Value| {
        let leaves = noted["leaves"]
            .as_array()?
            .iter()
            .map(hex)
            .collect::<Option<_>>()?;
        let root = hex(&noted["root"])?;
        Some(Noted { root, leaves })
    };
    let leaf = |(hash, leaf): (&String, &Value)| Some((hash.parse().ok()?, Leaf::read(leaf)?));
    let key = |secret: &Value| SessionKey::try_from(hex::<B256>(secret)?).ok();
    Some(Book {
        trees: book["trees"]
            .as_array()?
            .iter()
            .map(tree)
            .collect::<Option<_>>()?,
        leaves: book["leaves"]
            .as_object()?
            .iter()
            .map(leaf)
            .collect::<Option<_>>()?,
        keys: book["keys"]
            .as_object()?
            .values()
            .map(key)
            .collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn book_keeps_its_written_form() {
        let hash = "0x0101010101010101010101010101010101010101010101010101010101010101";
        let written = json!({
            "version": 1,
            "trees": [{"root": hash, "leaves": [hash]}],
            "leaves": {
                hash: {
                    "validAfter": 1,
                    "validUntil": 281_474_976_710_655_u64,
                    "module": "0x000006bc2ecdae38113929293d241cf252d91861",
                    "keyData": "0x7e5f"
                }
            },
            "keys": {
                // The address of the private key 1.
                "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf":
                    "0x0000000000000000000000000000000000000000000000000000000000000001"
            }
        });

        let book = Book::read(Some(&written.to_string())).unwrap();

        let again: Value = serde_json::from_str(&book.to_text().unwrap()).unwrap();
        assert_eq!(again, written);
    }
}
