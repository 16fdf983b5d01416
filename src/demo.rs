//! A shop for flowers that are drawn on chain. The dapp uses only the public API of the library.

mod app;
mod base64;
mod chunk;
#[cfg(test)]
mod codes;
mod components;
mod config;
mod fetch;
mod nft;
mod pages;
mod record;
mod terms;

pub(crate) use self::app::App;
