//! A small shop for flowers that are drawn on chain. It uses what every user of the library has, and nothing else.

mod app;
mod base64;
#[cfg(test)]
mod codes;
mod components;
mod config;
mod fetch;
mod nft;
mod pages;
mod terms;

pub(crate) use self::{app::App, pages::Hooks};
