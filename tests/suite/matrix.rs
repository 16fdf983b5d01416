//! Every fault at every call of a grant, a mint, the waiting and a revocation: what is said, and that nothing is lost.
//!
//! The table of all outcomes is printed: `cargo xtask test core matrix -- --nocapture`.

use std::{collections::BTreeSet, error::Error, fmt, sync::Arc, time::Duration};

use alloy::signers::local::PrivateKeySigner;
use devnet::{Calls, Fault, Service};
use serde_json::json;
use tokio::time::{error::Elapsed, timeout};
use use_aa::{
    CreateSession, Error as AccountError, MemoryStore, Payment, RevokeSession, SessionId, SessionStatus,
    SmartAccountClient, UseSession, UserOpReceipt, UserOpResponse, Wait,
};

use crate::support::{
    Dialect, Outcome, SOON,
    faulty::{Faulty, end_all},
    grant, included, mint_policy, mint_to, owner,
};

/// How long an answer is waited for while something goes wrong.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is done while something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Create,
    Mint,
    Wait,
    Revoke,
}

impl Act {
    const ALL: [Self; 4] = [Self::Create, Self::Mint, Self::Wait, Self::Revoke];
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Mint => "mint",
            Self::Wait => "wait",
            Self::Revoke => "revoke",
        })
    }
}

/// What goes wrong with calls.
fn faults(calls: &Calls) -> [(&'static str, Fault); 10] {
    let refusal = || calls.clone().refusal(-32000, "out of order");
    let garbage = json!({
        "callGasLimit": "much", "maxFeePerGas": [], "paymasterAndData": "0x123", "userOpHash": "0x00",
        "receipt": 7, "transactionHash": "none", "logs": "none", "blockNumber": -1,
    });
    [
        ("500", calls.clone().http(500)),
        ("500 html", calls.clone().html(500)),
        ("200 html", calls.clone().html(200)),
        ("200 error", refusal().status(200)),
        ("400 error", refusal().status(400)),
        ("null", calls.clone().null()),
        ("drop", calls.clone().drop()),
        ("delay", calls.clone().delay(Duration::from_millis(300))),
        (
            "another answer",
            calls.clone().rewrite(json!({"unexpected": "0x07"})),
        ),
        ("garbage in it", calls.clone().merge(garbage)),
    ]
}

/// The calls that the log writes as service and method.
fn selected(call: &str) -> Result<Calls, Box<dyn Error>> {
    let (service, method) = call.split_once(' ').ok_or("a service and a method")?;
    let service = match service.trim_start_matches("biconomy-") {
        "node" => Service::Node,
        "bundler" => Service::Bundler,
        "paymaster" => Service::Paymaster,
        other => return Err(format!("no service is called {other}").into()),
    };
    Ok(Fault::on(service, method))
}

/// What was sent, and the receipt where it was waited for.
type Answer = Result<(Option<UserOpResponse>, Option<UserOpReceipt>), AccountError>;

/// One account with an earlier session, through whatever goes wrong.
struct Person<'a> {
    faulty: &'a Faulty,
    owner: PrivateKeySigner,
    store: Arc<MemoryStore>,
}

impl Person<'_> {
    /// A client that knows nothing but what the store has.
    fn client(&self) -> SmartAccountClient {
        let services = Dialect::Biconomy.services_at(self.faulty.url());
        SmartAccountClient::new(services, self.owner.clone()).store(self.store.clone())
    }

    /// Does it, and gives the receipt where it was waited for.
    async fn act(&self, act: Act, victim: SessionId, patience: Duration) -> Answer {
        let client = self.client();
        let sent = match act {
            Act::Create => {
                let request = CreateSession::new([mint_policy(client.address())]);
                client.create_session(request.pay(Payment::Sponsored)).await?
            }
            Act::Mint => {
                let request = UseSession::new(mint_to(client.address()));
                client.use_session(request.pay(Payment::Sponsored)).await?
            }
            Act::Revoke => {
                let request = RevokeSession::new([victim]).pay(Payment::Sponsored);
                client.revoke_session(request).await?
            }
            Act::Wait => {
                let pending = client.pending_user_ops().await?;
                let pending = pending.last().ok_or(AccountError::NoSession)?;
                let wait = Wait::default().timeout(patience);
                let receipt = client.wait(pending.hash, wait).await?;
                return Ok((None, Some(receipt)));
            }
        };
        Ok((Some(sent), None))
    }

    /// Does it while something goes wrong, for as long as is bearable.
    async fn act_under(
        &self,
        fault: &Fault,
        act: Act,
        victim: SessionId,
    ) -> Result<Result<Answer, Elapsed>, Box<dyn Error>> {
        self.faulty.fault(fault.clone()).await?;
        let outcome = timeout(SOON, self.act(act, victim, PATIENCE)).await;
        self.faulty.no_faults().await?;
        Ok(outcome)
    }

    /// Sends something, for the waiting to wait for.
    async fn send(&self) -> Outcome {
        let client = self.client();
        let request = UseSession::new(mint_to(client.address()));
        client.use_session(request.pay(Payment::Sponsored)).await?;
        Ok(())
    }
}

/// The calls of an act when nothing goes wrong: service and method.
async fn calls_of(person: &Person<'_>, act: Act, victim: SessionId) -> Result<Vec<String>, Box<dyn Error>> {
    if act == Act::Wait {
        person.send().await?;
    }
    person.faulty.forget().await?;
    let (sent, _) = person.act(act, victim, SOON).await?;
    let log = person.faulty.log().await?;
    let calls = log.iter().flat_map(|entry| {
        let methods = entry.methods.iter();
        methods.map(|method| format!("{} {method}", entry.service))
    });
    if let Some(sent) = sent {
        included(&person.client(), sent).await?;
    }
    Ok(calls.collect::<BTreeSet<_>>().into_iter().collect())
}

/// A session that may be revoked.
async fn victim(person: &Person<'_>) -> Result<SessionId, Box<dyn Error>> {
    let client = person.client();
    grant(&client).await?;
    let sessions = client.sessions().await?.active();
    Ok(sessions.last().ok_or("a session was just granted")?.id)
}

/// Whether a session was revoked.
async fn is_ended(person: &Person<'_>, session: SessionId) -> Result<bool, AccountError> {
    let sessions = person.client().sessions().await?.all;
    let found = sessions.iter().find(|record| record.id() == session);
    Ok(found.is_some_and(|record| record.status == SessionStatus::Revoked))
}

/// What the documentation says of failing services.
fn is_documented(error: &AccountError) -> bool {
    matches!(
        error,
        AccountError::Service(_)
            | AccountError::TimedOut { .. }
            | AccountError::Unanswered { .. }
            | AccountError::WrongHash { .. }
            | AccountError::WrongChain { .. }
            | AccountError::Excessive { .. }
    )
}

#[tokio::test]
async fn every_fault_at_every_call_ends_in_success_or_a_typed_error_and_nothing_is_lost() -> Outcome {
    let faulty = Faulty::begin().await?;
    let person = Person {
        faulty: &faulty,
        owner: owner(),
        store: Arc::default(),
    };
    grant(&person.client()).await?;
    let earlier = person.client().sessions().await?.active()[0].id;
    let mut rows = Vec::new();
    for act in Act::ALL {
        let mut prey = victim(&person).await?;
        for call in calls_of(&person, act, prey).await? {
            for (name, fault) in faults(&selected(&call)?) {
                let status = person.client().sessions().await?.all;
                let is_there = status
                    .iter()
                    .any(|record| record.id() == prey && record.status.is_active());
                if act == Act::Revoke && !is_there {
                    prey = victim(&person).await?;
                }
                if act == Act::Wait {
                    person.send().await?;
                }
                let mut outcome = person.act_under(&fault, act, prey).await?;
                if matches!(outcome, Ok(Err(AccountError::NotActive(_)))) && is_ended(&person, prey).await? {
                    // The case before has ended it only after that was looked at.
                    prey = victim(&person).await?;
                    outcome = person.act_under(&fault, act, prey).await?;
                }

                let case = format!("{act:7} {call:55} {name:15}");
                let said = match outcome {
                    Err(_) => return Err(format!("{case} hangs").into()),
                    Ok(Ok(_)) => "success".to_owned(),
                    Ok(Err(error)) if is_documented(&error) => error.to_string(),
                    Ok(Err(error)) => return Err(format!("{case} says {error:?}").into()),
                };
                let sessions = person.client().sessions().await?;
                let kept = sessions.all.iter().find(|record| record.id() == earlier);
                let kept = kept.map(|record| (record.status, record.has_key));
                if kept != Some((SessionStatus::Active, true)) {
                    return Err(format!("{case} loses the earlier session: {kept:?}").into());
                }
                rows.push(format!("{case} {said}"));
            }
        }
        end_all(&person.client(), SOON)
            .await
            .map_err(|error| format!("{act}: {error}"))?;
        let mint = UseSession::new(mint_to(person.client().address())).session(earlier);
        let sent = person.client().use_session(mint.pay(Payment::Sponsored)).await?;
        included(&person.client(), sent).await?;
    }
    for row in &rows {
        println!("{row}");
    }
    assert!(rows.len() >= 60, "{} combinations", rows.len());
    Ok(())
}
