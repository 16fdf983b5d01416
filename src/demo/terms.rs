use std::time::Duration;

use alloy::{primitives::Address, sol, sol_types::SolCall};
use use_aa::{Call, Interval, Policy, Rule};

sol! {
    function safeMint(address to);
}

/// What a session of this shop may do: the words that the user reads and the policy that is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    contract: Address,
    recipient: Address,
    most_wei: u128,
    minutes: u32,
}

impl Terms {
    /// Mint from a contract to an account, without value, for an hour.
    pub(super) const fn new(contract: Address, account: Address) -> Self {
        Self {
            contract,
            recipient: account,
            most_wei: 0,
            minutes: 60,
        }
    }

    /// What the chain enforces, from now on.
    pub(super) fn policy(&self) -> Policy {
        Policy::new(self.contract, safeMintCall::SELECTOR)
            .rule(Rule::equal(0, self.recipient))
            .value_limit_per_call(self.most_wei)
            .interval(Interval::lasting(Duration::from_secs(
                60 * u64::from(self.minutes),
            )))
    }

    /// What people read while it is not known whose account it will be.
    pub(super) fn preview(contract: Address) -> [String; 4] {
        let [mint, _, value, time] = Self::new(contract, Address::ZERO).words();
        [mint, "Only to your account".to_owned(), value, time]
    }

    /// The same for people.
    pub(super) fn words(&self) -> [String; 4] {
        let Self {
            contract,
            recipient,
            most_wei,
            minutes,
        } = *self;
        [
            format!("Mint from {}", short(contract)),
            format!("Only to your account {}", short(recipient)),
            match most_wei {
                0 => "Send no coins along".to_owned(),
                wei => format!("Send at most {wei} wei"),
            },
            format!("For the next {minutes} minutes"),
        ]
    }
}

/// Mints the next flower to somebody.
pub(super) fn mint(contract: Address, to: Address) -> Call {
    Call::new(contract, safeMintCall { to })
}

/// The ends of an address, for reading.
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
    fn policy_allows_what_the_words_say_and_no_more() {
        let terms = Terms::new(NFT, ACCOUNT);

        let words = terms.words();
        let policy = terms.policy();

        assert_eq!(
            words,
            [
                "Mint from 0x1758…665e",
                "Only to your account 0x58F9…a9Af",
                "Send no coins along",
                "For the next 60 minutes"
            ]
        );
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
    fn policy_ends_when_the_words_say() {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();

        let leaf = Terms::new(NFT, ACCOUNT).policy().leaf(ACCOUNT).unwrap();

        let lasts = leaf.interval().valid_until - now;
        assert!((3600..3605).contains(&lasts), "{lasts} s");
    }
}
