use alloy::primitives::{Address, U256, address};
use proptest::{
    arbitrary::any,
    bool, collection, option, prop_oneof,
    sample::{Index, select},
    strategy::{Just, Strategy},
};
use use_aa::{Call, Condition, Erc20Policy, Permission, Policy, Rule, session::merkle::Leaf};

pub(crate) const KEY: Address = address!("00000000000000000000000000000000000000aa");

/// A permission, its leaf on chain, and a call.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) permission: Permission,
    pub(crate) leaf: Leaf,
    pub(crate) call: Call,
    /// The conditions of the permission's rules, in order.
    pub(crate) conditions: Vec<Condition>,
}

/// Generates calls under ABI policies, most of them on a bound or next to it.
pub(crate) fn abi() -> impl Strategy<Value = Case> {
    let policy = (
        any::<[u8; 20]>(),
        any::<[u8; 4]>(),
        value_limit(),
        collection::vec(bound(), 0..5),
    );
    let call = (
        wrong_at(20),
        wrong_at(4),
        near(),
        filler(),
        bool::weighted(0.1),
        end(),
    );
    (policy, call).prop_map(|((contract, selector, limit, bounds), call)| {
        let (wrong_contract, wrong_selector, value, filler, far, end) = call;
        let policy = Policy::new(contract.into(), selector).value_limit_per_call(limit);
        let policy = bounds
            .iter()
            .fold(policy, |policy, bound| policy.rule(bound.rule()));

        // Long call data slows the requests down.
        let near = bounds.iter().filter(|bound| far || bound.offset < 1024);
        let reach = near.map(|bound| bound.offset + 32).max().unwrap_or(0);
        let mut arguments = filler.iter().copied().cycle().take(reach).collect::<Vec<_>>();
        for bound in &bounds {
            if let Some(word) = arguments.get_mut(bound.offset..bound.offset + 32) {
                word.copy_from_slice(&bound.argument().to_be_bytes::<32>());
            }
        }
        let data = [&flipped(selector, wrong_selector)[..], &arguments].concat();

        let to = Address::from(flipped(contract, wrong_contract));
        let value = value.to(U256::from(limit), Condition::AtMost);
        let conditions = bounds.iter().map(|bound| bound.condition).collect();
        Case::new(
            policy.into(),
            Call::raw(to, end.of(data)).value(value),
            conditions,
        )
    })
}

/// Generates calls under ERC-20 policies, most of them on a bound or next to it.
pub(crate) fn erc20() -> impl Strategy<Value = Case> {
    let policy = (any::<[u8; 20]>(), any::<[u8; 20]>(), reference());
    let call = (
        any::<[u8; 4]>(),
        wrong_at(20),
        wrong_at(32),
        near(),
        prop_oneof![9 => Just(Near::Same), 1 => near()],
        end(),
    );
    (policy, call).prop_map(|((token, recipient, most), call)| {
        let (selector, wrong_token, wrong_recipient, amount, value, end) = call;
        let recipient = Address::from(recipient);
        let policy = Erc20Policy::new(token.into(), recipient, most);

        // A word with nonzero bytes among its first twelve is no address.
        let recipient = flipped(recipient.into_word().0, wrong_recipient);
        let amount = amount.to(most, Condition::AtMost).to_be_bytes::<32>();
        let data = [&selector[..], &recipient, &amount].concat();

        let to = Address::from(flipped(token, wrong_token));
        let value = value.to(U256::ZERO, Condition::AtMost);
        Case::new(
            policy.into(),
            Call::raw(to, end.of(data)).value(value),
            Vec::new(),
        )
    })
}

/// Generates calls under policies whose key data was changed.
pub(crate) fn damaged() -> impl Strategy<Value = Case> {
    (prop_oneof![abi(), erc20()], damage()).prop_map(|(case, damage)| {
        let data = damage.to(case.leaf.key_data().to_vec());
        let leaf = Leaf::new(case.leaf.interval(), case.leaf.module(), data.into()).unwrap();
        Case { leaf, ..case }
    })
}

impl Case {
    fn new(permission: Permission, call: Call, conditions: Vec<Condition>) -> Self {
        Self {
            leaf: permission.leaf(KEY).unwrap(),
            permission,
            call,
            conditions,
        }
    }
}

/// A rule, with the call's value at its offset.
#[derive(Clone, Debug)]
struct Bound {
    offset: usize,
    condition: Condition,
    reference: U256,
    argument: Near,
}

impl Bound {
    fn rule(&self) -> Rule {
        let offset = u32::try_from(self.offset).unwrap();
        Rule::offset(offset, self.condition, self.reference)
    }

    fn argument(&self) -> U256 {
        self.argument.to(self.reference, self.condition)
    }
}

fn bound() -> impl Strategy<Value = Bound> {
    let offset = prop_oneof![
        8 => (0..8_usize).prop_map(|word| word * 32),
        2 => 0..300_usize,
        1 => 0..=usize::from(u16::MAX),
        1 => Just(usize::from(u16::MAX)),
    ];
    let condition = select(Condition::ALL.to_vec());
    (offset, condition, reference(), near()).prop_map(|(offset, condition, reference, argument)| Bound {
        offset,
        condition,
        reference,
        argument,
    })
}

/// A number, by its relation to a bound.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Near {
    /// The last value that is allowed.
    Inside,
    Below,
    Same,
    Above,
    Zero,
    Max,
    Any(U256),
}

impl Near {
    pub(crate) fn to(self, bound: U256, condition: Condition) -> U256 {
        let below = bound.wrapping_sub(U256::ONE);
        let above = bound.wrapping_add(U256::ONE);
        match self {
            Self::Inside => match condition {
                Condition::Equal | Condition::AtMost | Condition::AtLeast => bound,
                Condition::Less | Condition::NotEqual => below,
                Condition::Greater => above,
            },
            Self::Below => below,
            Self::Same => bound,
            Self::Above => above,
            Self::Zero => U256::ZERO,
            Self::Max => U256::MAX,
            Self::Any(number) => number,
        }
    }
}

pub(crate) fn near() -> impl Strategy<Value = Near> {
    prop_oneof![
        14 => Just(Near::Inside),
        1 => Just(Near::Below),
        1 => Just(Near::Same),
        1 => Just(Near::Above),
        1 => Just(Near::Zero),
        1 => Just(Near::Max),
        1 => number().prop_map(Near::Any),
    ]
}

fn number() -> impl Strategy<Value = U256> {
    any::<[u8; 32]>().prop_map(U256::from_be_bytes)
}

pub(crate) fn reference() -> impl Strategy<Value = U256> {
    let half = U256::ONE << 255;
    prop_oneof![
        2 => Just(U256::ZERO),
        2 => Just(U256::MAX),
        1 => Just(half),
        1 => Just(half - U256::ONE),
        2 => (0..300_u16).prop_map(U256::from),
        4 => number(),
    ]
}

pub(crate) fn value_limit() -> impl Strategy<Value = u128> {
    prop_oneof![Just(0), Just(1), Just(u128::MAX), any::<u128>()]
}

/// Generates the index of a wrong byte, if any.
fn wrong_at(length: usize) -> impl Strategy<Value = Option<usize>> {
    option::weighted(0.05, 0..length)
}

fn flipped<const N: usize>(mut bytes: [u8; N], at: Option<usize>) -> [u8; N] {
    if let Some(at) = at {
        bytes[at] ^= 1;
    }
    bytes
}

/// Generates the argument bytes that no rule covers.
fn filler() -> impl Strategy<Value = Vec<u8>> {
    collection::vec(any::<u8>(), 1..40)
}

/// The end of the call data.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// After the last argument.
    Whole,
    /// Later, with arbitrary bytes.
    Longer(Vec<u8>),
    /// Earlier, by a number of bytes.
    Shorter(usize),
    /// Within the selector, or directly after it.
    Stump(usize),
}

impl End {
    pub(crate) fn of(self, mut data: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Whole => {}
            Self::Longer(tail) => data.extend(tail),
            Self::Shorter(by) => data.truncate(data.len().saturating_sub(by)),
            Self::Stump(length) => data.truncate(length),
        }
        data
    }
}

pub(crate) fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        10 => Just(End::Whole),
        5 => collection::vec(any::<u8>(), 1..70).prop_map(End::Longer),
        2 => (1..40_usize).prop_map(End::Shorter),
        1 => (0..6_usize).prop_map(End::Stump),
    ]
}

/// A change of key data.
#[derive(Clone, Debug)]
enum Damage {
    Cut(Index),
    Longer(Vec<u8>),
    Other(Index, u8),
}

impl Damage {
    fn to(self, mut data: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Cut(length) => data.truncate(length.index(data.len())),
            Self::Longer(tail) => data.extend(tail),
            Self::Other(place, byte) => {
                let place = place.index(data.len());
                data[place] = byte;
            }
        }
        data
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => collection::vec(any::<u8>(), 1..70).prop_map(Damage::Longer),
        3 => (any::<Index>(), 0..8_u8).prop_map(|(place, byte)| Damage::Other(place, byte)),
    ]
}
