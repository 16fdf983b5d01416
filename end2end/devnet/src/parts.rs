//! The processes behind the services, and the controls that kill, restart and change them.

use std::{sync::Arc, time::Duration};

use alloy::primitives::Address;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard, watch};

use crate::{
    bundler::Bundler, chain::Chain, error::Error, jsonrpc::Upstream, part::Part, processes::Watchdog,
};

/// The delay before a reorg, in which the bundler notices that its latest bundle was included. A bundler that has not
/// noticed waits for that bundle, and sends no other, until there are more blocks.
const BUNDLER_NOTICES_WITHIN: Duration = Duration::from_secs(2);

/// The time within which the bundler sends an operation that it has taken. On a busy machine the bundler overlooks the
/// block of its last bundle at times, and waits for that bundle until there are more blocks. Other chains always have
/// more.
const BUNDLER_SENDS_WITHIN: Duration = Duration::from_secs(3);

/// The chain, the bundler and the paymasters.
#[derive(Debug)]
pub(crate) struct Parts {
    lives: Lives,
    machines: Mutex<Machines>,
}

/// The number of kills and starts of each part. An odd number means that the part is dead.
#[derive(Debug, Default)]
struct Lives([watch::Sender<u64>; 3]);

/// The child processes. Fields are dropped in order: the watchdog last, when no process is left to end.
#[derive(Debug)]
struct Machines {
    bundler: Option<Bundler>,
    chain: Option<Chain>,
    plan: Plan,
    /// The error of a part that failed to restart.
    failure: Option<Error>,
    watchdog: Watchdog,
}

/// The arguments for the start of each part.
#[derive(Debug)]
struct Plan {
    http: reqwest::Client,
    node: Upstream,
    chain_id: u64,
    entry_points: [Address; 3],
    chain_port: u16,
    bundler_port: u16,
    /// The height of the last block that holds the contracts. A reorg stops there.
    floor: u64,
    hold: bool,
    clock: i64,
    /// The saved state of a chain that was killed.
    saved: Value,
    /// False after the bundler was killed.
    wants_bundler: bool,
    /// True after the chain was killed: a bundler with pending operations ends by itself when the chain is gone.
    bundler_may_end: bool,
}

impl Parts {
    pub(crate) async fn new(
        http: reqwest::Client,
        chain_id: u64,
        entry_points: [Address; 3],
        chain: Chain,
        bundler: Bundler,
        watchdog: Watchdog,
    ) -> Result<Self, Error> {
        let plan = Plan {
            http,
            node: chain.node.clone(),
            chain_id,
            entry_points,
            chain_port: chain.port(),
            bundler_port: bundler.port(),
            floor: chain.height().await?,
            hold: false,
            clock: 0,
            saved: Value::Null,
            wants_bundler: true,
            bundler_may_end: false,
        };
        let machines = Machines {
            bundler: Some(bundler),
            chain: Some(chain),
            plan,
            failure: None,
            watchdog,
        };
        Ok(Self {
            lives: Lives::default(),
            machines: Mutex::new(machines),
        })
    }

    /// Resolves when `part` dies, immediately if the part is dead.
    pub(crate) async fn death(&self, part: Part) {
        self.lives.death(part).await;
    }

    pub(crate) fn dead(&self) -> Vec<Part> {
        let parts = [Part::Chain, Part::Bundler, Part::Paymaster];
        parts
            .into_iter()
            .filter(|part| self.lives.is_dead(*part))
            .collect()
    }

    /// Returns whether the bundler holds, and the clock offset in seconds.
    pub(crate) async fn hold_and_clock(&self) -> (bool, i64) {
        let machines = self.machines.lock().await;
        (machines.plan.hold, machines.plan.clock)
    }

    pub(crate) async fn heal(&self) -> Result<(), Error> {
        for part in self.dead() {
            self.restart(part).await?;
        }
        self.hold(false).await?;
        self.set_clock(0).await
    }

    pub(crate) async fn kill(&self, part: Part) -> Result<(), Error> {
        let mut machines = self.machines.lock().await;
        self.lives.end(part);
        machines.kill(part).await
    }

    /// Restarts `part` after a delay, unless another control has restarted or killed the part meanwhile.
    pub(crate) fn restart_later(self: &Arc<Self>, part: Part, after: Duration) {
        let parts = Arc::clone(self);
        let life = parts.lives.number(part);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if parts.lives.number(part) == life
                && let Err(error) = parts.restart(part).await
            {
                parts.machines.lock().await.failure = Some(error);
            }
        });
    }

    pub(crate) async fn restart(&self, part: Part) -> Result<(), Error> {
        let mut machines = self.machines.lock().await;
        match part {
            Part::Chain => machines.start_chain().await?,
            Part::Bundler => machines.plan.wants_bundler = true,
            Part::Paymaster => {}
        }
        if part != Part::Bundler {
            self.lives.begin(part);
        }
        self.start_wanted_bundler(&mut machines).await
    }

    /// Mines a block if the chain stays at a height for [`BUNDLER_SENDS_WITHIN`]: the height before the bundler took an
    /// operation.
    pub(crate) fn wake_bundler_later(self: &Arc<Self>, before: u64) {
        let parts = Arc::clone(self);
        let life = parts.lives.number(Part::Chain);
        tokio::spawn(async move {
            tokio::time::sleep(BUNDLER_SENDS_WITHIN).await;
            let machines = parts.machines.lock().await;
            let may_wait = machines.plan.hold || parts.lives.number(Part::Chain) != life;
            if let Some(chain) = machines.chain.as_ref().filter(|_| !may_wait) {
                // A dead chain mines no block.
                let _ = chain.mine_above(before).await;
            }
        });
    }

    /// Returns the height of the chain, if it is alive.
    pub(crate) async fn height(&self) -> Option<u64> {
        let machines = self.machines.lock().await;
        machines.chain.as_ref()?.height().await.ok()
    }

    pub(crate) async fn hold(&self, hold: bool) -> Result<(), Error> {
        let mut machines = self.machines.lock().await;
        // A bundler that resumes twice would bundle in two loops.
        if machines.plan.hold != hold {
            if let Some(bundler) = &machines.bundler {
                bundler.hold(hold).await?;
            }
            machines.plan.hold = hold;
        }
        Ok(())
    }

    pub(crate) async fn set_clock(&self, clock: i64) -> Result<(), Error> {
        let mut machines = self.machines.lock().await;
        if machines.plan.clock != clock {
            if let Some(chain) = &machines.chain {
                chain.set_clock(clock).await?;
            }
            machines.plan.clock = clock;
        }
        Ok(())
    }

    pub(crate) async fn reorg(&self, blocks: u64) -> Result<(), Error> {
        let machines = self.machines.lock().await;
        let chain = machines.chain.as_ref().ok_or(Error::Dead(Part::Chain))?;
        let allowed = chain.height().await?.saturating_sub(machines.plan.floor);
        if blocks > allowed {
            return Err(Error::TooDeep {
                asked: blocks,
                allowed,
            });
        }
        tokio::time::sleep(BUNDLER_NOTICES_WITHIN).await;
        chain.reorg(blocks, machines.plan.clock).await
    }

    /// Waits until a part ends unexpectedly, and returns the error.
    pub(crate) async fn ended(&self) -> Error {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if let Err(error) = self.check().await {
                return error;
            }
        }
    }

    async fn check(&self) -> Result<(), Error> {
        let mut machines = self.machines.lock().await;
        let failure = machines.failure.take();
        if let Some(error) = failure.or_else(|| machines.chain.as_mut()?.ended()) {
            return Err(error);
        }
        match machines.bundler.as_mut().and_then(Bundler::ended) {
            None => Ok(()),
            Some(_) if machines.plan.bundler_may_end => {
                self.lives.end(Part::Bundler);
                machines.bundler = None;
                self.start_wanted_bundler(&mut machines).await
            }
            Some(error) => Err(error),
        }
    }

    async fn start_wanted_bundler(&self, machines: &mut MutexGuard<'_, Machines>) -> Result<(), Error> {
        machines.start_wanted_bundler().await?;
        if machines.bundler.is_some() {
            self.lives.begin(Part::Bundler);
        }
        Ok(())
    }
}

impl Machines {
    async fn kill(&mut self, part: Part) -> Result<(), Error> {
        match part {
            Part::Chain => {
                if let Some(chain) = self.chain.take() {
                    // The state that a real node would have written to its disk.
                    self.plan.saved = chain.save_last().await?;
                    self.plan.bundler_may_end = true;
                    chain.kill();
                }
            }
            Part::Bundler => {
                self.plan.wants_bundler = false;
                self.bundler = None;
            }
            Part::Paymaster => {}
        }
        let alive = [
            self.chain.as_ref().map(Chain::id),
            self.bundler.as_ref().map(Bundler::id),
        ];
        let alive: Vec<_> = alive.into_iter().flatten().collect();
        self.watchdog.keep(&alive);
        Ok(())
    }

    async fn start_chain(&mut self) -> Result<(), Error> {
        if self.chain.is_some() {
            return Ok(());
        }
        let Plan {
            http,
            chain_id,
            chain_port,
            ..
        } = &self.plan;
        let start = || Chain::start(http.clone(), *chain_id, *chain_port, &mut self.watchdog);
        let chain = tokio::task::block_in_place(start)?;
        chain.load(&self.plan.saved).await?;
        if self.plan.clock != 0 {
            chain.set_clock(self.plan.clock).await?;
        }
        self.plan.saved = Value::Null;
        self.chain = Some(chain);
        Ok(())
    }

    /// Starts the bundler if it is wanted. While the chain is dead this does nothing: the chain's restart starts both.
    async fn start_wanted_bundler(&mut self) -> Result<(), Error> {
        if self.bundler.is_some() || self.chain.is_none() || !self.plan.wants_bundler {
            return Ok(());
        }
        let Plan {
            http,
            node,
            entry_points,
            bundler_port,
            hold,
            ..
        } = &self.plan;
        let start = Bundler::start(
            http.clone(),
            node,
            *entry_points,
            *bundler_port,
            *hold,
            &mut self.watchdog,
        );
        self.bundler = Some(start.await?);
        self.plan.bundler_may_end = false;
        Ok(())
    }
}

impl Lives {
    fn of(&self, part: Part) -> &watch::Sender<u64> {
        &self.0[part as usize]
    }

    fn number(&self, part: Part) -> u64 {
        *self.of(part).borrow()
    }

    fn is_dead(&self, part: Part) -> bool {
        self.number(part) % 2 == 1
    }

    fn end(&self, part: Part) {
        if !self.is_dead(part) {
            self.of(part).send_modify(|number| *number += 1);
        }
    }

    fn begin(&self, part: Part) {
        if self.is_dead(part) {
            self.of(part).send_modify(|number| *number += 1);
        }
    }

    async fn death(&self, part: Part) {
        let mut life = self.of(part).subscribe();
        let now = *life.borrow_and_update();
        if !self.is_dead(part) {
            let _ = life.wait_for(|number| *number != now).await;
        }
    }
}
