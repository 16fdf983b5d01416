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
    "is empty, or has an action without a policy; grant a session whose every action has a policy",
);

pub(super) const SAME_FUNCTION: Unreadable = Unreadable::policy(
    "actions",
    "has two actions for one function of a contract; grant a session with one action for each function",
);

pub(super) const REPEATED: Unreadable = Unreadable::policy(
    "actionPolicies",
    "names a policy contract twice, and the chain keeps only one entry; grant a session with one entry per policy",
);

pub(super) const INIT_DATA: Unreadable = Unreadable::policy(
    "initData",
    "cannot be decoded for its policy contract, or permits no call; grant a session with valid `initData`",
);

pub(super) const TRANSFERS: Unreadable = Unreadable::policy(
    "actionPolicies",
    "has plain transfers without a value or usage limit, or with rules; grant a session with such a limit, without \
     rules",
);

pub(super) const SPENDING: Unreadable = Unreadable::policy(
    "actionPolicies",
    "has a spending limit beside rules, or not on `transfer` of its token; grant a session with that limit alone, on \
     `transfer`",
);

pub(super) const TOTALS: Unreadable = Unreadable::policy(
    "initData",
    "counts a sum on a rule that is not its argument's first; grant a session with the sum on the first rule",
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
                "`actions` of grant 1 is empty, or has an action without a policy; grant a session whose every \
                 action has a policy",
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
                "`actionPolicies` of grant 1 names a policy contract twice, and the chain keeps only one entry; \
                 grant a session with one entry per policy",
            ),
            (
                INIT_DATA,
                "import.unreadable_policy",
                "`initData` of grant 1 cannot be decoded for its policy contract, or permits no call; grant a \
                 session with valid `initData`",
            ),
            (
                TRANSFERS,
                "import.unreadable_policy",
                "`actionPolicies` of grant 1 has plain transfers without a value or usage limit, or with rules; \
                 grant a session with such a limit, without rules",
            ),
            (
                SPENDING,
                "import.unreadable_policy",
                "`actionPolicies` of grant 1 has a spending limit beside rules, or not on `transfer` of \
                 its token; grant a session with that limit alone, on `transfer`",
            ),
            (
                TOTALS,
                "import.unreadable_policy",
                "`initData` of grant 1 counts a sum on a rule that is not its argument's first; grant a session \
                 with the sum on the first rule",
            ),
        ];
        let of_grant = |(reason, code, text): (Unreadable, _, _)| (reason.of_grant(1), code, text);
        samples.map(of_grant).to_vec()
    }
}
