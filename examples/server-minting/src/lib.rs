//! A server that mints for its visitors, with sessions in PostgreSQL.
//!
//! The owner of an account grants a session once. Several processes then mint through that session at once, without
//! the owner: its key is in the database, sealed by a key that only the processes have. A visitor mints with a voucher,
//! by a Leptos server function.
//!
//! | Module | Content |
//! |---|---|
//! | [`store`] | [`PostgresStore`], a [`SessionStore`](use_aa::SessionStore) that processes share |
//! | [`vault`] | [`Vault`], which seals session keys |
//! | [`vouchers`] | [`Vouchers`], the permissions of visitors |
//! | [`mint`] | the server function |
//! | [`page`] | the page and its router |
//! | [`settings`] | the environment variables |

pub mod error;
pub mod mint;
pub mod page;
pub mod settings;
pub mod store;
pub mod vault;
pub mod vouchers;

pub use self::{
    error::StartError,
    mint::{Minter, mint},
    settings::Settings,
    store::PostgresStore,
    vault::Vault,
    vouchers::Vouchers,
};
