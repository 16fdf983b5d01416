use super::Sessions;
use crate::{
    permission::Violation,
    platform,
    primitives::Call,
    session::{SessionId, SessionRecord},
};

/// The verdict of the account's sessions on a call.
///
/// # Examples
///
/// ```
/// use use_aa::Verdict;
///
/// fn hint(verdict: &Verdict) -> String {
///     match verdict {
///         Verdict::Allowed { .. } => "this needs no prompt".to_owned(),
///         Verdict::Forbidden { violation, .. } => violation.to_string(),
///         _ => "create a session first".to_owned(),
///     }
/// }
///
/// assert_eq!(hint(&Verdict::NoSession), "create a session first");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// A session allows the call by one of its policies.
    Allowed {
        /// The session that would sign.
        session: SessionId,
        /// The index of the policy in the session, starting at 0.
        policy: usize,
        /// True when the session's key is in the store. Otherwise pass the session's signer to
        /// [`UseSession::signer`](super::UseSession::signer).
        has_key: bool,
    },
    /// No session allows the call. The variant names the session that comes nearest.
    Forbidden {
        /// The newest session that has a policy for the contract and function, or else the newest session.
        /// Sessions whose keys are in the store come first.
        session: SessionId,
        /// The index of the policy that forbids the call, starting at 0.
        policy: usize,
        /// The violated part of the policy. A rule is named by its number.
        violation: Violation,
    },
    /// The store has no session that the chain grants, now or later.
    NoSession,
}

impl Verdict {
    /// Returns true if a session allows the call.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// Checks a call against sessions, the newest last, at a time in seconds since 1970.
    fn of(records: &[SessionRecord], call: &Call, now: u64) -> Self {
        let granted = |has_key| {
            let granted =
                move |record: &&SessionRecord| record.has_key == has_key && record.status.is_granted();
            records.iter().rev().filter(granted)
        };
        let allowing = granted(true).chain(granted(false)).find_map(|record| {
            let policy = record.session.allows(call, now).ok()?;
            Some(Self::Allowed {
                session: record.id(),
                policy,
                has_key: record.has_key,
            })
        });
        if let Some(allowed) = allowing {
            return allowed;
        }
        let newest_first = || granted(true).chain(granted(false)).map(|record| &record.session);
        let near = newest_first().find(|session| session.is_near(call));
        let refusing = near.or_else(|| newest_first().next());
        let refused = refusing.and_then(|session| {
            let policy = session.nearest(call)?;
            let violation = session.permissions[policy].allows_at(call, now).err()?;
            Some((session.id, policy, violation))
        });
        match refused {
            Some((session, policy, violation)) => Self::Forbidden {
                session,
                policy,
                violation,
            },
            None => Self::NoSession,
        }
    }
}

impl Sessions {
    /// Checks whether [`use_session`](super::SmartAccountClient::use_session) would allow a call now, by a
    /// session whose key is in the store or else by one with a remote signer. If no session allows the call,
    /// the verdict names the policy and the rule. No request is made.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use use_aa::{Call, Error, SmartAccountClient};
    /// # async fn check(client: SmartAccountClient, call: Call) -> Result<(), Error> {
    /// if !client.sessions().await?.allow(&call).is_allowed() {
    ///     println!("this will need the owner");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn allow(&self, call: &Call) -> Verdict {
        let now = platform::now().saturating_add_signed(self.ahead);
        Verdict::of(&self.all, call, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alloy::primitives::{Address, U256};

    use super::*;
    use crate::{
        permission::{Interval, Policy, Rule},
        session::{Session, SessionStatus},
        signer::SessionKey,
    };

    const NFT: Address = Address::repeat_byte(1);
    const FRIEND: Address = Address::repeat_byte(2);
    const NOW: u64 = 1_700_000_000;

    fn session(policies: &[Policy]) -> SessionRecord {
        let id = SessionKey::random().unwrap().address();
        SessionRecord {
            session: Session::new(id, policies.iter().cloned()),
            status: SessionStatus::Active,
            has_key: true,
        }
    }

    fn mint(to: Address) -> Call {
        Call::raw(NFT, [&[1, 2, 3, 4][..], to.into_word().as_slice()].concat())
    }

    fn of(records: &[&SessionRecord], call: &Call) -> Verdict {
        let records = records.iter().copied().cloned().collect::<Vec<_>>();
        Verdict::of(&records, call, NOW)
    }

    #[test]
    fn sessions_of_remote_signers_are_judged_after_those_whose_keys_are_here() {
        let to_friend = Policy::new(NFT, [1, 2, 3, 4]).rule(Rule::equal(0, FRIEND));
        let here = session(&[to_friend]);
        let remote = SessionRecord {
            has_key: false,
            ..session(&[Policy::new(NFT, [1, 2, 3, 4])])
        };
        let revoked = SessionRecord {
            status: SessionStatus::Revoked,
            ..session(&[Policy::new(NFT, [1, 2, 3, 4])])
        };
        let allowed = |record: &SessionRecord| Verdict::Allowed {
            session: record.id(),
            policy: 0,
            has_key: record.has_key,
        };
        let all = [&here, &remote, &revoked];

        assert_eq!(of(&all, &mint(FRIEND)), allowed(&here));
        assert_eq!(of(&all, &mint(NFT)), allowed(&remote));
        assert_eq!(of(&[&revoked], &mint(FRIEND)), Verdict::NoSession);
    }

    #[test]
    fn session_whose_time_has_not_begun_says_so() {
        let later = Policy::new(NFT, [1, 2, 3, 4]).interval(Interval {
            valid_after: NOW + 60,
            valid_until: NOW + 120,
        });
        let scheduled = SessionRecord {
            status: SessionStatus::Scheduled,
            ..session(&[later])
        };

        let verdict = of(&[&scheduled], &mint(FRIEND));

        let violation = |verdict| match verdict {
            Verdict::Forbidden { violation, .. } => Some(violation),
            _ => None,
        };
        assert!(matches!(violation(verdict), Some(Violation::Interval { .. })));
    }

    #[test]
    fn verdict_names_session_policy_and_rule() {
        let other = Policy::new(FRIEND, [9; 4]);
        let to_friend = Policy::new(NFT, [1, 2, 3, 4]).rule(Rule::equal(0, FRIEND));
        let ended = to_friend.clone().interval(Interval {
            valid_after: 0,
            valid_until: NOW - 1,
        });
        let lasting = Policy::new(NFT, [1, 2, 3, 4]).interval(Interval::lasting(Duration::from_secs(60)));
        let near = session(&[other.clone(), to_friend.clone()]);
        let far = session(&[other]);
        let over = session(&[ended]);
        let free = session(&[lasting]);

        let allowed = |session: &SessionRecord, policy| Verdict::Allowed {
            session: session.id(),
            policy,
            has_key: true,
        };

        assert_eq!(of(&[], &mint(FRIEND)), Verdict::NoSession);
        assert_eq!(of(&[&near, &far], &mint(FRIEND)), allowed(&near, 1));
        assert_eq!(of(&[&near, &free], &mint(FRIEND)), allowed(&free, 0));
        let forbidden = of(&[&near, &far], &mint(NFT));
        assert!(
            matches!(
                &forbidden,
                Verdict::Forbidden { session, policy: 1, violation: Violation::Rule { number: 0, .. } }
                    if *session == near.id()
            ),
            "{forbidden:?}"
        );
        let value = of(&[&near], &mint(FRIEND).value(U256::from(1)));
        assert!(matches!(
            value,
            Verdict::Forbidden {
                violation: Violation::Value { .. },
                ..
            }
        ));
        let late = of(&[&over], &mint(FRIEND));
        assert!(matches!(
            late,
            Verdict::Forbidden {
                violation: Violation::Interval { .. },
                ..
            }
        ));
        let remote = of(&[&far], &mint(FRIEND));
        assert!(matches!(
            remote,
            Verdict::Forbidden {
                policy: 0,
                violation: Violation::Contract { .. },
                ..
            }
        ));
    }
}
