use alloy::primitives::{Address, Selector, U256};

use super::{Interval, Rule, Violation, Word};

impl Violation {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        let (allowed, called) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let rule = |found| Self::Rule {
            number: 0,
            rule: Rule::at_most(0, 5u8),
            found,
        };
        vec![
            (
                Self::Contract { allowed, called },
                "forbidden.contract",
                "the session may call the contract 0x0101010101010101010101010101010101010101, not \
                 0x0202020202020202020202020202020202020202",
            ),
            (
                Self::Function {
                    allowed: Selector::repeat_byte(1),
                    called: Selector::repeat_byte(2),
                },
                "forbidden.function",
                "the session may call the function 0x01010101, not 0x02020202",
            ),
            (
                Self::Value {
                    limit: 0,
                    value: U256::from(1),
                },
                "forbidden.value",
                "the session may send at most 0 wei with a call, not 1",
            ),
            (
                rule(Some(Word::from(6u8))),
                "forbidden.argument",
                "rule 0 of the session forbids it: argument 0 must be at most 5, but it is 6",
            ),
            (
                rule(None),
                "forbidden.argument",
                "rule 0 of the session forbids it: argument 0 must be at most 5, but the call data ends before",
            ),
            (
                Self::NoTransfer,
                "forbidden.not_a_transfer",
                "the session may transfer tokens, and this call data is no transfer",
            ),
            (
                Self::Recipient { allowed, called },
                "forbidden.recipient",
                "the session may transfer tokens to 0x0101010101010101010101010101010101010101, not to \
                 0x0202020202020202020202020202020202020202",
            ),
            (
                Self::Amount {
                    limit: Word::from(9u8),
                    amount: Word::from(10u8),
                },
                "forbidden.amount",
                "the session may transfer at most 9 of the token's smallest unit at once, not 10",
            ),
            (
                Self::Interval {
                    interval: Interval {
                        valid_after: 1_785_542_400,
                        valid_until: 1_788_220_799,
                    },
                    now: 1_788_220_800,
                },
                "forbidden.outside_interval",
                "the session is valid from 2026-08-01 00:00 UTC to 2026-08-31 23:59:59 UTC, and it is \
                 2026-09-01 00:00 UTC now",
            ),
            (
                Self::Nothing,
                "forbidden.no_policy",
                "the session allows nothing: create another one",
            ),
            (
                Self::UnknownModule(called),
                "forbidden.unknown_module",
                "the session is checked by the module 0x0202020202020202020202020202020202020202, which is not \
                 known here: ask the chain by sending unchecked",
            ),
        ]
    }
}
