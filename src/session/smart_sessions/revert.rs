use alloy::{
    hex,
    primitives::{Address, Selector, keccak256},
};

use super::SmartSessionsContracts;
use crate::primitives::{Explanation, Words};

/// Returns the explanation of a custom error by its selector, if the error is known.
///
/// # Examples
///
/// ```
/// use alloy::primitives::fixed_bytes;
/// use use_aa::session::smart_sessions::explain;
///
/// let unknown = explain(fixed_bytes!("526d0da5")).unwrap();
/// assert_eq!(unknown.error, "InvalidPermissionId(bytes32)");
/// assert_eq!(unknown.meaning, "the session was not enabled, or was removed");
/// ```
#[must_use]
pub fn explain(selector: Selector) -> Option<&'static Explanation> {
    EXPLANATIONS
        .iter()
        .find(|explanation| keccak256(explanation.error)[..4] == selector[..])
}

/// Returns the explanation of `PolicyViolation(bytes32,address)` by the policy, which is the error's second argument,
/// if the policy is known.
///
/// # Examples
///
/// ```
/// use use_aa::session::smart_sessions::{SmartSessionsContracts, explain_policy};
///
/// let contracts = SmartSessionsContracts::CANONICAL;
/// let used_up = explain_policy(contracts.usage_limit, &contracts).unwrap();
/// assert_eq!(used_up.meaning, "the session's calls are used up, reverted calls included");
/// ```
#[must_use]
pub fn explain_policy(policy: Address, contracts: &SmartSessionsContracts) -> Option<&'static Explanation> {
    let place = [
        contracts.universal_action,
        contracts.usage_limit,
        contracts.value_limit,
        contracts.spending_limit,
        contracts.time_frame,
    ]
    .into_iter()
    .position(|known| known == policy)?;
    POLICIES.get(place)
}

/// Returns the explanation of revert data. Of a violated policy it names the limit.
pub(crate) fn explain_data(data: &[u8], contracts: &SmartSessionsContracts) -> Option<&'static Explanation> {
    let (selector, arguments) = data.split_at_checked(4)?;
    // FailedOpWithRevert(uint256,string,bytes) of the entry point.
    if selector == hex!("65c8fd4d") {
        return explain_data(Words(arguments).bytes(2)?, contracts);
    }
    let found = explain(Selector::from_slice(selector))?;
    let policy = (found.error == VIOLATION).then(|| Words(arguments).address(1));
    let of_policy = policy
        .flatten()
        .and_then(|policy| explain_policy(policy, contracts));
    Some(of_policy.unwrap_or(found))
}

const VIOLATION: &str = "PolicyViolation(bytes32,address)";

/// The violations of the policies, in the order of [`explain_policy`].
const POLICIES: [Explanation; 5] = [
    Explanation::new(
        VIOLATION,
        "an argument violates a session rule, or exceeds what is left of its sum",
        "change the argument or the session",
    ),
    Explanation::new(
        VIOLATION,
        "the session's calls are used up, reverted calls included",
        "create another session",
    ),
    Explanation::new(
        VIOLATION,
        "the value exceeds what is left of the session's total",
        "send less, or create another session",
    ),
    Explanation::new(
        VIOLATION,
        "the call exceeds the remaining spending limit, or is no token transfer",
        "transfer less or create a new session",
    ),
    Explanation::new(
        VIOLATION,
        "the session is not valid at this time",
        "create a session for this time",
    ),
];

const EXPLANATIONS: &[Explanation] = &[
    Explanation::new(
        VIOLATION,
        "a policy of the session does not permit the call",
        "change the call, or create another session",
    ),
    Explanation::new(
        "PolicyCheckReverted(bytes32)",
        "a policy failed: the value is too high, or the call data is too short",
        "send less, or pass all arguments",
    ),
    Explanation::new(
        "NoPoliciesSet(bytes32)",
        "the session does not permit the contract and function, or a paymaster",
        "create a session that permits them",
    ),
    Explanation::new(
        "InvalidPermissionId(bytes32)",
        "the session was not enabled, or was removed",
        "enable the session first, or create another session",
    ),
    Explanation::new(
        "InvalidSession(bytes32)",
        "the session has neither a policy nor an action",
        "create a session with at least one policy",
    ),
    Explanation::new(
        "HashMismatch(bytes32,bytes32)",
        "the owner's grant was used or revoked, or is for another session",
        "omit the grant, or ask the owner for another",
    ),
    Explanation::new(
        "HashIndexOutOfBounds(uint256)",
        "the grant has no session at the given index",
        "pass the index of the session in its grant",
    ),
    Explanation::new(
        "ChainIdMismatch(uint64)",
        "the session of the grant is for another chain",
        "pass the index of this chain's session in its grant",
    ),
    Explanation::new(
        "InvalidEnableSignature(address,bytes32)",
        "the owner's signature of the grant is invalid",
        "sign as the owner, and send `add_safe_sender` first",
    ),
    Explanation::new(
        "InvalidSessionKeySignature(bytes32,address,address,bytes32)",
        "the session key's signature is invalid",
        "sign with the session's key, in its validator's form",
    ),
    Explanation::new(
        "PaymasterValidationNotEnabled(bytes32)",
        "the session does not permit paymasters",
        "create it with a paymaster set, or use `Payment::Own`",
    ),
    Explanation::new(
        "SignerNotFound(bytes32,address)",
        "the session has no validator for its key",
        "enable the session first",
    ),
    Explanation::new(
        "InvalidISessionValidator(address)",
        "the address is not a session validator, or has no code",
        "use a validator of this chain",
    ),
    Explanation::new(
        "UnsupportedPolicy(address)",
        "the address is not a policy contract, or has no code",
        "use the policy contracts of this chain",
    ),
    Explanation::new(
        "PartlyEnabledPolicies()",
        "some policies of the session are enabled, and others are not",
        "enable the session with another salt",
    ),
    Explanation::new(
        "PartlyEnabledActions()",
        "some actions of the session are enabled, and others are not",
        "enable the session with another salt",
    ),
    Explanation::new(
        "InvalidActionId()",
        "the session has no such action",
        "create a session for this contract and function",
    ),
    Explanation::new(
        "InvalidSelfCall()",
        "a session may not call the account's own execution",
        "send the calls as a batch",
    ),
    Explanation::new(
        "InvalidCallTarget()",
        "a session may not call the session module",
        "let the owner change sessions",
    ),
    Explanation::new(
        "InvalidTarget()",
        "a session may not call this contract",
        "name another contract",
    ),
    Explanation::new(
        "NoExecutionsInBatch()",
        "the batch is empty",
        "send at least one call",
    ),
    Explanation::new(
        "UnsupportedExecutionType()",
        "sessions permit neither delegate calls nor calls that may fail",
        "send plain calls",
    ),
    Explanation::new(
        "UnsupportedSmartSessionMode(uint8)",
        "the first byte of the signature is no mode",
        "use 0 for an enabled session, 1 or 2 to enable one",
    ),
    Explanation::new(
        "InvalidUserOpSender(address)",
        "the operation is of another account than the caller",
        "send it from the account of the session",
    ),
    Explanation::new(
        "ForbiddenValidationData()",
        "a policy returned validation data that no policy may return",
        "use another policy",
    ),
    Explanation::new(
        "SmartSessionModuleAlreadyInstalled(address)",
        "the session module is already installed",
        "omit the installation",
    ),
    Explanation::new(
        "PolicyNotInitialized(bytes32,address,address)",
        "a policy has no parameters, such as a rule or a bound",
        "create a session whose policies have parameters",
    ),
    Explanation::new(
        "ValueLimitExceeded(bytes32,uint256,uint256)",
        "the call's value exceeds the session's limit per call",
        "send at most the policy's value limit",
    ),
    Explanation::new(
        "InvalidLimit(uint256)",
        "a limit of the session is 0",
        "set a limit of at least 1",
    ),
    Explanation::new(
        "InvalidTokenAddress(address)",
        "a spending limit names no token",
        "name the token's contract",
    ),
    Explanation::new(
        "InvalidThreshold()",
        "the threshold is 0 or exceeds the number of the session's keys",
        "use a threshold from 1 to the number of keys",
    ),
    Explanation::new(
        "ValidatorNotInstalled(address)",
        "the signing module is not installed on the account",
        "install the module first",
    ),
    Explanation::new(
        "ModuleAlreadyInstalled(uint256,address)",
        "the module is already installed on the account",
        "omit the installation",
    ),
    Explanation::new(
        "LinkedList_EntryAlreadyInList(address)",
        "the module is already installed on the account",
        "omit the installation",
    ),
    Explanation::new(
        "ModuleNotInstalled(uint256,address)",
        "the module is not installed on the account",
        "install the module first",
    ),
    Explanation::new(
        "EnableModeSigError()",
        "the owner's enable mode signature does not match the operation",
        "set the gas limits, then sign as the owner",
    ),
    Explanation::new(
        "NoValidatorInstalled()",
        "the account has no validator",
        "initialize the account with its owner",
    ),
    Explanation::new(
        "AccountAccessUnauthorized()",
        "only the account itself or the entry point can call the function",
        "call it from the account itself",
    ),
    Explanation::new(
        "UnsupportedCallType(bytes1)",
        "the account or a policy does not support this type of call",
        "send single calls or batches",
    ),
    Explanation::new(
        "UnsupportedExecType(bytes1)",
        "the account does not support this execution type",
        "use 0x00 (revert on failure) or 0x01 (try)",
    ),
    Explanation::new(
        "ExecutionFailed()",
        "a call of the account reverted without a reason",
        "check the call's arguments and value",
    ),
];

#[cfg(test)]
mod tests {
    use alloy::primitives::fixed_bytes;

    use super::*;

    impl Explanation {
        /// Returns each explanation of this module.
        pub(crate) fn of_sessions() -> impl Iterator<Item = Self> {
            EXPLANATIONS.iter().chain(&POLICIES).copied()
        }
    }

    #[test]
    fn errors_are_found_by_the_selectors_that_bundlers_quote() {
        for (selector, error) in [
            (fixed_bytes!("3b577361"), VIOLATION),
            (fixed_bytes!("f4270752"), "PolicyCheckReverted(bytes32)"),
            (fixed_bytes!("1c792c05"), "NoPoliciesSet(bytes32)"),
            (fixed_bytes!("526d0da5"), "InvalidPermissionId(bytes32)"),
            (fixed_bytes!("0b08d5be"), "HashMismatch(bytes32,bytes32)"),
            (
                fixed_bytes!("3ca8ef0c"),
                "InvalidEnableSignature(address,bytes32)",
            ),
            (fixed_bytes!("46fdc333"), "EnableModeSigError()"),
            (
                fixed_bytes!("6d3a33ce"),
                "PolicyNotInitialized(bytes32,address,address)",
            ),
            (
                fixed_bytes!("8a8a722d"),
                "ValueLimitExceeded(bytes32,uint256,uint256)",
            ),
        ] {
            let found = explain(selector).map(|explanation| explanation.error);

            assert_eq!(found, Some(error), "{selector}");
        }
        assert_eq!(explain(Selector::new(hex!("deadbeef"))), None);
    }

    #[test]
    fn each_error_has_one_explanation_in_plain_words() {
        for (index, explanation) in EXPLANATIONS.iter().enumerate() {
            let before = &EXPLANATIONS[..index];
            assert!(before.iter().all(|other| other.error != explanation.error));
        }
        for explanation in EXPLANATIONS.iter().chain(&POLICIES) {
            for text in [explanation.meaning, explanation.advice] {
                let begins_low = text.starts_with(char::is_lowercase);
                assert!(begins_low && !text.ends_with('.') && !text.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn violation_is_explained_by_its_policy() {
        let contracts = SmartSessionsContracts::CANONICAL;
        let meaning = |policy| explain_policy(policy, &contracts).map(|explanation| explanation.meaning);

        assert!(meaning(contracts.universal_action).unwrap().contains("rule"));
        assert!(
            meaning(contracts.usage_limit)
                .unwrap()
                .contains("calls are used up")
        );
        assert!(meaning(contracts.value_limit).unwrap().contains("value"));
        assert!(
            meaning(contracts.spending_limit)
                .unwrap()
                .contains("spending limit")
        );
        assert!(meaning(contracts.time_frame).unwrap().contains("time"));
        assert_eq!(meaning(contracts.sudo), None);
    }
}
