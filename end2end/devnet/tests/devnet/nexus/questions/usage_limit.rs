use alloy::sol_types::SolCall;

use super::{Answer, Group, by_key, by_owner, enabled, for_call};
use crate::{
    nexus::{
        account::Account,
        operation::Call,
        session::{Key, action, selector, usage_limit},
    },
    support::{
        DEVNET,
        operation::{approveCall, safeMintCall},
    },
};

#[tokio::test]
async fn usage_limits_are_as_in_production() {
    let mut group = Group::new("UsageLimitPolicy");
    let account = Account::deployed().await;
    let at = DEVNET.contracts();
    let mint = account.mint();
    let approve = Call::new(
        at.token,
        approveCall {
            spender: at.nft,
            amount: alloy::primitives::U256::from(1),
        }
        .abi_encode(),
    );
    // The entry point cannot receive an NFT.
    let reverting = Call::new(at.plain_nft, safeMintCall { to: at.entry_point }.abi_encode());
    let session = Key::new(vec![
        action(mint.to, selector(&mint), vec![usage_limit(2)]),
        action(approve.to, selector(&approve), vec![usage_limit(1)]),
        action(reverting.to, selector(&reverting), vec![usage_limit(1)]),
    ]);
    let enabling = by_owner(&account, session.enabling()).await;
    assert_eq!(enabling.success, Some(true), "{}", enabling.why);
    let use_once = async |call: &Call| by_key(&session, &account, std::slice::from_ref(call)).await;

    group.answer("limit 2: first", use_once(&mint).await);
    group.answer("limit 2: second", use_once(&mint).await);
    group.answer("limit 2: third", use_once(&mint).await);
    group.answer(
        "another action of the same session with limit 1 (own counter)",
        use_once(&approve).await,
    );
    group.answer(
        "limit 1, the call itself reverts: first",
        use_once(&reverting).await,
    );
    group.answer(
        "limit 1, second try after the reverted one (is the use given back?)",
        use_once(&reverting).await,
    );
    group.answer(
        "the owner enables the same session again",
        by_owner(&account, session.enabling()).await,
    );
    group.answer(
        "  and the exhausted action is asked again (counter reset?)",
        use_once(&mint).await,
    );
    let zero = for_call(&mint, usage_limit(0));
    group.answer("limit 0 at enabling", by_owner(&account, zero.enabling()).await);
    batches(&mut group, &account).await;
    renewal(&mut group, &account).await;
    group.end();
}

async fn batches(group: &mut Group, account: &Account) {
    let mint = account.mint();
    let twice = [mint.clone(), mint.clone()];
    let three = enabled(account, &mint, usage_limit(3)).await;
    group.answer("limit 3: a batch of two", by_key(&three, account, &twice).await);
    group.answer(
        "limit 3: a second batch of two",
        by_key(&three, account, &twice).await,
    );
    let single = by_key(&three, account, std::slice::from_ref(&mint)).await;
    group.answer("limit 3: then a single one", single);

    let mut operations = for_call(&mint, crate::nexus::session::sudo());
    operations.session.userOpPolicies = vec![usage_limit(1)];
    let enabling = by_owner(account, operations.enabling()).await;
    assert_eq!(enabling.success, Some(true), "{}", enabling.why);
    group.answer(
        "limit 1 as a policy on operations: a batch of two",
        by_key(&operations, account, &twice).await,
    );
    group.answer(
        "  a second operation",
        by_key(&operations, account, &[mint]).await,
    );
}

async fn renewal(group: &mut Group, account: &Account) {
    let mint = [account.mint()];
    let session = enabled(account, &mint[0], usage_limit(1)).await;
    assert!(by_key(&session, account, &mint).await.accepted);
    assert!(!by_key(&session, account, &mint).await.accepted);
    let calls = [session.removal(), session.enabling()];
    let renewed = Answer::of(account.execute(&calls).await);
    assert_eq!(renewed.success, Some(true), "{}", renewed.why);
    group.answer(
        "used up, removed, enabled again with the same salt: counter",
        by_key(&session, account, &mint).await,
    );
}
