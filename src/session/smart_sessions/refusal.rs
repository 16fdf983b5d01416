//! The permissions that Smart Sessions refuse, because the chain would refuse them or would enforce less.

use crate::permission::PolicyError;

/// A limit of 0 permits nothing, and the policy contracts revert on it.
pub const ZERO_LIMIT: PolicyError = PolicyError::refused(
    "policy.zero_limit",
    "Limit",
    "of 0 permits no call; pass at least 1, or remove the permission",
);

/// The time frame policy refuses every call if it has no bound.
pub const NO_INTERVAL: PolicyError = PolicyError::refused(
    "policy.no_interval",
    "OnChainPolicy::TimeFrame",
    "without bounds refuses every call; set a bound or omit the policy",
);

/// The universal action policy refuses every call if it has no rule.
pub const NO_RULES: PolicyError = PolicyError::refused(
    "policy.no_rules",
    "UniversalAction",
    "without a rule refuses every call; add a rule that always holds, such as `Rule::at_least(0, 0u8)`",
);

/// The universal action policy has room for 16 rules.
pub const TOO_MANY_RULES: PolicyError = PolicyError::refused(
    "policy.too_many_action_rules",
    "rule",
    "and `total_of` fill more than 16 rules of the policy contract; use at most 16",
);

/// All policies of an action must allow a call, so two permissions for one function cannot be alternatives.
pub const SAME_FUNCTION: PolicyError = PolicyError::refused(
    "policy.same_function",
    "Policy",
    "has the contract and function of another policy of the session; merge the two, or create two sessions",
);

/// No policy contract limits the value of each call without a rule for an argument.
pub const VALUE_WITHOUT_RULE: PolicyError = PolicyError::refused(
    "policy.value_without_rule",
    "value_limit_per_call",
    "needs a rule of the policy; add one, such as `Rule::at_least(0, 0u8)`, or use `total_value` alone",
);

/// A rule is for a word that the permitted calls do not have.
pub const RULE_BEYOND_CALL: PolicyError = PolicyError::refused(
    "policy.rule_beyond_call",
    "rule",
    "is for an argument that the call does not have, so no call would pass; remove the rule",
);

/// A call that transfers tokens has no native value.
pub const VALUE_OF_SPENDING: PolicyError = PolicyError::refused(
    "policy.value_of_spending",
    "value_limit_per_call",
    "does not go with `Policy::spending`, whose transfers send no coins; remove the value limit",
);

/// A key that may do everything owns the account.
pub const SUDO_FALLBACK: PolicyError = PolicyError::refused(
    "policy.sudo_fallback",
    "OnChainPolicy::Sudo",
    "for every call gives the account away; use other policies, or `Guards::allow_target(FALLBACK_TARGET)`",
);

/// The module lets no operation of a session without a policy pass.
pub const NO_POLICY: PolicyError = PolicyError::refused(
    "policy.no_policy",
    "ActionData",
    "without a policy refuses every call; add a policy",
);

/// The module gives this target or selector a meaning of its own.
pub const RESERVED: PolicyError = PolicyError::refused(
    "policy.reserved",
    "Policy",
    "names the fallback target or the selector of plain transfers, both reserved; name one contract, or use \
     `Policy::transfer`",
);

#[cfg(test)]
/// Returns each refusal with its code and its text.
pub(crate) fn samples() -> Vec<(PolicyError, &'static str, &'static str)> {
    vec![
        (
            ZERO_LIMIT,
            "policy.zero_limit",
            "`Limit` of 0 permits no call; pass at least 1, or remove the permission",
        ),
        (
            NO_INTERVAL,
            "policy.no_interval",
            "`OnChainPolicy::TimeFrame` without bounds refuses every call; set a bound or omit the \
             policy",
        ),
        (
            NO_RULES,
            "policy.no_rules",
            "`UniversalAction` without a rule refuses every call; add a rule that always holds, such \
             as `Rule::at_least(0, 0u8)`",
        ),
        (
            TOO_MANY_RULES,
            "policy.too_many_action_rules",
            "`rule` and `total_of` fill more than 16 rules of the policy contract; use at most 16",
        ),
        (
            SAME_FUNCTION,
            "policy.same_function",
            "`Policy` has the contract and function of another policy of the session; merge the two, or \
             create two sessions",
        ),
        (
            VALUE_WITHOUT_RULE,
            "policy.value_without_rule",
            "`value_limit_per_call` needs a rule of the policy; add one, such as `Rule::at_least(0, \
             0u8)`, or use `total_value` alone",
        ),
        (
            RULE_BEYOND_CALL,
            "policy.rule_beyond_call",
            "`rule` is for an argument that the call does not have, so no call would pass; remove \
             the rule",
        ),
        (
            VALUE_OF_SPENDING,
            "policy.value_of_spending",
            "`value_limit_per_call` does not go with `Policy::spending`, whose transfers send no \
             coins; remove the value limit",
        ),
        (
            SUDO_FALLBACK,
            "policy.sudo_fallback",
            "`OnChainPolicy::Sudo` for every call gives the account away; use other policies, or \
             `Guards::allow_target(FALLBACK_TARGET)`",
        ),
        (
            NO_POLICY,
            "policy.no_policy",
            "`ActionData` without a policy refuses every call; add a policy",
        ),
        (
            RESERVED,
            "policy.reserved",
            "`Policy` names the fallback target or the selector of plain transfers, both reserved; name one \
             contract, or use `Policy::transfer`",
        ),
    ]
}
