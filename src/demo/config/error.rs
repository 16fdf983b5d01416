use thiserror::Error;

/// An error in the content of `config.json`.
#[derive(Clone, Debug, PartialEq, Error)]
pub(crate) enum ConfigError {
    /// The file is not a JSON object.
    #[error("config.json is not a JSON object: {0}; correct the file and serve it beside the page")]
    NotJson(String),
    /// A required field is missing.
    #[error("`{field}` is missing in config.json; set it to {wanted}")]
    Missing {
        /// The field; a dot separates an object from its field.
        field: &'static str,
        /// The expected value.
        wanted: &'static str,
    },
    /// A field has a wrong value. The message omits the value, which may be a key.
    #[error("`{field}` in config.json is invalid; set it to {wanted}")]
    Wrong {
        /// The field; a dot separates an object from its field.
        field: &'static str,
        /// The expected value.
        wanted: &'static str,
    },
    /// The values of several fields do not fit together.
    #[error("`{field}` in config.json is invalid: {source}")]
    Service {
        /// The field; a dot separates an object from its field.
        field: &'static str,
        /// The error of the service.
        source: Box<use_aa::Error>,
    },
}

impl ConfigError {
    /// The stable code of the error.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "config.not_json",
            Self::Missing { .. } => "config.missing_field",
            Self::Wrong { .. } => "config.wrong_field",
            Self::Service { .. } => "config.wrong_service",
        }
    }

    /// Creates an error for the field that configures a service.
    pub(super) fn of(field: &'static str) -> impl FnOnce(use_aa::Error) -> Self {
        move |source| Self::Service {
            field,
            source: Box::new(source),
        }
    }
}
