use alloy::{
    primitives::{Address, B256, Bytes, U256, address, b256, hex},
    signers::{SignerSync, local::PrivateKeySigner},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::json;

use super::{DEVNET, ask};

sol! {
    struct UserOperation {
        address sender;
        uint256 nonce;
        bytes initCode;
        bytes callData;
        uint256 callGasLimit;
        uint256 verificationGasLimit;
        uint256 preVerificationGas;
        uint256 maxFeePerGas;
        uint256 maxPriorityFeePerGas;
        bytes paymasterAndData;
        bytes signature;
    }
    function validateSessionUserOp(UserOperation op, bytes32 hash, bytes sessionKeyData, bytes signature) external returns (bool);
    function validateSessionParams(address to, uint256 value, bytes data, bytes sessionKeyData, bytes specific) external returns (address);
    function execute(address to, uint256 value, bytes data) external;
    function execute_ncC(address to, uint256 value, bytes data) external;
    function executeCall(address to, uint256 value, bytes data) external;
}

const KEY: B256 = b256!("00000000000000000000000000000000000000000000000000000000000000a1");
const CONTRACT: Address = address!("1758f42af7026fbbb559dc60ece0de3ef81f665e");
const HASH: B256 = b256!("5555555555555555555555555555555555555555555555555555555555555555");
const SELECTOR: [u8; 4] = hex!("40d097c3");
const LIMIT: u64 = 1000;

const EQUAL: u8 = 0;
const AT_MOST: u8 = 1;
const LESS: u8 = 2;
const AT_LEAST: u8 = 3;
const GREATER: u8 = 4;
const NOT_EQUAL: u8 = 5;

const FORBIDDEN: &str = "ABISV Destination Forbidden";
const SELECTOR_FORBIDDEN: &str = "ABISV Selector Forbidden";
const TOO_MUCH: &str = "ABISV Permitted Value Exceeded";
const VIOLATED: &str = "ABISV Arg Rule Violated";
const NOT_EXECUTE: &str = "ABISV Not Execute Selector";

/// A call of a session key, with the policy that it is validated against.
#[derive(Clone)]
struct Case {
    to: Address,
    value: U256,
    data: Vec<u8>,
    policy: Vec<u8>,
}

fn session_key() -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&KEY).expect("a key")
}

fn policy(rules: &[(u16, u8, U256)]) -> Vec<u8> {
    let count = u16::try_from(rules.len()).expect("few rules");
    let mut policy = [
        session_key().address().as_slice(),
        CONTRACT.as_slice(),
        &SELECTOR,
        &u128::from(LIMIT).to_be_bytes(),
        &count.to_be_bytes(),
    ]
    .concat();
    for (offset, condition, bound) in rules {
        policy.extend(
            [
                offset.to_be_bytes().as_slice(),
                &[*condition],
                &bound.to_be_bytes::<32>(),
            ]
            .concat(),
        );
    }
    policy
}

/// Creates a permitted call with `arguments`, under `rules`.
fn case(arguments: &[U256], rules: &[(u16, u8, U256)]) -> Case {
    let data = [
        SELECTOR.to_vec(),
        arguments.iter().flat_map(SolValue::abi_encode).collect(),
    ]
    .concat();
    Case {
        to: CONTRACT,
        value: U256::ZERO,
        data,
        policy: policy(rules),
    }
}

/// Returns the session key that may make the call of `case`, or the revert reason.
async fn permitted(case: Case) -> Result<Address, String> {
    let Case {
        to,
        value,
        data,
        policy,
    } = case;
    let question = validateSessionParamsCall {
        to,
        value,
        data: data.into(),
        sessionKeyData: policy.into(),
        specific: Bytes::new(),
    };
    ask_module(question.abi_encode())
        .await
        .map(|key| Address::abi_decode(&key).expect("an address"))
}

async fn signed(call_data: Vec<u8>, policy: Vec<u8>, signer: &PrivateKeySigner) -> Result<bool, String> {
    let zero = U256::ZERO;
    let op = UserOperation {
        sender: Address::ZERO,
        nonce: zero,
        initCode: Bytes::new(),
        callData: call_data.into(),
        callGasLimit: zero,
        verificationGasLimit: zero,
        preVerificationGas: zero,
        maxFeePerGas: zero,
        maxPriorityFeePerGas: zero,
        paymasterAndData: Bytes::new(),
        signature: Bytes::new(),
    };
    let signature = signer
        .sign_message_sync(HASH.as_slice())
        .expect("a signature")
        .as_bytes();
    let question = validateSessionUserOpCall {
        op,
        hash: HASH,
        sessionKeyData: policy.into(),
        signature: signature.into(),
    };
    ask_module(question.abi_encode())
        .await
        .map(|valid| bool::abi_decode(&valid).expect("a bool"))
}

async fn ask_module(data: Vec<u8>) -> Result<Bytes, String> {
    let call = json!([{"to": DEVNET.contracts().abi_session_module, "data": Bytes::from(data)}, "latest"]);
    match ask("/rpc", "eth_call", call).await {
        Ok(answer) => Ok(serde_json::from_value(answer).expect("bytes")),
        Err(error) => Err(error["message"].as_str().unwrap_or_default().to_owned()),
    }
}

/// The node's message for a revert without a reason, as where the module slices past the end of the data.
const NO_REASON: &str = "execution reverted";

fn refused_with(result: &Result<Address, String>, reason: &str) -> bool {
    result.as_ref().is_err_and(|message| message.ends_with(reason))
}

#[tokio::test]
async fn each_condition_holds_on_its_side_of_the_bound_and_only_there() {
    let bound = U256::from(2).pow(U256::from(255));
    let one = U256::ONE;
    // Below, at and above the bound, as unsigned numbers. Signed numbers would have the opposite order.
    let table = [
        (EQUAL, [false, true, false]),
        (AT_MOST, [true, true, false]),
        (LESS, [true, false, false]),
        (AT_LEAST, [false, true, true]),
        (GREATER, [false, false, true]),
        (NOT_EQUAL, [true, false, true]),
        (6, [false, false, false]),
        (255, [false, false, false]),
    ];

    for (condition, holds) in table {
        for (argument, holds) in [bound - one, bound, bound + one].into_iter().zip(holds) {
            let result = permitted(case(&[argument], &[(0, condition, bound)])).await;
            match holds {
                true => assert_eq!(
                    result,
                    Ok(session_key().address()),
                    "condition {condition}, {argument}"
                ),
                false => assert!(
                    refused_with(&result, VIOLATED),
                    "condition {condition}, {argument}: {result:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn every_rule_must_hold_and_offsets_count_bytes() {
    let [first, second] = [U256::from(7), U256::from(9)];
    let call = |rules: &[(u16, u8, U256)]| permitted(case(&[first, second], rules));

    assert!(call(&[]).await.is_ok());
    assert!(call(&[(0, EQUAL, first), (32, EQUAL, second)]).await.is_ok());
    assert!(refused_with(
        &call(&[(0, EQUAL, first), (32, EQUAL, first)]).await,
        VIOLATED
    ));
    assert!(refused_with(
        &call(&[(0, EQUAL, second), (32, EQUAL, second)]).await,
        VIOLATED
    ));
    // From byte 16: the low half of the first word, then the high half of the second.
    assert!(call(&[(16, EQUAL, first << 128)]).await.is_ok());
}

#[tokio::test]
async fn a_rule_beyond_the_arguments_is_violated() {
    let call = |offset, condition, bound| permitted(case(&[U256::from(7)], &[(offset, condition, bound)]));

    for offset in [1, 31, 32, 64, u16::MAX] {
        for condition in EQUAL..=NOT_EQUAL {
            for bound in [U256::ZERO, U256::MAX, U256::from(7)] {
                let result = call(offset, condition, bound).await;
                assert!(
                    refused_with(&result, NO_REASON),
                    "offset {offset}, {condition}, {bound}: {result:?}"
                );
            }
        }
    }
    let no_arguments = permitted(case(&[], &[(0, AT_LEAST, U256::ZERO)])).await;
    assert!(refused_with(&no_arguments, NO_REASON));
}

#[tokio::test]
async fn another_contract_function_or_value_is_refused_by_name() {
    let good = case(&[U256::from(7)], &[]);
    let change = |change: fn(&mut Case)| {
        let mut case = good.clone();
        change(&mut case);
        permitted(case)
    };

    assert_eq!(change(|_| {}).await, Ok(session_key().address()));
    assert_eq!(
        change(|case| case.value = U256::from(LIMIT)).await,
        Ok(session_key().address())
    );

    let refused = [
        (change(|case| case.to = Address::ZERO).await, FORBIDDEN),
        (change(|case| case.data[3] ^= 1).await, SELECTOR_FORBIDDEN),
        (change(|case| case.data.truncate(3)).await, NO_REASON),
        (change(|case| case.data.clear()).await, NO_REASON),
        (change(|case| case.value = U256::from(LIMIT + 1)).await, TOO_MUCH),
        (change(|case| case.value = U256::MAX).await, TOO_MUCH),
        // A count without rules.
        (change(|case| case.policy[61] = 1).await, NO_REASON),
    ];
    for (result, reason) in refused {
        assert!(refused_with(&result, reason), "{reason}: {result:?}");
    }
    // The module reads no rules behind the count.
    assert_eq!(
        change(|case| case.policy.extend([0; 35])).await,
        Ok(session_key().address())
    );
}

#[tokio::test]
async fn selector_zero_does_not_permit_plain_transfers() {
    let mut transfer = case(&[], &[]);
    transfer.policy[40..44].fill(0);
    transfer.data.clear();

    assert!(refused_with(&permitted(transfer).await, NO_REASON));
}

#[tokio::test]
async fn an_operation_must_execute_one_call_that_the_session_key_signed() {
    let Case {
        to,
        value,
        data,
        policy,
    } = case(&[U256::from(7)], &[(0, EQUAL, U256::from(7))]);
    let data = Bytes::from(data);
    let optimised = execute_ncCCall {
        to,
        value,
        data: data.clone(),
    }
    .abi_encode();
    let plain = executeCall {
        to,
        value,
        data: data.clone(),
    }
    .abi_encode();
    let other = executeCallCall { to, value, data }.abi_encode();
    let stranger = PrivateKeySigner::random();

    assert_eq!(
        signed(optimised.clone(), policy.clone(), &session_key()).await,
        Ok(true)
    );
    assert_eq!(signed(plain, policy.clone(), &session_key()).await, Ok(true));
    assert_eq!(
        signed(optimised.clone(), policy.clone(), &stranger).await,
        Ok(false)
    );
    for call_data in [other, optimised[..3].to_vec(), Vec::new()] {
        let refusal = signed(call_data, policy.clone(), &session_key())
            .await
            .expect_err("not an execute call");
        assert!(refusal.ends_with(NOT_EXECUTE), "{refusal}");
    }
    let mut elsewhere = policy;
    elsewhere[20] ^= 1;
    let refusal = signed(optimised, elsewhere, &session_key())
        .await
        .expect_err("another contract");
    assert!(refusal.ends_with(FORBIDDEN), "{refusal}");
}
