use std::fmt;

use alloy::primitives::U256;

use super::{Condition, Rule, Violation};
use crate::primitives::{Call, decimal};

/// A limit on all calls of a permission together, which a contract counts.
///
/// Smart Sessions (ERC-7579) count; the session key manager of Biconomy V2 counts nothing and refuses a policy with a
/// limit. A use is booked during validation, so a call that reverts counts too. Each limit has a counter of its own
/// for the contract and function of its permission. No counter resets with time.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{U256, address};
/// use use_aa::{Policy, permission::Counted};
///
/// let shop = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let policy = Policy::function(shop, "buy(uint256)")?.at_most_uses(3).total_of(0, U256::from(500));
///
/// let [uses, sum] = policy.limits() else { unreachable!() };
/// assert_eq!((uses.counted(), uses.most()), (Counted::Uses, U256::from(3)));
/// assert_eq!(uses.to_string(), "at most 3 calls");
/// assert_eq!(sum.to_string(), "argument 0 adds up to at most 500");
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Limit {
    counted: Counted,
    most: U256,
    // A page that sets no limit links none of them.
    functions: &'static Functions,
}

/// The functions of a limit.
struct Functions {
    text: fn(&Limit, &Text<'_>) -> String,
    name: fn(&Limit) -> &'static str,
    amount: fn(&Limit, &Call) -> Option<U256>,
}

/// The quantity that a [`Limit`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Counted {
    /// The number of calls.
    Uses,
    /// The native value of the calls, in wei.
    Value,
    /// The word at this offset in bytes after the selector, as an unsigned number.
    Argument(u32),
    /// The amount of the token's transfers, in its smallest unit.
    Spending,
}

impl Limit {
    pub(crate) fn new(counted: Counted, most: U256) -> Self {
        Self {
            counted,
            most,
            functions: &Functions { text, name, amount },
        }
    }

    /// Returns the quantity that the limit counts.
    #[must_use]
    pub const fn counted(&self) -> Counted {
        self.counted
    }

    /// Returns the greatest sum that is allowed.
    #[must_use]
    pub const fn most(&self) -> U256 {
        self.most
    }

    /// Returns the name of the method that sets the limit.
    #[must_use]
    pub fn name(&self) -> &'static str {
        (self.functions.name)(self)
    }

    /// Returns the amount that a call adds to the sum. `None` if the call data ends before the counted argument.
    #[must_use]
    pub fn amount(&self, call: &Call) -> Option<U256> {
        (self.functions.amount)(self, call)
    }

    /// Checks that a call alone stays within each limit.
    pub(super) fn check(limits: &[Self], call: &Call) -> Result<(), Violation> {
        match limits.iter().find(|limit| !limit.holds(call)) {
            None => Ok(()),
            Some(limit) => Err(Violation::Limit(*limit)),
        }
    }

    fn holds(&self, call: &Call) -> bool {
        self.amount(call).is_some_and(|amount| amount <= self.most)
    }

    /// Returns the counted argument in the form of a rule, which has a name for it.
    pub(crate) const fn place(&self) -> Option<Rule> {
        match self.counted {
            Counted::Argument(offset) => Some(counted_word(offset)),
            _ => None,
        }
    }

    /// Describes the limit in a sentence, with the name of the counted argument if that is known.
    pub(super) fn describe(&self, argument: Option<&str>) -> String {
        (self.functions.text)(self, &Text::Sentence(argument))
    }
}

/// The form of a limit's text.
enum Text<'a> {
    /// A phrase, for the text of an error.
    Phrase,
    /// A sentence for the owner, with the name of the counted argument.
    Sentence(Option<&'a str>),
}

/// The offset of the amount in `transfer(address,uint256)`, in bytes after the selector.
const AMOUNT: u32 = 32;

const fn counted_word(offset: u32) -> Rule {
    Rule {
        offset,
        condition: Condition::AtMost,
        reference: super::Word(alloy::primitives::B256::ZERO),
    }
}

fn name(limit: &Limit) -> &'static str {
    match limit.counted {
        Counted::Uses => "at_most_uses",
        Counted::Value => "total_value",
        Counted::Argument(_) => "total_of",
        Counted::Spending => "spending",
    }
}

fn amount(limit: &Limit, call: &Call) -> Option<U256> {
    let offset = match limit.counted {
        Counted::Uses => return Some(U256::from(1)),
        Counted::Value => return Some(call.value),
        Counted::Argument(offset) => offset,
        Counted::Spending => AMOUNT,
    };
    let word = counted_word(offset).word(call.data.get(4..)?)?;
    Some(word.0.into())
}

fn text(limit: &Limit, text: &Text<'_>) -> String {
    let most = decimal(&limit.most);
    let argument = match text {
        Text::Phrase => None,
        Text::Sentence(argument) => *argument,
    };
    let phrase = match (limit.counted, argument) {
        (Counted::Uses, _) => format!("at most {most} calls"),
        (Counted::Value, _) => format!("at most {most} wei"),
        (Counted::Argument(_), Some(name)) => format!("“{name}” adds up to at most {most}"),
        (Counted::Argument(offset), None) => {
            format!("{} adds up to at most {most}", counted_word(offset).place())
        }
        (Counted::Spending, _) => format!("at most {most} of the token's smallest unit"),
    };
    match text {
        Text::Phrase => phrase,
        Text::Sentence(_) => format!("In total, {phrase}, and calls that revert count"),
    }
}

impl PartialEq for Limit {
    fn eq(&self, other: &Self) -> bool {
        self.counted == other.counted && self.most == other.most
    }
}

impl Eq for Limit {}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Limit")
            .field(&self.counted)
            .field(&self.most)
            .finish()
    }
}

impl fmt::Display for Limit {
    /// Writes the limit, as in `at most 3 calls`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.functions.text)(self, &Text::Phrase))
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, Bytes};

    use super::*;
    use crate::permission::{Erc20Policy, Names, Permission, Policy};

    const TOKEN: Address = Address::repeat_byte(7);

    #[test]
    fn limits_are_described_in_sentences() {
        let five = U256::from(5);
        let buy = Policy::function(TOKEN, "buy(uint256,uint256)").unwrap();
        let buy = buy
            .at_most_uses(3)
            .total_value(9)
            .total_of(0, five)
            .total_of(1, five);
        let names = Names::new()
            .function("buy(uint256, uint256 price)")
            .address(TOKEN, "the shop");
        let shown = TOKEN.to_checksum(None);

        assert_eq!(
            Permission::from(buy).describe_with(&names),
            [
                &format!("Call buy(uint256,uint256) of the shop ({shown})"),
                "In each call, send at most 9 wei along",
                "In total, at most 3 calls, and calls that revert count",
                "In total, at most 9 wei, and calls that revert count",
                "In total, argument 0 adds up to at most 5, and calls that revert count",
                "In total, “price” adds up to at most 5, and calls that revert count",
                "Valid always",
            ]
        );
        let coins = Permission::from(Policy::transfer(TOKEN, 9)).describe();
        assert_eq!(coins[0], format!("Send coins to {shown}"));
        let transfers = Permission::from(Erc20Policy::new(TOKEN, TOKEN, five).total(five)).describe();
        assert_eq!(
            transfers[4],
            "In total, at most 5 of the token's smallest unit, and calls that revert count"
        );
    }

    #[test]
    fn call_that_exceeds_a_limit_alone_is_forbidden() {
        let call = |wei| Call::transfer(TOKEN, U256::from(wei));
        let policy = Policy::transfer(TOKEN, 9).value_limit_per_call(99);

        assert_eq!(policy.allows(&call(9)), Ok(()));
        let refused = policy.allows(&call(10));
        assert_eq!(refused, Err(Violation::Limit(policy.limits()[0])));
        let transfers = Erc20Policy::new(TOKEN, TOKEN, U256::MAX).total(U256::from(9));
        let arguments = [TOKEN.into_word(), U256::from(10).into()].concat();
        let transfer = Call::raw(TOKEN, [&[0; 4][..], &arguments].concat());
        assert_eq!(
            transfers.allows(&transfer),
            Err(Violation::Limit(transfers.limits()[0]))
        );
    }

    #[test]
    fn total_value_raises_the_limit_per_call_only_if_there_is_none() {
        let policy = || Policy::new(TOKEN, [1; 4]);

        assert_eq!(policy().total_value(9).value_limit(), 9);
        for limited in [
            policy().total_value(9).value_limit_per_call(2),
            policy().value_limit_per_call(2).total_value(9),
        ] {
            assert_eq!(limited.value_limit(), 2);
        }
    }

    #[test]
    fn amounts_are_read_from_the_call() {
        let word = |number: u64| U256::from(number).to_be_bytes::<32>();
        let data = Bytes::from([&[1, 2, 3, 4][..], &word(7), &word(8)].concat());
        let call = Call::raw(Address::ZERO, data).value(U256::from(9));
        let table = [
            (Counted::Uses, Some(1)),
            (Counted::Value, Some(9)),
            (Counted::Argument(0), Some(7)),
            (Counted::Argument(32), Some(8)),
            (Counted::Argument(33), None),
            (Counted::Spending, Some(8)),
        ];

        for (counted, expected) in table {
            let limit = |most: u64| Limit::new(counted, U256::from(most));

            assert_eq!(limit(0).amount(&call), expected.map(U256::from), "{counted:?}");
            assert_eq!(limit(expected.unwrap_or(99)).holds(&call), expected.is_some());
            assert!(expected.is_none_or(|amount| !limit(amount - 1).holds(&call)));
        }
    }

    #[test]
    fn limit_names_its_method_and_reads_as_a_sentence() {
        let table = [
            (Counted::Uses, "at_most_uses", "at most 5 calls"),
            (Counted::Value, "total_value", "at most 5 wei"),
            (
                Counted::Argument(64),
                "total_of",
                "argument 2 adds up to at most 5",
            ),
            (
                Counted::Spending,
                "spending",
                "at most 5 of the token's smallest unit",
            ),
        ];

        for (counted, name, text) in table {
            let limit = Limit::new(counted, U256::from(5));

            assert_eq!((limit.name(), limit.to_string().as_str()), (name, text));
        }
    }
}
