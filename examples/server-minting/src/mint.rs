//! The server function that mints.

use std::{sync::Arc, time::Duration};

use alloy::{primitives::Address, sol};
use leptos::{prelude::*, server_fn::codec::JsonEncoding};
use serde::{Deserialize, Serialize};
use use_aa::{Call, Error, Payment, Request, SmartAccountClient, UseSession, UserOpHash, WaitOptions};

use crate::vouchers::{Digest, Taken, Vouchers};

sol! {
    /// Mints an NFT.
    function safeMint(address to);
}

/// The time that a request waits for the block of its mint.
const CONFIRMATION: Duration = Duration::from_secs(60);

/// Mints one NFT to the server's account, for a voucher.
///
/// The voucher is all that a caller chooses. The contract, the function and the recipient are those of the session's
/// policy. A voucher that was spent returns the mint that was made for it.
///
/// # Errors
///
/// [`MintError`].
#[server(endpoint = "mint")]
pub async fn mint(
    /// The voucher.
    voucher: String,
) -> Result<Minted, MintError> {
    let minter = expect_context::<Minter>();
    let minted = minter.redeem(&voucher).await?;
    // For a form without scripts. A hydrated page gets the value.
    leptos_axum::redirect(&format!("/?minted={}", minted.user_op));
    Ok(minted)
}

/// A mint that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minted {
    /// The hash of the operation.
    pub user_op: UserOpHash,
    /// True once the operation is in a block. False if that takes longer than a minute.
    pub is_confirmed: bool,
}

/// The error of a mint. No text contains an address of a service: the complete error is for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum MintError {
    /// There is no such voucher.
    #[error("the voucher is unknown; compare it with the one you were given")]
    Unknown,
    /// Another request with this voucher is being sent, or its process has ended while sending.
    #[error(
        "the voucher is being redeemed; try again in a minute, and ask the operator if that does not help"
    )]
    Underway,
    /// Nothing was sent, and the voucher is valid. The text is the error's code.
    #[error("the mint failed: {0}; the voucher is still valid, so try again later")]
    NotSent(String),
    /// The mint has reverted.
    #[error("the mint has reverted in operation {0}; ask the operator")]
    Reverted(UserOpHash),
    /// The database failed, or the request cannot be read.
    #[error("the request failed: {0}; try again later")]
    Failed(String),
}

impl FromServerFnError for MintError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The account, its session and the vouchers behind [`mint`].
#[derive(Clone, Debug)]
pub struct Minter(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    client: SmartAccountClient,
    vouchers: Vouchers,
    nft: Address,
}

impl Minter {
    /// Creates the minter of an account and a contract.
    #[must_use]
    pub fn new(client: SmartAccountClient, vouchers: Vouchers, nft: Address) -> Self {
        Self(Arc::new(Parts {
            client,
            vouchers,
            nft,
        }))
    }

    /// Mints for a voucher, at most once, and waits up to a minute for the block.
    ///
    /// # Errors
    ///
    /// [`MintError`].
    pub async fn redeem(&self, voucher: &str) -> Result<Minted, MintError> {
        let (parts, voucher) = (Arc::clone(&self.0), Digest::of(voucher));
        // A visitor who closes the page must not interrupt the work between sending and recording.
        let sent = tokio::spawn(async move { parts.send(voucher).await });
        let sent = sent.await.map_err(|error| MintError::Failed(error.to_string()))?;
        self.0.confirm(sent?).await
    }
}

impl Parts {
    /// Spends the voucher and sends its operation.
    async fn send(&self, voucher: Digest) -> Result<UserOpHash, MintError> {
        let failed = |error: use_aa::StoreError| {
            eprintln!("voucher {voucher}: {error}");
            MintError::Failed(error.code().to_owned())
        };
        match self.vouchers.take(voucher).await.map_err(failed)? {
            Taken::Now => {}
            Taken::Before(Some(op)) => return Ok(op),
            Taken::Before(None) => return Err(MintError::Underway),
            Taken::Unknown => return Err(MintError::Unknown),
        }
        let to = self.client.address();
        let request = UseSession::new(Call::new(self.nft, safeMintCall { to })).pay(Payment::Sponsored);
        let sent = match self.client.use_session(request).await {
            Ok(sent) => Ok(sent.hash()),
            Err(error) => {
                eprintln!("voucher {voucher}: {error}");
                error.may_be_sent().ok_or(error)
            }
        };
        match sent {
            Ok(op) => {
                self.vouchers.record(voucher, op).await.map_err(failed)?;
                Ok(op)
            }
            Err(error) => {
                self.vouchers.give_back(voucher).await.map_err(failed)?;
                Err(MintError::NotSent(error.code().to_owned()))
            }
        }
    }

    async fn confirm(&self, user_op: UserOpHash) -> Result<Minted, MintError> {
        let options = WaitOptions::default().timeout(CONFIRMATION);
        let receipt = self.client.wait(user_op, options).await;
        let is_confirmed = match receipt {
            Ok(receipt) if receipt.success => true,
            Ok(_) => return Err(MintError::Reverted(user_op)),
            Err(error) => {
                eprintln!("operation {user_op}: {}", error as Error);
                false
            }
        };
        Ok(Minted {
            user_op,
            is_confirmed,
        })
    }
}
