use alloy::{
    primitives::{Address, B256, U256},
    sol_types::{self, SolCall},
};

use super::{
    ActionRule, SmartSession, SmartSessionsContracts, action_id, as_policy,
    contracts::PolicyCounters::{actionConfigsCall, getPolicyDataCall, getUsedCall},
    mapping::{AMOUNT, action_rules, least, policies},
    smart_session::action_config_id,
};
use crate::{
    permission::{Counted, Limit, Permission, PolicyError},
    primitives::{ContractCall, Words},
    session::Counter,
};

impl SmartSession {
    /// Returns the counters of a permission that the session [grants](Self::granting), one for each limit. A limit
    /// without an effect has no counter, such as a sum of native value in a policy that permits none.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if no session can grant the permission.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::{Address, B256, U256, address};
    /// use use_aa::{Permission, Policy, session::smart_sessions::{KeyValidator, SmartSession, SmartSessionsContracts}};
    ///
    /// let contracts = SmartSessionsContracts::CANONICAL;
    /// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    /// let twice = Permission::from(Policy::function(nft, "safeMint(address)")?.at_most_uses(2));
    /// let key = Address::repeat_byte(7);
    /// let session = SmartSession::granting(&[twice.clone()], KeyValidator::K1, key, B256::ZERO, &contracts)?;
    ///
    /// let counters = session.counters(&twice, Address::repeat_byte(9), &contracts)?;
    /// assert_eq!(counters[0].call().to, contracts.usage_limit);
    /// assert_eq!(counters[0].left(&[U256::from(1)]), Some(U256::from(1)));
    /// # Ok::<(), use_aa::permission::PolicyError>(())
    /// ```
    pub fn counters(
        &self,
        permission: &Permission,
        account: Address,
        contracts: &SmartSessionsContracts,
    ) -> Result<Vec<Counter>, PolicyError> {
        policies(&as_policy(permission))?;
        let counters = counters(self.permission_id(), permission, account, contracts);
        Ok(counters.into_iter().filter_map(|(_, counter)| counter).collect())
    }
}

/// Returns the limits of a permission, each with its counter. `id` is the permission id of the session.
pub(super) fn counters(
    id: B256,
    permission: &Permission,
    account: Address,
    contracts: &SmartSessionsContracts,
) -> Vec<(Limit, Option<Counter>)> {
    let policy = as_policy(permission);
    let action = action_id(policy.contract(), policy.selector());
    let read = Read {
        id: action_config_id(id, account, action),
        account,
        contracts,
    };
    let rules = action_rules(&policy);
    let (spending, is_plain) = (least(&policy, Counted::Spending), rules.is_empty());
    let rule = |offset: u64, most: U256| {
        let is_same = |rule: &ActionRule| rule.offset == offset && rule.total == Some(most);
        rules.iter().position(is_same)
    };
    // The policies of a call without value count no value.
    let counts_value = match is_plain {
        true => spending.is_none(),
        false => policy.value_limit() != 0,
    };
    let counter = |limit: &Limit| {
        let (call, word) = match limit.counted() {
            Counted::Uses => (read.used(contracts.usage_limit), 0),
            Counted::Value if counts_value => (read.used(contracts.value_limit), 0),
            Counted::Value => return None,
            Counted::Spending if is_plain => (read.spending(policy.contract()), SPENT),
            Counted::Spending => (read.rules(), used_of(rule(AMOUNT, spending?)?)),
            Counted::Argument(offset) => (read.rules(), used_of(rule(offset.into(), limit.most())?)),
        };
        Some(Counter::new(*limit, call, word))
    };
    policy
        .limits()
        .iter()
        .map(|limit| (*limit, counter(limit)))
        .collect()
}

/// The parameters of the calls that read counters of an action.
struct Read<'a> {
    id: B256,
    account: Address,
    contracts: &'a SmartSessionsContracts,
}

impl Read<'_> {
    fn used(&self, policy: Address) -> ContractCall<Vec<U256>> {
        let call = getUsedCall {
            id: self.id,
            multiplexer: self.contracts.module,
            account: self.account,
        };
        reading(policy, &call)
    }

    fn spending(&self, token: Address) -> ContractCall<Vec<U256>> {
        let call = getPolicyDataCall {
            id: self.id,
            multiplexer: self.contracts.module,
            token,
            account: self.account,
        };
        reading(self.contracts.spending_limit, &call)
    }

    fn rules(&self) -> ContractCall<Vec<U256>> {
        let call = actionConfigsCall {
            id: self.id,
            multiplexer: self.contracts.module,
            account: self.account,
        };
        reading(self.contracts.universal_action, &call)
    }
}

fn reading<C: SolCall>(policy: Address, call: &C) -> ContractCall<Vec<U256>> {
    ContractCall::decoded_by(policy, call, words)
}

/// Reads an answer as words. An answer without a word is an error.
fn words(answer: &[u8]) -> sol_types::Result<Vec<U256>> {
    let words = (0..).map_while(|index| Words(answer).number(index));
    let words = words.collect::<Vec<_>>();
    match words.is_empty() {
        true => Err(sol_types::Error::Overrun),
        false => Ok(words),
    }
}

/// The index of the spent amount in the answer of the spending limit policy.
const SPENT: usize = 1;

/// Returns the index of the used amount of a rule in the answer of the universal action policy.
const fn used_of(rule: usize) -> usize {
    const BEFORE_RULES: usize = 2;
    const WORDS_OF_RULE: usize = 6;
    BEFORE_RULES + WORDS_OF_RULE * rule + WORDS_OF_RULE - 1
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Bytes, address};

    use super::*;
    use crate::{
        permission::{Erc20Policy, Policy, Rule},
        session::{
            LimitCounter, OwnerGrant, SessionChange, SessionModule, SessionState,
            smart_sessions::{KeyValidator, SmartSessions},
        },
    };

    const TOKEN: Address = address!("fee0000000000000000000000000000000000006");
    const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;

    /// Returns the contracts and words that the counters of a policy read.
    fn places(policy: Policy) -> Vec<(Address, usize)> {
        let permission = Permission::from(policy);
        let granted = [permission.clone()];
        let session =
            SmartSession::granting(&granted, KeyValidator::K1, TOKEN, B256::ZERO, &CONTRACTS).unwrap();
        let counters = session.counters(&permission, TOKEN, &CONTRACTS).unwrap();
        counters
            .iter()
            .map(|counter| (counter.call().to, counter.word()))
            .collect()
    }

    #[test]
    fn each_limit_is_read_where_it_is_counted() {
        let number = U256::from;
        let plain = || Policy::new(TOKEN, [1; 4]);
        let (universal, spending) = (CONTRACTS.universal_action, CONTRACTS.spending_limit);

        for (policy, expected) in [
            (plain(), vec![]),
            (plain().at_most_uses(2), vec![(CONTRACTS.usage_limit, 0)]),
            (plain().total_value(2), vec![(CONTRACTS.value_limit, 0)]),
            (Policy::transfer(TOKEN, 2), vec![(CONTRACTS.value_limit, 0)]),
            (Policy::spending(TOKEN, number(2)), vec![(spending, 1)]),
            (
                Policy::spending(TOKEN, number(2)).rule(Rule::equal(0, TOKEN)),
                vec![(universal, 2 + 6 + 5)],
            ),
            (
                plain()
                    .rule(Rule::equal(3, 1u8))
                    .total_of(1, number(2))
                    .total_of(3, number(9))
                    .total_of(1, number(7)),
                vec![(universal, 13), (universal, 7), (universal, 19)],
            ),
        ] {
            assert_eq!(places(policy.clone()), expected, "{policy:?}");
        }
    }

    #[test]
    fn limits_of_one_quantity_share_its_counter() {
        let transfers = Erc20Policy::new(TOKEN, TOKEN, U256::MAX);
        let permission = Permission::from(transfers.total(U256::from(5)).total(U256::from(3)));
        let session = SmartSession::granting(
            std::slice::from_ref(&permission),
            KeyValidator::K1,
            TOKEN,
            B256::ZERO,
            &CONTRACTS,
        );

        let counters = session.unwrap().counters(&permission, TOKEN, &CONTRACTS).unwrap();

        let most = |counter: &Counter| (counter.limit().most().to::<u64>(), counter.word());
        assert_eq!(counters.iter().map(most).collect::<Vec<_>>(), [(5, 13), (3, 13)]);
    }

    #[test]
    fn amount_left_follows_from_the_answer() {
        let permission = Permission::from(Policy::new(TOKEN, [1; 4]).at_most_uses(5));
        let granted = [permission.clone()];
        let session =
            SmartSession::granting(&granted, KeyValidator::K1, TOKEN, B256::ZERO, &CONTRACTS).unwrap();
        let [counter] = &session.counters(&permission, TOKEN, &CONTRACTS).unwrap()[..] else {
            panic!("there is one limit");
        };
        let read = |answer: &[u8]| (counter.call().decode)(answer);

        let answer = read(&U256::from(3).to_be_bytes::<32>()).unwrap();

        assert_eq!(counter.used(&answer), Some(U256::from(3)));
        assert_eq!(counter.left(&answer), Some(U256::from(2)));
        assert_eq!(counter.left(&[U256::from(9)]), Some(U256::ZERO));
        assert_eq!(counter.left(&[]), None);
        assert!(read(&[0; 31]).is_err());
    }

    #[test]
    fn session_without_a_use_has_limits_and_no_counter_to_ask() {
        let module = SmartSessions::new(CONTRACTS, true);
        let twice = Policy::new(TOKEN, [2; 4]).at_most_uses(2);
        let no_value = Policy::new(TOKEN, [3; 4])
            .rule(Rule::equal(0, 1u8))
            .total_value(5);
        let change = SessionChange {
            id: TOKEN,
            permissions: vec![
                Policy::new(TOKEN, [1; 4]).into(),
                twice.into(),
                no_value.value_limit_per_call(0).total_of(0, U256::from(9)).into(),
            ],
            ..SessionChange::default()
        };
        let id = module.granted(&change).unwrap().permission_id();
        let owner = OwnerGrant {
            account: TOKEN,
            chain_id: 1,
            signature: Bytes::new(),
            deployment: None,
        };
        let mut ledger = module.new_ledger();
        ledger.record_signed(change, owner, 0).unwrap();
        let asked = |state: &SessionState| {
            let limits = ledger.counters(state, TOKEN, TOKEN).unwrap();
            let counter = |limit: &LimitCounter| (limit.permission, limit.counter.is_some());
            limits.iter().map(counter).collect::<Vec<_>>()
        };

        assert_eq!(
            asked(&SessionState::default()),
            [(1, false), (2, false), (2, false)]
        );
        // No call can use the sum of native value.
        assert_eq!(asked(&SessionState::of(id)), [(1, true), (2, false), (2, true)]);
        assert!(
            ledger
                .counters(&SessionState::of(id), Address::ZERO, TOKEN)
                .unwrap()
                .is_empty()
        );
    }
}
