/// How far a [`Mutation`](super::Mutation) or a [`Query`](super::Query) has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nothing was asked yet.
    #[default]
    Idle,
    /// It was asked, and there is no answer yet.
    Pending,
    /// The last answer is in `data`.
    Success,
    /// The last attempt failed, `error` tells why.
    Error,
}
