use super::{Reason, Refusal, reason::MISSING};

/// The state of an operation at a bundler, as far as the bundler's refusal reveals it.
impl Refusal {
    /// Returns true if the bundler reports that it has the same operation already.
    pub(crate) fn is_already_known(&self) -> bool {
        const KNOWN: [&str; 3] = ["already known", "alreadyknown", "already imported"];
        self.aa.is_none() && self.says_any(&KNOWN)
    }

    /// Returns true if the bundler reports an operation of the same nonce, which may be the submitted one.
    ///
    /// A refusal with an entry point code does not count, unless the bundler uses the code for its mempool.
    pub(crate) fn names_same_nonce(&self) -> bool {
        const TAKEN: [&str; 15] = [
            "replac",
            "duplicate",
            "same nonce",
            "same sender and nonce",
            "already exists",
            "already in",
            "already pending",
            "already present",
            "already processed",
            "already queued",
            "already received",
            "already seen",
            "already submitted",
            "already been",
            "has op in mempool",
        ];
        (self.aa.is_none() || self.is_of_mempool()) && self.says_any(&TAKEN)
    }

    /// Returns true if the bundler calls the operation or a parameter invalid without a reason. Some bundlers refuse an
    /// operation that they already have this way.
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

    /// Returns true if the refusal reports a used nonce or an already deployed account. An operation that is on chain
    /// is refused this way.
    pub(crate) fn is_about_nonce(&self) -> bool {
        self.says_deployed() == Some(true) || self.is_deployment_conflict() || self.says_nonce_is_used()
    }

    /// Returns true if the refusal reports an invalid nonce, by AA25 or in words.
    pub(crate) fn says_nonce_is_used(&self) -> bool {
        const USED: [&str; 6] = [
            "invalid account nonce",
            "nonce too low",
            "nonce is too low",
            "invalid nonce",
            "nonce already",
            "nonce has already",
        ];
        match self.aa {
            Some(_) => self.is_aa(Self::NONCE) && !self.is_of_mempool(),
            None => self.says_any(&USED),
        }
    }

    /// Returns true if a bundler uses AA25 for a conflict in its mempool, or for a limit of its own.
    fn is_of_mempool(&self) -> bool {
        let says_so = self.says_any(&["mempool", "being processed"]);
        self.is_aa(Self::NONCE) && (says_so || self.says_pending_limit())
    }

    /// Returns whether the account is deployed, if the entry point refuses the operation because of that.
    pub(crate) fn says_deployed(&self) -> Option<bool> {
        const UNDEPLOYED: u8 = 20;
        let names_init_code = self.aa.is_none() && self.says_any(&["initcode", "init code"]);
        let says = |words| names_init_code && self.says_any(&[words]);
        let is_conflict = self.is_deployment_conflict();
        // One text for both states.
        let is_either = says("but not both");
        let says_deployed = says("existing contract") || says("already deployed");
        let is_deployed = !is_conflict && (self.is_aa(Self::DEPLOYED) || says_deployed && !is_either);
        let is_not = self.is_aa(UNDEPLOYED) || says("not a contract") || says("not deployed");
        (is_deployed || is_not).then_some(is_deployed)
    }

    /// Returns true if another operation in the mempool deploys the account.
    pub(crate) fn is_deployment_conflict(&self) -> bool {
        let is_of_deployment = self.is_aa(Self::NONCE) && self.says_any(&["deployment"]);
        (self.is_aa(Self::DEPLOYED) || is_of_deployment)
            && self.says_any(&["mempool", "conflict", "being processed"])
    }

    /// Returns true if the refusal has a code of the standard for a user operation
    /// ([ERC-7769](https://eips.ethereum.org/EIPS/eip-7769)). Any other refusal may come from a proxy or gateway.
    pub(crate) fn is_of_user_op(&self) -> bool {
        const INVALID: i64 = -32602;
        let reason = self.reason();
        reason != Some(Reason::TooOften)
            && (self.aa.is_some()
                || self.is_verdict()
                || self.code == INVALID
                || reason.is_some_and(Reason::is_of_user_op)
                || self.says_any(&["precheck failed", "simulate user operation"]))
    }

    /// Returns true if the service answered without reading the operation: the URL, the key or the method is wrong, or
    /// the rate limit is exceeded.
    pub(crate) fn is_unread(&self) -> bool {
        let is_about_op = self.aa.is_some() || self.is_already_known() || self.names_same_nonce();
        let is_unread = matches!(
            self.code,
            401 | 403 | 404 | 405 | 410 | -32600 | -32601 | -32004 | -32700
        );
        let is_locked = self.code == -32001 && self.is_of_access();
        let is_about_op = is_about_op || self.is_failed_estimate();
        !is_about_op && (is_unread || is_locked) || self.reason() == Some(Reason::TooOften)
    }

    /// Returns true if the code is that of JSON-RPC for an invalid request.
    pub(crate) const fn is_invalid_request(&self) -> bool {
        self.code == -32600
    }

    /// Returns true if the code has no known meaning and the text is about no operation or call, so that the HTTP
    /// status says more.
    pub(crate) fn is_of_nothing_known(&self) -> bool {
        let is_about_op = self.is_of_user_op() || self.is_revert();
        let knows_op = self.is_already_known() || self.names_same_nonce() || self.is_not_found();
        self.meaning().is_none() && !is_about_op && !knows_op
    }

    /// Returns true if the refusal alone proves that the bundler did not accept the operation.
    pub(crate) fn is_conclusive(&self) -> bool {
        !self.is_about_nonce() && (self.aa.is_some() || self.is_verdict())
    }

    /// Returns true if the code is one of the standard's codes for a failed validation or simulation.
    pub(crate) const fn is_verdict(&self) -> bool {
        matches!(self.code, -32508..=-32500 | -32521)
    }

    /// Returns true if the refusal reports that there is no such operation, where the standard has `null`.
    pub(crate) fn is_not_found(&self) -> bool {
        self.reason() == Some(Reason::NotFound)
    }

    /// Returns true if the refusal reports that something does not exist, and that is no method and nothing of the service's
    /// own. The answer to a question about an operation means the operation.
    pub(crate) fn is_of_missing(&self) -> bool {
        const OTHERS: &[&str] = &[
            "method",
            "eth_",
            "header",
            "block not",
            "trie node",
            "key",
            "project",
            "route",
            "endpoint",
        ];
        self.is_not_found() || self.aa.is_none() && self.says_any(MISSING) && !self.says_any(OTHERS)
    }
}
