use alloy::primitives::{Address, U256};
use thiserror::Error;
use use_aa::{Error, Json, Services};

use self::collection::Collection;
use super::base64;

mod collection;

/// An NFT, with its picture or the reason that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nft {
    pub(super) id: U256,
    pub(super) name: String,
    pub(super) picture: Result<String, PictureError>,
}

/// The flowers of an account: the total number, and the latest ones, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Garden {
    pub(super) count: usize,
    pub(super) latest: Vec<Nft>,
    /// True when the collection is known to lack ERC-721 Enumerable.
    is_unlisted: bool,
}

impl Garden {
    /// The maximum number of flowers shown.
    const SHOWN: usize = 24;

    /// Reads the account's tokens of any [ERC-721](https://eips.ethereum.org/EIPS/eip-721) collection. Pictures never
    /// change, so those in `known` are not read again.
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

/// The used fields of a token's metadata.
#[derive(Debug)]
struct Metadata {
    name: String,
    image: String,
}

impl Metadata {
    const PREFIX: &'static str = "data:application/json;base64,";
    /// The maximum length of a token URI, in bytes.
    const MOST: usize = 1 << 18;
    const LONGEST_NAME: usize = 60;

    fn parse(uri: &str) -> Result<Self, PictureError> {
        if uri.len() > Self::MOST {
            return Err(PictureError::TooLarge);
        }
        let json = uri.strip_prefix(Self::PREFIX).ok_or(PictureError::NotOnChain)?;
        let json = base64::decode(json).ok_or(PictureError::Malformed)?;
        let json = str::from_utf8(&json).ok().and_then(|text| Json::parse(text).ok());
        let json = json.ok_or(PictureError::Malformed)?;
        let text = |field: &str| json[field].as_str().ok_or(PictureError::Malformed);
        Ok(Self {
            name: text("name")?.chars().take(Self::LONGEST_NAME).collect(),
            image: text("image")?.to_owned(),
        })
    }
}

/// Checks that an image is a data URI which a browser shows in `<img>` without fetching or running anything.
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

/// An error of a token's picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum PictureError {
    /// The metadata or the picture is stored off chain.
    #[error("the picture is not on chain; open the NFT in a block explorer")]
    NotOnChain,
    /// The metadata is not base64 JSON with a name and an image.
    #[error("the metadata is malformed; open the NFT in a block explorer")]
    Malformed,
    /// The collection has no metadata for the token.
    #[error("the NFT has no metadata; open the NFT in a block explorer")]
    NoMetadata,
    /// The metadata is longer than the limit.
    #[error("the metadata is too large; open the NFT in a block explorer")]
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
