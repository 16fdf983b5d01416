use alloy::primitives::Address;

use crate::SessionStore;

/// The last connection, stored for the next load of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    /// The smart account. Its sessions need no wallet.
    pub(super) account: Address,
    /// The name of the account's kind. `None` in a text of a version before kinds had names.
    pub(super) kind: Option<String>,
    /// The wallet's `rdns`.
    pub(super) wallet: String,
}

impl Remembered {
    /// Reads the last connection on a chain from the store. Damaged text counts as no connection.
    pub(super) async fn recall(store: &dyn SessionStore, chain_id: u64) -> Option<Self> {
        Self::parse(&store.read(&key(chain_id)).await.ok()??)
    }

    /// Stores the connection for the next load. If the browser refuses to store data, the user has to connect again
    /// after each reload. A wallet whose `rdns` has a quote, a backslash or a control character is not stored, only the
    /// account.
    pub(super) async fn keep(&self, store: &dyn SessionStore, chain_id: u64) {
        write(store, chain_id, Some(self.to_text())).await;
    }

    pub(super) async fn forget(store: &dyn SessionStore, chain_id: u64) {
        write(store, chain_id, None).await;
    }

    /// Returns the connection as JSON without escapes.
    // A page that only connects has no other JSON, and a writer and a reader of JSON would cost it two kilobytes.
    fn to_text(&self) -> String {
        let is_plain = |byte: u8| !matches!(byte, b'"' | b'\\' | ..=0x1f);
        let wallet = match self.wallet.bytes().all(is_plain) {
            true => self.wallet.as_str(),
            false => "",
        };
        let (account, kind) = (self.account, self.kind.as_deref().unwrap_or_default());
        format!(r#"{{"account":"{account:#x}","kind":"{kind}","wallet":"{wallet}"}}"#)
    }

    /// Returns true if the account is of a kind, or of the one that a page had before kinds had names.
    pub(super) fn is_of(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|known| known == kind)
    }

    // The searches of `str` for texts would cost a page with the provider alone half a kilobyte.
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(r#"{"account":""#)?.strip_suffix(r#""}"#)?;
        let (account, text) = text.split_at_checked(2 + 2 * Address::len_bytes())?;
        let (kind, text) = match text.strip_prefix(r#"","kind":""#) {
            Some(text) => {
                let (kind, text) = text.split_at_checked(text.find('"')?)?;
                (Some(kind.to_owned()), text)
            }
            None => (None, text),
        };
        Some(Self {
            account: account.parse().ok()?,
            kind,
            wallet: text.strip_prefix(r#"","wallet":""#)?.to_owned(),
        })
    }
}

async fn write(store: &dyn SessionStore, chain_id: u64, text: Option<String>) {
    let _ = store.update(&key(chain_id), Box::new(|_| Ok(text))).await;
}

fn key(chain_id: u64) -> String {
    format!("use-aa:connection:{chain_id}")
}

#[cfg(test)]
mod tests {
    use alloy::primitives::address;

    use super::*;

    #[test]
    fn what_is_kept_is_recalled() {
        let remembered = Remembered {
            account: address!("000000000000000000000000000000000000bEEF"),
            kind: Some("nexus".to_owned()),
            wallet: "com.example".to_owned(),
        };

        let text = remembered.to_text();

        assert_eq!(
            text,
            r#"{"account":"0x000000000000000000000000000000000000beef","kind":"nexus","wallet":"com.example"}"#
        );
        assert_eq!(Remembered::parse(&text), Some(remembered));
    }

    #[test]
    fn what_was_kept_before_kinds_had_names_is_recalled() {
        let text = r#"{"account":"0x000000000000000000000000000000000000beef","wallet":"com.example"}"#;

        let remembered = Remembered::parse(text).unwrap();

        assert_eq!(
            (remembered.kind, remembered.wallet.as_str()),
            (None, "com.example")
        );
    }

    #[test]
    fn wallet_that_json_would_escape_is_not_kept_but_the_account_is() {
        for wallet in ["a\"b", "a\\b", "a\nb"] {
            let remembered = Remembered {
                account: Address::ZERO,
                kind: Some("nexus".to_owned()),
                wallet: wallet.to_owned(),
            };

            let recalled = Remembered::parse(&remembered.to_text()).unwrap();
            assert_eq!(recalled.account, Address::ZERO);
            assert_eq!(recalled.wallet, "", "{wallet:?}");
        }
    }

    #[test]
    fn what_is_damaged_counts_as_nothing() {
        let cases = [
            "",
            "null",
            "{}",
            r#"{"account":"0x00","kind":"nexus","wallet":"com.example"}"#,
            r#"{"account":"<script>","kind":"nexus","wallet":"com.example"}"#,
            r#"{"account":"0x000000000000000000000000000000000000beef","kind":"nexus"}"#,
            r#"{"account":"0x000000000000000000000000000000000000beef","wallet":1}"#,
            r#"{"account":"0x000000000000000000000000000000000000beef","kind":"nexus","wallet":1}"#,
        ];

        for text in cases {
            assert_eq!(Remembered::parse(text), None, "{text}");
        }
    }
}
