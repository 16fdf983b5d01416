mod metadata;

use std::{sync::LazyLock, time::Duration};

use alloy::{primitives::Bytes, signers::local::PrivateKeySigner, sol, sol_types::SolCall};
use devnet::{Devnet, Options};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use use_aa::rpc::{Http, Node};

use super::*;

sol! {
    function safeMint(address to) external;
    function transferFrom(address from, address to, uint256 id) external;
}

static DEVNET: LazyLock<Devnet> =
    LazyLock::new(|| Devnet::running_or_start(Options::default()).expect("the local chain starts"));

/// The chain with two collections: one lists each owner's tokens, the other does not. One test at a time.
struct Chain {
    services: Services,
    node: Node,
    _turn: MutexGuard<'static, ()>,
}

impl Chain {
    async fn begin() -> Self {
        static TURN: Mutex<()> = Mutex::const_new(());
        let url = format!("{}/rpc", DEVNET.url());
        let chain = Self {
            services: Services::new(80002, &url).unwrap(),
            node: Node::new(Http::new(url.parse().unwrap())),
            _turn: TURN.lock().await,
        };
        chain.control(json!({"latency_ms": 0, "faults": []})).await;
        chain
    }

    /// The collection that lists, and the one that does not.
    fn collections() -> [Address; 2] {
        let contracts = DEVNET.contracts();
        [contracts.nft, contracts.plain_nft]
    }

    async fn fail(&self, faults: Value) {
        self.control(json!({ "faults": faults })).await;
    }

    async fn control(&self, control: Value) {
        let request = reqwest::Client::new().post(format!("{}/control", DEVNET.url()));
        let request = request.header("content-type", "application/json");
        let answer = request.body(control.to_string()).send();
        answer.await.unwrap().error_for_status().unwrap();
    }

    async fn mint(&self, collection: Address, to: Address) {
        let anyone = PrivateKeySigner::from_bytes(&DEVNET.funded_keys()[0]).unwrap();
        self.send(anyone.address(), collection, safeMintCall { to }).await;
    }

    async fn give(&self, collection: Address, id: U256, from: Address, to: Address) {
        self.send(from, collection, transferFromCall { from, to, id })
            .await;
    }

    /// Sends in the name of anyone.
    async fn send(&self, from: Address, to: Address, call: impl SolCall) {
        let client = self.node.client();
        let coin = U256::from(10).pow(U256::from(18));
        let () = client.request("anvil_setBalance", (from, coin)).await.unwrap();
        let () = client.request("anvil_impersonateAccount", [from]).await.unwrap();
        let transaction = json!({"from": from, "to": to, "data": Bytes::from(call.abi_encode())});
        let hash: Value = client
            .request("eth_sendTransaction", [transaction])
            .await
            .unwrap();
        let receipt = loop {
            match client
                .request("eth_getTransactionReceipt", [&hash])
                .await
                .unwrap()
            {
                Value::Null => tokio::time::sleep(Duration::from_millis(5)).await,
                receipt => break receipt,
            }
        };
        assert_eq!(receipt["status"], "0x1");
    }

    async fn read(&self, collection: Address, owner: Address) -> Result<Garden, Error> {
        Garden::read(&self.services, collection, owner, Garden::default()).await
    }
}

fn somebody() -> Address {
    PrivateKeySigner::random().address()
}

/// The method that a service failed at.
fn method(error: &Error) -> Option<&'static str> {
    match error {
        Error::Service(error) => Some(error.method),
        _ => None,
    }
}

fn ids(garden: &Garden) -> Vec<U256> {
    garden.latest.iter().map(|nft| nft.id).collect()
}

#[tokio::test]
async fn tokens_of_any_collection_are_shown_newest_first() {
    let chain = Chain::begin().await;
    for collection in Chain::collections() {
        let owner = somebody();
        assert_eq!(chain.read(collection, owner).await.unwrap().count, 0);
        for to in [owner, somebody(), owner, owner] {
            chain.mint(collection, to).await;
        }

        let garden = chain.read(collection, owner).await.unwrap();

        let [newest, middle, oldest] = ids(&garden)[..] else {
            panic!("{garden:?}")
        };
        assert_eq!(
            (garden.count, newest - middle, middle - oldest),
            (3, U256::from(1), U256::from(2))
        );
        for nft in garden.latest {
            assert_eq!(nft.name, format!("Night Bloom #{}", nft.id));
            assert!(nft.picture.is_ok(), "{nft:?}");
        }
    }
}

#[tokio::test]
async fn more_tokens_than_are_shown_are_counted() {
    let chain = Chain::begin().await;
    for collection in Chain::collections() {
        let owner = somebody();
        for _ in 0..Garden::SHOWN + 2 {
            chain.mint(collection, owner).await;
        }

        let garden = chain.read(collection, owner).await.unwrap();

        assert_eq!(garden.count, Garden::SHOWN + 2);
        assert_eq!(garden.latest.len(), Garden::SHOWN);
        assert!(ids(&garden).is_sorted_by(|newer, older| newer > older));
    }
}

#[tokio::test]
async fn a_log_is_searched_until_enough_are_found() {
    let chain = Chain::begin().await;
    let [_, plain] = Chain::collections();
    let owner = somebody();
    for _ in 0..Garden::SHOWN + 2 {
        chain.mint(plain, owner).await;
    }
    for newest in ids(&chain.read(plain, owner).await.unwrap()).into_iter().take(3) {
        chain.give(plain, newest, owner, somebody()).await;
    }

    let garden = chain.read(plain, owner).await.unwrap();

    let count = Garden::SHOWN - 1;
    assert_eq!((garden.count, garden.latest.len()), (count, count));
}

#[tokio::test]
async fn owner_that_cannot_be_asked_for_is_an_error() {
    let chain = Chain::begin().await;
    let [_, plain] = Chain::collections();
    let owner = somebody();
    chain.mint(plain, owner).await;

    // `balanceOf` and `tokenOfOwnerByIndex` pass, `ownerOf` does not.
    let limit = json!({"match": "node eth_call", "skip": 2, "kind": "200error", "code": -32005, "message": "slow down"});
    chain.fail(json!([limit])).await;
    let error = chain.read(plain, owner).await.unwrap_err();

    assert_eq!(error.code(), "service.rate_limited", "{error}");
}

#[tokio::test]
async fn token_without_metadata_is_shown_by_its_number() {
    let chain = Chain::begin().await;
    let [listing, _] = Chain::collections();
    let owner = somebody();
    chain.mint(listing, owner).await;
    chain.mint(listing, owner).await;

    // `balanceOf` and both `tokenOfOwnerByIndex` pass, one `tokenURI` does not. A slow node is asked for both at once.
    let reverts = json!({"match": "node eth_call", "skip": 3, "times": 1, "kind": "200error", "code": 3, "message": "execution reverted"});
    chain
        .control(json!({"latency_ms": 200, "faults": [reverts]}))
        .await;
    let garden = chain.read(listing, owner).await.unwrap();

    let unseen = garden
        .latest
        .iter()
        .filter(|nft| nft.picture == Err(PictureError::NoMetadata));
    let unseen = unseen.map(|nft| nft.name.clone()).collect::<Vec<_>>();
    assert_eq!((garden.latest.len(), unseen.len()), (2, 1));
    assert!(
        garden
            .latest
            .iter()
            .any(|nft| unseen[0] == format!("Number {}", nft.id)),
        "{unseen:?}"
    );
}

#[tokio::test]
async fn token_given_away_is_not_shown_and_one_that_came_back_only_once() {
    let chain = Chain::begin().await;
    for collection in Chain::collections() {
        let (owner, other) = (somebody(), somebody());
        for _ in 0..3 {
            chain.mint(collection, owner).await;
        }
        let [third, second, first] = ids(&chain.read(collection, owner).await.unwrap())[..] else {
            panic!("three were minted")
        };

        chain.give(collection, second, owner, other).await;
        chain.give(collection, first, owner, other).await;
        chain.give(collection, first, other, owner).await;
        let garden = chain.read(collection, owner).await.unwrap();

        assert_eq!((garden.count, ids(&garden)), (2, vec![first, third]));
        assert_eq!(ids(&chain.read(collection, other).await.unwrap()), [second]);
    }
}

#[tokio::test]
async fn known_tokens_are_not_asked_for_again() {
    let chain = Chain::begin().await;
    for collection in Chain::collections() {
        let owner = somebody();
        chain.mint(collection, owner).await;
        let mut known = chain.read(collection, owner).await.unwrap();
        known.latest[0].name = "The known one".to_owned();
        chain.mint(collection, owner).await;

        let garden = Garden::read(&chain.services, collection, owner, known)
            .await
            .unwrap();

        let [newest, known] = &garden.latest[..] else {
            panic!("{garden:?}")
        };
        assert_eq!(newest.name, format!("Night Bloom #{}", newest.id));
        assert_eq!(known.name, "The known one");
    }
}

#[tokio::test]
async fn collection_that_lists_is_read_without_its_log() {
    let chain = Chain::begin().await;
    let [listing, _] = Chain::collections();
    let owner = somebody();
    chain.mint(listing, owner).await;

    chain
        .fail(json!([{"match": "node eth_getLogs", "kind": "drop"}]))
        .await;
    let garden = chain.read(listing, owner).await.unwrap();

    assert_eq!((garden.count, garden.latest.len()), (1, 1));
}

#[tokio::test]
async fn node_that_fails_is_not_taken_for_a_collection_without_a_list() {
    let chain = Chain::begin().await;
    let [listing, _] = Chain::collections();
    let owner = somebody();
    chain.mint(listing, owner).await;
    let faults = [
        (json!({"kind": "drop"}), "service.unreachable"),
        (json!({"kind": "200html"}), "service.not_json"),
        (json!({"kind": "200null"}), "service.null_answer"),
        (
            json!({"kind": "200error", "code": -32005, "message": "limit exceeded"}),
            "service.rate_limited",
        ),
        (
            json!({"kind": "400error", "code": 429, "message": "too many requests"}),
            "service.rate_limited",
        ),
        (
            json!({"kind": "rewrite", "result": "0x"}),
            "service.malformed_answer",
        ),
        (
            json!({"kind": "rewrite", "result": "0x01"}),
            "service.malformed_answer",
        ),
    ];

    for (mut fault, code) in faults {
        // `balanceOf` passes.
        fault["match"] = json!("node eth_call");
        fault["skip"] = json!(1);
        chain.fail(json!([fault])).await;
        let error = chain.read(listing, owner).await.unwrap_err();

        assert_eq!(
            (error.code(), method(&error)),
            (code, Some("eth_call")),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn collection_of_which_neither_list_nor_log_tells_is_an_error() {
    let chain = Chain::begin().await;
    let [_, plain] = Chain::collections();
    let owner = somebody();
    chain.mint(plain, owner).await;
    let table = [
        (
            json!({"kind": "200error", "code": -32601, "message": "no logs here"}),
            "service.no_such_method",
        ),
        (json!({"kind": "drop"}), "service.unreachable"),
        (
            json!({"kind": "rewrite", "result": []}),
            "service.malformed_answer",
        ),
    ];

    for (mut fault, expected) in table {
        fault["match"] = json!("node eth_getLogs");
        chain.fail(json!([fault])).await;
        let error = chain.read(plain, owner).await.unwrap_err();

        assert_eq!(
            (error.code(), method(&error)),
            (expected, Some("eth_getLogs")),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn contract_that_is_no_collection_is_an_error() {
    let chain = Chain::begin().await;

    for (contract, code) in [
        (somebody(), "service.malformed_answer"),
        (DEVNET.contracts().account_factory, "refused.call_reverts"),
    ] {
        let error = chain.read(contract, somebody()).await.unwrap_err();

        assert_eq!(error.code(), code, "{error}");
        assert_eq!(method(&error), Some("eth_call"));
    }
}
