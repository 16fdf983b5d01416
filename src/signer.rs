//! The keys that sign for an account: the owner's and those of sessions.

mod address;
mod dummy;
mod owner;
mod session_key;
mod session_signer;
mod typed_data;

pub(crate) use self::{dummy::DUMMY_ECDSA, session_signer::signed};
pub use self::{
    owner::{AccountOwner, OwnerError, verified},
    session_key::{NotAKey, SessionKey},
    session_signer::{KeyError, SessionSigner, SignerError, dummy_session_signature},
    typed_data::{TypedData, TypedDataError},
};
pub use crate::platform::NoRandomness;
