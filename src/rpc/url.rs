use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::primitives::text;

/// A validated http or https URL of a service. The path and query often hold an API key, so only scheme and host are
/// ever displayed.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::ServiceUrl;
///
/// let url: ServiceUrl = "https://bundler.example/api/v2/80002/my-key".parse()?;
///
/// assert_eq!(url.origin(), "https://bundler.example");
/// assert_eq!(format!("{url:?}"), "ServiceUrl(https://bundler.example/…)");
/// # Ok::<(), use_aa::rpc::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// Returns the whole URL, with its secrets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the scheme, host and port, which are safe to display.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.0.get(..self.split()).unwrap_or_default()
    }

    /// Replaces every part of a text that may be a key of this URL.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secrets() {
            text = text::replaced(&text, secret, "…");
        }
        text
    }

    fn split(&self) -> usize {
        let authority = text::find(&self.0, "://").map_or(0, |at| at + 3);
        let rest = self.0.bytes().skip(authority);
        let end = rest.take_while(|c| !matches!(c, b'/' | b'?' | b'#')).count();
        authority + end
    }

    /// Returns the secrets from the longest to the shortest: path and query as a whole, then each part that looks like
    /// a key.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let rest = self.0.get(self.split()..).unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let segments = path.split('/').filter(|piece| looks_like_key(piece));
        let values = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(_, value)| value)
            .filter(|value| value.len() >= 4 && !is_plain(value));
        [rest, path, query]
            .into_iter()
            .filter(|whole| whole.len() > 8)
            .chain(segments)
            .chain(values)
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.split() < self.0.len() { "/…" } else { "" };
        write!(f, "ServiceUrl({}{more})", self.origin())
    }
}

impl FromStr for ServiceUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let scheme = text::find(text, "://")
            .and_then(|at| text.get(..at))
            .unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(UrlError::Scheme);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(UrlError::Space);
        }
        if text.contains('\\') {
            return Err(UrlError::Backslash);
        }
        let url = Self(text.to_owned());
        let authority = url.origin().get(scheme.len() + 3..).unwrap_or_default();
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        if authority.is_empty() || authority.starts_with(':') {
            return Err(UrlError::Host);
        }
        Ok(url)
    }
}

impl TryFrom<&str> for ServiceUrl {
    type Error = UrlError;

    fn try_from(text: &str) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl TryFrom<String> for ServiceUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        text.parse()
    }
}

/// The reason why a text is not a valid service URL. The text is not repeated, because it may hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// The text does not begin with `http://` or `https://`.
    #[error("the service URL has no http or https scheme; begin it with `http://` or `https://`")]
    Scheme,
    /// The URL has no host after the scheme.
    #[error("the service URL has no host; add one after the scheme")]
    Host,
    /// The URL contains white space or a control character.
    #[error("the service URL contains white space or a control character; remove it")]
    Space,
    /// The URL contains a backslash, which browsers read as a slash.
    #[error("the service URL contains a backslash; replace it with a slash")]
    Backslash,
    /// The URL has a user name or password before the host, which browsers refuse.
    #[error("the service URL contains a user name or password; remove it")]
    Credentials,
}

impl UrlError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::rpc::UrlError;
    ///
    /// assert_eq!(UrlError::Scheme.code(), "url.no_scheme");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Scheme => "url.no_scheme",
            Self::Host => "url.no_host",
            Self::Space => "url.space",
            Self::Backslash => "url.backslash",
            Self::Credentials => "url.credentials",
        }
    }
}

/// Returns true for a number or a boolean, such as a chain id: redacting these would remove unrelated parts of an
/// answer.
fn is_plain(value: &str) -> bool {
    matches!(value, "true" | "false") || value.bytes().all(|digit| digit.is_ascii_digit())
}

fn looks_like_key(piece: &str) -> bool {
    piece.len() >= 16 || (piece.len() >= 8 && piece.contains(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl UrlError {
        /// Returns each error with its code and its text.
        pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
            vec![
                (
                    Self::Scheme,
                    "url.no_scheme",
                    "the service URL has no http or https scheme; begin it with `http://` or `https://`",
                ),
                (
                    Self::Host,
                    "url.no_host",
                    "the service URL has no host; add one after the scheme",
                ),
                (
                    Self::Space,
                    "url.space",
                    "the service URL contains white space or a control character; remove it",
                ),
                (
                    Self::Backslash,
                    "url.backslash",
                    "the service URL contains a backslash; replace it with a slash",
                ),
                (
                    Self::Credentials,
                    "url.credentials",
                    "the service URL contains a user name or password; remove it",
                ),
            ]
        }
    }

    #[test]
    fn text_that_is_no_address_is_an_error() {
        for (text, expected) in [
            ("", UrlError::Scheme),
            ("localhost:8545", UrlError::Scheme),
            ("ftp://host", UrlError::Scheme),
            ("javascript://alert", UrlError::Scheme),
            ("http://", UrlError::Host),
            ("http:///path", UrlError::Host),
            ("https://:8545", UrlError::Host),
            ("http://ho st", UrlError::Space),
            ("http://host/\nx", UrlError::Space),
            ("http://host\\key", UrlError::Backslash),
            ("http://user:secret@host", UrlError::Credentials),
        ] {
            assert_eq!(text.parse::<ServiceUrl>(), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn address_shows_only_scheme_and_host() {
        for text in [
            "https://bundler.example:444/api/v2/80002/key",
            "https://bundler.example:444?apikey=key",
            "https://bundler.example:444#key",
        ] {
            let url: ServiceUrl = text.parse().unwrap();

            assert_eq!(url.as_str(), text);
            assert_eq!(url.origin(), "https://bundler.example:444");
            assert!(!format!("{url:?}").contains("key"));
        }
    }

    #[test]
    fn key_is_redacted_from_what_a_service_says() {
        for (url, said, shown) in [
            (
                "https://b.example/api/v2/80002/abcdef",
                "Cannot POST /api/v2/80002/abcdef",
                "Cannot POST …",
            ),
            (
                "https://b.example/rpc/nJPK7B3ru.dd7f7861",
                "no such key: nJPK7B3ru.dd7f7861",
                "no such key: …",
            ),
            (
                "https://b.example/rpc?apikey=pim_x&z=1",
                "pim_x is blocked",
                "… is blocked",
            ),
            (
                "https://b.example/rpc?chain=80002",
                "AA23 reverted 0x80002",
                "AA23 reverted 0x80002",
            ),
            (
                "https://b.example/paymaster",
                "AA31 paymaster deposit too low",
                "AA31 paymaster deposit too low",
            ),
        ] {
            let url: ServiceUrl = url.parse().unwrap();

            assert_eq!(url.redact(said), shown);
        }
    }
}
