use alloy::{
    primitives::{Address, B256, U256, eip191_hash_message},
    sol,
    sol_types::eip712_domain,
};
use use_aa::{OwnerError, TypedData, Wallet, signer::verified};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{TestWallet, VOTE, VOTE_HASH, js, key};

fn answering(body: &str) -> Wallet {
    Wallet::eip1193(
        "Test wallet",
        js(&format!("return {{ request(question) {{ {body} }} }}")),
    )
    .unwrap()
}

#[wasm_bindgen_test]
async fn a_wallet_tells_its_account_and_signs_for_it() {
    let test = TestWallet::new([key(7)]);
    let wallet = Wallet::eip1193("Test wallet", test.provider.clone()).unwrap();

    let owner = wallet.connect().await.unwrap();
    let signature = owner.sign_message(b"a user operation's hash").await.unwrap();

    assert_eq!(owner.address(), key(7).address());
    assert_eq!(
        signature
            .recover_address_from_msg(b"a user operation's hash")
            .unwrap(),
        key(7).address()
    );
    assert_eq!(test.asked(), ["eth_requestAccounts", "personal_sign"]);
}

#[wasm_bindgen_test]
async fn a_wallet_that_does_not_connect_says_why() {
    let wallet = |code, message: &str| OwnerError::Wallet {
        code,
        message: message.to_owned(),
    };
    let malformed = |what: &str| OwnerError::Malformed(what.to_owned());
    let cases = [
        (
            "return Promise.reject({ code: 4001, message: 'no' })",
            OwnerError::Rejected,
        ),
        ("throw { code: 4001 }", OwnerError::Rejected),
        ("throw { code: '4001' }", OwnerError::Rejected),
        (
            "throw { code: -32002, message: 'already pending' }",
            OwnerError::Busy,
        ),
        ("throw { code: 4100 }", OwnerError::Disconnected),
        ("throw { code: 4900 }", OwnerError::Disconnected),
        (
            "throw { code: 4902, message: 'what chain?' }",
            wallet(4902, "what chain?"),
        ),
        ("throw new Error('out of order')", wallet(-32603, "out of order")),
        ("throw 'out of order'", wallet(-32603, "out of order")),
        ("throw undefined", wallet(-32603, "no reason given")),
        (
            "throw { get code() { throw 1 }, get message() { throw 2 } }",
            wallet(-32603, "no reason given"),
        ),
        (
            "return new Promise((_, no) => setTimeout(no, 5, { code: 4001 }))",
            OwnerError::Rejected,
        ),
        (
            "return { get then() { throw { code: 4001 } } }",
            OwnerError::Rejected,
        ),
        ("return []", OwnerError::Disconnected),
        ("return {}", OwnerError::Disconnected),
        ("return undefined", malformed("the accounts are not an array")),
        ("return '0x'", malformed("the accounts are not an array")),
        ("return 7", malformed("the accounts are not an array")),
        ("return [1]", malformed("the account is not an address")),
        ("return ['0x1234']", malformed("the account is not an address")),
    ];

    for (body, expected) in cases {
        let error = answering(body).connect().await.err().unwrap();
        assert_eq!(error, expected, "{body}");
    }
}

#[wasm_bindgen_test]
async fn a_wallets_words_are_cut_short() {
    let error = answering("throw new Error('x'.repeat(10000))")
        .connect()
        .await
        .err()
        .unwrap();

    let OwnerError::Wallet { message, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(message.len(), 300);
}

#[wasm_bindgen_test]
async fn an_account_that_is_no_promise_is_taken_too() {
    let owner = answering("return ['0x00000000000000000000000000000000000000aa']")
        .connect()
        .await
        .unwrap();

    assert_eq!(owner.address(), Address::with_last_byte(0xaa));
}

#[wasm_bindgen_test]
async fn a_signature_that_cannot_be_is_an_error() {
    let account = "if (question.method === 'eth_requestAccounts') \
                   return ['0x00000000000000000000000000000000000000aa'];";
    let cases = [
        ("throw { code: 4001 }", OwnerError::Rejected),
        (
            "return 1",
            OwnerError::Malformed("the signature is not a string".to_owned()),
        ),
        (
            "return 'no'",
            OwnerError::Malformed("the signature is not hex".to_owned()),
        ),
    ];

    for (body, expected) in cases {
        let owner = answering(&format!("{account} {body}")).connect().await.unwrap();
        assert_eq!(owner.sign_message(b"hash").await.unwrap_err(), expected, "{body}");
    }
}

#[wasm_bindgen_test]
async fn a_wallet_that_signs_as_somebody_else_is_found_out() {
    let test = TestWallet::new([key(7)]);
    let owner = Wallet::eip1193("Test wallet", test.provider.clone())
        .unwrap()
        .connect()
        .await
        .unwrap();

    test.use_keys([key(8)]);
    let signature = owner.sign_message(b"hash").await.unwrap();
    let error = verified(signature, eip191_hash_message(b"hash"), owner.address()).unwrap_err();

    let (owner, signed) = (key(7).address(), key(8).address());
    assert_eq!(error, OwnerError::WrongSigner { owner, signed });
}

sol! {
    struct Vote {
        uint256 proposal;
        bool yes;
    }
}

#[wasm_bindgen_test]
async fn a_wallet_is_shown_typed_data_and_signs_it() {
    let test = TestWallet::new([key(7)]);
    let wallet = Wallet::eip1193("Test wallet", test.provider.clone()).unwrap();
    let owner = wallet.connect().await.unwrap();
    let vote = Vote {
        proposal: U256::from(7),
        yes: true,
    };
    let data = TypedData::new(&vote, &eip712_domain! { name: "Flowers", }).unwrap();

    let signature = owner.sign_typed_data(&data).await.unwrap();

    assert_eq!(data.json(), VOTE);
    let signed = signature.recover_address_from_prehash(&data.hash()).unwrap();
    assert_eq!(signed, key(7).address());
    assert_eq!(test.asked(), ["eth_requestAccounts", "eth_signTypedData_v4"]);
}

#[wasm_bindgen_test]
async fn typed_data_that_is_not_signed_as_asked_is_an_error() {
    let test = TestWallet::new([key(7)]);
    let wallet = Wallet::eip1193("Test wallet", test.provider.clone()).unwrap();
    let owner = wallet.connect().await.unwrap();
    let data = TypedData::written(VOTE_HASH, VOTE);
    let of_another_hash = TypedData::written(B256::repeat_byte(1), VOTE);

    let unlike = owner.sign_typed_data(&of_another_hash).await.unwrap();
    let unlike = verified(unlike, of_another_hash.hash(), owner.address()).unwrap_err();
    test.use_keys([key(8)]);
    let somebody_else_s = owner.sign_typed_data(&data).await.unwrap();
    let somebody_else_s = verified(somebody_else_s, data.hash(), owner.address()).unwrap_err();
    test.refuse(js("return { code: 4001 }"));
    let refused = owner.sign_typed_data(&data).await.unwrap_err();

    let (owner, signed) = (key(7).address(), key(8).address());
    assert!(matches!(unlike, OwnerError::WrongSigner { owner: of, .. } if of == owner));
    assert_eq!(somebody_else_s, OwnerError::WrongSigner { owner, signed });
    assert_eq!(refused, OwnerError::Rejected);
}

#[wasm_bindgen_test]
fn what_cannot_be_asked_is_no_wallet() {
    for provider in [
        "return undefined",
        "return 1",
        "return {}",
        "return { request: 1 }",
    ] {
        let error = Wallet::eip1193("Test wallet", js(provider)).unwrap_err();
        assert_eq!(
            error,
            OwnerError::Malformed("Test wallet has no function `request`".to_owned())
        );
    }
}
