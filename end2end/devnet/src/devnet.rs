use std::{env, net::Ipv4Addr, sync::Arc, sync::mpsc, thread, time::Duration};

use alloy::primitives::B256;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    addresses::Contracts,
    bundler::Bundler,
    chain::{self, Chain},
    contracts,
    error::Error,
    keys,
    parts::Parts,
    place,
    processes::Watchdog,
    ready::Ready,
    server,
    services::Services,
    sponsor::Sponsor,
};

/// The options of a local chain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The port of all services; 0 is any free port.
    port: u16,
    chain_id: u64,
    contracts: Box<Contracts>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            chain_id: chain::ID,
            contracts: Box::default(),
        }
    }
}

/// A local chain with its services, which end when the value is dropped or the process ends.
#[derive(Debug)]
pub struct Devnet {
    ready: Ready,
    // `None` for a devnet that runs in another process.
    services: Option<ServiceThread>,
}

#[derive(Debug)]
struct ServiceThread {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<Option<Error>>>,
}

impl Options {
    /// The port of all services. Default: any free port.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The chain id. Default: 80002, Biconomy's test network.
    #[must_use]
    pub fn chain_id(self, chain_id: u64) -> Self {
        Self { chain_id, ..self }
    }

    /// The addresses of the contracts. Default: the production addresses. The fallback handler must be the first
    /// contract that the factory creates.
    #[must_use]
    pub fn contracts(self, contracts: Contracts) -> Self {
        let contracts = Box::new(contracts);
        Self { contracts, ..self }
    }
}

impl Devnet {
    /// Starts a local chain and waits until it is ready. Installs the npm packages and compiles the contracts first.
    ///
    /// The services run on their own threads, so the caller may be inside or outside an async runtime.
    ///
    /// # Errors
    /// Fails if the port is taken, a program is missing, or a part does not start.
    pub fn start(options: Options) -> Result<Self, Error> {
        let (tell, ready) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || serve(options, &tell, stopped));
        let services = ServiceThread {
            stop: Some(stop),
            thread: Some(thread),
        };
        let ready = ready.recv().unwrap_or(Err(Error::Ended))?;
        Ok(Self {
            ready,
            services: Some(services),
        })
    }

    /// Attaches to the local chain at the URL in `USE_AA_DEVNET`, or starts a new one when the variable is not set.
    ///
    /// Dropping the value does not end a chain that was attached to.
    ///
    /// # Errors
    /// Fails if no devnet answers at the URL, and for the reasons of [`Devnet::start`].
    pub fn running_or_start(options: Options) -> Result<Self, Error> {
        Self::running_at_or_start("USE_AA_DEVNET", options)
    }

    /// Attaches to the local chain at the URL in an environment variable, or starts a new one when it is not set.
    ///
    /// Dropping the value does not end a chain that was attached to.
    ///
    /// # Errors
    /// Fails if no devnet answers at the URL, and for the reasons of [`Devnet::start`].
    pub fn running_at_or_start(variable: &'static str, options: Options) -> Result<Self, Error> {
        match env::var(variable) {
            Ok(url) if !url.is_empty() => Self::attach(variable, url.trim_end_matches('/')),
            _ => Self::start(options),
        }
    }

    fn attach(variable: &'static str, url: &str) -> Result<Self, Error> {
        let at = format!("{url}/health");
        let health = thread::spawn(move || runtime().map(|runtime| runtime.block_on(health(&at))));
        let health = health.join().map_err(|_| Error::Ended)??;
        match health {
            Ok(ready) => Ok(Self {
                ready,
                services: None,
            }),
            Err(error) => Err(Error::NotRunning {
                variable,
                url: url.to_owned(),
                message: error.to_string(),
            }),
        }
    }

    /// Returns the error of services that have ended.
    pub fn ended(&mut self) -> Option<Error> {
        let thread = &mut self.services.as_mut()?.thread;
        if !thread.as_ref()?.is_finished() {
            return None;
        }
        thread.take()?.join().ok().flatten().or(Some(Error::Ended))
    }

    /// The addresses and keys of the chain.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The base URL of the services, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.ready.url
    }

    /// The addresses of the contracts.
    #[must_use]
    pub fn contracts(&self) -> &Contracts {
        &self.ready.contracts
    }

    /// Private keys of accounts that hold coins.
    #[must_use]
    pub fn funded_keys(&self) -> &[B256] {
        &self.ready.funded_keys
    }
}

impl Drop for ServiceThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs the services until they are stopped or a part ends, and returns the error of that part.
fn serve(
    options: Options,
    tell: &mpsc::Sender<Result<Ready, Error>>,
    stopped: oneshot::Receiver<()>,
) -> Option<Error> {
    let told = |error| drop(tell.send(Err(error)));
    let runtime = runtime().map_err(told).ok()?;
    runtime.block_on(async {
        let running = Running::start(options).await.map_err(told).ok()?;
        let _ = tell.send(Ok(running.ready.clone()));
        tokio::select! {
            () = server::run(&running.listener, Arc::clone(&running.services), running.ready) => None,
            error = running.services.parts.ended() => Some(error),
            _ = stopped => None,
        }
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.map_err(|source| Error::Run {
        program: "async runtime".to_owned(),
        source,
    })
}

async fn health(url: &str) -> Result<Ready, reqwest::Error> {
    reqwest::get(url).await?.error_for_status()?.json().await
}

/// The running services with their listener.
struct Running {
    listener: TcpListener,
    services: Arc<Services>,
    ready: Ready,
}

impl Running {
    async fn start(options: Options) -> Result<Self, Error> {
        let listener = listen(options.port).await?;
        let artifacts = contracts::compile()?;
        let mut watchdog = Watchdog::start()?;
        let http = http()?;
        let (chain_id, at) = (options.chain_id, *options.contracts);

        let chain = Chain::start(http.clone(), chain_id, 0, &mut watchdog)?;
        place::entry_points(&chain.node, &at).await?;
        let (bundler, ()) = futures::try_join!(
            Bundler::start(
                http.clone(),
                &chain.node,
                at.entry_points(),
                0,
                false,
                &mut watchdog
            ),
            place::contracts(&chain.node, &artifacts, &at),
        )?;

        let port = listener
            .local_addr()
            .map_err(|source| Error::Port {
                port: options.port,
                source,
            })?
            .port();
        let ready = Ready {
            ready: true,
            url: format!("http://127.0.0.1:{port}"),
            chain_id,
            contracts: at.clone(),
            funded_keys: keys::funded().to_vec(),
        };
        let (node, bundler_api) = (chain.node.clone(), bundler.upstream.clone());
        let parts = Parts::new(http, chain_id, at.entry_points(), chain, bundler, watchdog).await?;
        let services = Arc::new(Services {
            node,
            bundler: bundler_api,
            parts: Arc::new(parts),
            sponsor: Sponsor::new(chain_id, at),
        });
        Ok(Self {
            listener,
            services,
            ready,
        })
    }
}

async fn listen(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => Error::PortInUse(port),
            _ => Error::Port { port, source },
        })
}

fn http() -> Result<reqwest::Client, Error> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build();
    client.map_err(|error| Error::Run {
        program: "HTTP client".to_owned(),
        source: std::io::Error::other(error),
    })
}
