use alloy::primitives::{Address, B256};

use super::{
    Error, Options, SmartAccountClient, UserOpResponse, Wait,
    facts::{Granting, OnChain},
    hand_over::{Signatory, was_refused},
};
use crate::{
    account,
    contracts::Contracts,
    platform,
    primitives::{SignedUserOperation, UserOperation},
    rpc::Simulation,
    session::{
        Book, Leaf, Permission, PolicyError, SessionId, SessionKey, SessionSigner, StoreError, Tree,
        set_merkle_root,
    },
};

/// What a fresh session key is to be granted.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::address, sol, sol_types::SolCall};
/// use use_aa::{CreateSession, Payment, Policy};
///
/// sol! {
///     function safeMint(address to);
/// }
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let request = CreateSession::new([Policy::new(nft, safeMintCall::SELECTOR)]).pay(Payment::Sponsored);
/// # let _ = request;
/// ```
#[derive(Clone, Debug)]
pub struct CreateSession {
    permissions: Vec<Permission>,
    signer: Signer,
    for_batches: bool,
    pub(super) options: Options,
    replace_unknown: bool,
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
            signer: Signer::default(),
            for_batches: false,
            options: Options::new(),
            replace_unknown: false,
        }
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

    fn leaves(&self, id: SessionId, contracts: &Contracts) -> Result<Vec<Leaf>, PolicyError> {
        if self.permissions.is_empty() {
            return Err(PolicyError::Empty);
        }
        self.permissions
            .iter()
            .map(|permission| Ok(permission.leaf(id)?.checked_by(contracts)))
            .collect()
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
    /// [`Error::SessionsElsewhere`] when the chain holds sessions that are not known here; otherwise [`Error`] when
    /// a policy cannot be encoded, the owner does not sign, a service fails, or the operation is refused. Whatever
    /// went wrong, sessions granted before stay active.
    pub async fn create_session(&self, request: CreateSession) -> Result<UserOpResponse, Error> {
        let signatory = Signatory::Owner(self.signer()?.as_ref());
        let (id, key) = match &request.signer {
            Signer::Elsewhere(id) => (*id, None),
            Signer::Key(key) => (key.address(), Some(key.clone())),
            Signer::Fresh => {
                let key = SessionKey::random()?;
                (key.address(), Some(key))
            }
        };
        let leaves = request.leaves(id, &self.services.contracts)?;

        let _turn = self.turn().await;
        self.let_grant_end().await;
        self.let_deployment_end().await;
        // What is likely is built on at once, and checked meanwhile.
        let (mut account, mut is_likely) = match self.likely() {
            Some(account) => (account, true),
            None => (self.ready_for_grant().await?, false),
        };
        loop {
            let noted = self.note_grant(account.root, key.clone(), leaves.clone(), request.replace_unknown);
            let (root, is_new) = match noted.await {
                Err(Error::SessionsElsewhere { .. }) if is_likely => {
                    (account, is_likely) = (self.ready_for_grant().await?, false);
                    continue;
                }
                noted => noted?,
            };
            let modules = self.missing_modules(&request, &account);
            let build = self.build_grant(&account, &modules, root, &signatory, &request.options);
            let built = if is_likely {
                match futures::join!(self.ready_for_grant(), build) {
                    (Ok(now), _) if now != account => {
                        self.take_back(root, is_new).await;
                        (account, is_likely) = (now, false);
                        continue;
                    }
                    (checked, built) => checked.and(built),
                }
            } else {
                build.await
            };
            let signed = match built {
                Ok(op) => self.sign(op, &signatory).await,
                Err(error) => Err(error),
            };
            return match signed {
                // Nobody can send what was not signed.
                Err(error) => {
                    self.take_back(root, is_new).await;
                    Err(error)
                }
                Ok(signed) => {
                    self.settle(account.root).await;
                    self.hand_over_grant(&signed, root, modules, request.options.simulation)
                        .await
                }
            };
        }
    }

    /// What a grant builds on, once all is known that any operation needs.
    async fn ready_for_grant(&self) -> Result<OnChain, Error> {
        let services = &self.services;
        let (account, _fees, ()) =
            futures::try_join!(self.on_chain(), services.fees(), services.check_chain())?;
        Ok(account)
    }

    /// The modules that a session needs and the account has not enabled.
    fn missing_modules(&self, request: &CreateSession, account: &OnChain) -> Vec<Address> {
        let mut modules = request.modules(&self.services.contracts);
        modules.retain(|module| !account.enabled.contains(module));
        modules
    }

    /// The operation that makes the chain hold a root, but for its signature.
    async fn build_grant(
        &self,
        account: &OnChain,
        modules: &[Address],
        root: B256,
        signatory: &Signatory<'_>,
        options: &Options,
    ) -> Result<UserOperation, Error> {
        let enabled = modules.iter();
        let enabled = enabled.map(|module| account::enable_module(self.address, *module));
        let grant = set_merkle_root(self.services.contracts.session_key_manager, root);
        let calls = enabled.chain([grant]).collect::<Vec<_>>();
        let init_code = self.init_code(account.deployed);
        self.build(&calls, account.nonce, init_code, signatory, options)
            .await
    }

    /// What is signed is never forgotten: whatever the bundler says, it may send it later.
    async fn hand_over_grant(
        &self,
        signed: &SignedUserOperation,
        root: B256,
        modules: Vec<Address>,
        simulation: Simulation,
    ) -> Result<UserOpResponse, Error> {
        let answer = self.hand_over(signed, simulation).await;
        let refused = matches!(&answer, Err(Error::Service(error)) if was_refused(error));
        if !refused {
            let hash = signed.op.hash(self.services.entry_point);
            self.facts.lock().granting = Some(Granting { hash, root, modules });
        }
        answer
    }

    /// Writes down the tree that the chain is asked to hold. Gives its root, and whether it was not there before.
    async fn note_grant(
        &self,
        current: B256,
        key: Option<SessionKey>,
        leaves: Vec<Leaf>,
        replace_unknown: bool,
    ) -> Result<(B256, bool), Error> {
        let book = match self.book().await {
            Err(Error::Store(StoreError::Damaged(_))) if replace_unknown => Book::default(),
            book => book?,
        };
        let base = match book.tree(current) {
            Some(tree) => tree,
            None if replace_unknown => Tree::new([]),
            None => return Err(Error::SessionsElsewhere { root: current }),
        };
        let change = move |book: &mut Book| book.note(&base, key, leaves, platform::now());
        self.change_book(replace_unknown, change).await
    }

    /// Forgets a grant that was never made. That it failed is what the user must learn, whatever the store says.
    ///
    /// One that was there before may have been signed before.
    async fn take_back(&self, root: B256, is_new: bool) {
        if is_new {
            let _ = self.change_book(false, move |book| book.forget(root)).await;
        }
    }

    /// Forgets what can no longer be true, now that the chain has told its root. Should that fail, the next grant does.
    async fn settle(&self, root: B256) {
        let _ = self.change_book(false, move |book| book.settle(root)).await;
    }

    /// A grant builds on the root that the one before it sets. Should that one never be included, this one takes
    /// its nonce, so that it never can be.
    async fn let_grant_end(&self) {
        let granting = self.facts.lock().granting.as_ref().map(|granting| granting.hash);
        if let Some(hash) = granting {
            // Whatever became of it, the chain is asked next.
            let _ = self.wait(hash, Wait::default().timeout(Self::TURN)).await;
            self.facts
                .lock()
                .granting
                .take_if(|granting| granting.hash == hash);
        }
    }
}
