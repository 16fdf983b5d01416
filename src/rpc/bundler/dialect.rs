use std::fmt;

use super::{Simulation, biconomy::Biconomy, pimlico::Pimlico, rundler::Rundler, standard::Standard};
use crate::{
    platform::Json,
    primitives::Fees,
    rpc::{Failure, part::Part},
};

/// The dialect of a bundler: its methods beyond ERC-7769.
///
/// The default of each method is the standard. [`BundlerKind::new`] makes a dialect selectable.
pub trait BundlerDialect: Send + Sync {
    /// Returns the name of the dialect, for `Debug`.
    fn name(&self) -> &'static str;

    /// Returns the chain id that the URL of a bundler names, if the dialect has a format for it.
    fn chain_id(&self, url: &str) -> Option<u64> {
        let _ = url;
        None
    }

    /// Returns the method for the bundler's fees, if there is one.
    fn fees_method(&self) -> Option<&'static str> {
        None
    }

    /// Reads the answer of the method for fees.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the answer is malformed.
    fn read_fees(&self, answer: Part<'_>) -> Result<Fees, Failure> {
        answer.fees()
    }

    /// Returns the method for the least priority fee, if there is one. It is asked if the fees are not reported.
    fn priority_fee_method(&self) -> Option<&'static str> {
        None
    }

    /// Returns the method for the status of a pending operation and the field of the status, if there is one.
    fn status_method(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Returns the parameter of a submission that selects a simulation, if the dialect has one.
    fn simulation(&self, simulation: Simulation) -> Option<Json> {
        let _ = simulation;
        None
    }
}

/// The kind of a bundler: the dialect that an app names. A dialect that is not named is not linked.
///
/// # Examples
///
/// ```
/// use use_aa::{BundlerKind, Services};
///
/// let services = Services::new(80002, "http://127.0.0.1:8545")?
///     .bundler(BundlerKind::PIMLICO, "http://127.0.0.1:4337")?;
/// # let _ = services;
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct BundlerKind(&'static dyn BundlerDialect);

impl BundlerKind {
    /// The ERC-7769 methods only. Fees come from the node.
    pub const STANDARD: Self = Self(&Standard);
    /// The ERC-7769 methods, and Pimlico's gas prices and operation status, as alto offers them.
    pub const PIMLICO: Self = Self(&Pimlico);
    /// The ERC-7769 methods, and the fees of rundler, Alchemy's bundler.
    pub const RUNDLER: Self = Self(&Rundler);
    /// The methods of Biconomy's V2 bundler.
    pub const BICONOMY: Self = Self(&Biconomy);

    /// Creates the kind of a dialect.
    #[must_use]
    pub const fn new(dialect: &'static dyn BundlerDialect) -> Self {
        Self(dialect)
    }

    /// Returns the dialect.
    #[must_use]
    pub const fn dialect(self) -> &'static dyn BundlerDialect {
        self.0
    }
}

impl Default for BundlerKind {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl PartialEq for BundlerKind {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for BundlerKind {}

impl fmt::Debug for BundlerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}
