//! Clients of the services an account depends on: node, bundler and paymaster.
//!
//! No service is trusted. Answers are limited in size, parsed strictly and checked against the request. An error names
//! the service that failed, the method, the cause and the remedy. The text of a refused operation omits the method.

mod aa_code;
mod answer;
mod bundler;
mod endpoint;
mod error;
#[cfg(any(test, fuzzing))]
mod example;
mod http;
mod in_flight;
mod node;
mod part;
mod paymaster;
mod question;
mod receipt;
mod refusal;
mod revert;
mod state_override;
mod transport;
mod url;
mod user_op;

#[cfg(test)]
pub(crate) mod testing;

pub use self::{
    aa_code::AaCode,
    bundler::{Bundler, BundlerDialect, BundlerKind, Simulation, bundler_chain_id},
    endpoint::Asked,
    error::{Failure, Service, ServiceError},
    http::Http,
    node::Node,
    part::Part,
    paymaster::{
        BiconomyPaymaster, Erc7677Paymaster, OneCallPaymaster, Paymaster, PaymasterClient, PaymasterContext,
        PaymasterKind, Protocol, SponsorMode, Sponsorship, Stub, StubDataPaymaster, TOKEN_PAYMASTER,
        TokenQuote, TokenRate, paymaster_chain_id,
    },
    question::Question,
    refusal::Refusal,
    state_override::StateOverride,
    transport::Transport,
    url::{ServiceUrl, UrlError},
};
#[cfg(any(test, fuzzing))]
pub(crate) use self::{answer::read as read_answer, example::draft};
pub(crate) use self::{
    bundler::EstimateForm,
    error::{MAX_TEXT, seconds},
    part::number,
    refusal::Reason,
    revert::of_data as revert_reason,
};
#[doc(hidden)]
pub use crate::platform::{Answer, HttpClient, Post, PostError, Wire};
