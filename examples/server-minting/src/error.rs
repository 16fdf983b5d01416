//! The errors that keep the server from starting.

use std::num::ParseIntError;

/// The error of a server that does not start. No text contains a key or a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An environment variable is not set.
    #[error("a setting is missing: {0}; set this environment variable")]
    Missing(&'static str),
    /// An environment variable has a value of another form.
    #[error("a setting is wrong: {name}; set it to {expected}")]
    Malformed {
        /// The environment variable.
        name: &'static str,
        /// The expected form.
        expected: &'static str,
    },
    /// The number of vouchers is no number.
    #[error("the number of vouchers is wrong: {0}; pass a number from 1 to 65535")]
    Count(#[from] ParseIntError),
    /// PostgreSQL cannot be reached, or refuses the user.
    #[error("the database cannot be used: {0}; check that PostgreSQL runs and that DATABASE_URL names it")]
    Database(#[from] sqlx::Error),
    /// The tables cannot be created.
    #[error("the tables cannot be created: {0}; check the rights of the user that DATABASE_URL names")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// A newer version of this program has changed the tables.
    #[error("the tables are of a newer program: version {0}; update this one")]
    NewerTables(i64),
    /// Another key than that of `VAULT_KEY` has sealed the session keys in the database.
    #[error("VAULT_KEY is not the key of this database; set the key that has sealed its session keys")]
    WrongVaultKey,
    /// The platform has no random bytes.
    #[error("no random bytes: {0}; check the system's random number generator")]
    NoRandomness(#[from] getrandom::Error),
    /// The server cannot listen at its address.
    #[error("the server cannot listen: {0}; set LISTEN to a free port of this machine")]
    Listen(#[from] std::io::Error),
    /// The account cannot be used, or the session cannot be granted.
    #[error(transparent)]
    Account(#[from] use_aa::Error),
}
