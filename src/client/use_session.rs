use std::slice;

use alloy::primitives::{B256, Bytes};

use super::{Error, Payment, SmartAccountClient, hand_over::Signatory};
use crate::{
    platform,
    primitives::{Call, UserOpHash},
    session::{Book, ProvenLeaf, SessionId, SessionKey, Violation},
};

/// A call that a session key signs.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::address, sol};
/// use use_aa::{Call, Payment, UseSession};
///
/// sol! {
///     function safeMint(address to);
/// }
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let request = UseSession::new(Call::new(nft, safeMintCall { to: account })).pay(Payment::Sponsored);
/// # let _ = request;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseSession {
    call: Call,
    payment: Payment,
    session: Option<SessionId>,
    unchecked: bool,
}

impl UseSession {
    /// Makes a call with the newest session that allows it.
    #[must_use]
    pub fn new(call: Call) -> Self {
        Self {
            call,
            payment: Payment::default(),
            session: None,
            unchecked: false,
        }
    }

    /// Who pays for gas. The default is the account.
    #[must_use]
    pub const fn pay(mut self, payment: Payment) -> Self {
        self.payment = payment;
        self
    }

    /// The session to use. The default is the newest one that allows the call.
    #[must_use]
    pub const fn session(mut self, id: SessionId) -> Self {
        self.session = Some(id);
        self
    }

    /// Leaves it to the chain alone whether the session allows the call. By default a call that it forbids is not
    /// even sent.
    #[must_use]
    pub const fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }
}

/// A session that is to make a call, with all that it needs to sign.
struct Chosen<'a> {
    key: &'a SessionKey,
    proven: ProvenLeaf,
    /// What it forbids about the call, where nobody minds.
    violation: Option<Violation>,
}

impl SmartAccountClient {
    /// Makes a call that a session signs: nobody is asked, and the owner need not be at hand.
    ///
    /// # Errors
    ///
    /// [`Error::NoSession`], [`Error::NotActive`], [`Error::Forbidden`] before anything is sent;
    /// [`Error::ForbiddenByChain`] when it was to be sent all the same; otherwise [`Error`] when the store or a
    /// service fails, or the operation is refused.
    pub async fn use_session(&self, request: UseSession) -> Result<UserOpHash, Error> {
        let nonce = Self::fresh_nonce()?;
        for _ in 0..Self::TRIES {
            let book = self.book().await?;
            let root = self.likely_root(&book, &request).await?;
            let chosen = choose(&book, root, &request)?;
            let signatory = Signatory::Session(chosen.key, &chosen.proven);
            let calls = slice::from_ref(&request.call);
            // The payer agrees to the operation without its signature, so the root is checked meanwhile.
            let (current, op, checked) = futures::join!(
                self.root_on_chain(),
                self.build(calls, nonce, Bytes::new(), &signatory, request.payment),
                self.services.check_chain(),
            );
            checked?;
            if current? != root {
                continue;
            }
            let sent = async {
                let signed = self.sign(op?, &signatory).await?;
                self.hand_over(&signed).await
            };
            return sent.await.map_err(|error| named(error, chosen.violation));
        }
        Err(Error::Unsettled)
    }

    /// How often a session is proven anew because the account's root has changed meanwhile.
    const TRIES: u32 = 3;

    /// The root that was last seen, if it serves; else the one that the chain holds.
    async fn likely_root(&self, book: &Book, request: &UseSession) -> Result<B256, Error> {
        let known = self.facts.lock().root;
        match known {
            Some(root) if choose(book, root, request).is_ok() => Ok(root),
            _ => {
                let (root, _fees) = futures::try_join!(self.root_on_chain(), self.services.fees())?;
                Ok(root)
            }
        }
    }
}

fn choose<'a>(book: &'a Book, root: B256, request: &UseSession) -> Result<Chosen<'a>, Error> {
    let mut sessions = book.sessions(root);
    if let Some(id) = request.session {
        sessions.retain(|session| session.id == id);
        if sessions.is_empty() {
            return Err(Error::NotActive(id));
        }
    }
    let now = platform::now();
    let newest_first = || sessions.iter().rev();
    let allowing =
        newest_first().find_map(|session| Some((session, session.allows(&request.call, now).ok()?)));
    let (session, leaf, violation) = match allowing {
        Some((session, leaf)) => (session, leaf, None),
        None => {
            let near = newest_first().find(|session| session.is_near(&request.call));
            let session = near.or_else(|| newest_first().next()).ok_or(Error::NoSession)?;
            let violation = session.allows(&request.call, now).err().ok_or(Error::NoSession)?;
            if !request.unchecked {
                return Err(violation.into());
            }
            let leaf = session.nearest(&request.call).ok_or(Error::NoSession)?;
            (session, leaf, Some(violation))
        }
    };
    let id = session.id;
    let key = book.key(id).ok_or(Error::NotActive(id))?;
    let proven = book.prove(root, leaf).ok_or(Error::NotActive(id))?;
    Ok(Chosen {
        key,
        proven,
        violation,
    })
}

/// The chain says that a rule was broken, but not which: the policy does.
fn named(error: Error, violation: Option<Violation>) -> Error {
    match (error, violation) {
        (Error::Service(source), Some(violation)) if source.refusal().is_some() => Error::ForbiddenByChain {
            violation: Box::new(violation),
            source: Box::new(source),
        },
        (error, _) => error,
    }
}
