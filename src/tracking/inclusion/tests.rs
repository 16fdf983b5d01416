use alloy::{
    primitives::{Bytes, U256, address, hex},
    sol_types::SolValue,
};

use super::*;

const ENTRY_POINT: Address = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");
const STRANGER: Address = address!("00000000000000000000000000000000000000aa");
const ACCOUNT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
const PAYMASTER: Address = address!("00000f7365cA6C59A2C93719ad53d567ed49c14C");
/// `UserOperationEvent`
const EVENT: B256 = B256::new(hex!(
    "49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f"
));
/// `UserOperationRevertReason`
const REASON: B256 = B256::new(hex!(
    "1c4fada7374c0a9ee8841fc38afe82932dc0f8e69012e927f061a8bae611a201"
));
/// `BeforeExecution`
const BEFORE: B256 = B256::new(hex!(
    "bb47ee3e183a558b1a2ff0874b079f3fc5478b7454eacf2bfc5af2ff5878f972"
));

fn hash(last: u8) -> UserOpHash {
    UserOpHash(B256::with_last_byte(last))
}

fn log(address: Address, topics: &[B256], data: Bytes) -> UserOpLog {
    UserOpLog {
        address,
        topics: topics.to_vec(),
        data,
    }
}

/// Returns the event of an operation with the nonce 5, which paid 7 wei for 11 units of gas.
fn event(emitter: Address, op: u8, success: bool) -> UserOpLog {
    let number = U256::from::<u64>;
    let data = (number(5), success, number(7), number(11)).abi_encode();
    let topics = [EVENT, hash(op).0, ACCOUNT.into_word(), PAYMASTER.into_word()];
    log(emitter, &topics, data.into())
}

fn reason(emitter: Address, op: u8, reason: &[u8]) -> UserOpLog {
    let data = (U256::from(5), Bytes::copy_from_slice(reason)).abi_encode_params();
    log(emitter, &[REASON, hash(op).0, ACCOUNT.into_word()], data.into())
}

fn other(number: u8) -> UserOpLog {
    log(STRANGER, &[B256::with_last_byte(number)], Bytes::new())
}

fn read(op: u8, logs: &[UserOpLog]) -> Option<UserOpReceipt> {
    let place = TransactionInclusion {
        hash: B256::repeat_byte(1),
        block_hash: B256::repeat_byte(2),
        block_number: 3,
    };
    receipt(hash(op), ENTRY_POINT, place, logs)
}

#[test]
fn operations_of_a_bundle_have_what_lies_between_their_events() {
    let bundle = [
        other(1),
        log(ENTRY_POINT, &[BEFORE], Bytes::new()),
        other(2),
        event(ENTRY_POINT, 1, true),
        other(3),
        other(4),
        event(ENTRY_POINT, 2, true),
        event(ENTRY_POINT, 3, true),
        other(5),
    ];

    for (op, own) in [(1, vec![other(2)]), (2, vec![other(3), other(4)]), (3, vec![])] {
        let receipt = read(op, &bundle).unwrap();

        assert_eq!(receipt.logs, own, "{op}");
        assert_eq!((receipt.hash, receipt.sender), (hash(op), ACCOUNT));
        assert_eq!(receipt.paymaster, Some(PAYMASTER));
        assert_eq!(receipt.nonce, U256::from(5));
        assert_eq!(receipt.actual_gas_cost, U256::from(7));
        assert_eq!(receipt.actual_gas_used, U256::from(11));
        assert_eq!(receipt.transaction.block_number, 3);
    }
    assert_eq!(read(4, &bundle), None);
}

#[test]
fn only_the_entry_points_own_event_counts() {
    let short = log(ENTRY_POINT, &[EVENT, hash(1).0], Bytes::new());

    for forged in [event(STRANGER, 1, true), short] {
        assert_eq!(read(1, std::slice::from_ref(&forged)), None, "{forged:?}");
    }
}

#[test]
fn reason_of_a_revert_is_the_operations_own() {
    let words = hex!(
        "08c379a0"                                                         // Error(string)
        "0000000000000000000000000000000000000000000000000000000000000020" // where the text is
        "000000000000000000000000000000000000000000000000000000000000000e" // its length
        "4e6f7420796f757220746f6b656e000000000000000000000000000000000000" // "Not your token"
    );
    let table: [(&[u8], Option<&str>); 3] = [
        (&words, Some("Not your token")),
        (&hex!("deadbeef"), Some("0xdeadbeef")),
        (&[], None),
    ];
    for (data, expected) in table {
        let bundle = [
            reason(ENTRY_POINT, 1, b"another's"),
            event(ENTRY_POINT, 1, false),
            reason(STRANGER, 2, b"a forger's"),
            reason(ENTRY_POINT, 2, data),
            event(ENTRY_POINT, 2, false),
        ];

        let receipt = read(2, &bundle).unwrap();

        assert!(!receipt.success);
        assert_eq!(receipt.reason.as_deref(), expected);
    }
}
