//! The life of a smart account and its operations as signals.

mod derived;
mod mutation;
mod query;
mod status;
#[cfg(test)]
mod testing;

pub use self::{mutation::Mutation, query::Query, status::Status};
