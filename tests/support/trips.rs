use std::{error::Error, thread};

use devnet::Entry;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::{Outcome, devnet};

/// Counts what an act waits for, one act at a time, on a local chain that takes its time.
pub(crate) struct Trips {
    _turn: MutexGuard<'static, ()>,
}

impl Trips {
    pub(crate) async fn begin() -> Result<Self, Box<dyn Error>> {
        static TURN: Mutex<()> = Mutex::const_new(());
        let trips = Self {
            _turn: TURN.lock().await,
        };
        trips.control(json!({ "latency_ms": 200, "faults": [] })).await?;
        Ok(trips)
    }

    /// Tells the chain how slow it is to be, and what is to go wrong.
    pub(crate) async fn control(&self, control: Value) -> Outcome {
        Self::tell(control).await
    }

    async fn tell(control: Value) -> Outcome {
        let url = format!("{}/control", devnet().url());
        let request = reqwest::Client::new().post(url).body(control.to_string());
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Forgets what was called until now.
    pub(crate) async fn forget(&self) -> Outcome {
        let url = format!("{}/log", devnet().url());
        reqwest::Client::new()
            .delete(url)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// What was called since, oldest first.
    pub(crate) async fn calls(&self) -> Result<Vec<Entry>, Box<dyn Error>> {
        let log = reqwest::get(format!("{}/log", devnet().url())).await?;
        Ok(serde_json::from_str(&log.text().await?)?)
    }

    /// The longest row of calls, each begun after the one before it was answered, up to the first that sends.
    pub(crate) async fn to_send(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let mut calls = self.calls().await?;
        let send = calls
            .iter()
            .position(|call| call.methods == ["eth_sendUserOperation"]);
        calls.truncate(send.ok_or("nothing was sent")? + 1);
        // Whichever ends first leaves the most room for others.
        let end = |call: &Entry| call.end_ms.unwrap_or(f64::INFINITY);
        calls.sort_by(|a, b| end(a).total_cmp(&end(b)));
        let (mut row, mut last) = (Vec::new(), 0.0);
        for call in calls {
            if call.start_ms >= last {
                last = end(&call);
                row.push(call.methods.join(" + "));
            }
        }
        Ok(row)
    }
}

impl Drop for Trips {
    /// Other tests use the same chain.
    fn drop(&mut self) {
        let heal = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let healthy = json!({ "latency_ms": 0, "faults": [] });
            runtime.map(|runtime| runtime.block_on(Self::tell(healthy)).is_ok())
        };
        let healed = thread::spawn(heal).join();
        assert!(
            matches!(healed, Ok(Ok(true))) || thread::panicking(),
            "the chain stays slow"
        );
    }
}
