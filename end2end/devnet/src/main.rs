//! The local chain.
fn main() {}
