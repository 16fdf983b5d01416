use super::{Error, SmartAccountClient};
use crate::session::{Book, Session, StoreError, store_key};

impl SmartAccountClient {
    /// The sessions that the chain holds and whose keys are kept here, in the order of their grants.
    ///
    /// # Errors
    ///
    /// [`Error`] when the store or the node fails.
    pub async fn sessions(&self) -> Result<Vec<Session>, Error> {
        let (book, root) = futures::try_join!(self.book(), self.root_on_chain())?;
        Ok(book.sessions(root))
    }

    pub(super) async fn book(&self) -> Result<Book, Error> {
        let text = self.store.read(&self.store_key()).await?;
        Ok(Book::read(text.as_deref(), &self.services.contracts)?)
    }

    /// Changes what is kept of the account's sessions, all or nothing. A damaged record is an error, or replaced.
    pub(super) async fn change_book<T: Send>(
        &self,
        replace_damaged: bool,
        change: impl FnOnce(&mut Book) -> T + Send,
    ) -> Result<T, Error> {
        let mut answer = None;
        let slot = &mut answer;
        let change = Box::new(move |book: &mut Book| *slot = Some(change(book)));
        self.rewrite_book(replace_damaged, change).await?;
        answer.ok_or_else(|| {
            let why = "the store did not make the change".to_owned();
            Error::Store(StoreError::Unavailable(why))
        })
    }

    async fn rewrite_book(
        &self,
        replace_damaged: bool,
        change: Box<dyn FnOnce(&mut Book) + Send + '_>,
    ) -> Result<(), StoreError> {
        let rewrite = move |text: Option<String>| {
            let mut book = match Book::read(text.as_deref(), &self.services.contracts) {
                Err(StoreError::Damaged(_)) if replace_damaged => Book::default(),
                book => book?,
            };
            change(&mut book);
            book.to_text().map(Some)
        };
        self.store.update(&self.store_key(), Box::new(rewrite)).await
    }

    fn store_key(&self) -> String {
        store_key(self.services.chain_id(), self.address)
    }
}
