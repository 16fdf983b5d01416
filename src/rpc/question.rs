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
        reader: Reader<'a, T>,
    },
    /// The answer is known, and no request is made.
    Known(Box<dyn FnOnce() -> T + Send + 'a>),
}

/// A function that reads a result.
type Read<'a, T> = Box<dyn FnOnce(Part<'_>) -> Result<T, Failure> + Send + 'a>;

/// The reader of the answer to a question.
pub(super) struct Reader<'a, T> {
    read: Read<'a, T>,
    /// The answer in place of an error that tells of something missing.
    missing: Option<fn() -> T>,
}

impl<T> Reader<'_, T> {
    /// Reads a result, or the error of a service that refuses the question.
    pub(super) fn read(self, answer: Result<&Json, Failure>) -> Result<T, Failure> {
        match (answer, self.missing) {
            (Ok(answer), _) => (self.read)(Part::whole(answer)),
            (Err(Failure::Refused(refusal)), Some(nothing)) if refusal.is_of_missing() => Ok(nothing()),
            (Err(failure), _) => Err(failure),
        }
    }
}

impl<'a, T> Question<'a, T> {
    /// Creates a question from a method, its parameters, and a function that reads the result of the answer.
    pub fn new(
        method: &'static str,
        params: Vec<Json>,
        read: impl FnOnce(Part<'_>) -> Result<T, Failure> + Send + 'a,
    ) -> Self {
        Self(Kind::Asked {
            method,
            params,
            reader: Reader {
                read: Box::new(read),
                missing: None,
            },
        })
    }

    /// Sets the answer of a service that has nothing of what is asked for. Some services answer an error then, where a standard
    /// has `null`.
    pub fn or(mut self, nothing: fn() -> T) -> Self {
        if let Kind::Asked { reader, .. } = &mut self.0 {
            reader.missing = Some(nothing);
        }
        self
    }

    /// Reads an answer: a result, or the error of a service that refuses the question.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the result is malformed, or the error is not of something missing.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{Json, rpc::{Failure, Question, Refusal}};
    ///
    /// let question = || Question::new("toy_number", vec![], |answer| answer.small_number()).or(|| 0);
    /// assert_eq!(question().read(Ok(&Json::from("0x2a"))), Ok(42));
    ///
    /// let refused = |message| Err(Failure::Refused(Box::new(Refusal::new(-32601, message, None))));
    /// assert_eq!(question().read(refused("number not found")), Ok(0));
    /// assert!(question().read(refused("no")).is_err());
    /// ```
    pub fn read(self, answer: Result<&Json, Failure>) -> Result<T, Failure> {
        match self.0 {
            Kind::Known(answer) => Ok(answer()),
            Kind::Asked { reader, .. } => reader.read(answer),
        }
    }

    /// Creates a question whose answer is known without a request.
    pub fn known(answer: T) -> Self
    where
        T: Send + 'a,
    {
        Self(Kind::Known(Box::new(move || answer)))
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

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        primitives::UserOpHash,
        rpc::{BundlerKind, Refusal, bundler, node},
    };

    /// Reads an answer to each question of a node and of a bundler, and returns the results by their names.
    fn read(answer: &dyn Fn() -> Result<Json, Failure>) -> Vec<(&'static str, Result<String, Failure>)> {
        fn shown<T: std::fmt::Debug>(
            question: Question<'_, T>,
            answer: Result<Json, Failure>,
        ) -> Result<String, Failure> {
            let read = match answer {
                Ok(answer) => question.read(Ok(&answer)),
                Err(failure) => question.read(Err(failure)),
            };
            read.map(|read| format!("{read:?}"))
        }
        let (hash, place) = (UserOpHash(B256::ZERO), Address::ZERO);
        let [standard, pimlico] = [BundlerKind::STANDARD, BundlerKind::PIMLICO].map(BundlerKind::dialect);
        vec![
            ("block number", shown(node::question::block_number(), answer())),
            ("newest block", shown(node::question::newest_block(), answer())),
            ("base fee", shown(node::question::base_fee(), answer())),
            ("next base fee", shown(node::question::next_base_fee(), answer())),
            (
                "gas price",
                shown(node::question::amount("eth_gasPrice"), answer()),
            ),
            ("code", shown(node::question::code(place), answer())),
            ("balance", shown(node::question::balance(place), answer())),
            ("logs", shown(node::question::logs(place, &[]), answer())),
            (
                "logs between",
                shown(node::question::logs_between(place, &[], &(0..=1)), answer()),
            ),
            (
                "transaction",
                shown(node::question::transaction(B256::ZERO), answer()),
            ),
            (
                "entry points",
                shown(bundler::question::supported_entry_points(), answer()),
            ),
            ("fees", shown(bundler::question::fees(pimlico).unwrap(), answer())),
            ("hash", shown(bundler::question::send(vec![]), answer())),
            ("receipt", shown(bundler::question::receipt(hash), answer())),
            ("inclusion", shown(bundler::question::inclusion(hash), answer())),
            (
                "reported transaction",
                shown(bundler::question::transaction(standard, hash), answer()),
            ),
            ("has", shown(bundler::question::has(hash), answer())),
            ("knows", shown(bundler::question::knows(pimlico, hash), answer())),
        ]
    }

    #[test]
    fn every_answer_to_every_question_is_read_or_its_fault_is_named() {
        let answers = [
            json!(null),
            json!(true),
            json!(7),
            json!(-1.5),
            json!("0x2a"),
            json!("text"),
            json!([]),
            json!([[], null, 7]),
            json!({}),
            json!({"status": [], "fast": 1, "logs": {}, "receipt": "0x", "number": "x"}),
        ];
        for answer in answers {
            for (question, read) in read(&|| Ok(answer.clone().into())) {
                let is_named = match &read {
                    Ok(_) => true,
                    Err(Failure::Missing) => answer == Value::Null || question == "next base fee",
                    Err(Failure::Malformed(why)) => !why.is_empty(),
                    Err(_) => false,
                };
                assert!(is_named, "{question}: {answer}: {read:?}");
            }
        }
    }

    #[test]
    fn only_questions_about_an_operation_have_an_answer_where_there_is_none() {
        let refused = |message| {
            let refusal = Refusal::new(-32601, message, None);
            move || Err(Failure::Refused(Box::new(refusal.clone())))
        };
        let answered = |message| {
            let results = read(&refused(message)).into_iter();
            let answered = results.filter_map(|(question, read)| Some((question, read.ok()?)));
            answered.collect::<Vec<_>>()
        };

        let of_operations = [
            ("receipt", "None".to_owned()),
            ("inclusion", "None".to_owned()),
            ("reported transaction", "None".to_owned()),
            ("has", "false".to_owned()),
            ("knows", "false".to_owned()),
        ];
        assert_eq!(answered("user operation not found"), of_operations);
        assert_eq!(answered("no such hash"), of_operations);
        assert_eq!(answered("Method not found"), []);
        assert_eq!(answered("the method eth_x does not exist"), []);
    }
}
