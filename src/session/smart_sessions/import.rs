mod permissions;
mod read;
mod refusal;

use alloy::primitives::{Address, Bytes, U256};

use self::{permissions::permissions, read::GrantEntry, refusal::Unreadable};
use super::{EnableMode, Grant, KeyValidator, SignedGrant, SmartSessionsContracts, ledger::SmartLedger};
use crate::{
    platform::Json,
    session::{
        ImportError, ImportTarget, Session, SessionImport, SessionLedger, ledger_of,
        smart_sessions::contracts::EnableSession,
    },
    signer::SessionKey,
    store::StoredKey,
};

/// The sessions that `@biconomy/abstractjs` granted, for
/// [`import_sessions`](crate::SmartAccountClient::import_sessions). `Debug` hides the keys.
///
/// A grant is a member of what `grantPermissionTypedDataSign` and `grantPermissionPersonalSign` return. The session may
/// be enabled on chain or not: the owner's signature in its grant enables it with its first use.
///
/// - Policies become the permissions from which
///   [`granting`](crate::session::smart_sessions::SmartSession::granting) makes them. The policy that allows everything
///   becomes a [`Policy`](crate::Policy) without rules that permits any value.
/// - A session with other policies, for all contracts, or for signatures of messages is an error.
/// - A grant that is not enabled may have been revoked. The chain then refuses the first use of its session.
/// - The key of a session is that of the K1 validator, or the only one of the `OwnableValidator`.
///
/// # Examples
///
/// ```no_run
/// use std::fs;
///
/// use use_aa::{SessionKey, SmartAccountClient, session::smart_sessions::Imported};
///
/// # async fn example(client: SmartAccountClient, key: SessionKey) -> Result<(), Box<dyn std::error::Error>> {
/// // JSON.stringify(grants, (_, value) => typeof value === "bigint" ? value.toString() : value)
/// let grants = fs::read_to_string("grants.json")?;
///
/// for session in client.import_sessions(Imported::read(&grants, [key])?).await? {
///     println!("{} is active", session.id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Imported {
    grants: Vec<GrantEntry>,
    keys: Vec<SessionKey>,
}

impl Imported {
    /// Parses the grants as JSON: an array of them, or one. `keys` are the keys of their sessions; a session without one
    /// has a [remote signer](crate::SessionSigner).
    ///
    /// JSON has no `BigInt`. A chain id may be a number, a decimal or hex string, or an object
    /// `{"__type": "bigint", "value": "80002"}`.
    ///
    /// # Errors
    ///
    /// [`ImportError`] if the text or a single grant in it is damaged.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{ImportError, session::smart_sessions::Imported};
    ///
    /// assert!(Imported::read("[]", []).is_ok());
    /// assert_eq!(Imported::read("<html>", []).err(), Some(ImportError::Grants));
    /// ```
    pub fn read(grants: &str, keys: impl IntoIterator<Item = SessionKey>) -> Result<Self, ImportError> {
        let json = Json::parse(grants).map_err(|_| ImportError::Grants)?;
        let entries = match &json {
            Json::Array(entries) => &entries[..],
            Json::Object(_) => std::slice::from_ref(&json),
            _ => return Err(ImportError::Grants),
        };
        let read = |(number, entry)| {
            GrantEntry::read(entry).map_err(|field| Unreadable::malformed(field).of_grant(number))
        };
        Ok(Self {
            grants: entries.iter().enumerate().map(read).collect::<Result<_, _>>()?,
            keys: keys.into_iter().collect(),
        })
    }

    /// Returns the sessions of an account, each with its grant.
    fn sessions(
        self,
        target: &ImportTarget<'_>,
        contracts: &SmartSessionsContracts,
    ) -> Result<Vec<(Session, SignedGrant)>, ImportError> {
        let keys = self.grants.iter().filter_map(GrantEntry::key);
        let ids = keys.map(|(_, id)| id).collect::<Vec<_>>();
        let is_foreign = |key: &&SessionKey| !ids.contains(&key.address());
        if let Some(key) = self.keys.iter().find(is_foreign) {
            return Err(ImportError::OtherKey(key.address()));
        }
        let grants = self.grants.into_iter().enumerate();
        let is_here = |(_, grant): &(usize, GrantEntry)| grant.chain_id() == target.chain_id;
        let own = grants.filter(is_here).map(|(number, grant)| {
            let session = session(grant, target, contracts);
            session.map_err(|unreadable| unreadable.of_grant(number))
        });
        let own = own.collect::<Result<Vec<_>, _>>()?;
        match own.is_empty() {
            true => Err(ImportError::OtherChain(target.chain_id)),
            false => Ok(own),
        }
    }
}

impl SessionImport for Imported {
    fn open_keys(&self) -> Vec<SessionKey> {
        self.keys.clone()
    }

    fn record(
        self,
        ledger: &mut dyn SessionLedger,
        keys: Vec<StoredKey>,
        target: &ImportTarget<'_>,
    ) -> Result<(), ImportError> {
        let ledger = ledger_of::<SmartLedger>(ledger)?;
        let sessions = self.sessions(target, &ledger.sessions.contracts)?;
        for (session, grant) in sessions {
            let key = keys.iter().find(|key| key.address() == session.id);
            ledger.import(session, grant, key.cloned(), target.state);
        }
        Ok(())
    }
}

/// Returns the session of a grant, and the grant in the form that the first use brings along.
fn session(
    entry: GrantEntry,
    target: &ImportTarget<'_>,
    contracts: &SmartSessionsContracts,
) -> Result<(Session, SignedGrant), Unreadable> {
    let validator = match entry.session.sessionValidator {
        validator if validator == contracts.k1_validator => KeyValidator::K1,
        validator if validator == contracts.ownable_validator => KeyValidator::Ownable,
        other => return Err(Unreadable::Unknown("session validator", other)),
    };
    let key = entry.key().filter(|(of, _)| *of == validator);
    let (_, id) = key.ok_or(refusal::NOT_ONE_KEY)?;
    if entry.session.permission_id() != entry.permission_id {
        return Err(refusal::PERMISSION_ID);
    }
    let permissions = permissions(&entry.session, contracts)?;
    let mode = mode(&entry, target, contracts).ok_or(refusal::DIGEST)?;
    if !entry.is_signed(contracts) {
        return Err(Unreadable::malformed("permissionEnableSig"));
    }
    let signature = Bytes::from([entry.owner_validator.as_slice(), &entry.signature].concat());
    let enable = EnableSession {
        chainDigestIndex: entry.index,
        hashesAndChainIds: entry.digests,
        sessionToEnable: entry.session,
        permissionEnableSig: signature,
    };
    Ok((
        Session::new(id, permissions),
        SignedGrant::new(mode, vec![enable]),
    ))
}

/// Returns the mode for which the digest of the session was made. `None` if the digest is of another account, module or
/// session.
fn mode(
    entry: &GrantEntry,
    target: &ImportTarget<'_>,
    contracts: &SmartSessionsContracts,
) -> Option<EnableMode> {
    let digest = entry.digest()?;
    let is_made = |mode: &EnableMode| {
        let grant = Grant::new(target.account, target.chain_id, entry.session.clone(), contracts).mode(*mode);
        let digests = (0..MOST_NONCES).map(|nonce| grant.clone().nonce(U256::from(nonce)).digests());
        digests.flatten().any(|made| made == *digest)
    };
    [EnableMode::Unattested, EnableMode::Attested]
        .into_iter()
        .find(is_made)
}

/// The number of nonces of a permission id that are tried. A fresh salt has the nonce 0, and each use or revocation of a
/// grant raises it.
const MOST_NONCES: u8 = 16;

/// The address that stands for the account's default validator.
const DEFAULT_VALIDATOR: Address = Address::ZERO;

#[cfg(test)]
mod tests;
