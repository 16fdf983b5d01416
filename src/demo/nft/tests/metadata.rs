use crate::demo::nft::{Metadata, PictureError, picture};

#[test]
fn every_error_has_its_code_and_its_text() {
    for (error, code, text) in [
        (
            PictureError::NotOnChain,
            "picture.not_on_chain",
            "the picture is not on chain; open the NFT in a block explorer",
        ),
        (
            PictureError::Malformed,
            "picture.malformed",
            "the metadata is malformed; open the NFT in a block explorer",
        ),
        (
            PictureError::NoMetadata,
            "picture.no_metadata",
            "the NFT has no metadata; open the NFT in a block explorer",
        ),
        (
            PictureError::TooLarge,
            "picture.too_large",
            "the metadata is too large; open the NFT in a block explorer",
        ),
    ] {
        assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    }
}

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
