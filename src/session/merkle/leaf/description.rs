use alloy::primitives::{B256, Bytes, U256, address, bytes};
use proptest::{collection, prelude::*, sample::select};

use super::*;
use crate::permission::{Condition, Erc20Policy, Policy, Rule};

const CONTRACT: Address = address!("1758f42af7026fbbb559dc60ece0de3ef81f665e");
const FRIEND: Address = address!("58f903f277efedf01cf6939f64af3b657ac4a9af");
const KEY: Address = Address::repeat_byte(9);
const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];

fn transfer() -> Policy {
    Policy::new(CONTRACT, TRANSFER)
        .rule(Rule::equal(0, FRIEND))
        .rule(Rule::at_most(1, 5u8))
}

fn call_and_rules(policy: Policy, names: &Names) -> [String; 3] {
    let words = Permission::from(policy).describe_with(names);
    [0, 1, 2].map(|sentence: usize| words[sentence].clone())
}

#[test]
fn without_names_the_bytes_speak() {
    let policy = transfer()
        .rule(Rule::offset(7, Condition::Less, 9u8))
        .value_limit_per_call(8);

    let words = [
        "Call the function 0xa9059cbb of 0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e",
        "In each call, argument 0 must equal 0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af",
        "In each call, argument 1 must be at most 5",
        "In each call, the word at byte 7 of the arguments must be less than 9",
        "In each call, send at most 8 wei along",
        "Valid always",
    ];
    assert_eq!(Permission::from(policy.clone()).describe(), words);
    assert_eq!(policy.to_string(), words.join(". "));
}

#[test]
fn a_signature_names_function_and_arguments_if_it_is_that_of_the_selector() {
    for signature in [
        "transfer(address to, uint256 amount)",
        " transfer ( address to,uint256   amount ) ",
        "transfer(address payable to, uint256 amount)",
        "transfer(address to, uint256 amount) external",
    ] {
        let names = Names::new()
            .function("approve(address,uint256)")
            .function(signature);
        assert_eq!(
            call_and_rules(transfer(), &names),
            [
                "Call transfer(address,uint256) of 0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e",
                "In each call, “to” must equal 0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af",
                "In each call, “amount” must be at most 5",
            ],
            "{signature}"
        );
    }
}

#[test]
fn a_wrong_signature_is_never_shown() {
    let unnamed = call_and_rules(transfer(), &Names::new());

    for signature in [
        "",
        "transfer",
        "transfer(",
        "transfer(address to, uint128 amount)",
        "transfer(uint256 amount, address to)",
        "send(address to, uint256 amount)",
        "func transfer(address to, uint256 amount)",
        "transfer(address to, uint256 amount)(",
        "0xa9059cbb",
    ] {
        let names = Names::new().function(signature);
        assert_eq!(call_and_rules(transfer(), &names), unnamed, "{signature}");
    }
}

#[test]
fn arguments_that_cannot_be_told_apart_keep_their_numbers() {
    for signature in [
        "transfer(address,uint256)",
        "transfer(address it, uint256 it)",
        "transfer(address “to”, uint256 a.b)",
    ] {
        let names = Names::new().function(signature);
        let [_, first, second] = call_and_rules(transfer(), &names);
        assert!(first.contains("argument 0 must"), "{signature}: {first}");
        assert!(second.contains("argument 1 must"), "{signature}: {second}");
    }
}

#[test]
fn what_is_behind_something_larger_keeps_its_number() {
    let signature = "f(bytes data, address a, (uint8 x, uint8 y) point, uint8[2] pair, uint8 last)";
    let names = Names::new().function(signature);
    let policy = Policy::function(CONTRACT, "f(bytes,address,(uint8,uint8),uint8[2],uint8)").unwrap();
    let rules = (0..7).map(|argument| Rule::equal(argument, 1u8));
    let policy = rules.fold(policy, |policy, rule| policy.rule(rule));

    let words = Permission::from(policy).describe_with(&names);

    let places = words[1..8]
        .iter()
        .map(|word| &word["In each call, ".len()..word.len() - " must equal 1".len()]);
    let expected = ["0", "“a”", "2", "3", "4", "5", "6"].map(|place| match place.starts_with('“') {
        true => place.to_owned(),
        false => format!("argument {place}"),
    });
    assert_eq!(places.collect::<Vec<_>>(), expected);
    assert!(words[0].starts_with("Call f(bytes,address,(uint8,uint8),uint8[2],uint8) of "));
}

#[test]
fn names_of_addresses_stand_beside_the_addresses() {
    let names = Names::new()
        .address(CONTRACT, "the coin")
        .address(FRIEND, "your account")
        .address(Address::with_last_byte(5), "a contract of the chain");
    let token = Erc20Policy::new(CONTRACT, FRIEND, U256::from(5));

    assert_eq!(
        call_and_rules(transfer(), &names),
        [
            "Call the function 0xa9059cbb of the coin (0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e)",
            "In each call, argument 0 must equal your account (0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af)",
            "In each call, argument 1 must be at most a contract of the chain (0x0000000000000000000000000000000000000005)",
        ]
    );
    assert_eq!(
        Permission::from(token).describe_with(&names)[..2],
        [
            "Transfer the token the coin (0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e), or call another function of it \
             with such arguments",
            "In each transfer, only to your account (0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af)",
        ]
    );
}

#[test]
fn key_data_that_cannot_be_read_is_said_to_be_so() {
    let interval = Interval {
        valid_after: 0,
        valid_until: 30,
    };
    let known = transfer().leaf(KEY).unwrap().module();

    for (module, data) in [(KEY, transfer().key_data(KEY).unwrap()), (known, bytes!("01"))] {
        let leaf = Leaf::new(interval, module, data).unwrap();
        assert_eq!(
            leaf.describe(),
            [
                format!("Any call that the module {module} allows: its key data is not readable"),
                "Valid until 1970-01-01 00:00:30 UTC".to_owned(),
            ]
        );
    }
}

/// Generates values from a small set, so that two of them are often equal.
fn few<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    select(values.to_vec())
}

fn an_address() -> impl Strategy<Value = Address> {
    prop_oneof![
        4 => few(&[CONTRACT, FRIEND, Address::ZERO, Address::with_last_byte(7)]),
        1 => any::<[u8; 20]>().prop_map(Address::from),
    ]
}

fn a_number() -> impl Strategy<Value = U256> {
    let address = U256::from_be_bytes(FRIEND.into_word().0);
    prop_oneof![
        4 => few(&[U256::ZERO, U256::from(7), U256::MAX, address, U256::from(1) << 96]),
        1 => any::<[u8; 32]>().prop_map(U256::from_be_bytes),
    ]
}

fn an_interval() -> impl Strategy<Value = Interval> {
    let end = || prop_oneof![4 => few(&[0, 59, 60, 86_400]), 1 => 0..=Interval::MAX];
    (end(), end()).prop_filter_map("ends before it begins", |(valid_after, valid_until)| {
        let interval = Interval {
            valid_after,
            valid_until,
        };
        interval.sensible().ok()
    })
}

fn a_rule() -> impl Strategy<Value = Rule> {
    let offset = prop_oneof![4 => few(&[0, 1, 32, 64]), 1 => 0..=u32::from(u16::MAX)];
    (offset, select(Condition::ALL.to_vec()), a_number())
        .prop_map(|(offset, condition, reference)| Rule::offset(offset, condition, B256::from(reference)))
}

fn a_permission() -> impl Strategy<Value = Permission> {
    let selector = prop_oneof![4 => few(&[TRANSFER, [0; 4]]), 1 => any::<[u8; 4]>()];
    let value = prop_oneof![4 => few(&[0, 1, u128::MAX]), 1 => any::<u128>()];
    let rules = collection::vec(a_rule(), 0..3);
    let abi = (an_address(), selector, value, rules, an_interval()).prop_map(
        |(contract, selector, value, rules, interval)| {
            let policy = Policy::new(contract, selector)
                .value_limit_per_call(value)
                .interval(interval);
            let policy = rules.into_iter().fold(policy, Policy::rule);
            Permission::from(policy)
        },
    );
    let erc20 = (an_address(), an_address(), a_number(), an_interval()).prop_map(
        |(token, recipient, amount, interval)| {
            Permission::from(Erc20Policy::new(token, recipient, amount).interval(interval))
        },
    );
    prop_oneof![2 => abi, 1 => erc20]
}

/// Returns names that are easily confused.
fn names() -> Names {
    Names::new()
        .function("transfer(address to, uint256 to)")
        .function("transfer(address to, uint256 amount)")
        .address(FRIEND, "7")
        .address(CONTRACT, "your account")
        .address(Address::with_last_byte(7), "your account")
}

/// Returns the encoded permission, which the description must match exactly.
fn encoded(permission: &Permission) -> Bytes {
    permission.leaf(KEY).unwrap().packed().into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_permission_and_its_leaf_have_the_same_words(permission in a_permission()) {
        let leaf = permission.leaf(KEY).unwrap();

        let read = Leaf::read(&leaf.written()).unwrap();

        prop_assert_eq!(permission.describe(), read.describe());
        prop_assert_eq!(permission.describe_with(&names()), read.describe_with(&names()));
    }

    #[test]
    fn permissions_have_the_same_words_only_if_they_are_encoded_the_same(
        first in a_permission(),
        second in a_permission(),
    ) {
        let same = encoded(&first) == encoded(&second);

        prop_assert_eq!(first.describe() == second.describe(), same);
        prop_assert_eq!(first.describe_with(&names()) == second.describe_with(&names()), same);
        prop_assert_eq!(first.to_string() == second.to_string(), same);
    }

    #[test]
    fn every_change_of_what_is_encoded_changes_the_words(
        permission in a_permission(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let leaf = permission.leaf(KEY).unwrap();
        let mut data = leaf.key_data().to_vec();
        let place = place.index(data.len());
        data[place] ^= 1 << bit;
        let changed = Leaf::new(leaf.interval(), leaf.module(), data.into()).unwrap();

        match changed.key() {
            // The session key is not a part of the permission.
            Some(key) if leaf.key() != Some(key) => prop_assert_eq!(changed.describe(), leaf.describe()),
            _ => {
                prop_assert_ne!(changed.describe(), leaf.describe());
                prop_assert_ne!(changed.describe_with(&names()), leaf.describe_with(&names()));
            }
        }
    }
}
