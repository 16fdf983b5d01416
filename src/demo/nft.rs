use alloy::primitives::{Address, U256};
use serde::Deserialize;
use thiserror::Error;
use use_aa::{Error, Services};

use self::collection::Collection;
use super::base64;

mod collection;

/// One flower, and its picture if it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nft {
    pub(super) id: U256,
    pub(super) name: String,
    pub(super) picture: Result<String, PictureError>,
}

/// The flowers of an account: how many there are, and the latest of them, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Garden {
    pub(super) count: usize,
    pub(super) latest: Vec<Nft>,
    /// Whether the collection is known to list nobody's tokens.
    is_unlisted: bool,
}

impl Garden {
    /// How many are shown at most.
    const SHOWN: usize = 24;

    /// What an account has in any collection of [ERC-721](https://eips.ethereum.org/EIPS/eip-721). Pictures never
    /// change, so those that are known are not asked for again.
    pub(super) async fn read(
        services: &Services,
        contract: Address,
        owner: Address,
        known: Self,
    ) -> Result<Self, Error> {
        Collection {
            services,
            contract,
            owner,
            known,
        }
        .read()
        .await
    }
}

impl Nft {
    fn new(id: U256, uri: Option<&str>) -> Self {
        match uri.ok_or(PictureError::NoMetadata).and_then(Metadata::parse) {
            Ok(Metadata { name, image }) => Self {
                id,
                name,
                picture: picture(image),
            },
            Err(error) => Self {
                id,
                name: format!("Number {id}"),
                picture: Err(error),
            },
        }
    }
}

/// The part of a token's metadata that is shown.
#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
    image: String,
}

impl Metadata {
    const PREFIX: &'static str = "data:application/json;base64,";
    /// The longest URI that is read, in bytes.
    const MOST: usize = 1 << 18;
    const LONGEST_NAME: usize = 60;

    fn parse(uri: &str) -> Result<Self, PictureError> {
        if uri.len() > Self::MOST {
            return Err(PictureError::TooLarge);
        }
        let json = uri.strip_prefix(Self::PREFIX).ok_or(PictureError::NotOnChain)?;
        let json = base64::decode(json).ok_or(PictureError::Malformed)?;
        let Self { name, image } = serde_json::from_slice(&json).map_err(|_| PictureError::Malformed)?;
        Ok(Self {
            name: name.chars().take(Self::LONGEST_NAME).collect(),
            image,
        })
    }
}

/// An image that a browser shows without asking anybody, and in an `<img>` without running anything.
fn picture(image: String) -> Result<String, PictureError> {
    let is_safe = ["data:image/svg+xml;", "data:image/svg+xml,", "data:image/png;"]
        .iter()
        .any(|kind| image.starts_with(kind));
    if is_safe {
        Ok(image)
    } else {
        Err(PictureError::NotOnChain)
    }
}

/// Why a picture is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum PictureError {
    /// The metadata or the picture would have to be fetched from somewhere else.
    #[error("its picture does not lie on the chain")]
    NotOnChain,
    /// The metadata is no base64 of JSON with a name and an image.
    #[error("its metadata cannot be read")]
    Malformed,
    /// The collection tells nothing about it.
    #[error("it has no metadata")]
    NoMetadata,
    /// The metadata is longer than what is read.
    #[error("its metadata is too large")]
    TooLarge,
}

impl PictureError {
    /// The stable code of the error.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::NotOnChain => "picture.not_on_chain",
            Self::Malformed => "picture.malformed",
            Self::NoMetadata => "picture.no_metadata",
            Self::TooLarge => "picture.too_large",
        }
    }
}

#[cfg(test)]
mod tests;
