use std::fmt;

/// The error code of an [ERC-4337](https://eips.ethereum.org/EIPS/eip-4337) v0.6 or v0.7 entry point for an invalid
/// user operation, `AA10` to `AA96`.
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
/// assert_eq!(code.map(AaCode::advice), Some("fund the account, or use a paymaster"));
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
                "the account is already deployed, but init code is present",
                "try again",
            ),
            13 => (
                "the deployment failed or ran out of gas",
                "check factory and `GasMargins::verification`",
            ),
            14 => (
                "the factory deploys another address than the sender",
                "check factory, owner and index",
            ),
            15 => (
                "the factory did not deploy the sender",
                "check that the factory is on this chain",
            ),
            20 => (
                "the account is not deployed",
                "deploy it first, with a client of its owner",
            ),
            21 => (
                "the account cannot pay for the operation",
                "fund the account, or use a paymaster",
            ),
            22 => (
                "the signature has expired or is not valid yet",
                "check the interval and the clock",
            ),
            23 => (
                "the validation reverted or is out of gas",
                "check module and `GasMargins::verification`",
            ),
            24 => (
                "the account rejected the signature",
                "sign with this account's owner or session key",
            ),
            25 => (
                "the nonce is used or not the next of its key",
                "wait, or use another nonce key",
            ),
            26 | 40 => (
                "the validation exceeded the verification gas limit",
                "raise `GasMargins::verification`",
            ),
            30 => (
                "the paymaster is not deployed",
                "check that the paymaster serves this chain",
            ),
            31 => (
                "the paymaster's deposit is too low",
                "use another payment, or raise the deposit",
            ),
            32 => (
                "the paymaster data has expired or is not valid yet",
                "request new data and send at once",
            ),
            33 => (
                "the paymaster reverted or ran out of gas",
                "check its policy, and request new data",
            ),
            34 => (
                "the paymaster's signature does not match",
                "request new data for final gas and fees",
            ),
            36 => (
                "the paymaster exceeded its verification gas limit",
                "request new paymaster data",
            ),
            41 => (
                "the verification gas is too low for the paymaster",
                "raise `GasMargins::verification`",
            ),
            50 => (
                "the paymaster's `postOp` reverted",
                "check balance and allowance of the fee token",
            ),
            51 => (
                "the gas cost exceeded the prefund",
                "estimate gas again and raise the limits",
            ),
            90 | 91 => ("the entry point could not pay the bundler", "use another bundler"),
            92 => (
                "an internal function of the entry point was called",
                "use another bundler",
            ),
            93 => (
                "`paymasterAndData` is too short",
                "leave it empty, or request new data",
            ),
            94 => (
                "a gas limit or fee exceeds 120 bits",
                "estimate gas and fees again",
            ),
            95 => (
                "the bundle had too little gas for the operation",
                "try again, or lower `callGasLimit`",
            ),
            96 => ("the signature aggregator is invalid", "use another bundler"),
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
                "the account rejected the operation",
                "check its signature, nonce and balance",
            ),
            3 => (
                "the paymaster rejected the operation",
                "request new paymaster data, or pay without it",
            ),
            4 => (
                "the verification gas limit is too low",
                "raise `GasMargins::verification`",
            ),
            5 => ("the payment after the call failed", "use another payment"),
            _ => (
                "the entry point rejected the operation",
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
            10, 13, 14, 15, 20, 21, 22, 23, 24, 25, 26, 30, 31, 32, 33, 34, 36, 40, 41, 50, 51, 90, 91, 92,
            93, 94, 95, 96,
        ];

        for code in codes.map(AaCode) {
            let of_its_family = AaCode(code.0 / 10 * 10 + 9).meaning();

            assert!(!code.advice().is_empty(), "{code}");
            assert_ne!(code.meaning(), of_its_family, "{code}");
        }
    }
}
