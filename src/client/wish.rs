use alloy::primitives::{B256, Bytes};

use super::{
    Error, NonceLane, Options, SmartAccountClient, UserOpKind, UserOpResponse, hand_over::Signatory,
    journal::Intent,
};
use crate::{
    primitives::{Call, UserOperation},
    rpc::Refusal,
    session::{
        BatchDigest, Book, KeptSigner, KeyVault, Leaf, ProvenLeaf, Session, SessionId, SessionSigner,
        Violation,
    },
};

/// Calls that a session is to make, and which one it may be.
pub(super) struct Wish<'a> {
    pub(super) calls: &'a [Call],
    /// Whether the batch router checks them, each under a policy of its own.
    pub(super) in_batch: bool,
    pub(super) session: Option<SessionId>,
    pub(super) signer: Option<&'a dyn SessionSigner>,
    /// Who opens the keys that are kept.
    pub(super) vault: Option<&'a dyn KeyVault>,
    pub(super) unchecked: bool,
    pub(super) lane: NonceLane,
}

/// A session that is to make calls, with all that it needs to sign.
struct Chosen<'a> {
    signer: Box<dyn SessionSigner + 'a>,
    /// For each call the leaf that allows it.
    proven: Vec<ProvenLeaf>,
    /// What it forbids about the calls, where nobody minds.
    violation: Option<Violation>,
}

impl<'a> Wish<'a> {
    /// The newest session that allows all calls; where none does, the one that comes nearest.
    fn choose(&self, book: &'a Book, root: B256, now: u64) -> Result<Chosen<'a>, Error> {
        let sessions = self.candidates(book, root)?;
        let newest_first = || sessions.iter().rev();
        let allowing = newest_first().find_map(|session| Some((session, self.allowed(session, now).ok()?)));
        let (session, leaves, violation) = match allowing {
            Some((session, leaves)) => (session, leaves, None),
            None => {
                let is_near = |session: &&Session| self.calls.iter().all(|call| session.is_near(call));
                let near = newest_first().find(is_near).or_else(|| newest_first().next());
                let session = near.ok_or(Error::NoSession)?;
                let violation = self.allowed(session, now).err().ok_or(Error::NoSession)?;
                if !self.unchecked {
                    return Err(violation.into());
                }
                let leaves = self.calls.iter().map(|call| session.nearest(call));
                let leaves = leaves.collect::<Option<_>>().ok_or(Error::NoSession)?;
                (session, leaves, Some(violation))
            }
        };
        let not_active = || Error::NotActive(session.id);
        let proven = leaves.into_iter().map(|leaf| book.prove(root, leaf));
        Ok(Chosen {
            signer: self.signer_of(book, session.id).ok_or_else(not_active)?,
            proven: proven.collect::<Option<_>>().ok_or_else(not_active)?,
            violation,
        })
    }

    fn candidates(&self, book: &Book, root: B256) -> Result<Vec<Session>, Error> {
        let mut sessions = book.all_sessions(root);
        sessions.retain(|session| self.can_sign(book, session.id));
        if let Some(id) = self.session {
            sessions.retain(|session| session.id == id);
            if sessions.is_empty() {
                return Err(Error::NotActive(id));
            }
        }
        Ok(sessions)
    }

    fn can_sign(&self, book: &Book, id: SessionId) -> bool {
        match self.signer {
            Some(signer) => signer.address() == id,
            None => book.key(id).is_some(),
        }
    }

    /// Who signs for a session: the signer that was given, if it is its, else the key that is kept.
    fn signer_of(&self, book: &'a Book, id: SessionId) -> Option<Box<dyn SessionSigner + 'a>> {
        let vault = self.vault;
        match self.signer {
            Some(signer) => (signer.address() == id).then(|| Box::new(signer) as Box<dyn SessionSigner + 'a>),
            None => Some(Box::new(KeptSigner {
                key: book.key(id)?,
                vault,
            })),
        }
    }

    fn allowed<'s>(&self, session: &'s Session, now: u64) -> Result<Vec<&'s Leaf>, Violation> {
        let leaves = self.calls.iter().map(|call| session.allows(call, now));
        leaves.collect()
    }

    fn signatory<'s>(
        &self,
        signer: &'s dyn SessionSigner,
        proven: &'s [ProvenLeaf],
        digest: BatchDigest,
    ) -> Signatory<'s> {
        match proven {
            [proven] if !self.in_batch => Signatory::Session(signer, proven),
            _ => Signatory::Batch(signer, proven, digest),
        }
    }
}

impl SmartAccountClient {
    /// How often a session is proven anew because the account's root has changed meanwhile.
    const TRIES: u32 = 3;

    /// Has a session make the calls.
    pub(super) async fn fulfil(&self, wish: Wish<'_>, options: &Options) -> Result<UserOpResponse, Error> {
        for _ in 0..Self::TRIES {
            let book = self.book().await?;
            let (root, nonce) = futures::try_join!(self.likely_root(&book, &wish), self.nonce_in(wish.lane))?;
            let chosen = wish.choose(&book, root, self.services.now())?;
            let digest = self.services.batch_digest();
            let signatory = wish.signatory(&*chosen.signer, &chosen.proven, digest);
            // The payer agrees to the operation without its signature, so the root is checked meanwhile.
            let (current, op, checked) = futures::join!(
                self.root_on_chain(),
                self.build(wish.calls, nonce, Bytes::new(), &signatory, options),
                self.services.check_chain(),
            );
            checked?;
            if current? != root {
                continue;
            }
            // The bundler may say no to the estimate already.
            let intent = Intent {
                kind: match wish.in_batch {
                    true => UserOpKind::Batch,
                    false => UserOpKind::Session,
                },
                calls: wish.calls,
                session: Some(chosen.signer.address()),
                options,
            };
            let sent = async { self.sign_and_send(op?, signatory, intent).await };
            let named = |error: Error| error.at(nonce).named(chosen.violation);
            return sent.await.map_err(named);
        }
        Err(Error::Unsettled)
    }

    /// Signs for the kind of batch router that was met before, and where it takes no such signature for the other.
    async fn sign_and_send(
        &self,
        op: UserOperation,
        signatory: Signatory<'_>,
        intent: Intent<'_>,
    ) -> Result<UserOpResponse, Error> {
        let send = async |signatory: &Signatory<'_>| {
            let signed = self.sign(op.clone(), signatory).await?;
            self.hand_over(&signed, intent.clone()).await
        };
        let sent = send(&signatory).await;
        let Signatory::Batch(signer, proven, digest) = signatory else {
            return sent;
        };
        match sent {
            Err(Error::Service(error)) if error.refusal().is_some_and(Refusal::is_about_signature) => {
                let sent = send(&Signatory::Batch(signer, proven, digest.other())).await?;
                self.services.note_batch_digest(digest.other());
                Ok(sent)
            }
            sent => sent,
        }
    }

    /// The root that was last seen, if it serves; else the one that the chain holds.
    async fn likely_root(&self, book: &Book, wish: &Wish<'_>) -> Result<B256, Error> {
        let known = self.facts.lock().root;
        match known {
            Some(root) if wish.choose(book, root, self.services.now()).is_ok() => Ok(root),
            _ => {
                let (root, _fees) = futures::try_join!(self.root_on_chain(), self.services.fees())?;
                Ok(root)
            }
        }
    }
}

impl Error {
    /// The chain says that a rule was broken, but not which: the policy does.
    fn named(self, violation: Option<Violation>) -> Self {
        match (self, violation) {
            (Self::Service(source), Some(violation)) if source.refusal().is_some() => {
                Self::ForbiddenByChain {
                    violation: Box::new(violation),
                    source: Box::new(source),
                }
            }
            (error, _) => error,
        }
    }
}
