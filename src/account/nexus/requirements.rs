use super::{NexusContracts, add_safe_sender, contracts::K1Validator::isSafeSenderCall, install_module};
use crate::{
    account::{SessionRequirement, SmartAccount},
    primitives::{ContractCall, Explanation, decode_number},
};

const NOT_INSTALLED: Explanation = Explanation::new(
    "ValidatorNotInstalled(address)",
    "the session module is not installed on the account",
    "use the session once with the owner's client",
);

const NO_SAFE_SENDER: Explanation = Explanation::new(
    "InvalidEnableSignature(address,bytes32)",
    "the session module is not a safe sender",
    "use the session once with the owner's client",
);

/// Returns the requirements of an account's sessions: the module, and its place among the default validator's safe senders.
pub(super) fn of_sessions(account: &dyn SmartAccount, contracts: &NexusContracts) -> Vec<SessionRequirement> {
    let NexusContracts {
        k1_validator,
        smart_session,
        ..
    } = *contracts;
    let is_safe_sender = isSafeSenderCall {
        sender: smart_session,
        smartAccount: account.address(),
    };
    let decode = |result: &[u8]| Ok(!decode_number(result)?.is_zero());
    vec![
        SessionRequirement {
            is_met: account.is_module_enabled(smart_session),
            call: install_module(account.address(), smart_session, &[]),
            explanation: NOT_INSTALLED,
        },
        SessionRequirement {
            is_met: ContractCall::decoded_by(k1_validator, &is_safe_sender, decode),
            call: add_safe_sender(k1_validator, smart_session),
            explanation: NO_SAFE_SENDER,
        },
    ]
}

#[cfg(test)]
impl Explanation {
    /// Returns the explanation of each requirement.
    pub(crate) const fn of_requirements() -> [Self; 2] {
        [NOT_INSTALLED, NO_SAFE_SENDER]
    }
}
