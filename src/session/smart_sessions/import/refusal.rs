use alloy::primitives::Address;

use crate::{permission::Refusal, session::ImportError};

/// The reason for which a grant cannot be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// A part of the grant is refused.
    Refused(Refusal),
    /// The grant names a contract that is unknown, in a role.
    Unknown(&'static str, Address),
}

impl Unreadable {
    pub(super) const fn malformed(field: &'static str) -> Self {
        Self::new(
            "import.malformed_grant",
            field,
            "is missing or malformed; pass the JSON of the whole grant of a Nexus account",
        )
    }

    const fn policy(subject: &'static str, text: &'static str) -> Self {
        Self::new("import.unreadable_policy", subject, text)
    }

    const fn new(code: &'static str, subject: &'static str, text: &'static str) -> Self {
        Self::Refused(Refusal { code, subject, text })
    }

    /// Returns the error of a grant, by its index.
    pub(super) const fn of_grant(self, grant: usize) -> ImportError {
        match self {
            Self::Refused(refusal) => ImportError::Grant { grant, refusal },
            Self::Unknown(role, contract) => ImportError::UnknownContract {
                grant,
                role,
                contract,
            },
        }
    }
}

pub(super) const NOT_ONE_KEY: Unreadable = Unreadable::new(
    "import.unreadable_key",
    "sessionValidatorInitData",
    "is not one key in the form of its validator; grant the session to one key, with a threshold of 1",
);

pub(super) const PERMISSION_ID: Unreadable = Unreadable::new(
    "import.wrong_permission_id",
    "permissionId",
    "is not that of the session; pass the grant unchanged",
);

pub(super) const DIGEST: Unreadable = Unreadable::new(
    "import.wrong_digest",
    "sessionDigest",
    "is not that of the session for this account and module; pass the account's own grant unchanged",
);

pub(super) const MESSAGES: Unreadable = Unreadable::policy(
    "erc7739Policies",
    "lets the key sign messages, which no permission describes; grant a session without them",
);

pub(super) const OPERATIONS: Unreadable = Unreadable::policy(
    "userOpPolicies",
    "limits operations, which no permission describes; set the limits in `actionPolicies` instead",
);

pub(super) const FALLBACK: Unreadable = Unreadable::policy(
    "actionTarget",
    "stands for all contracts; grant a session that names its contracts",
);

pub(super) const NO_ACTION: Unreadable = Unreadable::policy(
    "actions",
    "is empty or has an action without a policy, which permits no call; grant a session with both",
);

pub(super) const SAME_FUNCTION: Unreadable = Unreadable::policy(
    "actions",
    "has two actions for one function of a contract; grant a session with one action for each function",
);

pub(super) const REPEATED: Unreadable = Unreadable::policy(
    "actionPolicies",
    "has a policy contract twice, of which one entry is void; grant a session with one entry",
);

pub(super) const INIT_DATA: Unreadable = Unreadable::policy(
    "initData",
    "is not that of its policy, or permits no call; grant a session with data that the policy reads",
);

pub(super) const TRANSFERS: Unreadable = Unreadable::policy(
    "actionPolicies",
    "of plain transfers needs a limit of value or uses, and no rule; grant a session with that limit",
);

pub(super) const SPENDING: Unreadable = Unreadable::policy(
    "actionPolicies",
    "has a spending limit beside rules, or not on `transfer` of its token; grant a session with either",
);

pub(super) const TOTALS: Unreadable = Unreadable::policy(
    "initData",
    "limits sums in a way that cannot be read back; put the sum on the first rule of its argument",
);

#[cfg(test)]
impl ImportError {
    /// Returns an error of each reason with its code and its text.
    pub(crate) fn of_grants() -> Vec<(Self, &'static str, &'static str)> {
        let samples = [
            (
                Unreadable::malformed("permissionId"),
                "import.malformed_grant",
                "`permissionId` of grant 1 is missing or malformed; pass the JSON of the whole grant of a \
                 Nexus account",
            ),
            (
                NOT_ONE_KEY,
                "import.unreadable_key",
                "`sessionValidatorInitData` of grant 1 is not one key in the form of its validator; grant \
                 the session to one key, with a threshold of 1",
            ),
            (
                PERMISSION_ID,
                "import.wrong_permission_id",
                "`permissionId` of grant 1 is not that of the session; pass the grant unchanged",
            ),
            (
                DIGEST,
                "import.wrong_digest",
                "`sessionDigest` of grant 1 is not that of the session for this account and module; pass \
                 the account's own grant unchanged",
            ),
            (
                MESSAGES,
                "import.unreadable_policy",
                "`erc7739Policies` of grant 1 lets the key sign messages, which no permission describes; \
                 grant a session without them",
            ),
            (
                OPERATIONS,
                "import.unreadable_policy",
                "`userOpPolicies` of grant 1 limits operations, which no permission describes; set the \
                 limits in `actionPolicies` instead",
            ),
            (
                FALLBACK,
                "import.unreadable_policy",
                "`actionTarget` of grant 1 stands for all contracts; grant a session that names its \
                 contracts",
            ),
            (
                NO_ACTION,
                "import.unreadable_policy",
                "`actions` of grant 1 is empty or has an action without a policy, which permits no call; \
                 grant a session with both",
            ),
            (
                SAME_FUNCTION,
                "import.unreadable_policy",
                "`actions` of grant 1 has two actions for one function of a contract; grant a session \
                 with one action for each function",
            ),
            (
                REPEATED,
                "import.unreadable_policy",
                "`actionPolicies` of grant 1 has a policy contract twice, of which one entry is void; \
                 grant a session with one entry",
            ),
            (
                INIT_DATA,
                "import.unreadable_policy",
                "`initData` of grant 1 is not that of its policy, or permits no call; grant a session \
                 with data that the policy reads",
            ),
            (
                TRANSFERS,
                "import.unreadable_policy",
                "`actionPolicies` of grant 1 of plain transfers needs a limit of value or uses, and no \
                 rule; grant a session with that limit",
            ),
            (
                SPENDING,
                "import.unreadable_policy",
                "`actionPolicies` of grant 1 has a spending limit beside rules, or not on `transfer` of \
                 its token; grant a session with either",
            ),
            (
                TOTALS,
                "import.unreadable_policy",
                "`initData` of grant 1 limits sums in a way that cannot be read back; put the sum on the \
                 first rule of its argument",
            ),
        ];
        let of_grant = |(reason, code, text): (Unreadable, _, _)| (reason.of_grant(1), code, text);
        samples.map(of_grant).to_vec()
    }
}
