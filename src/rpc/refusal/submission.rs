use super::Refusal;

/// What a bundler's refusal of an operation says of whether the bundler has it.
impl Refusal {
    /// Whether the bundler says that it has this very operation already.
    pub(crate) fn is_already_known(&self) -> bool {
        const KNOWN: [&str; 3] = ["already known", "alreadyknown", "already imported"];
        self.aa.is_none() && self.says_any(&KNOWN)
    }

    /// Whether the bundler says that it has an operation in the same nonce, which may be this one: one that names a code
    /// of the entry point knows an operation that it has.
    pub(crate) fn names_same_nonce(&self) -> bool {
        const TAKEN: [&str; 8] = [
            "replac",
            "duplicate",
            "same nonce",
            "same sender and nonce",
            "already exists",
            "already in",
            "already pending",
            "already present",
        ];
        self.aa.is_none() && self.says_any(&TAKEN)
    }

    /// Whether the bundler calls the operation or a parameter invalid and gives no reason: some say so of one that they
    /// have already.
    pub(crate) fn gives_no_reason(&self) -> bool {
        const INVALID: [&str; 5] = [
            "invalid user",
            "invalid op",
            "invalid param",
            "invalid argument",
            "no reason",
        ];
        const REASONS: [&str; 12] = [
            "balance",
            "chain",
            "deposit",
            "entry point",
            "entrypoint",
            "expire",
            "fee",
            "fund",
            "gas",
            "paymaster",
            "signature",
            "stake",
        ];
        self.aa.is_none() && !self.is_verdict() && self.says_any(&INVALID) && !self.says_any(&REASONS)
    }

    /// Whether it says that the nonce is used, or that the account is deployed already: so it does of an operation
    /// that is on chain.
    pub(crate) fn is_about_nonce(&self) -> bool {
        self.is_aa(Self::DEPLOYED) || self.says_nonce_is_used()
    }

    /// Returns whether the refusal reports an invalid nonce (AA25).
    pub(crate) fn says_nonce_is_used(&self) -> bool {
        const NONCE: u8 = 25;
        self.is_aa(NONCE)
    }

    /// Whether another operation in the mempool deploys the account.
    pub(super) fn is_deployment_conflict(&self) -> bool {
        self.is_aa(Self::DEPLOYED) && self.says_any(&["mempool", "conflict", "being processed"])
    }

    /// Whether it judges a user operation in the standard's codes
    /// ([ERC-7769](https://eips.ethereum.org/EIPS/eip-7769)). Any other may come from something between.
    pub(crate) fn is_of_user_op(&self) -> bool {
        const INVALID: i64 = -32602;
        self.aa.is_some() || self.is_verdict() || self.code == INVALID
    }

    /// Returns whether the code has no known meaning and the text is about no operation or call, so that the HTTP
    /// status says more.
    pub(crate) fn is_of_nothing_known(&self) -> bool {
        let is_about_op = self.is_of_user_op() || self.is_revert();
        let knows_op = self.is_already_known() || self.names_same_nonce() || self.is_not_found();
        self.meaning().is_none() && !is_about_op && !knows_op
    }

    /// Whether it proves by itself that a user operation was not taken.
    pub(crate) fn is_conclusive(&self) -> bool {
        !self.is_about_nonce() && (self.aa.is_some() || self.is_verdict())
    }

    /// Whether its code is one that the standard has for a user operation that was tried out.
    const fn is_verdict(&self) -> bool {
        matches!(self.code, -32508..=-32500 | -32521)
    }

    /// Whether it says that there is no such operation, where the standard has null.
    pub(crate) fn is_not_found(&self) -> bool {
        self.says_any(&["operation"])
            && self.says_any(&["find", "found"])
            && !self.says_any(&["method", "eth_"])
    }
}
