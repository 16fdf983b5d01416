//! Chain, bundler and paymaster are killed at random times during a grant and a mint, and restarted. Nothing is lost.

use std::{error::Error, sync::Arc, time::Duration};

use alloy::{primitives::U256, signers::local::PrivateKeySigner};
use devnet::Part;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use use_aa::{
    CreateSession, Error as AccountError, ErrorKind, MemoryStore, Payment, Request, SessionStatus,
    SmartAccountClient, UseSession, UserOpHash, WaitOptions,
    rpc::{Http, Node},
};

use crate::support::{
    Kind, Outcome, SOON,
    faulty::{Faulty, Serial, end_all},
    included, mint_policy, mint_to, owner, request,
};

/// The number of times a service is killed.
const KILLS: u64 = 12;
/// The number of concurrent users during each kill.
const PEOPLE: usize = 5;

/// A deterministic pseudorandom generator, so a failing run can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        // An xorshift generator.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A user of one page, who retries until the action succeeds.
struct Person<'a> {
    faulty: &'a Faulty,
    kind: Kind,
    owner: PrivateKeySigner,
    store: Arc<MemoryStore>,
    sent: Vec<UserOpHash>,
    failures: usize,
}

impl Person<'_> {
    /// Creates the client of a reloaded page, which knows only the content of the store.
    fn client(&self) -> SmartAccountClient {
        let services = self.kind.services_at(self.faulty.url());
        self.kind
            .owned_by(services, self.owner.clone())
            .store(self.store.clone())
    }

    async fn create(&mut self) -> Result<(), AccountError> {
        let client = self.client();
        let request = CreateSession::new([mint_policy(client.address())]);
        let granted = client.create_session(request.pay(Payment::Sponsored)).await?;
        // A grant by a signature takes effect with the first mint.
        let Some(sent) = granted.into_user_op() else {
            return Ok(());
        };
        self.sent.push(sent.hash());
        self.wait(sent.hash()).await
    }

    async fn mint(&mut self) -> Result<(), AccountError> {
        let client = self.client();
        let request = UseSession::new(mint_to(client.address()));
        let sent = client.use_session(request.pay(Payment::Sponsored)).await?;
        self.sent.push(sent.hash());
        self.wait(sent.hash()).await
    }

    async fn wait(&self, hash: UserOpHash) -> Result<(), AccountError> {
        self.client()
            .wait(hash, WaitOptions::default().timeout(SOON))
            .await
            .map(drop)
    }

    /// Grants and mints, and retries failed actions.
    async fn persist(&mut self) -> Outcome {
        // On a busy machine a bundler may start slowly.
        let until = Instant::now() + 3 * SOON;
        loop {
            let has_session = match self.client().sessions().await {
                Ok(sessions) => {
                    let mut all = sessions.all.iter();
                    let is_granted = all.any(|session| session.status == SessionStatus::Granted);
                    Ok(is_granted || !sessions.active().is_empty())
                }
                Err(error) => Err(error),
            };
            let done = match has_session {
                Ok(true) => self.mint().await.map(|()| true),
                Ok(false) => self.create().await.map(|()| false),
                Err(error) => Err(error),
            };
            match done {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) if Instant::now() > until => return Err(error.into()),
                Err(_) => {
                    self.failures += 1;
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Checks that nothing was lost.
    async fn check(&self) -> Outcome {
        let client = self.client();
        // Every operation has ended, with or without an answer to its sending.
        end_all(&client, SOON).await?;
        let mut minted = 0;
        for hash in &self.sent {
            match client.wait(*hash, WaitOptions::default().timeout(SOON)).await {
                Ok(receipt) if receipt.success => minted += 1,
                Ok(receipt) => return Err(format!("{hash} reverted: {:?}", receipt.reason).into()),
                Err(error) if matches!(error.kind(), ErrorKind::Replaced { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // The granted session still works, and its key is still in the store.
        let sessions = client.sessions().await?;
        let session = sessions.active().pop().ok_or("no session is left")?;
        let request = UseSession::new(mint_to(client.address())).session(session.id);
        let sent = client.use_session(request.pay(Payment::Sponsored)).await?;
        included(&client, sent).await?;
        match minted {
            0 => Err("nothing that was sent was included".into()),
            _ => Ok(()),
        }
    }
}

/// Mines a block every second, as chains do without new transactions. Bundlers check their operations at each block.
async fn tick(faulty: &Faulty) -> Result<(), Box<dyn Error>> {
    let node = Node::new(Http::new(format!("{}/rpc", faulty.url()).parse()?));
    loop {
        sleep(Duration::from_secs(1)).await;
        // A dead chain mines no blocks.
        let _: Result<Value, _> = request(&node, "evm_mine", json!([])).await;
    }
}

/// A kill of a service, with the delays of its end and its restart in milliseconds.
struct Death {
    part: Part,
    after: u64,
    dead: u64,
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { part, after, dead } = self;
        write!(f, "{part} dead from {after} ms for {dead} ms")
    }
}

/// Kills a service while users act, and returns the number of failed actions.
async fn run(serial: &Serial, chance: &mut Chance) -> Result<(usize, Part), Box<dyn Error>> {
    let death = Death {
        part: [Part::Chain, Part::Bundler, Part::Paymaster][chance.below(3) as usize],
        after: chance.below(900),
        dead: 100 + chance.below(900),
    };
    let mut kinds = Kind::ALL.into_iter().cycle();
    let mut people = [(); PEOPLE].map(|()| Person {
        faulty: serial,
        kind: kinds.next().unwrap_or(Kind::BiconomyV2),
        owner: owner(),
        store: Arc::default(),
        sent: Vec::new(),
        failures: 0,
    });
    let kill = async {
        sleep(Duration::from_millis(death.after)).await;
        serial.kill(death.part, Duration::from_millis(death.dead)).await
    };
    let persist = people.iter_mut().map(|person| {
        let begins = Duration::from_millis(chance.below(900));
        async move {
            sleep(begins).await;
            person.persist().await
        }
    });
    let (killed, persisted) = futures::join!(kill, join_all(persist.collect::<Vec<_>>()));
    killed?;
    let told = |error: Box<dyn Error>| format!("{death}: {error}");
    persisted.into_iter().collect::<Outcome>().map_err(told)?;
    serial.recover().await?;
    let checked = join_all(people.iter().map(Person::check)).await;
    checked.into_iter().collect::<Outcome>().map_err(told)?;
    Ok((people.iter().map(|person| person.failures).sum(), death.part))
}

#[tokio::test]
async fn services_that_die_at_random_moments_lose_nothing() -> Outcome {
    let serial = Serial::own()?;
    let seed = U256::from_be_bytes(PrivateKeySigner::random().to_bytes().0).as_limbs()[0] | 1;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let mut failures = [Part::Chain, Part::Bundler, Part::Paymaster].map(|part| (part, 0, 0));
    for number in 0..KILLS {
        let run = timeout(6 * SOON, run(&serial, &mut chance));
        let ended = tokio::select! {
            ended = run => ended,
            failed = tick(&serial) => return failed,
        };
        let (failed, part) = ended
            .map_err(|_| format!("run {number} hangs, seed {seed}"))?
            .map_err(|error| format!("run {number}, seed {seed}: {error}"))?;
        for row in failures.iter_mut().filter(|row| row.0 == part) {
            row.1 += 1;
            row.2 += failed;
        }
    }
    for (part, runs, failed) in failures {
        println!("{part} died {runs} times, {failed} acts failed and were done again");
    }
    assert!(failures.iter().any(|row| row.2 > 0), "no death was met by an act");
    Ok(())
}
