use alloy::{
    primitives::{Address, U256},
    sol_types::SolCall,
};
use proptest::{
    arbitrary::any,
    bool, collection, option, prop_oneof,
    sample::{Index, select},
    strategy::{Just, Strategy},
};
use use_aa::{Call, Condition, Erc20Policy, Interval, Permission, Policy, Rule};

use crate::{
    policies::cases::{End, Near, end, near, reference, value_limit},
    support::Token::transferCall,
};

/// The time of the calls, in seconds since 1970.
pub(super) const NOW: u64 = 1_800_000_000;

/// The permissions of a session, and the calls that its key makes one after the other.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) permissions: Vec<Permission>,
    pub(super) calls: Vec<Call>,
}

/// Generates sessions of one or two permissions with five calls each, most of them on a bound or next to it.
pub(super) fn cases() -> impl Strategy<Value = Case> {
    let plans = collection::vec(plan(), 1..3);
    (plans, collection::vec(attempt(), 5)).prop_map(|(plans, attempts)| {
        let contract = |index: usize| Address::repeat_byte(0xc1 + u8::try_from(index).unwrap());
        let permission = |(index, plan): (usize, &Plan)| plan.permission(contract(index));
        let call = |attempt: &Attempt| {
            let index = attempt.of.index(plans.len());
            plans[index].call(contract(index), attempt)
        };
        Case {
            permissions: plans.iter().enumerate().map(permission).collect(),
            calls: attempts.iter().map(call).collect(),
        }
    })
}

/// The parameters of a permission.
#[derive(Clone, Debug)]
struct Plan {
    kind: Kind,
    bounds: Vec<Bound>,
    value_limit: Option<u128>,
    uses: Option<u128>,
    total_value: Option<u128>,
    /// The number and the sum of an argument.
    sum: Option<(u16, U256)>,
    interval: Interval,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Function([u8; 4]),
    Spending(U256),
    PlainTransfer(u128),
    /// The most of one transfer, and of all.
    Erc20(U256, Option<U256>),
}

fn plan() -> impl Strategy<Value = Plan> {
    let kind = prop_oneof![
        6 => any::<[u8; 4]>().prop_map(Kind::Function),
        5 => amount().prop_map(Kind::Spending),
        2 => wei().prop_map(Kind::PlainTransfer),
        1 => (reference(), option::of(amount())).prop_map(|(most, total)| Kind::Erc20(most, total)),
    ];
    let limits = (
        option::weighted(0.3, value_limit()),
        option::weighted(0.3, 1..4_u128),
        option::weighted(0.3, wei()),
        option::weighted(0.4, (0..3_u16, amount())),
    );
    let near_now = || select(vec![0, NOW - 1, NOW, NOW + 1]);
    let interval = prop_oneof![
        8 => Just((0, 0)),
        3 => (near_now(), near_now()),
    ];
    (kind, collection::vec(bound(), 0..4), limits, interval).prop_map(
        |(kind, bounds, (value_limit, uses, total_value, sum), (valid_after, valid_until))| Plan {
            kind,
            // A plain transfer has no arguments.
            bounds: match kind {
                Kind::PlainTransfer(_) => Vec::new(),
                _ => bounds,
            },
            value_limit,
            uses,
            total_value,
            sum: sum.filter(|_| !matches!(kind, Kind::PlainTransfer(_))),
            interval: Interval {
                valid_after,
                valid_until,
            },
        },
    )
}

impl Plan {
    fn permission(&self, contract: Address) -> Permission {
        let policy = match self.kind {
            Kind::Function(selector) => Policy::new(contract, selector),
            Kind::Spending(most) => Policy::spending(contract, most),
            Kind::PlainTransfer(total) => Policy::transfer(contract, total),
            Kind::Erc20(most, total) => {
                let policy = Erc20Policy::new(contract, RECIPIENT, most).interval(self.interval);
                let policy = total.into_iter().fold(policy, Erc20Policy::total);
                return self
                    .uses
                    .into_iter()
                    .fold(policy, Erc20Policy::at_most_uses)
                    .into();
            }
        };
        let mut policy = policy.interval(self.interval);
        for bound in &self.bounds {
            policy = policy.rule(bound.rule());
        }
        // A policy for spending permits no value.
        if !matches!(self.kind, Kind::Spending(_)) {
            policy = self.total_value.into_iter().fold(policy, Policy::total_value);
            policy = self
                .value_limit
                .into_iter()
                .fold(policy, Policy::value_limit_per_call);
        }
        policy = self.uses.into_iter().fold(policy, Policy::at_most_uses);
        let sum = self.sum.into_iter();
        sum.fold(policy, |policy, (argument, most)| policy.total_of(argument, most))
            .into()
    }

    fn call(&self, contract: Address, attempt: &Attempt) -> Call {
        let (selector, mut arguments) = match self.kind {
            Kind::Function(selector) => (selector.to_vec(), vec![0; 96]),
            Kind::PlainTransfer(_) => (Vec::new(), Vec::new()),
            Kind::Spending(most) | Kind::Erc20(most, _) => {
                let amount = attempt.amount.of(most).to_be_bytes::<32>();
                let arguments = [RECIPIENT.into_word().as_slice(), &amount].concat();
                (transferCall::SELECTOR.to_vec(), arguments)
            }
        };
        let mut put = |at: usize, word: U256| {
            arguments.resize(arguments.len().max(at + 32), 0);
            arguments[at..at + 32].copy_from_slice(&word.to_be_bytes::<32>());
        };
        if let Some((argument, most)) = self.sum {
            put(32 * usize::from(argument), attempt.amount.of(most));
        }
        if !matches!(self.kind, Kind::Erc20(..)) {
            for (bound, word) in self.bounds.iter().zip(attempt.words) {
                put(bound.offset, word.to(bound.reference, bound.condition));
            }
        }
        let data = [selector, arguments].concat();
        let data = match attempt.wrong {
            Wrong::Function => [&[0xff; 4][..], data.get(4..).unwrap_or_default()].concat(),
            _ => data,
        };
        let to = match attempt.wrong {
            Wrong::Contract => Address::repeat_byte(7),
            _ => contract,
        };
        let data = match &attempt.end {
            // Any byte makes a plain transfer another call.
            End::Longer(_) if data.is_empty() && !attempt.is_strange => data,
            end => end.clone().of(data),
        };
        Call::raw(to, data).value(self.value(attempt))
    }

    fn value(&self, attempt: &Attempt) -> U256 {
        let totals = [self.total_value, self.value_limit];
        let most = match self.kind {
            Kind::PlainTransfer(total) => Some(total),
            _ => totals.into_iter().flatten().min(),
        };
        let value = match most {
            Some(most) => attempt.amount.of(U256::from(most)),
            None if attempt.is_strange => U256::MAX,
            None => U256::ZERO,
        };
        // A policy without rules permits 1 wei in total, because no contract forbids it: the documented difference.
        match value == U256::ONE && self.bounds.is_empty() {
            true if self.total_value.is_none() && !matches!(self.kind, Kind::PlainTransfer(_)) => U256::ZERO,
            _ => value,
        }
    }
}

const RECIPIENT: Address = Address::repeat_byte(0xf1);

/// A rule.
#[derive(Clone, Debug)]
struct Bound {
    offset: usize,
    condition: Condition,
    reference: U256,
}

impl Bound {
    fn rule(&self) -> Rule {
        Rule::offset(
            u32::try_from(self.offset).unwrap(),
            self.condition,
            self.reference,
        )
    }
}

fn bound() -> impl Strategy<Value = Bound> {
    let offset = prop_oneof![
        5 => (0..4_usize).prop_map(|word| word * 32),
        1 => 0..200_usize,
    ];
    let reference = prop_oneof![1 => Just(U256::ONE), 4 => reference()];
    let condition = select(Condition::ALL.to_vec());
    (offset, condition, reference).prop_map(|(offset, condition, reference)| Bound {
        offset,
        condition,
        reference,
    })
}

/// A call, by its relation to a plan.
#[derive(Clone, Debug)]
struct Attempt {
    of: Index,
    wrong: Wrong,
    amount: Amount,
    words: [Near; 4],
    end: End,
    /// True for a value or an end that no plan permits.
    is_strange: bool,
}

#[derive(Clone, Copy, Debug)]
enum Wrong {
    Nothing,
    Contract,
    /// The selector that stands for plain transfers.
    Function,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let wrong = prop_oneof![
        30 => Just(Wrong::Nothing),
        1 => Just(Wrong::Contract),
        1 => Just(Wrong::Function),
    ];
    let end = prop_oneof![3 => Just(End::Whole), 1 => end()];
    let words = [near(), near(), near(), near()];
    (any::<Index>(), wrong, share(), words, end, bool::weighted(0.03)).prop_map(
        |(of, wrong, amount, words, end, is_strange)| Attempt {
            of,
            wrong,
            amount,
            words,
            end,
            is_strange,
        },
    )
}

/// An amount, as a part of a limit.
#[derive(Clone, Copy, Debug)]
enum Amount {
    Zero,
    One,
    Half,
    All,
    More,
    Max,
}

impl Amount {
    fn of(self, most: U256) -> U256 {
        match self {
            Self::Zero => U256::ZERO,
            Self::One => U256::ONE,
            Self::Half => most >> 1,
            Self::All => most,
            Self::More => most.wrapping_add(U256::ONE),
            Self::Max => U256::MAX,
        }
    }
}

fn share() -> impl Strategy<Value = Amount> {
    prop_oneof![
        3 => Just(Amount::Zero),
        3 => Just(Amount::One),
        4 => Just(Amount::Half),
        2 => Just(Amount::All),
        1 => Just(Amount::More),
        1 => Just(Amount::Max),
    ]
}

/// Generates limits of sums.
fn amount() -> impl Strategy<Value = U256> {
    let half = U256::ONE << 255;
    prop_oneof![
        4 => (1..9_u64).prop_map(U256::from),
        1 => Just(U256::MAX),
        1 => Just(half),
        1 => Just(half - U256::ONE),
    ]
}

fn wei() -> impl Strategy<Value = u128> {
    prop_oneof![4 => 1..9_u128, 1 => Just(u128::MAX)]
}
