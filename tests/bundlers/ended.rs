use std::fmt;

use use_aa::Error;

use crate::table::NOT_OFFERED;

/// The end of an act that did not work.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The library returned an error.
    Library(Box<Error>),
    /// An operation is on the chain and its call reverted.
    Reverted(Option<String>),
    /// The act took too long.
    Hung,
    /// The bundler has not the part that the act needs.
    NotOffered,
    /// The act had another effect than it must have.
    Wrong(String),
}

impl Ended {
    /// Returns the text for a cell of the table.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Library(error) => error.code(),
            Self::Reverted(_) => "reverted",
            Self::Hung => "hung",
            Self::NotOffered => NOT_OFFERED,
            Self::Wrong(_) => "wrong",
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library(error) => error.fmt(f),
            Self::Reverted(reason) => write!(f, "the call reverted on the chain: {reason:?}"),
            Self::Hung => f.write_str("the act did not end in time"),
            Self::NotOffered => f.write_str("the bundler has no such part"),
            Self::Wrong(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Ended {}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Library(Box::new(error))
    }
}

impl From<Box<dyn std::error::Error>> for Ended {
    fn from(error: Box<dyn std::error::Error>) -> Self {
        Self::Wrong(error.to_string())
    }
}
