use std::time::Duration;

use alloy::primitives::Address;

use super::{SessionGrant, SmartAccountClient, change_sessions::GrantRequest};
use crate::{
    error::Error,
    permission::{Guards, Permission, PolicyError},
    pipeline::UserOpOptions,
    platform,
    primitives::Call,
    session::{Revocation, SessionChange, SessionId},
    signer::{SessionKey, SessionSigner},
    store::StoredKey,
};

/// A request for a session: the permissions that a new session key is granted.
///
/// Every permission must have an end, and [`Guards`] refuse dangerous permissions unless the app opts out.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use alloy::{primitives::address, sol, sol_types::SolCall};
/// use use_aa::{CreateSession, Payment, Policy, Request};
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
    calls: Vec<Call>,
    pub(super) options: UserOpOptions,
    replace_unknown: bool,
    /// The session that the new one replaces.
    in_place_of: Option<SessionId>,
}

/// The signer of a new session.
#[derive(Clone, Debug, Default)]
enum Signer {
    /// A new random key, kept in the store.
    #[default]
    Fresh,
    /// A given key, kept in the store.
    Key(SessionKey),
    /// A remote signer, known by its address alone.
    Remote(Address),
}

impl CreateSession {
    /// Grants policies to a new random key.
    pub fn new<P: Into<Permission>>(policies: impl IntoIterator<Item = P>) -> Self {
        Self {
            permissions: policies.into_iter().map(Into::into).collect(),
            lasting: None,
            guards: Guards::new(),
            signer: Signer::default(),
            for_batches: false,
            calls: Vec::new(),
            options: UserOpOptions::new(),
            replace_unknown: false,
            in_place_of: None,
        }
    }

    /// Sets the session that the new one replaces. The default is none.
    pub(super) const fn in_place_of(mut self, session: SessionId) -> Self {
        self.in_place_of = Some(session);
        self
    }

    /// Sets the address of a remote signer.
    pub(super) fn signer_at(mut self, address: SessionId) -> Self {
        self.signer = Signer::Remote(address);
        self
    }

    /// Sets the duration of permissions that have no end of their own, in whole seconds, from the grant or
    /// from the permission's beginning. The default is no end, which the [guards](Self::guards) refuse.
    #[must_use]
    pub const fn lasting(mut self, duration: Duration) -> Self {
        self.lasting = Some(duration);
        self
    }

    /// Sets the guards that refuse permissions. The default is [all guards](Guards::new).
    #[must_use]
    pub fn guards(mut self, guards: Guards) -> Self {
        self.guards = guards;
        self
    }

    /// Sets the session key, which is kept in the store. The default is a new random key.
    #[must_use]
    pub fn key(mut self, key: SessionKey) -> Self {
        self.signer = Signer::Key(key);
        self
    }

    /// Sets a remote signer. Pass the same signer to [`UseSession::signer`](super::UseSession::signer). The
    /// default is a new random key, kept in the store.
    #[must_use]
    pub fn signer(mut self, signer: &dyn SessionSigner) -> Self {
        self.signer = Signer::Remote(signer.address());
        self
    }

    /// Sets calls that the owner makes in the operation of the grant, for example the first mint. The default is none.
    ///
    /// All of them take effect or none, and the session with them. With calls, a grant that needs no operation by itself is
    /// made by an operation too.
    #[must_use]
    pub fn calls(mut self, calls: impl IntoIterator<Item = Call>) -> Self {
        self.calls = calls.into_iter().collect();
        self
    }

    /// Allows the session to make [several calls in one operation](super::UseSession), each under its
    /// own policy. This enables one more module of the account. The default is false.
    #[must_use]
    pub const fn for_batches(mut self, may: bool) -> Self {
        self.for_batches = may;
        self
    }

    /// Allows the grant to end sessions that are not in this store: those of another device, or those whose
    /// record is damaged. The default is false.
    #[must_use]
    pub const fn replace_unknown(mut self, may: bool) -> Self {
        self.replace_unknown = may;
        self
    }
}

impl SmartAccountClient {
    /// Grants a session key the permissions of the request, and keeps the key in the store. The owner signs once.
    ///
    /// The session is active once the operation of the grant is included. The same operation deploys the account and
    /// enables the session module, unless that is done already. On an account kind whose grants are signatures, no
    /// operation is sent and no service is asked: the session takes effect with its first use. If the account is known to
    /// lack what such a session needs, an operation adds that and enables the session. Earlier sessions stay active.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Policy`](crate::ErrorKind::Policy) when a guard refuses a permission or a permission
    /// cannot be encoded: no signature was requested then.
    /// [`ErrorKind::UntrackedSessions`](crate::ErrorKind::UntrackedSessions) when the chain holds sessions
    /// that are not in the store; otherwise [`Error`] when the owner does not sign, a service fails, or the
    /// operation is refused. On any error, earlier sessions stay active.
    pub async fn create_session(&self, request: CreateSession) -> Result<SessionGrant, Error> {
        self.signer()?;
        let modules = self
            .pipeline
            .account
            .sessions()
            .required_modules(request.for_batches);
        let permissions = self.guarded(request.permissions, request.lasting, &request.guards)?;
        let key = match &request.signer {
            Signer::Remote(_) => None,
            Signer::Key(key) => Some(key.clone()),
            Signer::Fresh => Some(SessionKey::random()?),
        };
        let id = match (&request.signer, &key) {
            (Signer::Remote(id), _) => *id,
            (_, key) => key.as_ref().map(SessionKey::address).unwrap_or_default(),
        };
        let mut targets = Vec::new();
        for (number, target) in permissions.iter().map(Permission::target).enumerate() {
            if !request.guards.allows(target) && targets.iter().all(|(_, other)| *other != target) {
                targets.push((number, target));
            }
        }
        let sessions = self.pipeline.account.sessions();
        permissions
            .iter()
            .try_for_each(|permission| sessions.supports(permission))?;
        let key = match key {
            Some(key) => Some(StoredKey::new(key, self.pipeline.store.vault()).await?),
            None => None,
        };

        let change = SessionChange {
            // The replaced session may have expired and be out of the grant already.
            revoked: request
                .in_place_of
                .map_or(Revocation::None, Revocation::IfPresent),
            id,
            permissions,
            key,
            salt: platform::random()?.into(),
            is_sponsored: self.pipeline.services.has_paymaster(),
        };
        let chain_id = self.pipeline.services.chain_id();
        // A new account has the modules of its kind alone, and nothing is asked for it.
        let deployed = self.pipeline.cache.lock().is_deployed() == Some(true);
        let unmet = match deployed {
            true => self.unmet_requirements().await?,
            false => Vec::new(),
        };
        // An account that would refuse a signed grant gets what is missing with a grant by an operation.
        let is_signature = unmet.is_empty() && request.calls.is_empty();
        if let Some(data) = sessions.grant_data(&change, self.address(), chain_id)?
            && is_signature
        {
            self.refuse_modules(deployed, &targets).await?;
            return self.sign_grant(change, &data, request.replace_unknown).await;
        }
        let request = GrantRequest {
            change,
            modules,
            calls: request.calls,
            mends: !unmet.is_empty(),
            targets,
            replace_unknown: request.replace_unknown,
            options: request.options,
        };
        let sent = self.change_sessions(request).await?;
        Ok(SessionGrant::new(id, Some(sent)))
    }

    /// Checks permissions with the guards, after giving an end to those that have none.
    pub(crate) fn guarded(
        &self,
        permissions: Vec<Permission>,
        lasting: Option<Duration>,
        guards: &Guards,
    ) -> Result<Vec<Permission>, PolicyError> {
        let (services, now) = (&self.pipeline.services, self.pipeline.services.now());
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
        guards.check(
            &permissions,
            self.address(),
            entry_point,
            &self.pipeline.account.guarded_modules(),
            now,
        )?;
        Ok(permissions)
    }
}

#[cfg(test)]
mod tests;
