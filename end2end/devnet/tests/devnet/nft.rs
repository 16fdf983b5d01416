use alloy::{
    primitives::{U256, hex},
    sol_types::{SolCall, SolValue},
};
use serde_json::Value;

use super::{
    DEVNET,
    operation::{Account, read, send, tokenOfOwnerByIndexCall, tokenURICall},
};

#[tokio::test]
async fn every_nft_has_its_own_picture_in_its_metadata() {
    let mut pictures = Vec::new();
    for _ in 0..2 {
        let account = Account::new().await;
        let op = account.first_mint().await;
        assert_eq!(send("/bundler", &op).await.expect("a receipt")["success"], true);

        let first = tokenOfOwnerByIndexCall {
            owner: account.address,
            index: U256::ZERO,
        };
        let id = account.read_nft(first).await;
        let uri = read(DEVNET.contracts().nft, tokenURICall { id }.abi_encode()).await;
        let uri = String::abi_decode(&uri).expect("text");
        let metadata: Value =
            serde_json::from_slice(&decode(&uri, "data:application/json;base64,")).expect("JSON");
        assert_eq!(metadata["name"], format!("Night Bloom #{id}"));
        let svg = decode(
            metadata["image"].as_str().expect("text"),
            "data:image/svg+xml;base64,",
        );
        let svg = String::from_utf8(svg).expect("text");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        pictures.push(svg);
    }
    assert_ne!(pictures[0], pictures[1]);
}

/// Decodes the base64 after `prefix`.
fn decode(uri: &str, prefix: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = uri
        .strip_prefix(prefix)
        .expect("the prefix")
        .trim_end_matches('=');
    let digits = text.bytes().map(|byte| {
        ALPHABET
            .iter()
            .position(|letter| *letter == byte)
            .expect("base64")
    });
    let bits: Vec<_> = digits
        .flat_map(|digit| (0..6).rev().map(move |bit| (digit >> bit) & 1))
        .collect();
    bits.chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |all, bit| all << 1 | *bit as u8))
        .collect()
}

#[test]
fn base64_is_read() {
    assert_eq!(decode("data:,/wAQaGk=", "data:,"), hex!("ff00106869"));
}
