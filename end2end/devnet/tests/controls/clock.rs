use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::{
    block, control, healthy, height,
    operation::{Account, send},
};

/// Returns the offset of the last block's timestamp from this machine's clock, in seconds.
async fn ahead() -> i64 {
    let last = block(height().await).await;
    let time = last["timestamp"].as_str().and_then(|hex| hex.strip_prefix("0x"));
    let time = i64::from_str_radix(time.expect("hex"), 16).expect("a time");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time");
    time - i64::try_from(now.as_secs()).expect("a time")
}

fn near(actual: i64, expected: i64) {
    assert!((actual - expected).abs() <= 30, "{actual} instead of {expected}");
}

#[tokio::test]
async fn the_clock_goes_ahead_and_behind_and_right_again() {
    let _turn = healthy().await;

    for seconds in [600, -600, 0] {
        control(json!({"clock": seconds})).await;
        near(ahead().await, seconds);
        let account = Account::new().await;
        let receipt = send("/bundler", &account.first_mint().await).await;
        assert_eq!(receipt.expect("a receipt")["success"], true);
        near(ahead().await, seconds);
    }
}

#[tokio::test]
async fn the_clock_stays_wrong_over_a_death_and_a_reorg() {
    let _turn = healthy().await;

    control(json!({"clock": 600})).await;
    control(json!({"kill": "chain"})).await;
    control(json!({"restart": "chain"})).await;
    near(ahead().await, 600);
    let account = Account::new().await;
    send("/bundler", &account.first_mint().await)
        .await
        .expect("a receipt");
    control(json!({"reorg": 1})).await;
    let account = Account::new().await;
    send("/bundler", &account.first_mint().await)
        .await
        .expect("a receipt");

    near(ahead().await, 600);
    control(json!({"heal": true})).await;
    near(ahead().await, 0);
}
