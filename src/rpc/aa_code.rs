use std::fmt;

/// The error code of an [ERC-4337](https://eips.ethereum.org/EIPS/eip-4337) v0.6 entry point for an invalid user
/// operation, `AA10` to `AA96`.
///
/// The first digit names the cause: 1 the factory, 2 the account, 3 the paymaster, 4 the verification, 5 the payment
/// after the call, 9 the bundler.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::AaCode;
///
/// let code = AaCode::find("FailedOp(0, \"AA21 didn't pay prefund\")");
/// assert_eq!(code.map(AaCode::number), Some(21));
/// assert_eq!(code.map(AaCode::meaning), Some("the account cannot pay for the operation"));
/// assert_eq!(code.map(AaCode::advice), Some("give it native coin, or let a paymaster pay"));
/// assert_eq!(AaCode::find("out of gas"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AaCode(u8);

impl AaCode {
    /// Finds the first entry point code in a text.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        (0..bytes.len()).find_map(|at| {
            let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
            match &bytes[at..] {
                [b'A', b'A', tens @ b'1'..=b'9', ones @ b'0'..=b'9', rest @ ..] if starts => {
                    let ends = rest.first().is_none_or(|next| !next.is_ascii_alphanumeric());
                    ends.then_some(Self((tens - b'0') * 10 + (ones - b'0')))
                }
                _ => None,
            }
        })
    }

    /// Returns the two digits of the code.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Returns the meaning of the code in plain language.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.explain().0
    }

    /// Returns the advice that resolves the error.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        self.explain().1
    }

    const fn explain(self) -> (&'static str, &'static str) {
        match self.0 {
            10 => (
                "the account is deployed already, yet the operation would deploy it",
                "leave the init code empty; if the deployment has only just happened, try again",
            ),
            13 => (
                "deploying the account failed or ran out of gas",
                "check factory, owner and index, and allow more verification gas",
            ),
            14 => (
                "the factory makes another account than the sender",
                "check that owner, index and factory are those the address was computed from",
            ),
            15 => (
                "the factory ran, but there is no account at the sender's address",
                "check that this factory is deployed on this chain",
            ),
            20 => (
                "the account is not deployed, and the operation does not deploy it",
                "send the init code along with the account's first operation",
            ),
            21 => (
                "the account cannot pay for the operation",
                "give it native coin, or let a paymaster pay",
            ),
            22 => (
                "the signature's time has run out or not yet come",
                "use a session within its interval, and check this device's clock",
            ),
            23 => (
                "the account's validation failed",
                "check that the module that signs is enabled, and allow more verification gas",
            ),
            24 => (
                "the account does not accept the signature",
                "sign with the owner, or the session's key, of this very account on this chain",
            ),
            25 => (
                "the nonce is used already or is not next",
                "wait for the account's pending operation, or use another nonce key",
            ),
            30 => (
                "there is no paymaster at the address that shall pay",
                "check that the paymaster serves this chain",
            ),
            31 => (
                "the paymaster has too little deposit to pay",
                "its operator must fund it; until then pay in another way",
            ),
            32 => (
                "the paymaster's agreement has run out or not yet come",
                "ask the paymaster again, and send soon after",
            ),
            33 => (
                "the paymaster's validation failed",
                "check that it sponsors this account and this call, and ask it again",
            ),
            34 => (
                "the paymaster did not sign this operation as it stands",
                "ask it after limits and fees are final, and change nothing afterwards",
            ),
            40 => (
                "validation used more gas than the verification limit",
                "allow more verification gas",
            ),
            41 => (
                "too little verification gas is left for the paymaster",
                "allow more verification gas",
            ),
            50 => (
                "the paymaster failed when it took its payment",
                "check that the account holds enough of the fee token and allows it",
            ),
            51 => (
                "the operation cost more than was set aside for it",
                "estimate gas again and allow more",
            ),
            90 | 91 => (
                "the bundler could not be paid",
                "this is the bundler's to mend: try another one",
            ),
            92 => (
                "a function of the entry point was called that only it may call",
                "this is the bundler's to mend: try another one",
            ),
            93 => (
                "the paymaster's data are too short to hold its address",
                "leave them empty, or ask the paymaster again",
            ),
            94 => (
                "a gas limit or fee is beyond all measure",
                "estimate gas and fees again",
            ),
            95 => (
                "the bundle had too little gas for the operation",
                "try again; if it persists, allow less call gas",
            ),
            96 => (
                "the signature aggregator is wrong",
                "this is the bundler's to mend: try another one",
            ),
            _ => self.explain_family(),
        }
    }

    const fn explain_family(self) -> (&'static str, &'static str) {
        match self.0 / 10 {
            1 => (
                "the account cannot be deployed",
                "check its factory and init code",
            ),
            2 => (
                "the account rejects the operation",
                "check its signature, nonce and balance",
            ),
            3 => (
                "the paymaster rejects the operation",
                "ask it again, or pay in another way",
            ),
            4 => (
                "verification needs more gas than it may use",
                "allow more verification gas",
            ),
            5 => ("the payment after the call failed", "pay in another way"),
            _ => (
                "the entry point rejects the operation",
                "try again, or use another bundler",
            ),
        }
    }
}

impl fmt::Display for AaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AA{}", self.0)
    }
}

impl fmt::Debug for AaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_in_what_services_say() {
        for (text, expected) in [
            ("AA21 didn't pay prefund", Some(21)),
            (
                "reverted during simulation with reason: AA23 reverted: X",
                Some(23),
            ),
            ("FailedOp(0, \"AA25 invalid account nonce\")", Some(25)),
            ("aa21", None),
            ("0xAA21bb", None),
            ("AA210", None),
            ("AA2", None),
            ("AA01", None),
            ("", None),
            ("ärger AA10", Some(10)),
        ] {
            assert_eq!(AaCode::find(text).map(AaCode::number), expected, "{text:?}");
        }
    }

    #[test]
    fn every_code_of_the_entry_point_has_words_of_its_own() {
        let codes = [
            10, 13, 14, 15, 20, 21, 22, 23, 24, 25, 30, 31, 32, 33, 34, 40, 41, 50, 51, 90, 91, 92, 93, 94,
            95, 96,
        ];

        for code in codes.map(AaCode) {
            let of_its_family = AaCode(code.0 / 10 * 10 + 9).meaning();

            assert!(!code.advice().is_empty(), "{code}");
            assert_ne!(code.meaning(), of_its_family, "{code}");
        }
    }
}
