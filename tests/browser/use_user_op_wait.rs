use std::sync::Arc;

use alloy::primitives::{B256, b256};
use leptos::prelude::*;
use use_aa::{
    MemoryStore, Query, Services, Status, UserOpHash, UserOpReceipt, provide_smart_account, use_user_op_wait,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Page, js, settle, until};

const HASH: UserOpHash = UserOpHash(b256!(
    "93c06f3f5909cc2b192713ed9bf93e3e1fde4b22fcd2466304fa404f9b80ff90"
));

/// Puts a bundler in the place of the network: it includes every operation when it is asked the third time.
fn bundler() {
    js("window.questions = [];
        window.network ??= window.fetch;
        window.fetch = async (request) => {
            const { id, params: [hash] } = await request.json();
            questions.push(hash);
            const count = questions.filter((asked) => asked === hash).length;
            const result = count < 3 ? null : {
                userOpHash: hash,
                sender: '0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e',
                nonce: '0x0',
                actualGasCost: '0x1',
                actualGasUsed: '0x1',
                success: true,
                logs: [],
                receipt: {
                    transactionHash: '0x' + '01'.repeat(32),
                    blockHash: '0x' + '02'.repeat(32),
                    blockNumber: '0x3',
                },
            };
            return new Response(JSON.stringify({ jsonrpc: '2.0', id, result }));
        };");
}

fn questions() -> u32 {
    js("return questions.length").as_f64().unwrap() as u32
}

fn wait(page: &Page, hash: RwSignal<Option<UserOpHash>>) -> Query<UserOpReceipt> {
    page.with(|| {
        let services = Services::new(80002, "http://bundler.invalid").unwrap();
        provide_smart_account(services, Arc::new(MemoryStore::default()));
        use_user_op_wait(hash)
    })
}

#[wasm_bindgen_test]
async fn a_receipt_is_found_without_wallet_and_account() {
    bundler();
    let page = Page::new();
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
async fn nothing_is_asked_when_the_component_is_gone() {
    bundler();
    let page = Page::new();
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
