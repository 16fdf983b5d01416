use std::{env, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    sync::{RwLock, RwLockWriteGuard},
    task::JoinHandle,
    time::sleep,
};
use use_aa::BundlerKind;

use crate::{
    Fallible,
    shape::{Coinbase, Rundler, Shape, Skandha, ZeroDev},
};

/// The interval of bundles, in which operations of one account can be together in a mempool.
const INTERVAL: Duration = Duration::from_millis(200);

/// A running bundler, a column of the table.
pub(crate) struct Bundler {
    /// The header of the column.
    pub(crate) name: &'static str,
    pub(crate) kind: BundlerKind,
    pub(crate) url: String,
    pub(crate) shape: Option<Arc<dyn Shape>>,
    bundles: Bundles,
}

/// The part that decides when a bundle is sent.
enum Bundles {
    /// The bundler itself, under the control of the devnet at this URL.
    Devnet { url: String, lock: Arc<RwLock<()>> },
    /// A task that asks the bundler for each bundle.
    Ticker {
        lock: Arc<RwLock<()>>,
        task: JoinHandle<()>,
    },
}

/// A bundler that sends no bundles until this is released.
pub(crate) struct Held<'a> {
    bundler: &'a Bundler,
    _lock: RwLockWriteGuard<'a, ()>,
}

impl Bundler {
    /// Returns the columns of the table, in order. `cargo xtask test bundlers` has started the bundlers.
    pub(crate) fn all(devnet: &str, alto: &Arc<RwLock<()>>) -> Fallible<Vec<Self>> {
        let test_bundler = env::var("USE_AA_TEST_BUNDLER")?;
        let voltaire = env::var("USE_AA_VOLTAIRE")?;
        let shaped = |name, kind, shape: Arc<dyn Shape>| Self::alto(name, kind, Some(shape), devnet, alto);
        Ok(vec![
            Self::alto("alto", BundlerKind::PIMLICO, None, devnet, alto),
            Self::asked("test-bundler", test_bundler),
            Self::asked("voltaire", voltaire),
            shaped(
                "rundler (shape)",
                BundlerKind::RUNDLER,
                Arc::new(Rundler::default()),
            ),
            shaped(
                "rundler on a rollup (shape)",
                BundlerKind::STANDARD,
                Arc::new(Rundler::on_rollup()),
            ),
            shaped("skandha (shape)", BundlerKind::STANDARD, Arc::new(Skandha)),
            shaped("zerodev (shape)", BundlerKind::STANDARD, Arc::new(ZeroDev)),
            shaped("coinbase (shape)", BundlerKind::STANDARD, Arc::new(Coinbase)),
        ])
    }

    /// Creates the column of alto, or of a bundler that has the shape of another one in front of alto.
    fn alto(
        name: &'static str,
        kind: BundlerKind,
        shape: Option<Arc<dyn Shape>>,
        devnet: &str,
        lock: &Arc<RwLock<()>>,
    ) -> Self {
        Self {
            name,
            kind,
            url: format!("{devnet}/bundler"),
            shape,
            bundles: Bundles::Devnet {
                url: devnet.to_owned(),
                lock: Arc::clone(lock),
            },
        }
    }

    /// Creates the column of a bundler that is asked for each bundle.
    fn asked(name: &'static str, url: String) -> Self {
        Self {
            name,
            kind: BundlerKind::STANDARD,
            bundles: Bundles::ticking(url.clone()),
            shape: None,
            url,
        }
    }

    /// Stops bundling.
    pub(crate) async fn hold(&self) -> Fallible<Held<'_>> {
        let (Bundles::Devnet { lock, .. } | Bundles::Ticker { lock, .. }) = &self.bundles;
        let held = Held {
            bundler: self,
            _lock: lock.write().await,
        };
        self.set_hold(true).await?;
        Ok(held)
    }

    async fn set_hold(&self, hold: bool) -> Fallible<()> {
        if let Bundles::Devnet { url, .. } = &self.bundles {
            let control = json!({ "hold": hold });
            post(&format!("{url}/control"), control.to_string()).await?;
        }
        Ok(())
    }
}

impl Held<'_> {
    /// Resumes bundling.
    pub(crate) async fn release(self) -> Fallible<()> {
        self.bundler.set_hold(false).await
    }
}

impl Bundles {
    fn ticking(url: String) -> Self {
        let lock = Arc::<RwLock<()>>::default();
        let unlocked = Arc::clone(&lock);
        let task = tokio::spawn(async move {
            let request =
                json!({"jsonrpc": "2.0", "id": 1, "method": "debug_bundler_sendBundleNow", "params": []});
            loop {
                let lock = unlocked.read().await;
                // A bundle that fails shows as an operation that is not included.
                let _ = post(&url, request.to_string()).await;
                drop(lock);
                sleep(INTERVAL).await;
            }
        });
        Self::Ticker { lock, task }
    }
}

impl Drop for Bundles {
    fn drop(&mut self) {
        if let Self::Ticker { task, .. } = self {
            task.abort();
        }
    }
}

async fn post(url: &str, body: String) -> Result<(), reqwest::Error> {
    let request = reqwest::Client::new().post(url);
    let request = request.header("content-type", "application/json").body(body);
    request.send().await?.error_for_status()?.bytes().await?;
    Ok(())
}
