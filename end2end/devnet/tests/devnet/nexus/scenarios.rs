use std::slice;

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};

use super::{
    account::{Account, addSafeSenderCall, fund, getOwnerCall, installModuleCall, isSafeSenderCall},
    field,
    operation::{Call, Op, bare, execute, nonce_key, personal},
    session::{Key, action, isPermissionEnabledCall, minting, selector, sudo, typed_data_hash, usage_limit},
};
use crate::support::{DEVNET, ask, operation::read};

/// Returns the gas that an operation used.
pub(super) fn gas(receipt: &Value) -> U256 {
    field(receipt, "actualGasUsed")
}

/// Sets gas limits close to the use, for an operation that cannot be estimated with a dummy signature.
fn limit(op: &mut Op) {
    op.call_gas = U256::from(220_000);
    op.pre_verification_gas = U256::from(130_000);
}

fn is_refused(refusal: &Value, error: &str) -> bool {
    refusal["message"]
        .as_str()
        .is_some_and(|text| text.contains(error))
}

/// Signs the installation of SmartSession in an operation (module enable mode), as the owner, and puts it before the
/// operation's own signature.
async fn enable_module(
    owner: &PrivateKeySigner,
    op: &mut Op,
    init_data: Bytes,
    own: impl AsyncFnOnce(&mut Op),
) {
    let module = DEVNET.contracts().smart_session;
    let message = (
        keccak256("ModuleEnableMode(address module,uint256 moduleType,bytes32 userOpHash,bytes initData)"),
        module,
        U256::from(1),
        op.hash().await,
        keccak256(&init_data),
    );
    let domain = (
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
        keccak256("Nexus"),
        keccak256("1.2.0"),
        U256::from(DEVNET.ready().chain_id),
        op.sender,
    );
    let digest = typed_data_hash(keccak256(domain.abi_encode()), keccak256(message.abi_encode()));
    let signature = [Address::ZERO.as_slice(), &bare(owner, digest)].concat();
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("short").to_be_bytes();
    own(op).await;
    op.signature = [
        module.as_slice(),
        &U256::from(1).to_be_bytes::<32>(),
        &length(&init_data),
        &init_data,
        &length(&signature),
        &signature,
        &op.signature,
    ]
    .concat()
    .into();
}

#[tokio::test]
async fn a_session_creates_the_account_and_mints_in_its_first_operation() {
    let account = Account::new(true).await;
    let mint = account.mint();
    let policies = vec![
        usage_limit(10),
        super::session::time_frame(u64::from(u32::MAX), 0),
    ];
    let mut session = Key::new(vec![action(mint.to, selector(&mint), policies)]);
    session.session.userOpPolicies = vec![sudo()];
    let grant = session.grant(&account.key, account.address).await;

    let mut op = session.op(account.address, slice::from_ref(&mint)).await;
    op.factory = Some(account.factory());
    session.sign_with(&grant, &mut op).await;
    op.estimate().await;
    session.sign_with(&grant, &mut op).await;
    let created = op.send().await.expect("a receipt");

    assert_eq!(created["success"], true);
    assert_eq!(account.nfts().await, 1);
    println!("gas: create + enable + mint in one operation {}", gas(&created));

    let first = session
        .execute_estimated(account.address, slice::from_ref(&mint))
        .await;
    let later = session.execute_estimated(account.address, &[mint]).await;
    assert_eq!(
        (&first["success"], &later["success"]),
        (&json!(true), &json!(true))
    );
    println!("gas: USE first {}, later {}", gas(&first), gas(&later));
    let removed = account.execute_estimated(&[session.removal()]).await;
    assert_eq!(removed["success"], true);
    println!("gas: removeSession {}", gas(&removed));
    assert_eq!(account.nfts().await, 3);
}

#[tokio::test]
async fn an_account_without_the_module_takes_it_in_two_calls() {
    let at = DEVNET.contracts();
    let account = Account::new(false).await;
    let install = installModuleCall {
        moduleTypeId: U256::from(1),
        module: at.smart_session,
        initData: Bytes::new(),
    };
    let install = Call::new(account.address, install.abi_encode());
    let mint = account.mint();
    let session = Key::new(vec![action(mint.to, selector(&mint), vec![sudo()])]);
    let grant = session.grant(&account.key, account.address).await;
    let mut op = account.op(slice::from_ref(&install)).await;
    op.factory = Some(account.factory());
    account.sign(&mut op).await;
    op.estimate().await;
    account.sign(&mut op).await;
    let created = op.send().await.expect("a receipt");
    println!("gas: create + install {}", gas(&created));

    let mut op = session.op(account.address, slice::from_ref(&mint)).await;
    session.sign_with(&grant, &mut op).await;
    let refusal = op.send().await.expect_err("SmartSession is no safe sender");
    assert!(is_refused(&refusal, "0x3ca8ef0c"), "{refusal}");
    let twice = account.execute(&[install]).await.expect("a receipt");
    assert_eq!(twice["success"], false, "the module is in the list");

    let add = addSafeSenderCall {
        sender: at.smart_session,
    };
    let add = Call::new(at.k1_validator, add.abi_encode());
    assert_eq!(account.execute(&[add]).await.expect("a receipt")["success"], true);
    let question = isSafeSenderCall {
        sender: at.smart_session,
        smartAccount: account.address,
    };
    let is_safe = read(at.k1_validator, question.abi_encode()).await;
    assert!(bool::abi_decode(&is_safe).expect("a bool"));
    op.estimate().await;
    session.sign_with(&grant, &mut op).await;
    let enabled = op.send().await.expect("a receipt");
    assert_eq!(enabled["success"], true);
    println!("gas: ENABLE and use {}", gas(&enabled));

    let mut again = session.op(account.address, &[mint]).await;
    session.sign_with(&grant, &mut again).await;
    let refusal = again.send().await.expect_err("the grant was used");
    assert!(is_refused(&refusal, "0x0b08d5be"), "{refusal}");
}

#[tokio::test]
async fn a_session_ends_when_it_is_removed() {
    let account = Account::deployed().await;
    let session = minting(&account, vec![sudo()]).await;
    let question = isPermissionEnabledCall {
        permissionId: session.id(),
        account: account.address,
    };
    let is_enabled = async || {
        let answer = read(DEVNET.contracts().smart_session, question.abi_encode()).await;
        bool::abi_decode(&answer).expect("a bool")
    };
    assert!(is_enabled().await);

    let removed = account.execute(&[session.removal()]).await.expect("a receipt");

    assert_eq!(removed["success"], true);
    assert!(!is_enabled().await);
    let refusal = session.execute(account.address, &[account.mint()]).await;
    let refusal = refusal.expect_err("the session is removed");
    assert!(is_refused(&refusal, "0x526d0da5"), "{refusal}");
}

#[tokio::test]
async fn a_grant_outlives_a_removal_and_ends_with_a_revocation() {
    let account = Account::deployed().await;
    let mint = account.mint();
    let session = || Key::new(vec![action(mint.to, selector(&mint), vec![sudo()])]);
    let (removed, revoked) = (session(), session());
    let grants = [
        removed.grant(&account.key, account.address).await,
        revoked.grant(&account.key, account.address).await,
    ];
    let calls = [removed.removal(), revoked.removal(), revoked.revocation()];
    assert_eq!(account.execute(&calls).await.expect("a receipt")["success"], true);

    let mut op = removed.op(account.address, slice::from_ref(&mint)).await;
    removed.sign_with(&grants[0], &mut op).await;
    assert_eq!(op.send().await.expect("a receipt")["success"], true);
    let mut op = revoked.op(account.address, &[mint]).await;
    revoked.sign_with(&grants[1], &mut op).await;
    let refusal = op.send().await.expect_err("the grant is revoked");
    assert!(is_refused(&refusal, "0x0b08d5be"), "{refusal}");
}

#[tokio::test]
async fn sessions_are_refused_what_no_policy_can_permit() {
    let account = Account::deployed().await;
    let any = Key::new(vec![action(
        Address::with_last_byte(1),
        1_u32.to_be_bytes(),
        vec![sudo()],
    )]);
    assert_eq!(
        account.execute(&[any.enabling()]).await.expect("a receipt")["success"],
        true
    );
    let mint = account.mint();
    let batch = [mint.clone(), mint.clone()];
    let single = [mint.to.as_slice(), &[0; 32], &mint.data].concat();
    let itself = Call::new(account.address, execute(&batch));
    let module = Call::new(DEVNET.contracts().smart_session, any.removal().data);

    for (call_data, error) in [
        (
            super::operation::execute_in(B256::right_padding_from(&[0, 1]), single),
            "UnsupportedExecutionType()",
        ),
        (
            super::operation::execute_in(B256::right_padding_from(&[0xff]), mint.to.to_vec()),
            "UnsupportedExecutionType()",
        ),
        (execute(&[]), "NoExecutionsInBatch()"),
        (execute(&[itself]), "InvalidSelfCall()"),
        (execute(&[module]), "InvalidCallTarget()"),
    ] {
        let mut op = Op::new(
            account.address,
            nonce_key(0, DEVNET.contracts().smart_session),
            call_data,
        )
        .await;
        any.sign(&mut op).await;
        let refusal = op.send().await.expect_err(error);
        let selector = format!("0x{}", alloy::primitives::hex::encode(&keccak256(error)[..4]));
        assert!(is_refused(&refusal, &selector), "{error}: {refusal}");
    }
    let mut op = any.op(account.address, &batch).await;
    let mut forged = any.op(account.address, &batch).await;
    forged.signature = [
        &[0],
        any.id().as_slice(),
        &personal(&account.key, forged.hash().await),
    ]
    .concat()
    .into();
    let refusal = forged.send().await.expect_err("another key");
    assert!(is_refused(&refusal, "AA24"), "{refusal}");
    any.sign(&mut op).await;
    assert_eq!(op.send().await.expect("a receipt")["success"], true);
    assert_eq!(account.nfts().await, 2);
}

#[tokio::test]
async fn keys_of_the_ownable_validator_sign_the_bare_hash() {
    let account = Account::deployed().await;
    let mint = account.mint();
    let mut session = Key::new(vec![action(mint.to, selector(&mint), vec![sudo()])]);
    session.session.sessionValidator = DEVNET.contracts().ownable_validator;
    session.session.sessionValidatorInitData = (U256::from(1), vec![session.key.address()])
        .abi_encode_params()
        .into();
    assert_eq!(
        account.execute(&[session.enabling()]).await.expect("a receipt")["success"],
        true
    );

    let signed = async |form: &dyn Fn(B256) -> Vec<u8>| {
        let mut op = session.op(account.address, slice::from_ref(&mint)).await;
        op.signature = [&[0], session.id().as_slice(), &form(op.hash().await)]
            .concat()
            .into();
        op.send().await
    };

    let plain = signed(&|hash| bare(&session.key, hash).to_vec()).await;
    assert_eq!(plain.expect("a receipt")["success"], true);
    let higher = |hash| {
        let mut signature = personal(&session.key, hash).to_vec();
        signature[64] += 4;
        signature
    };
    assert_eq!(signed(&higher).await.expect("a receipt")["success"], true);
    let refusal = signed(&|hash| personal(&session.key, hash).to_vec()).await;
    let refusal = refusal.expect_err("a personal message");
    assert!(is_refused(&refusal, "AA24"), "{refusal}");
}

#[tokio::test]
async fn an_owner_signature_enables_the_module_and_its_session_at_the_first_use() {
    let account = Account::new(false).await;
    let mint = account.mint();
    let session = Key::new(vec![action(mint.to, selector(&mint), vec![sudo()])]);
    let install = [&[2], vec![session.session.clone()].abi_encode().as_slice()].concat();
    let nonce_key = nonce_key(1, DEVNET.contracts().smart_session);
    let mut op = Op::new(account.address, nonce_key, execute(&[mint])).await;
    op.factory = Some(account.factory());
    limit(&mut op);

    let mut forged = op.clone();
    let stranger = PrivateKeySigner::random();
    enable_module(&stranger, &mut forged, install.clone().into(), async |op| {
        session.sign(op).await
    })
    .await;
    let refusal = forged.send().await.expect_err("another owner");
    enable_module(&account.key, &mut op, install.into(), async |op| {
        session.sign(op).await
    })
    .await;
    let receipt = op.send().await.expect("a receipt");

    assert!(is_refused(&refusal, "0x46fdc333"), "{refusal}");
    assert_eq!(receipt["success"], true);
    assert_eq!(account.nfts().await, 1);
    println!("gas: module enable mode {}", gas(&receipt));
}

#[tokio::test]
async fn an_eoa_delegates_and_uses_a_session_in_one_operation() {
    let at = DEVNET.contracts();
    let key = PrivateKeySigner::random();
    let account = Account {
        address: key.address(),
        key,
        init_data: Bytes::new(),
    };
    fund(account.address).await;
    let mint = account.mint();
    let session = Key::new(vec![action(mint.to, selector(&mint), vec![sudo()])]);
    let install = [&[2], vec![session.session.clone()].abi_encode().as_slice()].concat();

    let nonce_key = nonce_key(1, at.smart_session);
    let mut op = Op::new(account.address, nonce_key, execute(slice::from_ref(&mint))).await;
    op.authorization = Some(authorization(&account.key));
    limit(&mut op);
    enable_module(&account.key, &mut op, install.into(), async |op| {
        session.sign(op).await
    })
    .await;
    let receipt = op.send().await.expect("a receipt");

    assert_eq!(receipt["success"], true);
    assert_eq!(account.nfts().await, 1);
    println!("gas: delegate + module + session + mint {}", gas(&receipt));
    let code = ask("/rpc", "eth_getCode", json!([account.address, "latest"]))
        .await
        .expect("code");
    let expected = [&[0xef, 1, 0], at.nexus_implementation.as_slice()].concat();
    assert_eq!(code, json!(Bytes::from(expected)));
    let question = getOwnerCall {
        smartAccount: account.address,
    };
    let owner = read(at.k1_validator, question.abi_encode()).await;
    assert_eq!(Address::abi_decode(&owner).expect("an address"), account.address);
    assert_eq!(
        account.execute(&[mint]).await.expect("a receipt")["success"],
        true
    );
    assert_eq!(account.nfts().await, 2);
}

/// Signs the delegation of a fresh key to Nexus, as the bundler takes it.
fn authorization(key: &PrivateKeySigner) -> Value {
    let at = DEVNET.contracts().nexus_implementation;
    let chain_id = DEVNET.ready().chain_id;
    // rlp([chain id (3 bytes), address, nonce 0])
    let rlp = [
        &[0xc0 + 4 + 21 + 1, 0x83],
        &chain_id.to_be_bytes()[5..],
        &[0x94],
        at.as_slice(),
        &[0x80],
    ]
    .concat();
    let hash = keccak256([&[5], rlp.as_slice()].concat());
    let signature = key.sign_hash_sync(&hash).expect("a signature");
    json!({
        "chainId": U256::from(chain_id),
        "address": at,
        "nonce": "0x0",
        "r": signature.r(),
        "s": signature.s(),
        "yParity": U256::from(u8::from(signature.v())),
    })
}
