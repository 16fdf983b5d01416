use std::time::Duration;

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{endpoint::Service, error::Error};

/// A fault of a service: a selection of calls, and the effect on them.
///
/// ```
/// use devnet::{Fault, Service};
///
/// let fault = Fault::on(Service::Bundler, "eth_sendUserOperation").http(429).times(1);
/// let patient = fault.retry_after(2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use = "nothing goes wrong until the devnet has it"]
pub struct Fault {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Service>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    skip: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
}

/// The effect of a fault on a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Kind {
    /// A JSON-RPC error; the call is not served. With an HTTP status, every call of the batch is refused.
    Refusal {
        /// The error's code.
        code: i64,
        /// The error's message.
        message: String,
    },
    /// An HTML page in place of JSON; no call of the batch is served.
    Html,
    /// The result null; the call is not served.
    Null,
    /// The connection is closed without a response; no call of the batch is served.
    Drop,
    /// The call waits, then is served or meets the next fault.
    Delay {
        /// The length of the delay, in milliseconds.
        ms: u64,
    },
    /// The call is served, and its result is replaced by this one.
    Rewrite(Value),
    /// The call is served, and these fields are replaced in its result or added to it.
    Merge(Value),
    /// The call is served twice, and the second result is returned, as from a gateway that retries.
    Twice,
}

/// The calls that a fault applies to, as a builder step of [`Fault::on`] and [`Fault::any`].
#[derive(Clone, Debug)]
#[must_use = "calls without a fault are served as ever"]
pub struct Calls {
    service: Option<Service>,
    method: Option<String>,
}

impl Fault {
    /// Selects the calls of a method to a service, in either dialect.
    ///
    /// A name that ends with `*` selects all methods with that prefix: `"pm_*"`, or `"*"` for all methods of the
    /// service.
    pub fn on(service: Service, method: &str) -> Calls {
        Calls {
            service: Some(service),
            method: (method != "*").then(|| method.to_owned()),
        }
    }

    /// Selects every call to every service.
    pub const fn any() -> Calls {
        Calls {
            service: None,
            method: None,
        }
    }

    /// The HTTP status of the response. Default: the status of the service's dialect.
    pub fn status(self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    /// The `Retry-After` header of the response: seconds, or a date. Default: no header.
    pub fn retry_after(self, value: impl ToString) -> Self {
        Self {
            retry_after: Some(value.to_string()),
            ..self
        }
    }

    /// The number of selected calls that are served before the first fault. Default: 0.
    pub fn skip(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    /// The number of calls that meet the fault. Default: all.
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    /// The effect of the fault.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The HTTP status of the response, if the fault sets one.
    #[must_use]
    pub const fn http_status(&self) -> Option<u16> {
        self.status
    }

    /// The value of the `Retry-After` header of the response.
    pub(crate) fn retry_after_value(&self) -> Option<&str> {
        self.retry_after.as_deref()
    }

    /// Returns true if the fault applies to this service and method, regardless of `skip` and `times`.
    #[must_use]
    pub fn selects(&self, service: Service, method: &str) -> bool {
        let selects = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => method.starts_with(start),
            None => method == pattern,
        };
        self.service.is_none_or(|own| own == service) && self.method.as_deref().is_none_or(selects)
    }

    /// Checks that the HTTP status and the `Retry-After` header are valid.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(status) = self.status.filter(|status| !(200..=599).contains(status)) {
            return Err(Error::Status(status));
        }
        match &self.retry_after {
            Some(value) if HeaderValue::from_str(value).is_err() => Err(Error::RetryAfter(value.clone())),
            _ => Ok(()),
        }
    }

    /// Returns true if the fault has no uses left.
    pub(crate) fn is_spent(&self) -> bool {
        self.times == Some(0)
    }

    /// Counts a selected call. Returns false while calls are skipped.
    fn meet(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times = self.times.map(|times| times.saturating_sub(1));
        true
    }

    /// Takes the faults that a call meets from a list: all delays before the first fault of another kind, and that
    /// fault.
    pub fn take(faults: &mut Vec<Self>, service: Service, method: &str) -> Vec<Self> {
        let mut met = Vec::new();
        for fault in faults.iter_mut().filter(|fault| !fault.is_spent()) {
            if !fault.selects(service, method) || !fault.meet() {
                continue;
            }
            met.push(fault.clone());
            if !matches!(fault.kind, Kind::Delay { .. }) {
                break;
            }
        }
        faults.retain(|fault| !fault.is_spent());
        met
    }
}

impl Calls {
    /// Responds with a JSON-RPC error under an HTTP status, for the whole batch.
    pub fn http(self, status: u16) -> Fault {
        self.refusal(-32000, "a fault of the devnet").status(status)
    }

    /// Responds with an HTML page under an HTTP status.
    pub fn html(self, status: u16) -> Fault {
        self.fault(Kind::Html).status(status)
    }

    /// Responds with a JSON-RPC error under the dialect's HTTP status for errors.
    pub fn refusal(self, code: i64, message: &str) -> Fault {
        let message = message.to_owned();
        self.fault(Kind::Refusal { code, message })
    }

    /// Responds with the result null.
    pub fn null(self) -> Fault {
        self.fault(Kind::Null)
    }

    /// Closes the connection without a response.
    pub fn drop(self) -> Fault {
        self.fault(Kind::Drop)
    }

    /// Serves the call after a delay.
    pub fn delay(self, delay: Duration) -> Fault {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.fault(Kind::Delay { ms })
    }

    /// Serves the call and replaces its result.
    ///
    /// # Panics
    /// Panics if the result cannot be serialized as JSON.
    pub fn rewrite(self, result: impl Serialize) -> Fault {
        self.fault(Kind::Rewrite(json!(result)))
    }

    /// Serves the call and replaces or adds fields of its result.
    ///
    /// # Panics
    /// Panics if the fields cannot be serialized as JSON.
    pub fn merge(self, fields: impl Serialize) -> Fault {
        self.fault(Kind::Merge(json!(fields)))
    }

    /// Serves the call twice and returns the second result.
    pub fn twice(self) -> Fault {
        self.fault(Kind::Twice)
    }

    fn fault(self, kind: Kind) -> Fault {
        Fault {
            service: self.service,
            method: self.method,
            kind,
            status: None,
            retry_after: None,
            skip: 0,
            times: None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(met: &[Fault]) -> Vec<&Kind> {
        met.iter().map(Fault::kind).collect()
    }

    #[test]
    fn a_fault_selects_the_calls_of_a_method_or_of_those_that_begin_alike() {
        let send = Fault::on(Service::Bundler, "eth_sendUserOperation").drop();
        let all_get = Fault::on(Service::Bundler, "eth_get*").drop();
        let all = Fault::on(Service::Bundler, "*").drop();

        for (fault, selected) in [
            (send, [true, false, false]),
            (all_get, [false, true, false]),
            (all, [true, true, true]),
        ] {
            let methods = [
                "eth_sendUserOperation",
                "eth_getUserOperationReceipt",
                "eth_chainId",
            ];
            assert_eq!(
                methods.map(|method| fault.selects(Service::Bundler, method)),
                selected
            );
            assert!(methods.iter().all(|method| !fault.selects(Service::Node, method)));
        }
        assert!(Fault::any().drop().selects(Service::Node, "eth_call"));
        assert!(
            !Fault::on(Service::Node, "eth_send")
                .drop()
                .selects(Service::Node, "eth_sendRawTransaction")
        );
    }

    #[test]
    fn a_fault_skips_then_happens_so_many_times_and_is_gone() {
        let mut faults = vec![Fault::on(Service::Node, "*").http(500).skip(1).times(2)];

        let met: Vec<_> = (0..4)
            .map(|_| Fault::take(&mut faults, Service::Node, "eth_call").len())
            .collect();

        assert_eq!(met, [0, 1, 1, 0]);
        assert_eq!(faults, []);
    }

    #[test]
    fn delays_add_to_the_first_other_fault_and_later_ones_are_kept() {
        let mut faults = vec![
            Fault::any().delay(Duration::from_millis(300)).times(1),
            Fault::any().null().times(1),
            Fault::any().drop().times(1),
        ];
        let mut take = || Fault::take(&mut faults, Service::Node, "eth_call");

        assert_eq!(kinds(&take()), [&Kind::Delay { ms: 300 }, &Kind::Null]);
        assert_eq!(kinds(&take()), [&Kind::Drop]);
        assert_eq!(kinds(&take()), [&Kind::Drop; 0]);
    }

    #[test]
    fn the_wire_form_names_what_was_said_and_nothing_else() {
        let table = [
            (Fault::any().drop(), json!({"kind": "drop"})),
            (
                Fault::on(Service::Bundler, "eth_sendUserOperation")
                    .http(429)
                    .retry_after(2)
                    .skip(1)
                    .times(3),
                json!({
                    "service": "bundler", "method": "eth_sendUserOperation",
                    "kind": {"refusal": {"code": -32000, "message": "a fault of the devnet"}},
                    "status": 429, "retry_after": "2", "skip": 1, "times": 3,
                }),
            ),
            (
                Fault::on(Service::Paymaster, "*").delay(Duration::from_secs(1)),
                json!({"service": "paymaster", "kind": {"delay": {"ms": 1000}}}),
            ),
            (
                Fault::on(Service::Node, "eth_call").rewrite(Value::Null),
                json!({"service": "node", "method": "eth_call", "kind": {"rewrite": null}}),
            ),
        ];
        for (fault, wire) in table {
            assert_eq!(serde_json::to_value(&fault).expect("JSON"), wire);
            assert_eq!(serde_json::from_value::<Fault>(wire).expect("a fault"), fault);
        }
    }

    #[test]
    fn a_fault_that_is_not_understood_is_refused() {
        for wrong in [
            json!({}),
            json!({"kind": "explode"}),
            json!({"kind": "drop", "match": "bundler"}),
            json!({"kind": "drop", "service": "biconomy-bundler"}),
            json!({"kind": {"refusal": {"code": 1}}}),
            json!({"kind": {"delay": {"ms": 1, "s": 1}}}),
        ] {
            assert!(serde_json::from_value::<Fault>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
