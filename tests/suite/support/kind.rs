use alloy::primitives::Address;
use use_aa::{
    AccountOwner, BiconomyV2, Error, Nexus, Payment, Request, Services, SmartAccountClient, UseSession,
    UserOpResponse,
    session::{
        SessionModule, merkle,
        smart_sessions::{SmartSessions, SmartSessionsContracts},
    },
};

use super::{Dialect, mint_to, sponsored_grant};

/// The account kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Entry point v0.6. A grant is an operation of the owner.
    BiconomyV2,
    /// Entry point v0.7. A grant is a signature of the owner, and the first operation of the session enables the session.
    Nexus,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::BiconomyV2, Self::Nexus];

    /// Returns the dialects whose services know the kind's entry point.
    pub(crate) const fn dialects(self) -> &'static [Dialect] {
        match self {
            Self::BiconomyV2 => &[Dialect::Biconomy, Dialect::Standard],
            Self::Nexus => &[Dialect::Standard],
        }
    }

    /// Returns the services of the local chain at a URL, in the first of the kind's dialects.
    pub(crate) fn services_at(self, url: &str) -> Services {
        self.dialects()[0].services_at(url)
    }

    pub(crate) fn owned_by(
        self,
        services: Services,
        owner: impl AccountOwner + 'static,
    ) -> SmartAccountClient {
        match self {
            Self::BiconomyV2 => SmartAccountClient::new(services, BiconomyV2::owned_by(owner)),
            Self::Nexus => SmartAccountClient::new(services, Nexus::owned_by(owner)),
        }
    }

    /// Creates a client without the owner.
    pub(crate) fn at(self, services: Services, account: Address) -> SmartAccountClient {
        match self {
            Self::BiconomyV2 => SmartAccountClient::new(services, BiconomyV2::at(account)),
            Self::Nexus => SmartAccountClient::new(services, Nexus::at(account)),
        }
    }

    /// Returns the store key of an account's operations.
    pub(crate) fn operations_key(self, account: Address) -> String {
        let suffix = match self {
            Self::BiconomyV2 => "",
            Self::Nexus => ":0.7",
        };
        format!("use-aa:ops:80002:{account}{suffix}")
    }

    /// Returns the store key of an account's sessions.
    pub(crate) fn store_key(self, account: Address) -> String {
        match self {
            Self::BiconomyV2 => merkle::store_key(80002, account),
            Self::Nexus => {
                SmartSessions::new(SmartSessionsContracts::CANONICAL, true).store_key(80002, account)
            }
        }
    }
}

/// Grants a session that may mint to the account itself, and sends the operation that puts the session into force: the
/// grant, or the session's first mint.
pub(crate) async fn enable(client: &SmartAccountClient) -> Result<UserOpResponse, Error> {
    let granted = client.create_session(sponsored_grant(client)).await?;
    match granted.into_user_op() {
        Some(sent) => Ok(sent),
        None => client.use_session(sponsored_mint(client)).await,
    }
}

/// Creates the request of a session to mint, with sponsored gas.
pub(crate) fn sponsored_mint(client: &SmartAccountClient) -> UseSession {
    UseSession::new(mint_to(client.address())).pay(Payment::Sponsored)
}
