use std::sync::Arc;

use crate::{jsonrpc::Upstream, parts::Parts, sponsor::Sponsor};

/// The services of all namespaces.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) node: Upstream,
    pub(crate) bundler: Upstream,
    pub(crate) parts: Arc<Parts>,
    pub(crate) sponsor: Sponsor,
}
