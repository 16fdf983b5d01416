use super::{Failure, part::Part};
use crate::platform::Json;

/// A question to a service: the JSON-RPC method, its parameters, and how the answer is read.
///
/// A question is a value, so that a dialect makes no request itself. A page that sends no operation then links no code
/// for requests.
///
/// # Examples
///
/// ```
/// use use_aa::{Json, rpc::Question};
///
/// let params = vec![Json::from(1_u64)];
/// let number: Question<'_, u64> = Question::new("toy_number", params, |answer| answer.small_number());
/// assert_eq!(number.method(), Some("toy_number"));
/// assert_eq!(Question::known(5_u64).method(), None);
/// ```
#[must_use = "a question is asked by a client of the service"]
pub struct Question<'a, T>(pub(super) Kind<'a, T>);

/// The two kinds of a question.
pub(super) enum Kind<'a, T> {
    /// The service is asked.
    Asked {
        method: &'static str,
        params: Vec<Json>,
        read: Read<'a, T>,
    },
    /// The answer is known, and no request is made.
    Known(T),
}

/// A function that reads the answer to a question.
pub(super) type Read<'a, T> = Box<dyn FnOnce(Part<'_>) -> Result<T, Failure> + Send + 'a>;

impl<'a, T> Question<'a, T> {
    /// Creates a question from a method, its parameters, and a function that reads the result of the answer.
    pub fn new(
        method: &'static str,
        params: Vec<Json>,
        read: impl FnOnce(Part<'_>) -> Result<T, Failure> + Send + 'a,
    ) -> Self {
        let read = Box::new(read);
        Self(Kind::Asked { method, params, read })
    }

    /// Creates a question whose answer is known without a request.
    pub const fn known(answer: T) -> Self {
        Self(Kind::Known(answer))
    }

    /// Returns the JSON-RPC method; `None` if no request is made.
    #[must_use]
    pub const fn method(&self) -> Option<&'static str> {
        match &self.0 {
            Kind::Asked { method, .. } => Some(method),
            Kind::Known(_) => None,
        }
    }
}
