use std::{fs, path::PathBuf};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

use super::*;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 10] = [
    ("answers", answers),
    ("grants", grants),
    ("import", import),
    ("journal", journal),
    ("key_data", key_data),
    ("reverts", reverts),
    ("services", services),
    ("signatures", signatures),
    ("store", store),
    ("texts", texts),
];

/// The JSON values that replace a value of a seed.
const VALUES: [&str; 16] = [
    "null",
    "true",
    "\"true\"",
    "0",
    "-1",
    "1.5e-7",
    "18446744073709551616",
    "\"\"",
    "\"0x\"",
    "\"0x0\"",
    "\"0x10000000000000000000000000000000\"",
    "\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"",
    "\"7e5f4552091a69125d5dfcb7b8c2659029395bdf\"",
    "\"\u{202e}0x08c379a0\\n\"",
    "[]",
    "{}",
];

/// A mutation of a seed.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Cut(Index, usize),
    Double(Index, usize),
    Insert(Index, Vec<u8>),
    Value(Index, &'static str),
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let place = any::<Index>;
        let part = (place(), 1..80_usize);
        let value = (place(), select(&VALUES[..]));
        prop_oneof![
            1 => (place(), 0..8_u8).prop_map(|(place, bit)| Self::Flip(place, bit)),
            1 => part.clone().prop_map(|(place, length)| Self::Cut(place, length)),
            1 => part.prop_map(|(place, length)| Self::Double(place, length)),
            1 => (place(), vec(any::<u8>(), 1..8)).prop_map(|(place, bytes)| Self::Insert(place, bytes)),
            3 => value.prop_map(|(place, value)| Self::Value(place, value)),
        ]
    }

    fn apply(&self, bytes: &mut Vec<u8>) {
        let part = |place: &Index, length: usize| {
            let start = place.index(bytes.len() + 1);
            start..bytes.len().min(start + length)
        };
        match self {
            Self::Flip(place, bit) => {
                let part = part(place, 1);
                bytes[part].iter_mut().for_each(|byte| *byte ^= 1 << bit);
            }
            Self::Cut(place, length) => drop(bytes.drain(part(place, *length))),
            Self::Double(place, length) => {
                let part = part(place, *length);
                let copy = bytes[part.clone()].to_vec();
                bytes.splice(part.start..part.start, copy);
            }
            Self::Insert(place, new) => {
                let start = part(place, 0).start;
                bytes.splice(start..start, new.iter().copied());
            }
            Self::Value(place, value) => {
                let starts = (0..bytes.len()).filter(|at| b":[,".contains(&bytes[*at]));
                let starts = starts.collect::<Vec<_>>();
                if !starts.is_empty() {
                    let start = starts[place.index(starts.len())] + 1;
                    let end = bytes[start..].iter().position(|byte| b",]}".contains(byte));
                    let end = end.map_or(bytes.len(), |end| start + end);
                    bytes.splice(start..end, value.bytes());
                }
            }
        }
    }
}

/// Returns the files of a target with their paths.
fn files(part: &str, target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("end2end/fuzz/{part}/{target}"));
    let Ok(entries) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let read = paths.map(|path| (path.clone(), fs::read(path).unwrap()));
    read.collect()
}

/// Generates a seed of a target with a few mutations, or random bytes.
fn input(target: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = files("seeds", target).into_iter().map(|(_, seed)| seed);
    let changed = (select(seeds.collect::<Vec<_>>()), vec(Change::any(), 0..4));
    let changed = changed.prop_map(|(mut bytes, changes)| {
        changes.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    });
    prop_oneof![9 => changed, 1 => vec(any::<u8>(), 0..300)]
}

mod changed_seeds_hold {
    use super::{super as targets, *};

    macro_rules! over_changed_seeds {
        ($($target:ident: $cases:literal,)*) => {$(
            proptest! {
                #![proptest_config(ProptestConfig::with_cases($cases))]

                #[test]
                fn $target(input in input(stringify!($target))) {
                    targets::$target(&input);
                }
            }
        )*};
    }

    over_changed_seeds! {
        answers: 2_000,
        grants: 500,
        import: 500,
        journal: 1_000,
        key_data: 2_000,
        reverts: 2_000,
        services: 2_000,
        signatures: 200,
        store: 500,
        texts: 2_000,
    }
}

#[test]
fn seeds_hold_and_every_target_has_some() {
    for (name, target) in TARGETS {
        let seeds = files("seeds", name);
        assert!(seeds.len() >= 3, "{name} has {} seeds", seeds.len());
        for (path, seed) in seeds {
            println!("{}", path.display());
            target(&seed);
        }
    }
}

#[test]
fn what_was_found_once_holds() {
    for (name, target) in TARGETS {
        for (path, finding) in files("findings", name) {
            println!("{}", path.display());
            target(&finding);
        }
    }
}

#[test]
fn every_target_has_a_program() {
    let programs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("end2end/fuzz");
    let manifest = fs::read_to_string(programs.join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        let program = fs::read_to_string(programs.join(format!("targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("use_aa::fuzzing::{name}(")), "{name}");
        assert!(
            manifest.contains(&format!("path = \"targets/{name}.rs\"")),
            "{name}"
        );
    }
}
