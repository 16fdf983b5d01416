use std::time::Duration;

use alloy::{primitives::Address, sol, sol_types::SolCall};
use leptos::prelude::*;
use use_aa::{Call, Interval, Names, Permission, Policy, Rule, Session, use_smart_account};

use super::config::use_config;

sol! {
    function safeMint(address recipient);
}

/// The terms of a session of this shop: minting from one contract to the account, with zero value, for an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    contract: Address,
    /// The account, or the zero address while no wallet is connected.
    account: Address,
    interval: Interval,
    /// The maximum number of mints, on accounts that count calls.
    most: Option<u128>,
}

impl Terms {
    /// Creates terms that start now.
    pub(super) fn new(contract: Address, account: Option<Address>, most: Option<u128>) -> Self {
        let mut interval = Interval::lasting(Duration::from_hours(1));
        // Rounded down to a full minute, so that the displayed time stays the same for a while.
        interval.valid_until -= interval.valid_until % 60;
        Self {
            contract,
            account: account.unwrap_or_default(),
            interval,
            most,
        }
    }

    /// Returns the policy that the chain enforces.
    pub(super) fn policy(&self) -> Policy {
        let policy = Policy::new(self.contract, safeMintCall::SELECTOR)
            .rule(Rule::equal(0, self.account))
            .interval(self.interval);
        match self.most {
            Some(most) => policy.at_most_uses(most),
            None => policy,
        }
    }

    /// Returns the end, in Unix seconds.
    pub(super) const fn end(&self) -> u64 {
        self.interval.valid_until
    }

    /// Describes the policy in sentences.
    pub(super) fn describe(&self) -> Vec<String> {
        let names = names(self.contract, self.account);
        Permission::from(self.policy()).describe_with(&names)
    }
}

/// Returns the display names of functions and addresses.
fn names(contract: Address, account: Address) -> Names {
    Names::new()
        .function("safeMint(address recipient)")
        .address(contract, "the flower collection")
        .address(account, "your account")
}

/// A sentence with shortened addresses, which are complete in tooltips.
#[component]
pub(super) fn Sentence(text: String) -> impl IntoView {
    let parts = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    parts
        .map(|part| {
            let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let rest = part[word.len()..].to_owned();
            let word = match word.parse::<Address>() {
                Ok(Address::ZERO) => {
                    view! { <code class="skeleton" aria-hidden="true">"0x0000…0000"</code> }.into_any()
                }
                Ok(address) => {
                    view! { <code title=word.to_owned() translate="no">{short(address)}</code> }
                }
                .into_any(),
                Err(_) => word.to_owned().into_any(),
            };
            view! { {word}{rest} }
        })
        .collect_view()
}

/// Returns true if a contract counts the calls of a session, or a sum of theirs.
pub(super) fn has_limits(session: &Session) -> bool {
    session
        .permissions
        .iter()
        .any(|permission| !permission.limits().is_empty())
}

/// The permissions of a session, as a list for each policy.
#[component]
pub(super) fn Granted(
    /// The session.
    session: Session,
) -> impl IntoView {
    let account = use_smart_account().address.get_untracked();
    let names = names(use_config().nft, account.unwrap_or_default());
    let sentence = |text: String| view! { <li><p><Sentence text /></p></li> };
    let list = |words: Vec<String>| view! { <ul class="terms">{words.into_iter().map(sentence).collect_view()}</ul> };
    session
        .permissions
        .iter()
        .map(|permission| list(permission.describe_with(&names)))
        .collect_view()
}

/// Creates the call that mints the next flower.
pub(super) fn mint(contract: Address, recipient: Address) -> Call {
    Call::new(contract, safeMintCall { recipient })
}

/// Shortens an address to its first and last characters.
fn short(address: Address) -> String {
    let text = address.to_string();
    format!("{}…{}", &text[..6], &text[38..])
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{U256, address};
    use use_aa::Violation;

    use super::*;

    const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    const ACCOUNT: Address = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");

    #[test]
    fn words_are_those_of_the_policy() {
        let terms = Terms::new(NFT, Some(ACCOUNT), None);

        let words = terms.describe();

        assert_eq!(
            words[..3],
            [
                "Call safeMint(address) of the flower collection (0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e)",
                "In each call, “recipient” must equal your account (0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af)",
                "In each call, send no coins along",
            ]
        );
        assert_eq!(words[3], format!("Valid {}", terms.interval));
        assert_eq!(words.len(), 4);
    }

    #[test]
    fn policy_allows_what_the_words_say_and_no_more() {
        let policy = Terms::new(NFT, Some(ACCOUNT), None).policy();

        assert_eq!(policy.allows(&mint(NFT, ACCOUNT)), Ok(()));
        assert!(matches!(
            policy.allows(&mint(ACCOUNT, ACCOUNT)),
            Err(Violation::Contract { .. })
        ));
        assert!(matches!(
            policy.allows(&mint(NFT, NFT)),
            Err(Violation::Rule { number: 0, .. })
        ));
        let paid = mint(NFT, ACCOUNT).value(U256::from(1));
        assert!(matches!(
            policy.allows(&paid),
            Err(Violation::Value { limit: 0, .. })
        ));
    }

    #[test]
    fn an_account_that_is_not_known_yet_has_the_zero_address() {
        let words = Terms::new(NFT, None, None).describe();

        let zero = Address::ZERO;
        assert_eq!(
            words[1],
            format!("In each call, “recipient” must equal your account ({zero})")
        );
    }

    #[test]
    fn policy_ends_at_the_last_full_minute_within_an_hour() {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();

        let leaf = Terms::new(NFT, Some(ACCOUNT), None)
            .policy()
            .leaf(ACCOUNT)
            .unwrap();

        let end = leaf.interval().valid_until;
        assert_eq!(end % 60, 0);
        assert!((3541..3605).contains(&(end - now)), "{} s", end - now);
    }
}
