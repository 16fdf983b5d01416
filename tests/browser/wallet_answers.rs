//! The many forms of a wallet's answers.

use std::sync::Arc;

use alloy::{
    eips::eip7702::Authorization,
    hex,
    primitives::{Signature, U256, address},
    signers::{SignerSync, local::PrivateKeySigner},
};
use use_aa::{AccountKind, AccountOwner, Nexus, OwnerError, Wallet};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::js;

fn answering(body: &str) -> Wallet {
    let provider = js(&format!("return {{ request(question) {{ {body} }} }}"));
    Wallet::eip1193("Test wallet", provider).unwrap()
}

#[wasm_bindgen_test]
async fn what_a_wallet_throws_is_told_by_its_code_and_its_text() {
    let wallet = |code, message: &str| OwnerError::Wallet {
        code,
        message: message.to_owned(),
    };
    let rejected = [
        "{ code: 4001 }",
        "{ code: '4001' }",
        "{ code: ' 4001 ' }",
        "{ code: 4001n }",
        "{ code: 4001, message: 'internal error' }",
        // WalletConnect.
        "{ code: 5000, message: 'User rejected.' }",
        "{ code: 5000, message: '' }",
        "{ code: 5001, message: 'User disapproved requested methods' }",
        "{ code: 5002, message: 'User rejected methods.' }",
        "{ code: 5003 }",
        // ethers.
        "{ code: 'ACTION_REJECTED', reason: 'rejected' }",
        "Object.assign(new Error('user rejected action'), { code: 'ACTION_REJECTED', info: { error: { code: 4001 } } })",
        "{ code: 5000, message: 'KeystoneError#Tx_canceled. Signing canceled, please retry' }",
        r#"{ code: 5000, message: '{"code":4001,"message":"denied"}' }"#,
        // The code is within.
        "{ code: -32603, data: { code: 4001 } }",
        "{ code: -32603, message: 'Internal JSON-RPC error.', data: { originalError: { code: 5000 } } }",
        "{ code: -32000, message: 'failed', originalError: { code: '4001' } }",
        "new Error('request failed', { cause: { code: 4001 } })",
        "{ error: { code: 4001, message: 'no' } }",
        "{ code: 'UNKNOWN_ERROR', error: { code: 'ACTION_REJECTED' } }",
        "{ code: -32603, cause: { message: 'User denied message signature' } }",
        // The text alone.
        "{ statusCode: 0x6985 }",
        "{ statusCode: 27013, message: 'Ledger device: (0x6985)' }",
        "{ code: 0x5501 }",
        "{ name: 'UserRefusedOnDevice' }",
        "{ code: -32603, shortMessage: 'User rejected the request.' }",
        "{ code: -32603, details: 'User denied message signature' }",
        "{ reason: 'user cancel' }",
        "new Error('Cancelled')",
        "'User rejected the request'",
        "'user rejected'",
        "'The user cancelled.'",
        "'USER CANCELED'",
        "'Rejected by user'",
        "'Request was denied by the user'",
        "'cancelled by user'",
        "'declined by the user'",
        "'user_rejected'",
        "'UserRejectedRequestError'",
        "'User closed modal'",
        "'User has rejected the request'",
        "new Error('MetaMask Tx Signature: User denied message signature.')",
        "new Error('Ledger device: (denied by the user?) (0x6985)')",
        "{ code: -32000, message: 'User rejected the transaction' }",
        "{ code: 'nonsense', message: 'user refused' }",
        "{ name: 'UserRejectedRequestError' }",
    ];
    let others = [
        ("{ code: 4100 }", OwnerError::Disconnected),
        ("{ code: 4900, message: 'no chain' }", OwnerError::Disconnected),
        ("{ code: -32603, data: { code: 4900 } }", OwnerError::Disconnected),
        ("{ code: -32002, message: 'pending' }", OwnerError::Busy),
        ("{ code: -32603, data: { code: -32002 } }", OwnerError::Busy),
        // Rabby, while another request is open.
        (
            "{ code: -32001, message: 'Already processing connect. Please wait.' }",
            OwnerError::Busy,
        ),
        (
            "{ code: 4001, message: 'please request after current approval resolve' }",
            OwnerError::Busy,
        ),
        // MetaMask, after three rejections.
        (
            "{ code: 4100, message: 'Request blocked due to spam filter.' }",
            OwnerError::Throttled,
        ),
        // A wallet behind WalletConnect has one code for each error.
        (
            r#"{ code: 5000, message: '{"code":-32000,"message":"insufficient funds"}' }"#,
            wallet(-32000, "insufficient funds"),
        ),
        (
            "{ code: 5000, message: 'the device is busy' }",
            wallet(5000, "the device is busy"),
        ),
        (
            "new Error('Please call connect() before request()')",
            OwnerError::Disconnected,
        ),
        (
            "{ message: \"No matching key. session topic doesn't exist: 1\" }",
            OwnerError::Disconnected,
        ),
        (
            "new Error('Provided chainId \"80002\" must match the active chainId \"1\"')",
            OwnerError::OtherChain(
                "Provided chainId \"80002\" must match the active chainId \"1\"".to_owned(),
            ),
        ),
        (
            "{ code: -32603, message: 'ChainId mismatch' }",
            OwnerError::OtherChain("ChainId mismatch".to_owned()),
        ),
        (
            r#"{ code: 5000, message: '{"code":1,"message":"Invalid chainId"}' }"#,
            OwnerError::OtherChain("Invalid chainId".to_owned()),
        ),
        (
            "{ code: 4200, message: 'no such method' }",
            wallet(4200, "no such method"),
        ),
        ("{ code: 4901, message: 'chain' }", wallet(4901, "chain")),
        (
            "{ code: 4902, message: 'what chain?' }",
            wallet(4902, "what chain?"),
        ),
        ("{ code: 5100, message: 'chains' }", wallet(5100, "chains")),
        (
            "{ code: 6000, message: 'User disconnected.' }",
            OwnerError::Disconnected,
        ),
        (
            "{ code: -32603, message: 'x', data: { code: 7 } }",
            wallet(-32603, "x"),
        ),
        (
            "{ code: -32603, data: { message: 'out of gas' } }",
            wallet(-32603, "out of gas"),
        ),
        (
            "new Error('', { cause: new Error('deep') })",
            wallet(-32603, "deep"),
        ),
        (
            "'transaction rejected: user operation underpriced'",
            wallet(-32603, "transaction rejected: user operation underpriced"),
        ),
        (
            "'The user aborted a request.'",
            wallet(-32603, "The user aborted a request."),
        ),
        ("'access denied'", wallet(-32603, "access denied")),
        ("'rejected by the node'", wallet(-32603, "rejected by the node")),
        ("{ code: 4001.5, message: 'x' }", wallet(-32603, "x")),
        ("{ code: NaN, message: 'x' }", wallet(-32603, "x")),
        ("{}", wallet(-32603, "no reason given")),
        ("null", wallet(-32603, "no reason given")),
        (
            "(() => { const e = {}; e.cause = e; e.data = e; return e })()",
            wallet(-32603, "no reason given"),
        ),
        (
            "new Proxy({}, { get() { throw 1 } })",
            wallet(-32603, "no reason given"),
        ),
    ];
    let rejected = rejected.map(|thrown| (thrown, OwnerError::Rejected));

    for (thrown, expected) in rejected.into_iter().chain(others) {
        for body in [
            format!("throw {thrown}"),
            format!("return Promise.reject({thrown})"),
        ] {
            let error = answering(&body).connect().await.err().unwrap();
            assert_eq!(error, expected, "{body}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_session_of_wallet_connect_begins_with_enable() {
    let provider = "return {
        isWalletConnect: true,
        request: () => Promise.reject(new Error('Please call connect() before request()')),
        enable: async () => ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    }";
    let wallet = Wallet::eip1193("WalletConnect", js(provider)).unwrap();

    let owner = wallet.connect().await.map(|owner| owner.address());
    assert_eq!(owner, Ok(address!("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")));
}

#[wasm_bindgen_test]
async fn a_dialog_of_wallet_connect_that_is_closed_is_a_rejection() {
    let provider = "return {
        isWalletConnect: true,
        request: () => Promise.reject(new Error('Please call connect() before request()')),
        enable: () => Promise.reject(new Error('Connection request reset. Please try again.')),
    }";
    let wallet = Wallet::eip1193("WalletConnect", js(provider)).unwrap();

    assert_eq!(wallet.connect().await.err(), Some(OwnerError::Rejected));
}

#[wasm_bindgen_test]
async fn an_account_is_read_however_it_is_written() {
    let expected = address!("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    let cases = [
        "['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed']",
        "['0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed']",
        "['0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED']",
        "['0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED']",
        "[' 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\\n']",
        "['eip155:1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed']",
        "[{ address: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' }]",
        "['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', null]",
        "'0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'",
        "{ accounts: ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'] }",
        "{ id: 1, jsonrpc: '2.0', result: ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'] }",
        "{ then(resolve) { resolve(['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed']) } }",
    ];

    for case in cases {
        let owner = answering(&format!("return {case}")).connect().await;
        assert_eq!(owner.map(|owner| owner.address()), Ok(expected), "{case}");
    }
}

/// Lets an owner sign an authorization, as an account that delegates does.
async fn authorized(
    owner: Arc<dyn AccountOwner>,
    authorization: &Authorization,
) -> Result<Signature, OwnerError> {
    let account = Nexus::DELEGATED.owned_by(owner);
    let signed = account.authorize(authorization.clone()).await?;
    Ok(signed.signature().unwrap())
}

/// The authorization that the wallets of these tests are asked for, by the first key of a local chain.
fn authorization() -> (PrivateKeySigner, Authorization) {
    let key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    let authorization = Authorization {
        chain_id: U256::from(80002),
        address: address!("000000004F43C49e93C970E84001853a70923B03"),
        nonce: 34,
    };
    (key.parse().unwrap(), authorization)
}

#[wasm_bindgen_test]
async fn an_authorization_is_read_however_it_is_written() {
    let (key, authorization) = authorization();
    let expected = key.sign_hash_sync(&authorization.signature_hash()).unwrap();
    let (r, s) = (
        format!("{:#066x}", expected.r()),
        format!("{:#066x}", expected.s()),
    );
    let parity = u8::from(expected.v());
    let whole = hex::encode_prefixed(expected.as_bytes());
    let answers = [
        format!("'{whole}'"),
        format!("{{ signature: '{whole}' }}"),
        format!("{{ r: '{r}', s: '{s}', yParity: {parity} }}"),
        format!("{{ r: '{r}', s: '{s}', yParity: '{parity:#x}', chainId: 80002 }}"),
        format!("{{ r: '{r}', s: '{s}', v: {} }}", parity + 27),
        format!("{{ r: '{r}', s: '{s}', y_parity: {parity} }}"),
        format!("{{ signature: {{ r: '{r}', s: '{s}', yParity: {parity} }} }}"),
    ];
    let account = key.address();

    for answer in answers {
        // The method of the wallet has either name, and the fields of the request too.
        for method in ["eth_signAuthorization", "wallet_signAuthorization"] {
            let body = format!(
                "if (question.method === 'eth_requestAccounts') return ['{account}'];
                if (question.method !== '{method}') throw {{ code: -32601, message: 'unknown' }};
                const asked = question.params[0];
                const isRight = asked.chainId === '0x13882' && asked.nonce === '0x22' && asked.from === '{account}'
                    && asked.address === '{delegate}' && asked.contractAddress === '{delegate}';
                if (!isRight) throw new Error(JSON.stringify(asked));
                return {answer}",
                delegate = authorization.address,
            );
            let owner = answering(&body).connect().await.unwrap();
            let signed = authorized(owner, &authorization).await;
            assert_eq!(signed, Ok(expected), "{answer}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_wallet_without_authorizations_is_told_from_one_whose_user_rejects() {
    let (key, authorization) = authorization();
    let malformed = |what: &str| OwnerError::Malformed(what.to_owned());
    let no_signature = "the authorization has no signature";
    let cases = [
        (
            "throw { code: -32601, message: 'x' }",
            OwnerError::NoAuthorization,
        ),
        ("throw { code: 4200, message: 'x' }", OwnerError::NoAuthorization),
        (
            "throw new Error('Method not supported')",
            OwnerError::NoAuthorization,
        ),
        (
            "throw new Error('Unsupported method')",
            OwnerError::NoAuthorization,
        ),
        ("throw { code: 4001 }", OwnerError::Rejected),
        ("return null", malformed(no_signature)),
        ("return undefined", malformed(no_signature)),
        ("return () => {}", malformed(no_signature)),
        ("return { r: '0x1', s: '0x2' }", malformed(no_signature)),
        ("return { r: 'x', s: '0x2', yParity: 0 }", malformed(no_signature)),
        (
            "return { r: '0x1', s: '0x2', yParity: 900 }",
            malformed(no_signature),
        ),
        (
            "return '0x'",
            malformed("the signature is not 65 bytes long, as from a contract wallet"),
        ),
    ];

    for (answer, expected) in cases {
        let body = format!(
            "if (question.method === 'eth_requestAccounts') return ['{}']; {answer}",
            key.address()
        );
        let owner = answering(&body).connect().await.unwrap();
        let signed = authorized(owner, &authorization).await;
        assert_eq!(signed, Err(expected), "{answer}");
    }
}

#[wasm_bindgen_test]
async fn an_error_in_the_place_of_an_answer_is_an_error() {
    let refused = "return { id: 1, jsonrpc: '2.0', error: { code: 4001, message: 'no' } }";

    let error = answering(refused).connect().await.err().unwrap();

    assert_eq!(error, OwnerError::Rejected);
}
