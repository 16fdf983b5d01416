//! An in-memory chain, bundler and paymaster, without sockets or processes, in Tokio's time.

pub(crate) mod abi;
mod account;
mod bundler;
mod chain;
mod nexus;
mod node;
mod op;
mod paymaster;
mod refusal;
mod session;
mod split;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alloy::primitives::{Address, U256};
use devnet::{Fault, Kind, Service};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use use_aa::{
    BoxFuture, BundlerKind, EntryPoint, PaymasterKind, Services,
    rpc::{Answer, Bundler as BundlerClient, Http, HttpClient, Node, PaymasterClient, Post, PostError, Wire},
};

use self::{
    bundler::{Bundler, Pending},
    chain::Chain,
    refusal::{Outcome, Refusal},
};

/// An API key in every URL, which no message may contain.
pub(crate) const API_KEY: &str = "secret-key-123";

/// The dialects of bundler and paymaster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The standards, with fees from the node.
    Standard,
    /// The standards, with Pimlico's fees and statuses.
    Pimlico,
    /// The standards, with rundler's fees.
    Rundler,
    Biconomy,
}

/// The services of one chain. Clones share their state.
#[derive(Clone, Debug)]
pub(crate) struct World(Arc<Mutex<State>>);

/// The state of the services.
#[derive(Clone, Debug)]
struct State {
    dialect: Dialect,
    chain: Chain,
    bundler: Bundler,
    faults: VecDeque<Fault>,
    /// The latency of a request.
    latency: Duration,
    log: Vec<Request>,
    began: Instant,
}

/// A request in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) service: Service,
    pub(crate) method: String,
    pub(crate) began: Duration,
    /// The time of the response. `None` while the request is pending, and when the client disconnected.
    pub(crate) ended: Option<Duration>,
    /// True when the response is an error or missing.
    pub(crate) failed: bool,
    /// The result in the response, null without one.
    pub(crate) result: Value,
}

impl World {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let genesis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let chain = Chain {
            genesis: genesis.as_secs(),
            ..Chain::default()
        };
        Self(Arc::new(Mutex::new(State {
            dialect,
            chain,
            bundler: Bundler::default(),
            faults: VecDeque::new(),
            latency: Duration::from_millis(1),
            log: Vec::new(),
            began: Instant::now(),
        })))
    }

    /// Creates an independent copy for another simulated run.
    pub(crate) fn twin(&self) -> Self {
        let state = self.state().clone();
        Self(Arc::new(Mutex::new(state)))
    }

    /// Returns the services as an app would configure them.
    pub(crate) fn services(&self) -> Services {
        let dialect = self.state().dialect;
        let http = |path: &str| {
            let url = format!("https://world.test/{path}/{API_KEY}");
            let url = url.parse().expect("the address of a service");
            Http::new(url).through(HttpClient::over(self.clone()))
        };
        let (bundler, paymaster) = match dialect {
            Dialect::Standard => (BundlerKind::STANDARD, PaymasterKind::ERC7677),
            Dialect::Pimlico => (BundlerKind::PIMLICO, PaymasterKind::ERC7677),
            Dialect::Rundler => (BundlerKind::RUNDLER, PaymasterKind::ERC7677),
            Dialect::Biconomy => (BundlerKind::BICONOMY, PaymasterKind::BICONOMY),
        };
        let entry_point = EntryPoint::v0_6(abi::CHAIN_ID);
        Services::over(
            Node::new(http("rpc")),
            BundlerClient::new(bundler, http("bundler"), entry_point),
            Some(PaymasterClient::new(paymaster, http("paymaster"), entry_point)),
        )
    }

    /// Replaces the faults. Each fault begins when the previous one is over.
    pub(crate) fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults = faults.into_iter().collect();
    }

    /// Returns the number of faults that are not over.
    pub(crate) fn faults_left(&self) -> usize {
        self.state().faults.len()
    }

    pub(crate) fn latency(&self, latency: Duration) {
        self.state().latency = latency;
    }

    /// Pauses or resumes bundling.
    pub(crate) fn hold(&self, holds: bool) {
        self.state().bundler.holds = holds;
    }

    /// Sets the balance of an account, in wei.
    pub(crate) fn fund(&self, account: Address, wei: U256) {
        self.state().chain.coins.insert(account, wei);
    }

    /// Removes the safe senders of an account's default validator.
    pub(crate) fn remove_safe_senders(&self, account: Address) {
        if let Some(account) = self.state().chain.accounts.get_mut(&account) {
            account.safe_senders.clear();
        }
    }

    pub(crate) fn give_tokens(&self, account: Address, units: u64) {
        *self.state().chain.tokens.entry(account).or_default() += U256::from(units);
    }

    /// Clears the request log.
    pub(crate) fn forget(&self) {
        self.state().log.clear();
    }

    /// Returns the requests since the log was cleared, in order of arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().log.clone()
    }

    /// Returns the number of NFTs minted to an account.
    pub(crate) fn nfts_of(&self, account: Address) -> usize {
        let state = self.state();
        state.chain.nfts.iter().filter(|owner| **owner == account).count()
    }

    /// Returns the number of included operations.
    pub(crate) fn included(&self) -> usize {
        self.state().chain.included.len()
    }

    /// Formats the state of the chain and the bundler.
    pub(crate) fn describe(&self) -> String {
        let State { chain, bundler, .. } = &*self.state();
        let Chain {
            accounts,
            tokens,
            nfts,
            included,
            ..
        } = chain;
        let accounts = accounts.values().map(account::Account::describe);
        let accounts = accounts.collect::<Vec<_>>();
        let included = included.iter().map(|included| (included.hash, included.success));
        let included = included.collect::<Vec<_>>();
        let Bundler { pending, holds } = bundler;
        let pending = pending
            .iter()
            .map(|Pending { op, hash, .. }| (hash, op.nonce, op.call_data.len()));
        let pending = pending.collect::<Vec<_>>();
        format!(
            "{accounts:?} {} {} {included:?} {pending:?} {holds}",
            tokens.len(),
            nfts.len()
        )
    }

    async fn exchange(&self, path: &str, body: &str) -> Result<Answer, PostError> {
        let (service, latency) = (service_at(path)?, self.state().latency);
        let request: Value =
            serde_json::from_str(body).map_err(|error| PostError::Unreachable(error.to_string()))?;
        let method = request["method"].as_str().unwrap_or_default();
        let (number, met) = self.open(service, method);
        sleep(latency).await;
        let mut fault = None;
        for met in met {
            match met.kind() {
                Kind::Delay { ms } => sleep(Duration::from_millis(*ms)).await,
                _ => fault = Some(met),
            }
        }
        let answer = self.answer(number, service, &request, path, fault.as_ref());
        let state = &mut self.state();
        let now = state.now();
        if let Some(entry) = state.log.get_mut(number) {
            entry.ended = Some(now);
            entry.failed = answer.as_ref().map_or(true, |(_, failed)| *failed);
        }
        answer.map(|(answer, _)| answer)
    }

    /// Records a request, and takes the faults that the request meets.
    fn open(&self, service: Service, method: &str) -> (usize, Vec<Fault>) {
        let state = &mut *self.state();
        let began = state.now();
        state.log.push(Request {
            service,
            method: method.to_owned(),
            began,
            ended: None,
            failed: false,
            result: Value::Null,
        });
        let mut first = state.faults.pop_front().into_iter().collect();
        let met = Fault::take(&mut first, service, method);
        first.into_iter().for_each(|fault| state.faults.push_front(fault));
        (state.log.len() - 1, met)
    }

    /// Computes the response to a request. The bool is true when the request failed or met a fault other than `Twice`.
    fn answer(
        &self,
        number: usize,
        service: Service,
        request: &Value,
        path: &str,
        fault: Option<&Fault>,
    ) -> Result<(Answer, bool), PostError> {
        let mut state = self.state();
        let asked = fault.and_then(Fault::http_status);
        let outcome = match fault.map(Fault::kind) {
            Some(Kind::Drop) => {
                let why = "the connection broke before the answer was complete".to_owned();
                return Err(PostError::Unreachable(why));
            }
            Some(Kind::Html) => {
                let page = format!("<!doctype html><h1>Cannot POST /{path}</h1>");
                return Ok((
                    Answer {
                        status: asked.unwrap_or(500),
                        body: page.into_bytes(),
                        retry_after: None,
                    },
                    true,
                ));
            }
            Some(Kind::Refusal { code, message }) => Err(Refusal::new(*code, format!("{message} /{path}"))),
            Some(Kind::Null) => Ok(Value::Null),
            Some(Kind::Rewrite(result)) => {
                let _served = state.serve(service, request);
                Ok(result.clone())
            }
            Some(Kind::Merge(fields)) => state.serve(service, request).map(|result| merged(result, fields)),
            Some(Kind::Twice) => {
                let _first = state.serve(service, request);
                state.serve(service, request)
            }
            _ => state.serve(service, request),
        };
        let refused = match state.dialect {
            Dialect::Biconomy if service != Service::Node => 400,
            _ => 200,
        };
        let status = asked.unwrap_or(if outcome.is_err() { refused } else { 200 });
        let failed = outcome.is_err() || fault.is_some_and(|fault| *fault.kind() != Kind::Twice);
        let mut answer = json!({"jsonrpc": "2.0", "id": request["id"]});
        match outcome {
            Ok(result) => {
                if let Some(entry) = state.log.get_mut(number) {
                    entry.result = result.clone();
                }
                answer["result"] = result;
            }
            Err(refusal) => answer["error"] = json!({"code": refusal.code, "message": refusal.message}),
        }
        Ok((
            Answer {
                status,
                body: answer.to_string().into_bytes(),
                retry_after: None,
            },
            failed,
        ))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn serve(&mut self, service: Service, request: &Value) -> Outcome {
        let Self {
            dialect,
            chain,
            bundler,
            ..
        } = self;
        let now = self.began.elapsed();
        let (method, params) = (request["method"].as_str().unwrap_or_default(), &request["params"]);
        bundler.bundle(chain, now);
        match service {
            Service::Node => node::serve(chain, method, params, now),
            Service::Bundler => bundler.serve(*dialect, chain, method, params, now),
            Service::Paymaster => paymaster::serve(*dialect, chain, method, params, now),
        }
    }
}

impl Wire for World {
    /// Serves a request. The request is executed even when the client disconnects.
    fn post<'a>(&'a self, post: Post<'a>) -> BoxFuture<'a, Result<Answer, PostError>> {
        let (world, body) = (self.clone(), post.body.to_owned());
        let path = post
            .url
            .strip_prefix("https://world.test/")
            .unwrap_or_default()
            .to_owned();
        let exchange = tokio::spawn(async move { world.exchange(&path, &body).await });
        let lost =
            || PostError::Unreachable("the connection broke before the answer was complete".to_owned());
        Box::pin(async move { exchange.await.unwrap_or_else(|_| Err(lost())) })
    }
}

fn service_at(path: &str) -> Result<Service, PostError> {
    match path.split('/').next() {
        Some("rpc") => Ok(Service::Node),
        Some("bundler") => Ok(Service::Bundler),
        Some("paymaster") => Ok(Service::Paymaster),
        _ => Err(PostError::Unreachable("there is no such service".to_owned())),
    }
}

/// The value of a field that a fault removes.
pub(crate) const MISSING: &str = "(missing)";

/// Replaces fields, by their names or by JSON pointers. A result without fields is replaced as a whole.
fn merged(mut result: Value, fields: &Value) -> Value {
    let Some(names) = fields
        .as_object()
        .filter(|_| result.is_object() || result.is_array())
    else {
        return fields.clone();
    };
    for (name, value) in names {
        let (parent, name) = name.rsplit_once('/').unwrap_or(("", name));
        match result.pointer_mut(parent) {
            Some(Value::Object(parent)) if value == MISSING => _ = parent.remove(name),
            Some(Value::Object(parent)) => _ = parent.insert(name.to_owned(), value.clone()),
            Some(Value::Array(parent)) => {
                let found = name.parse().ok().and_then(|at: usize| parent.get_mut(at));
                found.into_iter().for_each(|found| found.clone_from(value));
            }
            _ => {}
        }
    }
    result
}
