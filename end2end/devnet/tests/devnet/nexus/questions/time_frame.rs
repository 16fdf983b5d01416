use super::{Answer, Group, by_key, by_owner, enabled, for_call, now};
use crate::nexus::{
    account::Account,
    operation::Call,
    session::{Key, action, selector, time_frame},
};

/// Ten years, in seconds. Time frames that far in the future are open in no block but a simulated one.
const FAR: u64 = 10 * 365 * 24 * 60 * 60;

#[tokio::test]
async fn time_frames_are_as_in_production() {
    let mut group = Group::new("TimeFramePolicy (with EntryPoint 0.7)");
    let account = Account::deployed().await;
    let mint = account.mint();
    let (after, until) = (now() + FAR, now() + FAR + 1000);
    let session = enabled(&account, &mint, time_frame(until, after)).await;
    let validated_at = async |time: u64| {
        let mut op = session.op(account.address, std::slice::from_ref(&mint)).await;
        session.sign(&mut op).await;
        Answer::of_validation(op.validate_at(time).await)
    };

    group.answer(
        "one second before validAfter (block time)",
        validated_at(after - 1).await,
    );
    group.answer("at validAfter (block time)", validated_at(after).await);
    group.answer(
        "one second after validAfter (block time)",
        validated_at(after + 1).await,
    );
    group.answer(
        "one second before validUntil (block time)",
        validated_at(until - 1).await,
    );
    group.answer("at validUntil (block time)", validated_at(until).await);
    group.answer(
        "one second after validUntil (block time)",
        validated_at(until + 1).await,
    );

    let endless = enabled(&account, &mint, time_frame(0, now() - 1000)).await;
    group.answer(
        "validUntil 0",
        by_key(&endless, &account, std::slice::from_ref(&mint)).await,
    );
    let none = for_call(&mint, time_frame(0, 0));
    group.answer("both 0, at enabling", by_owner(&account, none.enabling()).await);
    group.answer(
        "both 0, at use",
        by_key(&none, &account, std::slice::from_ref(&mint)).await,
    );
    let never = for_call(&mint, time_frame(1000, 2000));
    group.answer(
        "validUntil before validAfter, at enabling",
        by_owner(&account, never.enabling()).await,
    );
    group.answer("a batch of a live and an expired action", batch(&account).await);
    group.end();
}

/// Executes a call whose time frame is open and one whose time frame has ended, in one batch.
async fn batch(account: &Account) -> Answer {
    let mint = account.mint();
    let plain = Call::new(crate::support::DEVNET.contracts().plain_nft, mint.data.clone());
    let session = Key::new(vec![
        action(mint.to, selector(&mint), vec![time_frame(now() + FAR, 0)]),
        action(plain.to, selector(&plain), vec![time_frame(now() - 1000, 0)]),
    ]);
    assert_eq!(by_owner(account, session.enabling()).await.success, Some(true));
    by_key(&session, account, &[mint, plain]).await
}
