use alloy::{
    primitives::{Address, B256, U256},
    sol_types::SolCall,
};

use super::{
    ActionCondition, ActionRule, FALLBACK_TARGET, KeyValidator, OnChainPolicy, PLAIN_TRANSFER, SmartSession,
    SmartSessionsContracts, UniversalAction,
    contracts::{ActionData, ERC7739Data},
    refusal::{RESERVED, RULE_BEYOND_CALL, SAME_FUNCTION, VALUE_OF_SPENDING, VALUE_WITHOUT_RULE, ZERO_LIMIT},
};
use crate::{
    contracts::token::Erc20::transferCall,
    permission::{Counted, Interval, Limit, Permission, Policy, PolicyError, Rule, Word},
};

impl SmartSession {
    /// Creates the session that grants permissions to a key: one action for each permission, in the same order.
    ///
    /// The salt distinguishes sessions of one key. Use a random salt, so that the permission id is new.
    ///
    /// - Rules, a value limit per call and [`Policy::total_of`] become the universal action policy.
    /// - [`Policy::at_most_uses`], [`Policy::total_value`] and an interval become policies of their own.
    /// - [`Policy::spending`] becomes the spending limit policy, or a sum of the universal action policy if the policy
    ///   has rules.
    /// - An [`Erc20Policy`](crate::Erc20Policy) permits `transfer(address,uint256)` alone; see [`as_policy`].
    ///
    /// A policy that permits no value and has no rule becomes a value limit of 1 wei: no policy contract forbids value
    /// without a rule, and the contract refuses a limit of 0. Such a session can send 1 wei in total. The rule
    /// `Rule::at_least(0, 0u8)` forbids even that, for a function with an argument.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] for no permission, and for permissions that the chain would refuse or enforce otherwise. The
    /// [refusals](super::refusal) of Smart Sessions are constants.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::{Address, B256, U256, address};
    /// use use_aa::{Interval, Policy, Rule, session::smart_sessions::{KeyValidator, SmartSession, SmartSessionsContracts}};
    ///
    /// let contracts = SmartSessionsContracts::CANONICAL;
    /// let shop = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    /// let buy = Policy::function(shop, "buy(uint256)")?
    ///     .rule(Rule::at_most(0, 5u8))
    ///     .total_of(0, U256::from(12))
    ///     .interval(Interval { valid_after: 0, valid_until: 1_788_220_800 });
    /// let key = Address::repeat_byte(7);
    /// let session = SmartSession::granting(&[buy.into()], KeyValidator::K1, key, B256::ZERO, &contracts)?;
    ///
    /// let policies = session.actions[0].actionPolicies.iter().map(|policy| policy.policy);
    /// assert_eq!(policies.collect::<Vec<_>>(), [contracts.universal_action, contracts.time_frame]);
    /// # Ok::<(), use_aa::permission::PolicyError>(())
    /// ```
    pub fn granting(
        permissions: &[Permission],
        validator: KeyValidator,
        key: Address,
        salt: B256,
        contracts: &SmartSessionsContracts,
    ) -> Result<Self, PolicyError> {
        if permissions.is_empty() {
            return Err(PolicyError::Empty);
        }
        let mut actions = Vec::<ActionData>::with_capacity(permissions.len());
        for permission in permissions {
            let action = action(&as_policy(permission), contracts)?;
            if actions.iter().any(|other| other.id() == action.id()) {
                return Err(SAME_FUNCTION);
            }
            actions.push(action);
        }
        Ok(Self {
            sessionValidator: validator.address(contracts),
            sessionValidatorInitData: validator.init_data(key),
            salt,
            userOpPolicies: Vec::new(),
            erc7739Policies: ERC7739Data::default(),
            actions,
            permitERC4337Paymaster: false,
        })
    }
}

/// Returns the policy that Smart Sessions enforce for a permission, whose [`allows`](Policy::allows) agrees with the
/// chain. An [`Erc20Policy`](crate::Erc20Policy) permits `transfer(address,uint256)` alone, while the module of
/// Biconomy V2 does not check the function.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{U256, address};
/// use use_aa::{Erc20Policy, Policy, Rule, session::smart_sessions::as_policy};
///
/// let token = address!("fee0000000000000000000000000000000000006");
/// let shop = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let transfers = Erc20Policy::new(token, shop, U256::from(5));
/// let policy = Policy::function(token, "transfer(address,uint256)")?
///     .rule(Rule::equal(0, shop))
///     .rule(Rule::at_most(1, 5u8));
/// assert_eq!(as_policy(&transfers.into()), policy);
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[must_use]
pub fn as_policy(permission: &Permission) -> Policy {
    match permission {
        Permission::Abi(policy) => policy.clone(),
        Permission::Erc20(transfers) => {
            let policy = Policy::new(transfers.token(), transferCall::SELECTOR)
                .rule(Rule::equal(0, transfers.recipient()))
                .rule(Rule::at_most(1, transfers.max_amount()))
                .interval(transfers.valid());
            let limits = transfers.limits().iter();
            limits.fold(policy, |policy, limit| policy.with(*limit))
        }
    }
}

/// Returns the action of a policy. All policies of an action must allow a call.
fn action(policy: &Policy, contracts: &SmartSessionsContracts) -> Result<ActionData, PolicyError> {
    let (target, selector) = (policy.contract(), policy.selector());
    if target == FALLBACK_TARGET || (selector == PLAIN_TRANSFER && !policy.is_transfer()) {
        return Err(RESERVED);
    }
    if policy.limits().iter().any(|limit| limit.most().is_zero()) {
        return Err(ZERO_LIMIT);
    }
    check_rules(policy)?;
    ActionData::new(target, selector, &policies(policy)?, contracts)
}

/// Returns the policies of a permission's action, the order of which is that of the checks on chain.
pub(super) fn policies(policy: &Policy) -> Result<Vec<OnChainPolicy>, PolicyError> {
    let mut policies = arguments_and_value(policy)?;
    if let Some(calls) = least(policy, Counted::Uses) {
        policies.push(OnChainPolicy::UsageLimit(calls.saturating_to()));
    }
    if policy.valid() != Interval::ALWAYS {
        policies.push(OnChainPolicy::TimeFrame(policy.valid()));
    }
    Ok(policies)
}

/// Returns the policies for the arguments and the value of a call. There is at least one, because an action without a
/// policy permits no call.
fn arguments_and_value(policy: &Policy) -> Result<Vec<OnChainPolicy>, PolicyError> {
    let (spending, total_value) = (least(policy, Counted::Spending), least(policy, Counted::Value));
    if spending.is_some() && policy.value_limit() != 0 {
        return Err(VALUE_OF_SPENDING);
    }
    let per_call = U256::from(policy.value_limit());
    let rules = action_rules(policy);
    let mut policies = Vec::new();
    if rules.is_empty() {
        match (spending, total_value) {
            // The policy forbids value as well.
            (Some(amount), _) => {
                policies.push(OnChainPolicy::SpendingLimit(vec![(policy.contract(), amount)]));
            }
            (None, Some(total)) if per_call >= total => policies.push(OnChainPolicy::ValueLimit(total)),
            (None, None) if per_call.is_zero() => policies.push(OnChainPolicy::ValueLimit(ONE_WEI)),
            _ => return Err(VALUE_WITHOUT_RULE),
        }
        return Ok(policies);
    }
    policies.push(OnChainPolicy::UniversalAction(UniversalAction {
        rules,
        value_limit_per_use: per_call,
    }));
    if let Some(total) = total_value.filter(|_| !per_call.is_zero()) {
        policies.push(OnChainPolicy::ValueLimit(total));
    }
    Ok(policies)
}

/// Returns the rules of a policy and the sums of its arguments, the sum of a token's transfers among them if there are
/// others. A sum joins a rule for the same word.
pub(super) fn action_rules(policy: &Policy) -> Vec<ActionRule> {
    let mut rules = policy.rules().iter().copied().map(ActionRule::from).collect();
    for limit in policy.limits() {
        if let Counted::Argument(offset) = limit.counted() {
            add_total(&mut rules, offset.into(), limit.most());
        }
    }
    if let Some(amount) = least(policy, Counted::Spending).filter(|_| !rules.is_empty()) {
        add_total(&mut rules, AMOUNT, amount);
    }
    rules
}

fn add_total(rules: &mut Vec<ActionRule>, offset: u64, most: U256) {
    let free = rules
        .iter_mut()
        .find(|rule| rule.offset == offset && rule.total.is_none());
    match free {
        Some(rule) => rule.total = Some(most),
        None => rules.push(ActionRule {
            condition: ActionCondition::AtMost,
            offset,
            reference: Word::from(most),
            total: Some(most),
        }),
    }
}

/// Refuses rules for words that no permitted call has.
fn check_rules(policy: &Policy) -> Result<(), PolicyError> {
    let length = match policy.selector() {
        _ if policy.is_transfer() => 0,
        selector if selector == transferCall::SELECTOR => 64,
        _ => ADDRESSABLE,
    };
    let sums = policy.limits().iter().filter_map(Limit::place);
    let mut offsets = policy.rules().iter().copied().chain(sums).map(|rule| rule.offset);
    match offsets.find(|offset| offset.checked_add(32).is_none_or(|end| end > length)) {
        None => Ok(()),
        Some(offset) if length == ADDRESSABLE => Err(PolicyError::ArgumentOutOfRange(offset / 32)),
        Some(_) => Err(RULE_BEYOND_CALL),
    }
}

/// Returns the least of the limits on a quantity, which is the one in force.
pub(super) fn least(policy: &Policy, counted: Counted) -> Option<U256> {
    let limits = policy.limits().iter();
    let same = limits.filter(|limit| limit.counted() == counted);
    same.map(Limit::most).min()
}

/// The least value limit that the contract accepts.
const ONE_WEI: U256 = U256::ONE;

/// The offset of the amount in `transfer(address,uint256)`, in bytes after the selector.
pub(super) const AMOUNT: u64 = 32;

/// The length of the arguments that rules can address, in bytes.
const ADDRESSABLE: u32 = 1 << 16;

#[cfg(test)]
mod tests;
