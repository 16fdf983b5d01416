/// The explanation of a revert of an account's contracts: its meaning, and advice.
///
/// # Examples
///
/// ```
/// use use_aa::Explanation;
///
/// const GONE: Explanation = Explanation::new(
///     "InvalidPermissionId(bytes32)",
///     "the session was not enabled, or was removed",
///     "create another session",
/// );
/// assert!(GONE.error.ends_with(')'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The signature of the custom error, the hash of which begins with the selector.
    pub error: &'static str,
    /// The meaning, in lower case.
    pub meaning: &'static str,
    /// The advice, in lower case.
    pub advice: &'static str,
}

impl Explanation {
    /// Creates the explanation of a custom error.
    #[must_use]
    pub const fn new(error: &'static str, meaning: &'static str, advice: &'static str) -> Self {
        Self {
            error,
            meaning,
            advice,
        }
    }

    /// Returns the name of the custom error, without its parameters.
    pub(crate) fn name(&self) -> &'static str {
        self.error.split('(').next().unwrap_or(self.error)
    }
}
