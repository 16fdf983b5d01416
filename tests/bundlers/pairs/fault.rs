use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::dice::Dice;

/// A fault at an HTTP call between the library and a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The request is lost on its way.
    Dropped,
    /// The answer is lost on its way.
    AnswerDropped,
    /// The request is delivered twice, and the second answer is given.
    Twice,
    /// HTTP 429 from a gateway.
    Limit,
    /// HTTP 500 with a page, before or after the service has served the request.
    Page { served: bool },
    /// A JSON-RPC error with a code of no meaning.
    Refusal,
    /// A result of null, before or after the service has served the request.
    Null { served: bool },
    /// The request is late.
    Late,
}

impl Fault {
    const ALL: [Self; 10] = [
        Self::Dropped,
        Self::AnswerDropped,
        Self::Twice,
        Self::Limit,
        Self::Page { served: false },
        Self::Page { served: true },
        Self::Refusal,
        Self::Null { served: false },
        Self::Null { served: true },
        Self::Late,
    ];
    /// The delay of a late request.
    pub(crate) const DELAY: Duration = Duration::from_millis(1500);
}

/// The services of an account, by their names in a [`Place`].
pub(crate) const NODE: &str = "node";
pub(crate) const BUNDLER: &str = "bundler";
pub(crate) const PAYMASTER: &str = "paymaster";

/// A call of a method of a service, by the number of earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    service: &'static str,
    method: &'static str,
    earlier: u32,
}

/// The methods at which faults are placed. A method that counts for more is there more than once.
const METHODS: [(&str, &str); 24] = [
    (BUNDLER, "eth_sendUserOperation"),
    (BUNDLER, "eth_sendUserOperation"),
    (BUNDLER, "eth_sendUserOperation"),
    (BUNDLER, "eth_sendUserOperation"),
    (BUNDLER, "eth_sendUserOperation"),
    (BUNDLER, "eth_sendUserOperation"),
    (BUNDLER, "eth_estimateUserOperationGas"),
    (BUNDLER, "eth_estimateUserOperationGas"),
    (BUNDLER, "eth_getUserOperationReceipt"),
    (BUNDLER, "eth_getUserOperationReceipt"),
    (BUNDLER, "eth_getUserOperationByHash"),
    (BUNDLER, "eth_chainId"),
    (BUNDLER, "eth_supportedEntryPoints"),
    (BUNDLER, "pimlico_getUserOperationGasPrice"),
    (BUNDLER, "pimlico_getUserOperationStatus"),
    (NODE, "eth_call"),
    (NODE, "eth_call"),
    (NODE, "eth_getCode"),
    (NODE, "eth_getLogs"),
    (NODE, "eth_getTransactionReceipt"),
    (NODE, "eth_getBlockByNumber"),
    (NODE, "eth_feeHistory"),
    (PAYMASTER, "pm_getPaymasterStubData"),
    (PAYMASTER, "pm_getPaymasterData"),
];

/// A fault and its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    place: Place,
    fault: Fault,
}

impl Placed {
    /// Draws a fault at a method that is called.
    pub(crate) fn draw(dice: &mut Dice, is_sponsored: bool, is_alto: bool) -> Self {
        let is_called = |(service, method): (&str, &str)| {
            (is_sponsored || service != PAYMASTER) && (is_alto || !method.starts_with("pimlico_"))
        };
        let (service, method) = loop {
            let drawn = dice.choose(&METHODS);
            if is_called(drawn) {
                break drawn;
            }
        };
        let place = Place {
            service,
            method,
            earlier: dice.choose(&[0, 0, 0, 1]),
        };
        Self {
            place,
            fault: dice.choose(&Fault::ALL),
        }
    }
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, fault } = self;
        write!(
            f,
            "{}.{}.{}={fault:?}",
            place.service, place.method, place.earlier
        )
    }
}

/// The faults that are still ahead, and the calls that were made.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    ahead: Vec<Placed>,
    calls: HashMap<(String, String), u32>,
    met: usize,
}

impl Faults {
    /// Places faults at the next calls.
    pub(crate) fn place(&self, faults: &[Placed]) {
        let mut state = self.state();
        state.ahead = faults.to_vec();
        state.calls.clear();
    }

    /// Returns the fault of a call that is made now.
    pub(crate) fn take(&self, service: &str, method: &str) -> Option<Fault> {
        let mut state = self.state();
        let count = state
            .calls
            .entry((service.to_owned(), method.to_owned()))
            .or_default();
        let earlier = *count;
        *count += 1;
        let is_here = |placed: &Placed| {
            let Place {
                service: at,
                method: of,
                earlier: before,
            } = placed.place;
            at == service && of == method && before == earlier
        };
        let index = state.ahead.iter().position(is_here)?;
        state.met += 1;
        Some(state.ahead.remove(index).fault)
    }

    /// Returns the number of faults that were met.
    pub(crate) fn met(&self) -> usize {
        self.state().met
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
