mod metadata;

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use alloy::{primitives::Bytes, signers::local::PrivateKeySigner, sol, sol_types::SolCall};
use devnet::{Control, Devnet, Fault, Options, Service};
use serde_json::json;
use use_aa::{
    ErrorKind,
    rpc::{Http, Node},
};

use super::*;

sol! {
    function safeMint(address to) external;
    function transferFrom(address from, address to, uint256 id) external;
}

static DEVNET: LazyLock<Devnet> =
    LazyLock::new(|| Devnet::running_or_start(Options::default()).expect("the local chain starts"));

/// A namespace of the chain with two collections: with and without ERC-721 Enumerable.
struct Chain {
    url: String,
    services: Services,
    node: Node,
}

impl Chain {
    async fn begin() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let url = format!("{}/t/nft-{}-{number}", DEVNET.url(), std::process::id());
        let node = format!("{url}/rpc");
        let chain = Self {
            services: Services::new(80002, &node).unwrap(),
            node: Node::new(Http::new(node.parse().unwrap())),
            url,
        };
        // An earlier process may have used the same id.
        let healed = Control {
            heal: true,
            ..Control::default()
        };
        chain.control(healed).await;
        chain
    }

    /// Returns the addresses of the collections with and without ERC-721 Enumerable.
    fn collections() -> [Address; 2] {
        let contracts = DEVNET.contracts();
        [contracts.nft, contracts.plain_nft]
    }

    async fn fail(&self, fault: Fault) {
        self.control(Control::faults([fault])).await;
    }

    async fn control(&self, control: Control) {
        let request = reqwest::Client::new().post(format!("{}/control", self.url));
        let answer = request.body(serde_json::to_string(&control).unwrap()).send();
        answer.await.unwrap().error_for_status().unwrap();
    }

    async fn mint(&self, collection: Address, to: Address) {
        self.send(somebody(), collection, safeMintCall { to }).await;
    }

    async fn give(&self, collection: Address, id: U256, from: Address, to: Address) {
        self.send(from, collection, transferFromCall { from, to, id })
            .await;
    }

    /// Sends a transaction from any address.
    async fn send(&self, from: Address, to: Address, call: impl SolCall) {
        let coin = U256::from(10).pow(U256::from(18));
        self.request("anvil_setBalance", vec![from.into(), coin.into()])
            .await;
        self.request("anvil_impersonateAccount", vec![from.into()]).await;
        let data = Bytes::from(call.abi_encode());
        let transaction = Json::object([("from", from.into()), ("to", to.into()), ("data", (&data).into())]);
        let hash = self.request("eth_sendTransaction", vec![transaction]).await;
        let receipt = loop {
            match self
                .request("eth_getTransactionReceipt", vec![hash.clone()])
                .await
            {
                Json::Null => tokio::time::sleep(Duration::from_millis(5)).await,
                receipt => break receipt,
            }
        };
        assert_eq!(receipt["status"].as_str(), Some("0x1"));
    }

    async fn request(&self, method: &'static str, params: Vec<Json>) -> Json {
        self.node.request(method, params).await.unwrap()
    }

    async fn read(&self, collection: Address, owner: Address) -> Result<Garden, Error> {
        Garden::read(&self.services, collection, owner, Garden::default()).await
    }
}

fn somebody() -> Address {
    PrivateKeySigner::random().address()
}

/// Returns the method of a failed request.
fn method(error: &Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::Service(error) => Some(error.method()),
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
        assert_eq!(garden.count, 3);
        assert!(newest > middle && middle > oldest, "{garden:?}");
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

    // `balanceOf` and `tokenOfOwnerByIndex` succeed, `ownerOf` fails.
    let limit = Fault::on(Service::Node, "eth_call").refusal(-32005, "slow down");
    chain.fail(limit.skip(2)).await;
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

    // `balanceOf` and both `tokenOfOwnerByIndex` succeed, one `tokenURI` reverts. Latency makes both calls concurrent.
    let reverts = Fault::on(Service::Node, "eth_call").refusal(3, "execution reverted");
    let slow = Control {
        latency_ms: Some(200),
        ..Control::faults([reverts.skip(3).times(1)])
    };
    chain.control(slow).await;
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

    chain.fail(Fault::on(Service::Node, "eth_getLogs").drop()).await;
    let garden = chain.read(listing, owner).await.unwrap();

    assert_eq!((garden.count, garden.latest.len()), (1, 1));
}

#[tokio::test]
async fn node_that_fails_is_not_taken_for_a_collection_without_a_list() {
    let chain = Chain::begin().await;
    let [listing, _] = Chain::collections();
    let owner = somebody();
    chain.mint(listing, owner).await;
    let calls = || Fault::on(Service::Node, "eth_call");
    let faults = [
        (calls().drop(), "service.unreachable"),
        (calls().html(200), "service.not_json"),
        (calls().null(), "service.null_answer"),
        (calls().refusal(-32005, "limit exceeded"), "service.rate_limited"),
        (
            calls().refusal(429, "too many requests").status(400),
            "service.rate_limited",
        ),
        (calls().rewrite("0x"), "service.malformed_answer"),
        (calls().rewrite("0x01"), "service.malformed_answer"),
    ];

    for (fault, code) in faults {
        // `balanceOf` succeeds.
        chain.fail(fault.clone().skip(1)).await;
        let error = chain.read(listing, owner).await.unwrap_err();

        assert_eq!(
            (error.code(), method(&error)),
            (code, Some("eth_call")),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn collection_of_which_neither_list_nor_log_tells_is_an_error() {
    let chain = Chain::begin().await;
    let [_, plain] = Chain::collections();
    let owner = somebody();
    chain.mint(plain, owner).await;
    let search = || Fault::on(Service::Node, "eth_getLogs");
    let table = [
        (search().refusal(-32601, "no logs here"), "service.no_such_method"),
        (search().drop(), "service.unreachable"),
        (search().rewrite(json!([])), "service.malformed_answer"),
    ];

    for (fault, expected) in table {
        chain.fail(fault.clone()).await;
        let error = chain.read(plain, owner).await.unwrap_err();

        assert_eq!(
            (error.code(), method(&error)),
            (expected, Some("eth_getLogs")),
            "{fault:?}"
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
