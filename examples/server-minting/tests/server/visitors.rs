//! Visitors of several servers that mint through one session.

use std::{collections::BTreeSet, pin::pin, time::Duration};

use alloy::primitives::U256;
use futures::{FutureExt, future::join_all};
use reqwest::{StatusCode, header, redirect::Policy};
use server_minting::mint::{MintError, Minted};

use crate::processes::{KINDS, SOON, World, balance};

const SEND: &str = "eth_sendUserOperation";

fn minted(answer: &str) -> Minted {
    serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[tokio::test]
async fn servers_mint_at_once_through_one_session_and_nothing_is_lost_or_doubled() {
    const VOUCHERS: usize = 6;
    // A bundler refuses a session call at times while other calls change the state that it simulates.
    const ATTEMPTS: usize = 5;
    for kind in KINDS {
        let world = World::new(kind).await;
        let account = world.grant();
        let vouchers = world.vouchers(VOUCHERS);
        let servers = [world.serve(account), world.serve(account)];
        // Each voucher comes to both servers at once, and again while nothing was sent for it.
        let requests = vouchers.iter().map(async |voucher| {
            let mut hashes = BTreeSet::new();
            for _ in 0..ATTEMPTS {
                let answers = join_all(servers.each_ref().map(|server| server.mint(voucher))).await;
                for (status, body) in answers {
                    if status == 200 {
                        hashes.insert(minted(&body).user_op);
                        continue;
                    }
                    let error = serde_json::from_str(&body).unwrap();
                    let is_expected = matches!(error, MintError::Underway | MintError::NotSent(_));
                    assert!(is_expected, "{kind}: {error}");
                }
                if !hashes.is_empty() {
                    break;
                }
            }
            assert_eq!(hashes.len(), 1, "{kind}: {voucher}");
            hashes.pop_first().unwrap()
        });
        let hashes = join_all(requests).await;

        assert_eq!(balance(&world, account).await, U256::from(VOUCHERS), "{kind}");
        assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), VOUCHERS, "{kind}");
        // A spent voucher names its mint, on both servers.
        for server in &servers {
            for (voucher, hash) in vouchers.iter().zip(&hashes) {
                let (status, body) = server.mint(&voucher.to_uppercase()).await;
                assert_eq!(status, 200, "{kind}: {body}");
                assert_eq!(minted(&body).user_op, *hash, "{kind}");
                assert!(minted(&body).is_confirmed, "{kind}");
            }
        }
        assert_eq!(balance(&world, account).await, U256::from(VOUCHERS), "{kind}");
        assert_eq!(
            world.client().await.pending_user_ops().await.unwrap(),
            [],
            "{kind}"
        );
    }
}

#[tokio::test]
async fn caller_without_a_voucher_mints_nothing() {
    let world = World::new("nexus").await;
    let account = world.grant();
    let server = world.serve(account);
    let client = reqwest::Client::new();
    let url = format!("{}/api/mint", server.url);

    for voucher in ["", "0", "' OR 1 = 1 --", &"a".repeat(32), &"a".repeat(4000)] {
        let (status, body) = server.mint(voucher).await;
        assert_eq!(status, 500, "{body}");
        assert_eq!(
            serde_json::from_str::<MintError>(&body).unwrap(),
            MintError::Unknown
        );
    }
    let too_long = client
        .post(&url)
        .form(&[("voucher", "a".repeat(4096))])
        .send()
        .await
        .unwrap();
    assert_eq!(too_long.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let no_voucher = client.post(&url).form(&[("to", "0xaa")]).send().await.unwrap();
    assert!(no_voucher.status().is_server_error());
    let read = client.get(&url).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::METHOD_NOT_ALLOWED);

    assert_eq!(balance(&world, account).await, U256::ZERO);
}

#[tokio::test]
async fn visitor_who_leaves_does_not_interrupt_the_mint() {
    let world = World::new("nexus").await;
    let account = world.grant();
    let server = world.serve(account);
    let voucher = world.vouchers(1).remove(0);
    world.delay(SEND, Duration::from_millis(500)).await;

    futures::select! {
        answer = pin!(server.mint(&voucher).fuse()) => panic!("the answer came before the end: {answer:?}"),
        () = pin!(world.is_asked(SEND).fuse()) => {}
    }

    let (status, body) = loop {
        let (status, body) = server.mint(&voucher).await;
        match serde_json::from_str(&body) {
            Ok(MintError::Underway) => {}
            _ => break (status, body),
        }
    };
    assert_eq!(status, 200, "{body}");
    assert_eq!(balance(&world, account).await, U256::from(1));
}

#[tokio::test]
async fn server_that_is_killed_while_it_sends_leaves_a_spent_voucher() {
    let world = World::new("nexus").await;
    let account = world.grant();
    let voucher = world.vouchers(1).remove(0);
    let killed = world.serve(account);
    world.delay(SEND, SOON).await;
    futures::select! {
        answer = pin!(killed.mint(&voucher).fuse()) => panic!("the answer came before the end: {answer:?}"),
        () = pin!(world.is_asked(SEND).fuse()) => {}
    }

    drop(killed);
    world.delay_nothing().await;
    let (status, body) = world.serve(account).mint(&voucher).await;

    assert_eq!(status, 500, "{body}");
    assert_eq!(
        serde_json::from_str::<MintError>(&body).unwrap(),
        MintError::Underway
    );
    // The owner finds the operation that the killed server was sending.
    let pending = world.client().await.pending_user_ops().await.unwrap();
    assert_eq!(pending.len(), 1, "{pending:#?}");
}

#[tokio::test]
async fn voucher_stays_valid_if_nothing_was_sent() {
    let world = World::new("nexus").await;
    // An account without a session.
    let account = world.client().await.address();
    let server = world.serve(account);
    let voucher = world.vouchers(1).remove(0);

    let (status, body) = server.mint(&voucher).await;

    assert_eq!(status, 500, "{body}");
    let expected = MintError::NotSent("session.none_active".to_owned());
    assert_eq!(serde_json::from_str::<MintError>(&body).unwrap(), expected);
    assert_eq!(world.grant(), account);
    let (status, body) = server.mint(&voucher).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(balance(&world, account).await, U256::from(1));
}

#[tokio::test]
async fn page_works_without_scripts() {
    let world = World::new("nexus").await;
    let account = world.grant();
    let server = world.serve(account);
    let voucher = world.vouchers(1).remove(0);
    let browser = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let post = async |voucher: &str| {
        let request = browser
            .post(format!("{}/api/mint", server.url))
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, format!("{}/", server.url))
            .form(&[("voucher", voucher)]);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        let place = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
        let url = reqwest::Url::parse(&server.url).unwrap().join(&place).unwrap();
        browser.get(url).send().await.unwrap().text().await.unwrap()
    };

    let page = browser.get(&server.url).send().await.unwrap();
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    let html = page.text().await.unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(html.contains(r#"action="/api/mint""#), "{html}");
    assert!(html.contains(r#"name="voucher""#), "{html}");

    let refused = post("unknown").await;
    assert!(refused.contains("the voucher is unknown"), "{refused}");
    let done = post(&voucher).await;
    assert!(done.contains("Minted in operation"), "{done}");
    assert_eq!(balance(&world, account).await, U256::from(1));
}
