use super::{BundlerDialect, Simulation};
use crate::platform::Json;

/// Biconomy's V2 bundler: fees, operation status and the choice of a simulation.
pub(super) struct Biconomy;

impl BundlerDialect for Biconomy {
    fn name(&self) -> &'static str {
        "biconomy"
    }

    fn chain_id(&self, url: &str) -> Option<u64> {
        bundler_chain_id(url)
    }

    fn fees_method(&self) -> Option<&'static str> {
        Some("biconomy_getGasFeeValues")
    }

    fn status_method(&self) -> Option<(&'static str, &'static str)> {
        Some(("biconomy_getUserOperationStatus", "state"))
    }

    fn simulation(&self, simulation: Simulation) -> Option<Json> {
        let simulation = match simulation {
            Simulation::Validation => "validation",
            Simulation::ValidationAndExecution => "validation_and_execution",
        };
        Some(Json::object([("simulation_type", simulation.into())]))
    }
}

/// Returns the chain id in the URL of a Biconomy bundler: `…/api/v2/{chain id}/{key}`.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::bundler_chain_id;
///
/// assert_eq!(bundler_chain_id("https://bundler.example/api/v2/80002/my-key"), Some(80002));
/// assert_eq!(bundler_chain_id("https://bundler.example/api/v3/80002/my-key"), None);
/// ```
#[must_use]
pub fn bundler_chain_id(url: &str) -> Option<u64> {
    let mut path = url.rsplit('/');
    let key = path.next()?;
    let chain_id = path.next()?;
    let is_key = !key.is_empty()
        && key
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || b".-".contains(&c));
    (is_key && path.next()? == "v2" && path.next()? == "api")
        .then(|| chain_id.parse().ok().filter(|_| is_number(chain_id)))?
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}
