use alloy::primitives::{B256, b256};
use leptos::prelude::*;
use use_aa::{
    BiconomyV2, MemoryStore, Query, Services, Status, UserOpHash, UserOpReceipt, provide_smart_account,
    use_user_op_wait,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Page, js, settle, until};

const HASH: UserOpHash = UserOpHash(b256!(
    "93c06f3f5909cc2b192713ed9bf93e3e1fde4b22fcd2466304fa404f9b80ff90"
));

/// Replaces the network with a bundler and a node: the bundler includes every operation at the third request, and the
/// node has the transaction.
fn network() {
    js("window.questions = [];
        window.network ??= window.fetch;
        const place = {
            transactionHash: '0x' + '01'.repeat(32),
            blockHash: '0x' + '02'.repeat(32),
            blockNumber: '0x3',
        };
        const word = (text) => '0x' + text.padStart(64, '0');
        window.fetch = async (request) => {
            const { id, method, params: [hash] } = await request.json();
            await new Promise((later) => setTimeout(later, 20));
            const answer = (result) => new Response(JSON.stringify({ jsonrpc: '2.0', id, result }));
            if (method === 'eth_getTransactionReceipt') {
                const event = {
                    address: '0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789',
                    topics: [
                        // UserOperationEvent
                        '0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f',
                        questions.at(-1),
                        word('1758f42af7026fbbb559dc60ece0de3ef81f665e'),
                        word(''),
                    ],
                    // nonce, success, cost, gas
                    data: word('') + word('1').slice(2) + word('1').slice(2) + word('1').slice(2),
                };
                return answer({ ...place, logs: [event] });
            }
            questions.push(hash);
            const count = questions.filter((asked) => asked === hash).length;
            return answer(count < 3 ? null : {
                userOpHash: hash,
                sender: '0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e',
                nonce: '0x0',
                actualGasCost: '0x1',
                actualGasUsed: '0x1',
                success: true,
                logs: [],
                receipt: place,
            });
        };");
}

fn questions() -> u32 {
    js("return questions.length").as_f64().unwrap() as u32
}

fn wait(page: &Page, hash: RwSignal<Option<UserOpHash>>) -> Query<UserOpReceipt> {
    page.with(|| {
        let services = Services::new(80002, "http://bundler.invalid").unwrap();
        provide_smart_account(services, BiconomyV2::KIND, MemoryStore::default());
        use_user_op_wait(hash)
    })
}

#[wasm_bindgen_test]
async fn a_receipt_is_found_without_wallet_and_account() {
    network();
    let page = Page::new().await;
    let hash = page.with(|| RwSignal::new(None));
    let wait = wait(&page, hash);
    settle().await;
    assert_eq!((wait.status.get_untracked(), questions()), (Status::Idle, 0));

    hash.set(Some(HASH));
    until("it waits", || wait.is_loading.get_untracked()).await;
    until("the receipt is there", || wait.is_success.get_untracked()).await;

    let receipt = wait.data.get_untracked().unwrap();
    assert_eq!(receipt.hash, HASH);
    assert_eq!(receipt.transaction.hash, B256::repeat_byte(1));
    settle().await;
    assert_eq!(questions(), 3, "nothing is asked after the answer");
    js("window.fetch = window.network");
}

#[wasm_bindgen_test]
async fn fifty_components_with_one_operation_ask_as_often_as_one() {
    network();
    let page = Page::new().await;
    let hash = page.with(|| RwSignal::new(None));
    let first = wait(&page, hash);
    let mut waits = page.with(|| (1..50).map(|_| use_user_op_wait(hash)).collect::<Vec<_>>());
    waits.push(first);

    hash.set(Some(HASH));
    until("all receipts are there", || {
        waits.iter().all(|wait| wait.is_success.get_untracked())
    })
    .await;

    assert_eq!(questions(), 3);
    js("window.fetch = window.network");
}

#[wasm_bindgen_test]
async fn nothing_is_asked_when_the_component_is_gone() {
    network();
    let page = Page::new().await;
    let hash = page.with(|| RwSignal::new(Some(HASH)));
    let _ = wait(&page, hash);
    until("it has asked", || questions() > 0).await;

    drop(page);
    settle().await;
    let asked = questions();
    for _ in 0..8 {
        settle().await;
    }

    assert_eq!(questions(), asked);
    js("window.fetch = window.network");
}
