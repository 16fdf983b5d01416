use alloy::{
    primitives::{Address, U256},
    sol,
};
use futures::future::try_join_all;
use serde::Deserialize;
use thiserror::Error;
use use_aa::{Error, Services};

use super::base64;

sol! {
    function tokensOf(address owner) external view returns (uint256[] memory ids);
    function tokenURI(uint256 id) external view returns (string memory uri);
}

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
}

impl Garden {
    /// How many are shown at most.
    const SHOWN: usize = 24;

    /// What an account has. Pictures never change, so those that are known are not asked for again.
    pub(super) async fn read(
        services: &Services,
        contract: Address,
        owner: Address,
        known: Self,
    ) -> Result<Self, Error> {
        let ids = services.read(contract, &tokensOfCall { owner }).await?;
        let latest = ids.iter().rev().take(Self::SHOWN).map(|id| {
            let known = known.latest.iter().find(|nft| nft.id == *id).cloned();
            async move {
                match known {
                    Some(nft) => Ok(nft),
                    None => Nft::read(services, contract, *id).await,
                }
            }
        });
        Ok(Self {
            count: ids.len(),
            latest: try_join_all(latest).await?,
        })
    }
}

impl Nft {
    async fn read(services: &Services, contract: Address, id: U256) -> Result<Self, Error> {
        let uri = services.read(contract, &tokenURICall { id }).await?;
        Ok(match Metadata::parse(&uri) {
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
        })
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
    /// The metadata is longer than what is read.
    #[error("its metadata is too large")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_on_chain_is_read() {
        // {"name":"Night Bloom #1","image":"data:image/svg+xml;base64,PHN2Zy8+"}
        let uri = "data:application/json;base64,eyJuYW1lIjoiTmlnaHQgQmxvb20gIzEiLCJpbWFnZSI6ImRhdGE6aW1hZ2Uvc3ZnK3\
                   htbDtiYXNlNjQsUEhOMlp5OCsifQ==";

        let Metadata { name, image } = Metadata::parse(uri).unwrap();

        assert_eq!(name, "Night Bloom #1");
        assert_eq!(
            picture(image).as_deref(),
            Ok("data:image/svg+xml;base64,PHN2Zy8+")
        );
    }

    #[test]
    fn metadata_that_is_elsewhere_too_large_or_damaged_is_an_error() {
        let large = format!("{}{}", Metadata::PREFIX, "A".repeat(Metadata::MOST));
        let table = [
            ("https://nft.example/1.json", PictureError::NotOnChain),
            (large.as_str(), PictureError::TooLarge),
            ("data:application/json;base64,?", PictureError::Malformed),
            ("data:application/json;base64,e30=", PictureError::Malformed), // {}
            ("", PictureError::NotOnChain),
        ];

        for (uri, expected) in table {
            assert_eq!(Metadata::parse(uri).unwrap_err(), expected, "{uri:.40}");
        }
    }

    #[test]
    fn picture_that_would_be_fetched_or_could_run_is_not_shown() {
        for image in [
            "https://nft.example/1.png",
            "data:text/html,<script>",
            "javascript:alert(1)",
            "ipfs://1",
            "",
        ] {
            assert_eq!(
                picture(image.to_owned()),
                Err(PictureError::NotOnChain),
                "{image}"
            );
        }
    }
}
