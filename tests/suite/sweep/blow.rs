use std::{fmt, str::FromStr};

use devnet::{Fault, Service};

use super::kinds::{self, Kind};

/// A fault at one call of one step of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blow {
    pub(crate) step: usize,
    pub(crate) call: Call,
    pub(crate) kind: Kind,
    /// True when later calls of the method in the step fail as well.
    pub(crate) lasts: bool,
}

/// A call of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) method: String,
    /// The number of earlier calls of this method in the step.
    pub(crate) place: u32,
}

impl Blow {
    pub(crate) fn fault(&self) -> Fault {
        let Call {
            service,
            method,
            place,
        } = &self.call;
        let fault = self.kind.fault(*service, method).skip(*place);
        if self.lasts { fault } else { fault.times(1) }
    }
}

/// Formats as in `0:bundler.eth_sendUserOperation.0=drop`, with a trailing star for a lasting fault.
impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call {
            service,
            method,
            place,
        } = &self.call;
        let service = format!("{service:?}").to_lowercase();
        let star = if self.lasts { "*" } else { "" };
        write!(
            f,
            "{}:{service}.{method}.{place}={}{star}",
            self.step, self.kind.name
        )
    }
}

impl FromStr for Blow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (step, rest) = text.split_once(':')?;
            let (call, kind) = rest.split_once('=')?;
            let lasts = kind.ends_with('*');
            let kind = kind.trim_end_matches('*');
            let [service, method, place] = call.split('.').collect::<Vec<_>>().try_into().ok()?;
            let services = [Service::Node, Service::Bundler, Service::Paymaster];
            let is_it = |known: &Service| format!("{known:?}").eq_ignore_ascii_case(service);
            let call = Call {
                service: services.into_iter().find(is_it)?,
                method: method.to_owned(),
                place: place.parse().ok()?,
            };
            let kind = kinds::ALL.into_iter().find(|known| known.name == kind)?;
            Some(Self {
                step: step.parse().ok()?,
                call,
                kind,
                lasts,
            })
        };
        parse().ok_or_else(|| format!("no fault is called {text:?}"))
    }
}
