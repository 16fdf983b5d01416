use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use super::{Given, Shape};

/// A gateway that turns requests to a bundler away.
pub(crate) struct Gate {
    shape: Arc<dyn Shape>,
    answer: Given,
    /// The methods that were turned away once; `None` if all requests are turned away.
    once: Option<Mutex<HashSet<String>>>,
}

impl Gate {
    /// Turns away the first request of each method, for the rate limit. Returns `None` if no gateway stands in front of
    /// the bundler.
    pub(crate) fn limited(shape: &Arc<dyn Shape>) -> Option<Self> {
        Some(Self {
            answer: shape.over_limit()?,
            once: Some(Mutex::default()),
            shape: Arc::clone(shape),
        })
    }

    /// Turns away all requests, for the key. Returns `None` if no gateway stands in front of the bundler.
    pub(crate) fn shut(shape: &Arc<dyn Shape>) -> Option<Self> {
        Some(Self {
            answer: shape.unknown_key()?,
            once: None,
            shape: Arc::clone(shape),
        })
    }
}

impl Shape for Gate {
    fn request(&self, request: &mut Value) -> Option<Given> {
        let method = request["method"].as_str().unwrap_or_default().to_owned();
        let is_shut = self.once.as_ref().is_none_or(|once| {
            let mut once = once.lock().unwrap_or_else(PoisonError::into_inner);
            once.insert(method)
        });
        match is_shut {
            true => Some(self.answer.clone()),
            false => self.shape.request(request),
        }
    }

    fn answer(&self, request: &Value, status: u16, answer: Value) -> (u16, Value) {
        self.shape.answer(request, status, answer)
    }
}
