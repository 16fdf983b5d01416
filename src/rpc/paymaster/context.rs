use std::time::Duration;

use crate::platform::Json;

/// The extra parameters of a request to a paymaster service.
///
/// The fields are those that the service documents, by name. They go into the `context` of
/// [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677), or into the `webhookData` of Biconomy's dialect, which passes
/// them to the dapp's webhook.
///
/// # Examples
///
/// Select one of the dapp's sponsorship policies at Pimlico:
///
/// ```
/// use use_aa::PaymasterContext;
///
/// let context = PaymasterContext::new().field("sponsorshipPolicyId", "sp_my_policy");
/// # let _ = context;
/// ```
///
/// Pass data to the dapp's webhook at Biconomy, and limit the validity of the paymaster's signature:
///
/// ```
/// use std::time::Duration;
///
/// use use_aa::PaymasterContext;
///
/// let context = PaymasterContext::new()
///     .field("campaign", "launch")
///     .field("user", 7)
///     .expiry(Duration::from_secs(120));
/// # let _ = context;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymasterContext {
    fields: Json,
    expiry: Option<Duration>,
}

impl PaymasterContext {
    /// Creates an empty context.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            fields: Json::Null,
            expiry: None,
        }
    }

    /// Sets a field, under the name that the service documents. A later value replaces an earlier one of the same name.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.fields[name] = value.into();
        self
    }

    /// Sets the validity of the paymaster's signature. Fractions of a second are rounded up to whole seconds. The
    /// default is the service's own.
    ///
    /// Biconomy's dialect has a parameter for the expiry. ERC-7677 has none and an expiry is refused there: use a field
    /// that the service documents.
    #[must_use]
    pub const fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// Returns the fields as a JSON object.
    #[must_use]
    pub fn fields(&self) -> Json {
        match self.has_fields() {
            true => self.fields.clone(),
            false => Json::object([]),
        }
    }

    /// Returns true if the context has fields.
    #[must_use]
    pub fn has_fields(&self) -> bool {
        !self.fields.is_null()
    }

    /// Returns the expiry in whole seconds, if one is set.
    #[must_use]
    pub fn expiry_in_seconds(&self) -> Option<u64> {
        const NANOSECONDS: u32 = 999_999_999;
        let expiry = self.expiry?;
        Some(expiry.saturating_add(Duration::new(0, NANOSECONDS)).as_secs())
    }
}

impl Default for PaymasterContext {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        for (expiry, expected) in [
            (Duration::from_millis(1), 1),
            (Duration::from_secs(120), 120),
            (Duration::from_millis(120_001), 121),
            (Duration::MAX, u64::MAX),
        ] {
            let context = PaymasterContext::new().expiry(expiry);

            assert_eq!(context.expiry_in_seconds(), Some(expected), "{expiry:?}");
        }
        assert_eq!(PaymasterContext::new().expiry_in_seconds(), None);
    }

    #[test]
    fn what_was_told_last_under_a_name_counts() {
        let context = PaymasterContext::new().field("user", 7).field("user", "eight");

        assert_eq!(context.fields(), Json::object([("user", "eight".into())]));
        assert!(context.has_fields() && !PaymasterContext::default().has_fields());
    }
}
