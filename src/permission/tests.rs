use alloy::primitives::{Address, Selector, U256};

use super::{Counted, Interval, Limit, Rule, Violation, Word};

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
                "the session does not permit the contract: 0x0202020202020202020202020202020202020202 \
                 instead of 0x0101010101010101010101010101010101010101; create a session for it",
            ),
            (
                Self::Function {
                    allowed: Selector::repeat_byte(1),
                    called: Selector::repeat_byte(2),
                },
                "forbidden.function",
                "the session does not permit the function: 0x02020202 instead of 0x01010101; create a \
                 session for it",
            ),
            (
                Self::NoFunction {
                    allowed: Selector::repeat_byte(1),
                },
                "forbidden.function",
                "the call data has no function selector, and the session permits only 0x01010101; call that function",
            ),
            (
                Self::Value {
                    limit: 0,
                    value: U256::from(1),
                },
                "forbidden.value",
                "the value exceeds the session's limit per call: 1 > 0 wei; send less with the call",
            ),
            (
                rule(Some(Word::from(6u8))),
                "forbidden.argument",
                "rule 0 of the session is violated: argument 0 must be at most 5, found 6; change the argument",
            ),
            (
                rule(None),
                "forbidden.argument",
                "rule 0 of the session is violated: argument 0 must be at most 5, the call data is too short; \
                 change the argument",
            ),
            (
                Self::Limit(Limit::new(Counted::Value, U256::from(5))),
                "forbidden.limit",
                "the call exceeds the session's limit in total: at most 5 wei; send less or create another \
                 session",
            ),
            (
                Self::NoTransfer,
                "forbidden.not_a_transfer",
                "the call data is not a token transfer; call `transfer(address,uint256)` with this session",
            ),
            (
                Self::Recipient { allowed, called },
                "forbidden.recipient",
                "the session does not permit the recipient: 0x0202020202020202020202020202020202020202 \
                 instead of 0x0101010101010101010101010101010101010101; create a session for it",
            ),
            (
                Self::Amount {
                    limit: Word::from(9u8),
                    amount: Word::from(10u8),
                },
                "forbidden.amount",
                "the amount exceeds the session's limit per transfer: 10 > 9 (smallest unit); transfer less",
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
                "the session is not valid at 2026-09-01 00:00 UTC: valid from 2026-08-01 00:00 UTC to \
                 2026-08-31 23:59:59 UTC; wait, or renew it",
            ),
            (
                Self::Nothing,
                "forbidden.no_policy",
                "the session has no policy; create another session",
            ),
            (
                Self::UnknownModule(called),
                "forbidden.unknown_module",
                "the session's validation module is unknown: 0x0202020202020202020202020202020202020202; \
                 send the call with `UseSession::unchecked`",
            ),
        ]
    }
}
