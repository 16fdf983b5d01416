use alloy::{
    primitives::{Address, B256, Bytes, U256, b256, eip191_hash_message, fixed_bytes, keccak256},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::Value;

use super::{account::transact, cases, field, session::typed_data_hash};
use crate::support::operation::read;

const MESSAGES: &str = include_str!("../../../../../tests/vectors-nexus/messages.json");
/// The end of a signature of an account that is not deployed (ERC-6492).
const NOT_DEPLOYED: B256 = b256!("6492649264926492649264926492649264926492649264926492649264926492");

sol! {
    function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4);
}

#[tokio::test]
async fn nested_signatures_are_valid_and_others_are_not() {
    let cases = cases(MESSAGES);

    assert_eq!(cases.len(), 8);
    for case in &cases {
        let (input, output) = (&case["input"], &case["output"]);
        let account: Address = field(input, "accountAddress");
        // The factory leaves an account that exists as it is.
        transact(field(output, "factory"), field(output, "factoryData")).await;
        let message = eip191_hash_message(field::<String>(input, "message"));
        let order = order_hash(&input["typedData"]);

        for (name, hash, expected) in [
            ("signMessage", message, fixed_bytes!("1626ba7e")),
            ("signTypedData", order, fixed_bytes!("1626ba7e")),
            ("signMessage1271", message, fixed_bytes!("ffffffff")),
        ] {
            let signature = unwrapped(field(output, name));
            let question = isValidSignatureCall { hash, signature };
            let answer = read(account, question.abi_encode()).await;
            assert_eq!(answer[..4], expected[..], "{name} of {input}");
        }
        let other = isValidSignatureCall {
            hash: order,
            signature: unwrapped(field(output, "signMessage")),
        };
        assert_eq!(read(account, other.abi_encode()).await[..4], [0xff; 4]);
    }
}

#[tokio::test]
async fn an_account_tells_that_it_nests_signatures() {
    let account: Address = field(&cases(MESSAGES)[0]["input"], "accountAddress");
    let output = &cases(MESSAGES)[0]["output"];
    transact(field(output, "factory"), field(output, "factoryData")).await;

    let question = isValidSignatureCall {
        hash: b256!("7739773977397739773977397739773977397739773977397739773977397739"),
        signature: Bytes::new(),
    };

    assert_eq!(
        read(account, question.abi_encode()).await[..4],
        [0x77, 0x39, 0, 1]
    );
}

/// Removes the wrapper of ERC-6492: factory, factory data and signature.
fn unwrapped(signature: Bytes) -> Bytes {
    match signature.strip_suffix(NOT_DEPLOYED.as_slice()) {
        None => signature,
        Some(wrapped) => {
            let (_, _, signature) = <(Address, Bytes, Bytes)>::abi_decode_params(wrapped).expect("a wrapper");
            signature
        }
    }
}

/// Hashes the typed data of the vectors.
fn order_hash(typed_data: &Value) -> B256 {
    let (domain, message) = (&typed_data["domain"], &typed_data["message"]);
    let domain = (
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
        keccak256(field::<String>(domain, "name")),
        keccak256(field::<String>(domain, "version")),
        U256::from(field::<u64>(domain, "chainId")),
        field::<Address>(domain, "verifyingContract"),
    );
    let order = (
        keccak256("Order(address maker,uint256 amount)"),
        field::<Address>(message, "maker"),
        field::<U256>(message, "amount"),
    );
    typed_data_hash(keccak256(domain.abi_encode()), keccak256(order.abi_encode()))
}
