use alloy::primitives::{Address, B256};

use super::{Damaged, Ledger, RecordedTree};
use crate::{
    platform::Json,
    session::merkle::{Leaf, MerkleContracts},
    signer::SessionKey,
    store::{SealedKey, StoreError, StoredKey},
};

impl Ledger {
    /// Returns the ledger in its stored form.
    pub(super) fn written(&self) -> Json {
        let mut written = Json::object([
            ("version", u64::from(Self::VERSION).into()),
            ("trees", self.trees.iter().map(RecordedTree::written).collect()),
            ("leaves", Json::object([])),
            ("keys", Json::object([])),
        ]);
        for (hash, leaf) in &self.leaves {
            written["leaves"][hash.to_string().as_str()] = leaf.written();
        }
        for key in &self.keys {
            written["keys"][name_of(key).as_str()] = match key {
                StoredKey::Open(key) => B256::from(key.clone()).into(),
                StoredKey::Sealed(sealed) => Json::object([("sealed", (&sealed.bytes).into())]),
            };
        }
        if self.damaged.len() > 0 {
            written["damaged"] = self.damaged.written().iter().cloned().collect();
        }
        written
    }

    /// Reads a ledger from its stored form, of this version or an earlier one. An unreadable entry is set aside.
    pub(super) fn of_written(written: &Json, contracts: &MerkleContracts) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("a field is missing or unknown".to_owned());
        let version = written["version"]
            .as_u64()
            .and_then(|version| version.try_into().ok());
        match version.ok_or_else(damaged)? {
            0 => return Err(damaged()),
            1..=Self::VERSION => {}
            newer => return Err(StoreError::Newer(newer)),
        }
        let map = |part: &str| written[part].fields().ok_or_else(damaged);
        let mut ledger = Self {
            damaged: Damaged::read(&written["damaged"]),
            ..Self::default()
        };
        for tree in written["trees"].members().ok_or_else(damaged)? {
            match RecordedTree::read(tree) {
                Some(recorded) => ledger.trees.push(recorded),
                None => ledger.damaged.set_aside("trees", tree),
            }
        }
        ledger.leaves = entries("leaves", map("leaves")?, &mut ledger.damaged, |hash, leaf| {
            let leaf = Leaf::read(leaf)?.known_by(contracts);
            (leaf.hash().to_string() == hash).then(|| (leaf.hash(), leaf))
        });
        ledger.keys = entries("keys", map("keys")?, &mut ledger.damaged, |address, key| {
            let key = kept(address.parse().ok()?, key)?;
            (name_of(&key) == address).then_some(key)
        });
        Ok(ledger)
    }
}

/// Reads the entries of a part, and sets aside the unreadable ones.
fn entries<T>(
    part: &str,
    fields: &[(String, Json)],
    damaged: &mut Damaged,
    read: impl Fn(&str, &Json) -> Option<T>,
) -> Vec<T> {
    let entry = |(name, entry): &(String, Json)| {
        let read = read(name, entry);
        if read.is_none() {
            damaged.set_aside(part, &Json::object([(name.as_str(), entry.clone())]));
        }
        read
    };
    fields.iter().filter_map(entry).collect()
}

/// Returns the name under which a key is stored. An entry under another spelling of the address is another entry.
fn name_of(key: &StoredKey) -> String {
    format!("{:#x}", key.address())
}

/// Reads a sealed or an unencrypted key.
fn kept(address: Address, key: &Json) -> Option<StoredKey> {
    if let Some(bytes) = key.get("sealed") {
        let bytes = bytes.parsed()?;
        return Some(StoredKey::Sealed(SealedKey { address, bytes }));
    }
    let key = SessionKey::try_from(key.parsed::<B256>()?).ok()?;
    (key.address() == address).then_some(StoredKey::Open(key))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    const KEY: &str = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
    const LEAF: &str = "0x8a3c0a9c6c2f2b9a9b3a63b7a7d4c3c2f1a5d2e6b8c9d0e1f2a3b4c5d6e7f809";

    fn example() -> Value {
        let leaf = json!({
            "validAfter": 1,
            "validUntil": 281_474_976_710_655_u64,
            "module": "0x000006bc2ecdae38113929293d241cf252d91861",
            "keyData": "0x7e5f"
        });
        let hash = Leaf::read(&leaf.clone().into()).unwrap().hash();
        let mut leaves = Map::new();
        leaves.insert(hash.to_string(), leaf);
        json!({
            "version": 2,
            "trees": [
                {"root": hash, "base": B256::ZERO, "sequence": 3, "fate": "held", "leaves": [hash]},
                {"root": LEAF, "leaves": []}
            ],
            "leaves": leaves,
            "keys": {
                // The address of the private key 1.
                KEY: "0x0000000000000000000000000000000000000000000000000000000000000001",
                "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf": {"sealed": "0x0102"}
            },
            "damaged": [{"keys": null}]
        })
    }

    fn read(ledger: &Value) -> Result<Ledger, StoreError> {
        Ledger::read(Some(&ledger.to_string()), &MerkleContracts::BICONOMY)
    }

    #[test]
    fn ledger_keeps_its_written_form() {
        let ledger = read(&example()).unwrap();

        let again: Value = serde_json::from_str(&ledger.to_text()).unwrap();
        assert_eq!(again, example());
    }

    #[test]
    fn ledger_of_version_1_is_read_and_written_anew() {
        let mut old = example();
        old["version"] = json!(1);
        old["trees"] = json!([{"root": LEAF, "leaves": [LEAF]}]);
        old["keys"] = json!({KEY: example()["keys"][KEY]});
        old.as_object_mut().unwrap().remove("damaged");

        let text = read(&old).unwrap().to_text();

        let mut new = old;
        new["version"] = json!(2);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), new);
    }

    #[test]
    fn part_that_is_damaged_as_a_whole_is_an_error() {
        for (place, damaged) in [
            ("/version", json!("1")),
            ("/version", json!(0)),
            ("/version", json!(-1)),
            ("/version", json!(1_u64 << 32)),
            ("/trees", json!({})),
            ("/leaves", json!([])),
            ("/keys", json!([])),
        ] {
            let mut ledger = example();
            *ledger.pointer_mut(place).unwrap() = damaged.clone();

            let result = read(&ledger);

            let is_damaged = matches!(result, Err(StoreError::Damaged(_)));
            assert!(is_damaged, "{place} {damaged}: {result:?}");
        }
    }

    #[test]
    fn entry_that_is_damaged_is_set_aside_and_the_rest_is_read() {
        let hash = example()["leaves"]
            .as_object()
            .unwrap()
            .keys()
            .next()
            .unwrap()
            .clone();
        let of_leaf = |field: &str| format!("/leaves/{hash}/{field}");
        let order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        for (place, damaged) in [
            ("/trees/0".to_owned(), json!(null)),
            ("/trees/0/root".to_owned(), json!("0x01")),
            ("/trees/0/leaves".to_owned(), json!(null)),
            ("/trees/0/leaves/0".to_owned(), json!("no hash")),
            (format!("/leaves/{hash}"), json!(null)),
            (of_leaf("validUntil"), json!(1_u64 << 48)),
            (of_leaf("validUntil"), json!(5)),
            (of_leaf("validAfter"), json!("1")),
            (of_leaf("module"), json!("0x")),
            (of_leaf("keyData"), json!(null)),
            (of_leaf("keyData"), json!("0x7e60")),
            (format!("/keys/{KEY}"), json!(format!("0x{}", "0".repeat(64)))),
            (format!("/keys/{KEY}"), json!(format!("0x{}2", "0".repeat(63)))),
            (format!("/keys/{KEY}"), json!(order)),
            (format!("/keys/{KEY}"), json!(1)),
            (format!("/keys/{KEY}"), json!({"sealed": 1})),
        ] {
            let mut written = example();
            *written.pointer_mut(&place).unwrap() = damaged.clone();

            let ledger = read(&written).unwrap();

            assert_eq!(ledger.damaged(), 2, "{place} {damaged}");
            let parts = (ledger.trees.len(), ledger.leaves.len(), ledger.keys.len());
            assert_eq!(parts.0 + parts.1 + parts.2, 4, "{place} {damaged}: {parts:?}");
            let text = ledger.to_text();
            let kept = serde_json::from_str::<Value>(&text).unwrap()["damaged"][1].to_string();
            let name = place.split('/').nth(1).unwrap();
            assert!(kept.contains(name), "{place}: {kept}");
            assert_eq!(read(&serde_json::from_str(&text).unwrap()).unwrap().damaged(), 2);
        }
    }

    #[test]
    fn key_under_another_spelling_does_not_take_the_place_of_the_first() {
        let mut written = example();
        written["keys"][KEY.to_uppercase().replace('X', "x")] = json!({"sealed": "0x0102"});

        let ledger = read(&written).unwrap();

        assert_eq!((ledger.keys.len(), ledger.damaged()), (2, 2));
        let again = read(&serde_json::from_str(&ledger.to_text()).unwrap()).unwrap();
        let key = again.key(KEY.parse().unwrap());
        assert!(matches!(key, Some(StoredKey::Open(_))), "{key:?}");
    }
}
