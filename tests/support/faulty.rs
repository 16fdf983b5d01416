use std::{error::Error, time::Duration};

use devnet::{Devnet, Options};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, MutexGuard, OnceCell},
    time::sleep,
};
use use_aa::{
    Error as AccountError, Services, SmartAccountClient, SpeedUp, Wait,
    rpc::{Http, Node},
};

use super::{Dialect, Outcome};

/// A local chain whose faults no other test sees, one test at a time.
pub(crate) struct Faulty {
    devnet: &'static Devnet,
    _turn: MutexGuard<'static, ()>,
}

impl Faulty {
    /// Waits for its turn; begins without faults.
    pub(crate) async fn begin() -> Result<Self, Box<dyn Error>> {
        static DEVNET: OnceCell<Devnet> = OnceCell::const_new();
        static TURN: Mutex<()> = Mutex::const_new(());
        let turn = TURN.lock().await;
        let start = || async { Devnet::start(Options::default()) };
        let devnet = DEVNET.get_or_try_init(start).await?;
        let faulty = Self { devnet, _turn: turn };
        faulty.control(json!({ "heal": true })).await?;
        Ok(faulty)
    }

    /// Tells the chain what is to go wrong, in its own words.
    pub(crate) async fn control(&self, control: Value) -> Outcome {
        let url = format!("{}/control", self.url());
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json");
        request
            .body(control.to_string())
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Asks the node below for something that only a local chain does.
    pub(crate) async fn chain(&self, method: &'static str, params: Value) -> Outcome {
        let node = Node::new(Http::new(format!("{}/rpc", self.url()).parse()?));
        let _: Value = node.client().request(method, params).await?;
        Ok(())
    }

    /// This goes wrong, and nothing else.
    pub(crate) async fn fault(&self, fault: Value) -> Outcome {
        self.control(json!({ "faults": [fault] })).await
    }

    /// How often a method was called so far.
    pub(crate) async fn calls(&self, method: &str) -> Result<usize, Box<dyn Error>> {
        let log = reqwest::get(format!("{}/log", self.url())).await?.text().await?;
        let log: Vec<Value> = serde_json::from_str(&log)?;
        let methods = log
            .iter()
            .filter_map(|entry| entry["methods"].as_array())
            .flatten();
        Ok(methods.filter(|called| called.as_str() == Some(method)).count())
    }

    /// Comes once a method was called so often.
    pub(crate) async fn asked(&self, method: &str, times: usize) -> Outcome {
        while self.calls(method).await? < times {
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Forgets the calls so far.
    pub(crate) async fn forget(&self) -> Outcome {
        let url = format!("{}/log", self.url());
        reqwest::Client::new()
            .delete(url)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// The calls since then: service and method of each.
    pub(crate) async fn called(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let log = reqwest::get(format!("{}/log", self.url())).await?.text().await?;
        let log: Vec<Value> = serde_json::from_str(&log)?;
        let calls = log.iter().flat_map(|entry| {
            let methods = entry["methods"].as_array().into_iter().flatten();
            let service = entry["service"].as_str().unwrap_or_default();
            methods.map(move |method| format!("{service} {}", method.as_str().unwrap_or_default()))
        });
        Ok(calls.collect())
    }

    pub(crate) fn url(&self) -> &'static str {
        self.devnet.url()
    }

    pub(crate) fn services(&self) -> Services {
        Dialect::Biconomy.services_at(self.url())
    }

    pub(crate) fn standard_services(&self) -> Services {
        Dialect::Standard.services_at(self.url())
    }
}

/// Every operation of an account comes to an end that is known.
pub(crate) async fn end_all(client: &SmartAccountClient, soon: Duration) -> Outcome {
    let wait = Wait::default().timeout(soon);
    let ends = client.pending_user_ops().await?.into_iter().map(async |op| {
        let mut end = client.wait(op.hash, wait).await;
        // What was lost is sent again in its nonce.
        if let Err(AccountError::Dropped { .. }) = end {
            end = match client.speed_up(SpeedUp::new(op.hash)).await {
                Ok(again) => again.wait(wait).await,
                // It was not lost after all, or another took its place.
                Err(AccountError::NonceTaken { .. }) => client.wait(op.hash, wait).await,
                Err(error) => Err(error),
            };
        }
        match end {
            Ok(_) | Err(AccountError::Replaced { .. }) => Ok(()),
            Err(error) => Err(format!("{:?}: {error}", op.kind)),
        }
    });
    join_all(ends).await.into_iter().collect::<Result<(), _>>()?;
    let left = client.pending_user_ops().await?;
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!("{left:?} did not end").into()),
    }
}
