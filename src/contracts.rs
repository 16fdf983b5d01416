//! Bindings of contracts by standard. The contracts of an account kind are in the room of that kind.

pub mod entry_point;
pub mod token;
