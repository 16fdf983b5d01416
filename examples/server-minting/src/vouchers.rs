//! The permissions of visitors.

use std::fmt;

use alloy::primitives::{B256, hex, keccak256};
use sqlx::PgPool;
use use_aa::{StoreError, UserOpHash};

use crate::{error::StartError, store::failed};

/// The vouchers in a database, for one mint each.
///
/// A voucher is a random text of 32 hexadecimal digits. The database has its hash alone, so that a reader of the
/// database cannot mint.
#[derive(Clone, Debug)]
pub struct Vouchers {
    pool: PgPool,
}

/// A voucher's hash, by which the database knows the voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(B256);

/// The state of a voucher before it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The voucher was valid. It is spent now.
    Now,
    /// The voucher was spent before, by the operation of this hash. Without a hash a process is sending the operation,
    /// or ended while it did.
    Before(Option<UserOpHash>),
    /// There is no such voucher.
    Unknown,
}

impl Vouchers {
    /// Creates the vouchers of a database, whose tables a [`PostgresStore`](crate::PostgresStore) has created.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Issues a voucher.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there are no random bytes, or the database fails.
    pub async fn issue(&self) -> Result<String, StartError> {
        let mut bytes = [0; 16];
        getrandom::getrandom(&mut bytes)?;
        let voucher = hex::encode(bytes);
        sqlx::query("INSERT INTO vouchers (digest) VALUES ($1)")
            .bind(Digest::of(&voucher).0.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(voucher)
    }

    /// Spends a voucher. Of several processes at once, one gets [`Taken::Now`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails.
    pub async fn take(&self, voucher: Digest) -> Result<Taken, StoreError> {
        let taken =
            sqlx::query("UPDATE vouchers SET spent_at = now() WHERE digest = $1 AND spent_at IS NULL");
        let taken = taken.bind(voucher.0.as_slice()).execute(&self.pool).await;
        if taken.map_err(|error| failed(&error))?.rows_affected() == 1 {
            return Ok(Taken::Now);
        }
        let spent = sqlx::query_scalar("SELECT user_op FROM vouchers WHERE digest = $1");
        let spent = spent.bind(voucher.0.as_slice()).fetch_optional(&self.pool).await;
        let spent: Option<Option<Vec<u8>>> = spent.map_err(|error| failed(&error))?;
        let hash = |bytes: Vec<u8>| B256::try_from(&bytes[..]).ok().map(UserOpHash);
        Ok(spent.map_or(Taken::Unknown, |op| Taken::Before(op.and_then(hash))))
    }

    /// Makes a spent voucher valid again, for a mint that was not sent.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails. The voucher stays spent.
    pub async fn give_back(&self, voucher: Digest) -> Result<(), StoreError> {
        let valid = sqlx::query("UPDATE vouchers SET spent_at = NULL WHERE digest = $1 AND user_op IS NULL");
        let valid = valid.bind(voucher.0.as_slice()).execute(&self.pool).await;
        valid.map(drop).map_err(|error| failed(&error))
    }

    /// Records the operation that a voucher has paid for.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database fails. The voucher stays spent.
    pub async fn record(&self, voucher: Digest, op: UserOpHash) -> Result<(), StoreError> {
        let record = sqlx::query("UPDATE vouchers SET user_op = $2 WHERE digest = $1");
        let record = record.bind(voucher.0.as_slice()).bind(op.0.as_slice());
        let recorded = record.execute(&self.pool).await;
        recorded.map(drop).map_err(|error| failed(&error))
    }
}

impl Digest {
    /// Returns the hash of a voucher as it was typed. Spaces around it and capitals do not count.
    #[must_use]
    pub fn of(voucher: &str) -> Self {
        Self(keccak256(voucher.trim().to_ascii_lowercase()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
