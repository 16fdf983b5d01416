use thiserror::Error;

/// What `config.json` says cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
pub(crate) enum ConfigError {
    /// What the server has is something else.
    #[error("config.json is missing, or not a JSON object: serve one beside the page ({0})")]
    NotJson(String),
    /// A field is not there.
    #[error("`{field}` is missing in config.json: give {wanted}")]
    Missing {
        /// The field; a dot leads into an object.
        field: &'static str,
        /// What it must hold.
        wanted: &'static str,
    },
    /// A field holds something else. What, is not told: it may be a key.
    #[error("`{field}` in config.json is wrong: it must be {wanted}")]
    Wrong {
        /// The field; a dot leads into an object.
        field: &'static str,
        /// What it must hold.
        wanted: &'static str,
    },
    /// The fields do not fit together.
    #[error("`{field}` in config.json is wrong: {source}")]
    Service {
        /// The field; a dot leads into an object.
        field: &'static str,
        /// Why the service cannot be used.
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

    /// What to make of an error that the service of a field gave.
    pub(super) fn of(field: &'static str) -> impl FnOnce(use_aa::Error) -> Self {
        move |source| Self::Service {
            field,
            source: Box::new(source),
        }
    }
}
