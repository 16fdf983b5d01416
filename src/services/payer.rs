use alloy::primitives::Address;

use super::Services;
use crate::{
    error::{Error, ErrorKind},
    platform::Json,
    primitives::{GasLimits, UserOpDraft, UserOperation},
    rpc::{
        Asked, OneCallPaymaster, PaymasterClient, PaymasterContext, Protocol, SponsorMode, Sponsorship, Stub,
        StubDataPaymaster, TokenQuote, TokenRate,
    },
};

/// The dialect of the paymaster, with the client that asks its questions.
pub(crate) struct Payer<'a, Dialect: ?Sized> {
    client: &'a PaymasterClient,
    dialect: &'a Dialect,
}

/// A paymaster that agrees in one call.
pub(crate) type OneCall<'a> = Payer<'a, dyn OneCallPaymaster + 'a>;

/// A paymaster that gives stub data first.
pub(crate) type StubData<'a> = Payer<'a, dyn StubDataPaymaster + 'a>;

/// The paymaster, by its protocol.
pub(crate) enum AnyPayer<'a> {
    OneCall(OneCall<'a>),
    StubData(StubData<'a>),
}

impl Services {
    /// Returns the paymaster. Fails with [`ErrorKind::NoPaymaster`] if there is none.
    pub(crate) fn payer(&self) -> Result<AnyPayer<'_>, Error> {
        let client = self
            .paymaster
            .as_ref()
            .ok_or_else(|| Error::from(ErrorKind::NoPaymaster))?;
        Ok(match client.protocol() {
            Protocol::OneCall(dialect) => AnyPayer::OneCall(Payer { client, dialect }),
            Protocol::StubData(dialect) => AnyPayer::StubData(Payer { client, dialect }),
        })
    }
}

impl OneCall<'_> {
    pub(crate) fn method(&self) -> &'static str {
        self.dialect.method()
    }

    pub(crate) fn sponsor<'b>(
        &'b self,
        draft: &'b UserOpDraft,
        gas: Option<GasLimits>,
        mode: SponsorMode,
        context: &'b PaymasterContext,
    ) -> Asked<'b, Sponsorship> {
        self.client.ask(self.dialect.sponsor(draft, gas, mode, context))
    }

    pub(crate) fn quotes<'b>(
        &'b self,
        draft: &'b UserOpDraft,
        gas: Option<GasLimits>,
        tokens: &'b [Address],
        context: &'b PaymasterContext,
    ) -> Asked<'b, Vec<TokenQuote>> {
        self.client.ask(self.dialect.quotes(draft, gas, tokens, context))
    }
}

impl StubData<'_> {
    pub(crate) fn method(&self) -> &'static str {
        self.dialect.method()
    }

    pub(crate) fn stub<'b>(&'b self, draft: &'b UserOpDraft, context: &'b Json) -> Asked<'b, Stub> {
        self.client.ask(self.dialect.stub(draft, context))
    }

    pub(crate) fn data<'b>(&'b self, op: &'b UserOperation, context: &'b Json) -> Asked<'b, Sponsorship> {
        self.client.ask(self.dialect.data(op, context))
    }

    pub(crate) fn rates<'b>(&'b self, tokens: &'b [Address]) -> Asked<'b, Vec<TokenRate>> {
        self.client.ask(self.dialect.rates(tokens))
    }
}
