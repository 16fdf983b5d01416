use std::time::Duration;

use alloy::primitives::Address;

use super::{Error, Options, SmartAccountClient, UserOpResponse, change_root::RootChange};
use crate::{
    contracts::Contracts,
    session::{
        Guards, KeptKey, Leaf, Permission, PolicyError, SessionId, SessionKey, SessionSigner, TreeChange,
        Without,
    },
};

/// What a fresh session key is to be granted.
///
/// Every permission must end, and [`Guards`] refuse what is dangerous unless the app opts out.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use alloy::{primitives::address, sol, sol_types::SolCall};
/// use use_aa::{CreateSession, Payment, Policy};
///
/// sol! {
///     function safeMint(address to);
/// }
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let request = CreateSession::new([Policy::new(nft, safeMintCall::SELECTOR)])
///     .lasting(Duration::from_hours(1))
///     .pay(Payment::Sponsored);
/// # let _ = request;
/// ```
#[derive(Clone, Debug)]
pub struct CreateSession {
    permissions: Vec<Permission>,
    lasting: Option<Duration>,
    guards: Guards,
    signer: Signer,
    for_batches: bool,
    pub(super) options: Options,
    replace_unknown: bool,
    /// A session that ends with it.
    in_place_of: Option<SessionId>,
}

/// Who is to sign for a session.
#[derive(Clone, Debug, Default)]
enum Signer {
    /// A key that is made for it and kept here.
    #[default]
    Fresh,
    /// A key that is brought and kept here.
    Key(SessionKey),
    /// Somebody else, known here by the address alone.
    Elsewhere(Address),
}

impl CreateSession {
    /// Grants policies to a key that is made for them.
    pub fn new<P: Into<Permission>>(policies: impl IntoIterator<Item = P>) -> Self {
        Self {
            permissions: policies.into_iter().map(Into::into).collect(),
            lasting: None,
            guards: Guards::new(),
            signer: Signer::default(),
            for_batches: false,
            options: Options::new(),
            replace_unknown: false,
            in_place_of: None,
        }
    }

    /// The session that ends with it. The default is none.
    pub(super) const fn in_place_of(mut self, session: SessionId) -> Self {
        self.in_place_of = Some(session);
        self
    }

    /// The signer elsewhere, by its address.
    pub(super) fn signer_at(mut self, address: SessionId) -> Self {
        self.signer = Signer::Elsewhere(address);
        self
    }

    /// How long permissions without an end of their own last, in whole seconds, from the grant or from when they begin.
    /// The default is for ever, which the [guards](Self::guards) refuse.
    #[must_use]
    pub const fn lasting(mut self, duration: Duration) -> Self {
        self.lasting = Some(duration);
        self
    }

    /// What must not be granted. The default is [all guards](Guards::new).
    #[must_use]
    pub fn guards(mut self, guards: Guards) -> Self {
        self.guards = guards;
        self
    }

    /// The key that is to sign, kept in the store. The default is a fresh one.
    #[must_use]
    pub fn key(mut self, key: SessionKey) -> Self {
        self.signer = Signer::Key(key);
        self
    }

    /// The signer elsewhere that is to sign; the same must be given to
    /// [`UseSession::signer`](super::UseSession::signer). The default is a fresh key, kept in the store.
    #[must_use]
    pub fn signer(mut self, signer: &dyn SessionSigner) -> Self {
        self.signer = Signer::Elsewhere(signer.address());
        self
    }

    /// Whether the session may also make [several calls at once](super::UseBatchSession), each under a policy of its
    /// own: that takes another module of the account. The default is no.
    #[must_use]
    pub const fn for_batches(mut self, may: bool) -> Self {
        self.for_batches = may;
        self
    }

    /// Whether sessions that are not known here may be ended: those of another device, or those whose record here
    /// is damaged. The default is no.
    #[must_use]
    pub const fn replace_unknown(mut self, may: bool) -> Self {
        self.replace_unknown = may;
        self
    }

    fn modules(&self, contracts: &Contracts) -> Vec<Address> {
        let router = self.for_batches.then_some(contracts.batched_session_router);
        [contracts.session_key_manager]
            .into_iter()
            .chain(router)
            .collect()
    }
}

impl SmartAccountClient {
    /// Grants a fresh key what policies allow, and keeps it. Deploys the account and enables the session module
    /// where that was not done before, in the same operation.
    ///
    /// The session is active once the operation is included. Sessions granted before stay active.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] when a guard refuses a permission or it cannot be encoded: nobody was asked to sign then.
    /// [`Error::SessionsElsewhere`] when the chain holds sessions that are not known here; otherwise [`Error`] when the
    /// owner does not sign, a service fails, or the operation is refused. Whatever went wrong, sessions granted before
    /// stay active.
    pub async fn create_session(&self, request: CreateSession) -> Result<UserOpResponse, Error> {
        self.signer()?;
        let modules = request.modules(&self.services.contracts);
        let permissions = self.guarded(request.permissions, request.lasting, &request.guards)?;
        let key = match &request.signer {
            Signer::Elsewhere(_) => None,
            Signer::Key(key) => Some(key.clone()),
            Signer::Fresh => Some(SessionKey::random()?),
        };
        let id = match (&request.signer, &key) {
            (Signer::Elsewhere(id), _) => *id,
            (_, key) => key.as_ref().map(SessionKey::address).unwrap_or_default(),
        };
        let mut targets = Vec::new();
        for (number, target) in permissions.iter().map(Permission::target).enumerate() {
            if !request.guards.allows(target) && targets.iter().all(|(_, other)| *other != target) {
                targets.push((number, target));
            }
        }
        let leaves = self.leaves(&permissions, id)?;
        let key = match key {
            Some(key) => Some(KeptKey::new(key, self.store.vault()).await?),
            None => None,
        };

        let change = TreeChange {
            // It may have expired and be out of the tree already.
            without: request.in_place_of.map_or(Without::None, Without::IfThere),
            leaves,
            key,
        };
        self.change_root(RootChange {
            change,
            modules,
            targets,
            replace_unknown: request.replace_unknown,
            options: &request.options,
        })
        .await
    }

    /// What is granted when all that has no end gets one, if guards let it pass.
    fn guarded(
        &self,
        permissions: Vec<Permission>,
        lasting: Option<Duration>,
        guards: &Guards,
    ) -> Result<Vec<Permission>, PolicyError> {
        let (services, now) = (&self.services, self.services.now());
        if permissions.is_empty() {
            return Err(PolicyError::Empty);
        }
        let permissions = match lasting {
            Some(duration) => permissions
                .into_iter()
                .map(|permission| {
                    let interval = permission.interval().ending(now, duration);
                    permission.lasting(interval)
                })
                .collect(),
            None => permissions,
        };
        let entry_point = services.entry_point.address;
        guards.check(&permissions, self.address, entry_point, &services.contracts, now)?;
        Ok(permissions)
    }

    fn leaves(&self, permissions: &[Permission], id: SessionId) -> Result<Vec<Leaf>, PolicyError> {
        let contracts = &self.services.contracts;
        permissions
            .iter()
            .map(|permission| Ok(permission.leaf(id)?.checked_by(contracts)))
            .collect()
    }
}

#[cfg(test)]
mod tests;
