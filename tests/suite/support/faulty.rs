use std::{
    error::Error,
    ops::Deref,
    process,
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
    time::Duration,
};

use devnet::{Control, Devnet, Entry, Fault, Options, Part, Service};
use futures::future::join_all;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::{Mutex, MutexGuard, OnceCell},
    time::sleep,
};
use use_aa::{
    Error as AccountError, ErrorKind, Json, Services, SmartAccountClient, SpeedUp, UserOpHash, WaitOptions,
    rpc::{Http, Node},
};

use super::{Dialect, Outcome, devnet};

/// A namespace of the local chain, with its own faults, latency and log.
pub(crate) struct Faulty {
    url: String,
}

impl Faulty {
    /// Creates a namespace without faults.
    pub(crate) async fn begin() -> Result<Self, Box<dyn Error>> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let faulty = Self {
            url: format!("{}/t/suite-{}-{number}", devnet().url(), process::id()),
        };
        // An earlier process may have used the same id.
        faulty.heal().await?;
        faulty.forget().await?;
        Ok(faulty)
    }

    pub(crate) async fn control(&self, control: Control) -> Outcome {
        let request = reqwest::Client::new()
            .post(format!("{}/control", self.url))
            .body(serde_json::to_string(&control)?);
        let answer = request.send().await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(format!("{control:?}: {}", answer.text().await?).into()),
        }
    }

    /// Replaces all faults.
    pub(crate) async fn faults(&self, faults: impl IntoIterator<Item = Fault>) -> Outcome {
        self.control(Control::faults(faults)).await
    }

    /// Replaces all faults with one.
    pub(crate) async fn fault(&self, fault: Fault) -> Outcome {
        self.faults([fault]).await
    }

    /// Drops the next operation on its way to the bundler, and replaces all faults.
    pub(crate) async fn drop_next_send(&self) -> Outcome {
        let send = Fault::on(Service::Bundler, "eth_sendUserOperation");
        self.fault(send.drop().times(1)).await
    }

    /// Removes the faults.
    pub(crate) async fn no_faults(&self) -> Outcome {
        self.faults([]).await
    }

    async fn heal(&self) -> Outcome {
        self.control(Control {
            heal: true,
            ..Control::default()
        })
        .await
    }

    /// Sends a request that only a local chain supports to the node.
    pub(crate) async fn chain<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<T, Box<dyn Error>> {
        request(&self.node()?, method, params).await
    }

    pub(crate) fn node(&self) -> Result<Node, Box<dyn Error>> {
        Ok(Node::new(Http::new(format!("{}/rpc", self.url).parse()?)))
    }

    /// Returns the requests since the log was cleared, in order.
    pub(crate) async fn log(&self) -> Result<Vec<Entry>, Box<dyn Error>> {
        let log = reqwest::get(format!("{}/log", self.url)).await?;
        Ok(serde_json::from_str(&log.text().await?)?)
    }

    /// Returns the number of calls of a method.
    pub(crate) async fn calls(&self, method: &str) -> Result<usize, Box<dyn Error>> {
        let log = self.log().await?;
        let methods = log.iter().flat_map(|entry| &entry.methods);
        Ok(methods.filter(|called| *called == method).count())
    }

    /// Resolves once a method was called this many times.
    pub(crate) async fn asked(&self, method: &str, times: usize) -> Outcome {
        while self.calls(method).await? < times {
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Clears the log.
    pub(crate) async fn forget(&self) -> Outcome {
        reqwest::Client::new()
            .delete(format!("{}/log", self.url))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn services(&self) -> Services {
        Dialect::Biconomy.services_at(&self.url)
    }

    pub(crate) fn standard_services(&self) -> Services {
        Dialect::Standard.services_at(&self.url)
    }
}

/// Sends a request of any method to a service. The parameters are a list, or one value.
pub(crate) async fn request<T: DeserializeOwned>(
    service: &Node,
    method: &'static str,
    params: impl Serialize,
) -> Result<T, Box<dyn Error>> {
    let params = match serde_json::to_value(params)? {
        serde_json::Value::Array(params) => params.into_iter().map(Json::from).collect(),
        param => vec![param.into()],
    };
    let answer = service.request(method, params).await?;
    Ok(serde_json::from_str(&answer.to_string())?)
}

/// A local chain, locked for one test, with the controls that affect the whole chain.
pub(crate) struct Serial {
    root: Faulty,
    _hold: Hold,
}

/// A chain behind a lock.
struct Chain {
    turn: Mutex<()>,
    devnet: OnceCell<Devnet>,
}

impl Chain {
    const fn new() -> Self {
        Self {
            turn: Mutex::const_new(()),
            devnet: OnceCell::const_new(),
        }
    }
}

/// The exclusive access to a chain.
#[expect(dead_code, reason = "it is held")]
enum Hold {
    Turn(MutexGuard<'static, ()>),
    Own(Box<Devnet>),
}

impl Serial {
    /// Locks a chain and undoes all controls.
    pub(crate) async fn begin() -> Result<Self, Box<dyn Error>> {
        static CHAINS: [Chain; 2] = [const { Chain::new() }; 2];
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % CHAINS.len();
        let Chain { turn, devnet } = &CHAINS[number];
        let turn = turn.lock().await;
        let start = || async {
            match number {
                0 => Devnet::running_at_or_start("USE_AA_SERIAL_DEVNET", Options::default()),
                _ => Devnet::start(Options::default()),
            }
        };
        let devnet = devnet.get_or_try_init(start).await?;
        let root = Faulty {
            url: devnet.url().to_owned(),
        };
        root.heal().await?;
        root.forget().await?;
        let _hold = Hold::Turn(turn);
        let serial = Self { root, _hold };
        // A failed test may have disabled automine.
        serial.automine(true).await?;
        Ok(serial)
    }

    /// Starts a separate chain for a test that would hold the lock for minutes.
    pub(crate) fn own() -> Result<Self, Box<dyn Error>> {
        let devnet = Devnet::start(Options::default())?;
        let root = Faulty {
            url: devnet.url().to_owned(),
        };
        let _hold = Hold::Own(Box::new(devnet));
        Ok(Self { root, _hold })
    }

    /// Pauses or resumes bundling.
    pub(crate) async fn hold(&self, hold: bool) -> Outcome {
        let hold = Some(hold);
        self.control(Control {
            hold,
            ..Control::default()
        })
        .await
    }

    /// Replaces the latest blocks with empty ones.
    pub(crate) async fn reorg(&self, blocks: u64) -> Outcome {
        let reorg = Some(blocks);
        self.control(Control {
            reorg,
            ..Control::default()
        })
        .await
    }

    /// Kills a part, which restarts after a delay.
    pub(crate) async fn kill(&self, part: Part, restart_after: Duration) -> Outcome {
        self.control(Control {
            kill: Some(part),
            restart_after_ms: Some(u64::try_from(restart_after.as_millis())?),
            ..Control::default()
        })
        .await
    }

    /// Restarts dead parts, and undoes all controls.
    pub(crate) async fn recover(&self) -> Outcome {
        self.heal().await
    }

    /// Enables or disables a block for every transaction. Enabling mines the waiting transactions.
    pub(crate) async fn automine(&self, automine: bool) -> Outcome {
        let () = self.chain("evm_setAutomine", [automine]).await?;
        match automine {
            true => self.mine(1).await,
            false => Ok(()),
        }
    }

    /// Mines blocks until the bundler has seen the one that includes an operation.
    ///
    /// The bundler sends one bundle at a time, so its next one waits for that. When it is busy it overlooks a block.
    pub(crate) async fn seen_by_bundler(&self, hash: UserOpHash) -> Outcome {
        let bundler = Node::new(Http::new(format!("{}/bundler", self.url).parse()?));
        loop {
            let answer: serde_json::Value =
                request(&bundler, "pimlico_getUserOperationStatus", [hash]).await?;
            if answer["status"] == "included" {
                return Ok(());
            }
            self.mine(1).await?;
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Mines blocks; the first includes the waiting transactions.
    pub(crate) async fn mine(&self, blocks: u64) -> Outcome {
        self.chain("anvil_mine", [format!("{blocks:#x}")]).await
    }
}

impl Deref for Serial {
    type Target = Faulty;

    fn deref(&self) -> &Faulty {
        &self.root
    }
}

/// Waits until every pending operation of an account has ended.
pub(crate) async fn end_all(client: &SmartAccountClient, soon: Duration) -> Outcome {
    let wait = WaitOptions::default().timeout(soon);
    let ends = client.pending_user_ops().await?.into_iter().map(async |op| {
        let mut end = client.wait(op.hash, wait).await;
        // A dropped operation is sent again with its nonce.
        if let Err(ErrorKind::Dropped { .. }) = end.as_ref().map_err(AccountError::kind) {
            end = match client.speed_up(SpeedUp::new(op.hash)).await {
                Ok(again) => again.wait(wait).await,
                // The operation was not dropped after all, or another one replaced it.
                Err(error) if matches!(error.kind(), ErrorKind::NonceTaken { .. }) => {
                    client.wait(op.hash, wait).await
                }
                Err(error) => Err(error),
            };
        }
        match end {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::Replaced { .. }) => Ok(()),
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
