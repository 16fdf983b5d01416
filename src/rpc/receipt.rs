use alloy::primitives::{Address, TxHash};

use super::{Failure, error::shorten, part::Part, revert};
use crate::{
    platform::Json,
    primitives::{TransactionInclusion, UserOpHash, UserOpLog, UserOpReceipt},
};

/// Reads the receipt of the requested operation, as bundlers write it.
pub(super) fn read(answer: Part<'_>, asked: UserOpHash) -> Result<UserOpReceipt, Failure> {
    let hash: UserOpHash = answer.field("userOpHash").hex()?;
    if hash != asked {
        return Err(Failure::Malformed(
            "it is the receipt of another operation".to_owned(),
        ));
    }
    Ok(UserOpReceipt {
        hash,
        sender: answer.field("sender").hex()?,
        nonce: answer.field("nonce").number()?,
        paymaster: answer.field("paymaster").find().map(payer).transpose()?.flatten(),
        success: success(answer.field("success"))?,
        reason: answer.field("reason").find().and_then(reason),
        actual_gas_cost: answer.field("actualGasCost").number()?,
        actual_gas_used: answer.field("actualGasUsed").number()?,
        logs: logs(answer.field("logs"))?,
        transaction: inclusion(answer.field("receipt"))?,
    })
}

/// Reads the hash of the transaction from the receipt of an operation.
pub(super) fn transaction(answer: Part<'_>) -> Result<Option<TxHash>, Failure> {
    let found = [answer.field("receipt"), answer].map(|receipt| receipt.field("transactionHash").find());
    found.into_iter().flatten().next().map(Part::hex).transpose()
}

/// Reads the inclusion of a transaction from its receipt.
pub(super) fn inclusion(receipt: Part<'_>) -> Result<TransactionInclusion, Failure> {
    Ok(TransactionInclusion {
        hash: receipt.field("transactionHash").hex()?,
        block_hash: receipt.field("blockHash").hex()?,
        block_number: receipt.field("blockNumber").small_number()?,
    })
}

/// Reads the logs of a receipt.
pub(super) fn logs(logs: Part<'_>) -> Result<Vec<UserOpLog>, Failure> {
    logs.list()?.map(log).collect()
}

/// Reads one log of a receipt or of `eth_getLogs`.
pub(super) fn log(log: Part<'_>) -> Result<UserOpLog, Failure> {
    Ok(UserOpLog {
        address: log.field("address").hex()?,
        topics: log
            .field("topics")
            .list()?
            .map(Part::hex)
            .collect::<Result<_, _>>()?,
        data: log.field("data").data()?,
    })
}

/// Reads the `success` field, which may also be a text or, as in a transaction's receipt, 1 or 0.
fn success(success: Part<'_>) -> Result<bool, Failure> {
    match success.value()? {
        Json::Bool(success) => Ok(*success),
        Json::String(text) if text == "true" => Ok(true),
        Json::String(text) if text == "false" => Ok(false),
        _ => match success.small_number() {
            Ok(1) => Ok(true),
            Ok(0) => Ok(false),
            _ => Err(success.is("neither true nor false")),
        },
    }
}

/// Reads the paymaster; `None` if the address is empty or zero.
fn payer(payer: Part<'_>) -> Result<Option<Address>, Failure> {
    if matches!(payer.value()?.as_str(), Some("" | "0x")) {
        return Ok(None);
    }
    let address: Address = payer.hex()?;
    Ok((!address.is_zero()).then_some(address))
}

/// Returns the revert reason as text, decoded from revert data where the bundler passes revert data on.
fn reason(reason: Part<'_>) -> Option<String> {
    let text = reason.value().ok()?.as_str()?;
    if text.is_empty() || text == "0x" {
        return None;
    }
    revert::decode(text).or_else(|| Some(shorten(text, revert::LONGEST)))
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{B256, Bytes, U256, address, b256, bytes};
    use serde_json::{Value, json};

    use super::*;

    const HASH: UserOpHash = UserOpHash(b256!(
        "93c06f3f5909cc2b192713ed9bf93e3e1fde4b22fcd2466304fa404f9b80ff90"
    ));

    fn wire() -> Value {
        json!({
            "userOpHash": HASH,
            "entryPoint": "0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789",
            "sender": "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e",
            "nonce": "0x20000000000000000",
            "paymaster": "0x00000f7365cA6C59A2C93719ad53d567ed49c14C",
            "actualGasCost": "0x5af3107a4000",
            "actualGasUsed": "0x186a0",
            "success": true,
            "logs": [{
                "address": "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e",
                "topics": ["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"],
                "data": "0x2a",
                "logIndex": "0x0"
            }],
            "receipt": {
                "transactionHash": "0x0000000000000000000000000000000000000000000000000000000000000001",
                "blockHash": "0x0000000000000000000000000000000000000000000000000000000000000002",
                "blockNumber": "0x3",
                "status": "0x1"
            }
        })
    }

    fn read(wire: Value) -> Result<UserOpReceipt, Failure> {
        super::read(Part::whole(&wire.into()), HASH)
    }

    fn with(field: &str, value: Value) -> Value {
        let mut wire = wire();
        match field.strip_prefix("receipt.") {
            Some(field) => wire["receipt"][field] = value,
            None => wire[field] = value,
        }
        wire
    }

    #[test]
    fn receipt_of_the_standard_is_read() {
        let receipt = read(wire()).unwrap();

        assert_eq!(
            receipt,
            UserOpReceipt {
                hash: HASH,
                sender: address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"),
                nonce: U256::from(2) << 64,
                paymaster: Some(address!("00000f7365cA6C59A2C93719ad53d567ed49c14C")),
                success: true,
                reason: None,
                actual_gas_cost: U256::from(100_000_000_000_000_u64),
                actual_gas_used: U256::from(100_000),
                logs: vec![UserOpLog {
                    address: address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"),
                    topics: vec![b256!(
                        "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
                    )],
                    data: bytes!("2a"),
                }],
                transaction: TransactionInclusion {
                    hash: B256::with_last_byte(1),
                    block_hash: B256::with_last_byte(2),
                    block_number: 3,
                },
            }
        );
    }

    #[test]
    fn success_may_be_a_text_or_a_number() {
        for (value, expected) in [
            (json!("true"), true),
            (json!("false"), false),
            (json!(true), true),
            (json!(false), false),
            (json!("0x1"), true),
            (json!("0x0"), false),
            (json!(1), true),
        ] {
            let receipt = read(with("success", value.clone())).unwrap();

            assert_eq!(receipt.success, expected, "{value}");
        }
    }

    #[test]
    fn numbers_may_have_any_notation() {
        for (field, value) in [
            ("receipt.blockNumber", json!(3)),
            ("actualGasUsed", json!("100000")),
            ("actualGasUsed", json!({"type": "BigNumber", "hex": "0x0186a0"})),
            ("actualGasCost", json!(100_000_000_000_000_u64)),
            ("nonce", json!("36893488147419103232")),
        ] {
            let wire = with(field, value);

            assert_eq!(read(wire), read(self::wire()), "{field}");
        }
    }

    #[test]
    fn what_a_log_lacks_is_empty() {
        let wire = with(
            "logs",
            json!([{"address": Address::ZERO, "topics": null, "data": "0x0"}]),
        );

        let logs = read(wire).unwrap().logs;

        assert_eq!(logs[0].topics, [B256::ZERO; 0]);
        assert_eq!(logs[0].data, Bytes::new());
    }

    #[test]
    fn empty_paymaster_is_none() {
        for value in [json!(null), json!(""), json!("0x"), json!(Address::ZERO)] {
            let receipt = read(with("paymaster", value.clone())).unwrap();

            assert_eq!(receipt.paymaster, None, "{value}");
        }
    }

    #[test]
    fn reason_of_a_revert_is_put_into_words() {
        let revert_data = concat!(
            "0x08c379a0",                                                       // Error(string)
            "0000000000000000000000000000000000000000000000000000000000000020", // offset of the text
            "000000000000000000000000000000000000000000000000000000000000000e", // length of the text
            "4e6f7420796f757220746f6b656e000000000000000000000000000000000000", // "Not your token"
        );
        for (value, expected) in [
            (json!(revert_data), Some("Not your token")),
            (json!("Not your token"), Some("Not your token")),
            (json!("0xdeadbeef"), Some("0xdeadbeef")),
            (json!("0x"), None),
            (json!(""), None),
            (json!(null), None),
        ] {
            let receipt = read(with("reason", value.clone())).unwrap();

            assert_eq!(receipt.reason.as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn receipt_that_cannot_be_right_is_an_error() {
        for (field, value) in [
            ("userOpHash", json!(B256::ZERO)),
            ("userOpHash", json!("0x12")),
            ("sender", json!("0x")),
            ("nonce", json!(null)),
            ("success", json!("yes")),
            ("success", json!(null)),
            ("success", json!(2)),
            ("paymaster", json!("somebody")),
            ("actualGasCost", json!("much")),
            ("logs", json!("none")),
            ("receipt", json!(null)),
            ("receipt.transactionHash", json!(null)),
            ("receipt.blockNumber", json!("0x10000000000000000")),
        ] {
            let answer = read(with(field, value.clone()));

            assert!(
                matches!(answer, Err(Failure::Malformed(_))),
                "{field} {value}: {answer:?}"
            );
        }
    }
}
