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

/// A session call: the calls that a session makes, and the constraints on the session.
pub(super) struct Wish<'a> {
    pub(super) calls: &'a [Call],
    /// True when the batch router validates the calls, each under its own policy.
    pub(super) in_batch: bool,
    pub(super) session: Option<SessionId>,
    pub(super) signer: Option<&'a dyn SessionSigner>,
    /// The vault that opens sealed keys.
    pub(super) vault: Option<&'a dyn KeyVault>,
    pub(super) unchecked: bool,
    pub(super) lane: NonceLane,
}

/// The session chosen for a session call, with everything needed to sign.
struct Chosen<'a> {
    signer: Box<dyn SessionSigner + 'a>,
    /// The proven leaf that allows each call.
    proven: Vec<ProvenLeaf>,
    /// The violation of an unchecked session call, if the session forbids it.
    violation: Option<Violation>,
}

impl<'a> Wish<'a> {
    /// Chooses the newest session that allows all calls. An unchecked session call falls back to the session
    /// that comes nearest.
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

    /// Returns the signer of a session: the given signer if it has the session's address, or else the key in
    /// the store.
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
    /// The number of attempts to prove a session while the account's Merkle root keeps changing.
    const TRIES: u32 = 3;

    /// Executes a session call.
    pub(super) async fn fulfil(&self, wish: Wish<'_>, options: &Options) -> Result<UserOpResponse, Error> {
        for _ in 0..Self::TRIES {
            let book = self.book().await?;
            let (root, nonce) = futures::try_join!(self.likely_root(&book, &wish), self.nonce_in(wish.lane))?;
            let chosen = wish.choose(&book, root, self.services.now())?;
            let digest = self.services.batch_digest();
            let signatory = wish.signatory(&*chosen.signer, &chosen.proven, digest);
            // The payment does not depend on the signature, so the root is verified in parallel.
            let (current, op, checked) = futures::join!(
                self.root_on_chain(),
                self.build(wish.calls, nonce, Bytes::new(), &signatory, options),
                self.services.check_chain(),
            );
            checked?;
            if current? != root {
                continue;
            }
            // The bundler may refuse at the estimate already, and that error is mapped below as well.
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

    /// Signs the batch digest that the chain's router is known to verify, and the other one if the signature
    /// is refused.
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

    /// Returns the cached Merkle root if it allows the session call, and otherwise the one that the chain
    /// holds.
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
    /// Adds the violation to the chain's refusal, which does not name the violated rule.
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
