//! The keys that sign for an account: the owner's and those of sessions.

mod address;
mod authorization;
mod dummy;
mod owner;
mod session_key;
mod session_signer;
mod typed_data;
mod written;

pub(crate) use self::{
    authorization::authorization_by, dummy::DUMMY_ECDSA, session_signer::signed, written::signature,
};
pub use self::{
    owner::{AccountOwner, OwnerError, verified},
    session_key::{NotAKey, SessionKey},
    session_signer::{KeyError, SessionSigner, SignerError, dummy_session_signature},
    typed_data::{TypedData, TypedDataError},
};
pub use crate::platform::NoRandomness;
