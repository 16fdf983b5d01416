use alloy::primitives::B256;
use serde_json::{Value, json};

use super::{Book, Noted};
use crate::{
    contracts::Contracts,
    session::{Leaf, SessionKey, StoreError, leaf::hex},
};

impl Book {
    /// The book as it is written down.
    pub(super) fn written(&self) -> Value {
        let mut written = json!({"version": Self::VERSION, "trees": [], "leaves": {}, "keys": {}});
        let tree = |noted: &Noted| json!({"root": noted.root, "leaves": noted.leaves});
        written["trees"] = self.trees.iter().map(tree).collect();
        for (hash, leaf) in &self.leaves {
            written["leaves"][hash.to_string()] = leaf.written();
        }
        for key in &self.keys {
            written["keys"][format!("{:#x}", key.address())] = json!(key);
        }
        written
    }

    /// The book that was written down.
    pub(super) fn of_written(book: &Value, contracts: &Contracts) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("Data error".to_owned());
        let version = book["version"]
            .as_u64()
            .and_then(|version| version.try_into().ok());
        match version.ok_or_else(damaged)? {
            Self::VERSION => read(book, contracts).ok_or_else(damaged),
            newer => Err(StoreError::Newer(newer)),
        }
    }
}

fn read(book: &Value, contracts: &Contracts) -> Option<Book> {
    let tree = |noted: &Value| {
        let leaves = noted["leaves"]
            .as_array()?
            .iter()
            .map(hex)
            .collect::<Option<_>>()?;
        let root = hex(&noted["root"])?;
        Some(Noted { root, leaves })
    };
    let leaf = |(hash, leaf): (&String, &Value)| {
        let leaf = Leaf::read(leaf)?.known_by(contracts);
        Some((hash.parse().ok()?, leaf))
    };
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

    const HASH: &str = "0x0101010101010101010101010101010101010101010101010101010101010101";

    fn example() -> Value {
        json!({
            "version": 1,
            "trees": [{"root": HASH, "leaves": [HASH]}],
            "leaves": {
                HASH: {
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
        })
    }

    #[test]
    fn book_keeps_its_written_form() {
        let book = Book::read(Some(&example().to_string()), &Contracts::BICONOMY).unwrap();

        let again: Value = serde_json::from_str(&book.to_text().unwrap()).unwrap();
        assert_eq!(again, example());
    }

    #[test]
    fn any_part_that_is_damaged_is_an_error() {
        let key = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
        let order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        let of_leaf = |field: &str| format!("/leaves/{HASH}/{field}");
        for (place, damaged) in [
            ("/version".to_owned(), json!("1")),
            ("/version".to_owned(), json!(-1)),
            ("/version".to_owned(), json!(1_u64 << 32)),
            ("/trees".to_owned(), json!({})),
            ("/trees/0".to_owned(), json!(null)),
            ("/trees/0/root".to_owned(), json!("0x01")),
            ("/trees/0/leaves".to_owned(), json!(null)),
            ("/trees/0/leaves/0".to_owned(), json!("no hash")),
            ("/leaves".to_owned(), json!([])),
            (
                "/leaves".to_owned(),
                json!({"no hash": example()["leaves"][HASH]}),
            ),
            (of_leaf("validUntil"), json!(1_u64 << 48)),
            (of_leaf("validAfter"), json!("1")),
            (of_leaf("module"), json!("0x")),
            (of_leaf("keyData"), json!(null)),
            ("/keys".to_owned(), json!([])),
            (format!("/keys/{key}"), json!(format!("0x{}", "0".repeat(64)))),
            (format!("/keys/{key}"), json!(order)),
            (format!("/keys/{key}"), json!(1)),
        ] {
            let mut book = example();
            *book.pointer_mut(&place).unwrap() = damaged.clone();

            let read = Book::read(Some(&book.to_string()), &Contracts::BICONOMY);

            let is_damaged = matches!(read, Err(StoreError::Damaged(_)));
            assert!(is_damaged, "{place} {damaged}: {read:?}");
        }
    }
}
