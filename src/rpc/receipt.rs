use alloy::primitives::{Address, B256, Bytes};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Failure,
    error::shorten,
    quantity::{Notation, Quantity},
    revert,
};
use crate::primitives::{TransactionInclusion, UserOpHash, UserOpLog, UserOpReceipt};

/// A receipt as bundlers write it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireReceipt {
    user_op_hash: B256,
    sender: Address,
    nonce: Quantity,
    #[serde(default)]
    paymaster: Option<String>,
    success: Success,
    #[serde(default)]
    reason: Option<Value>,
    actual_gas_cost: Quantity,
    actual_gas_used: Quantity,
    #[serde(default)]
    logs: Vec<WireLog>,
    receipt: WireInclusion,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireInclusion {
    transaction_hash: B256,
    block_hash: B256,
    block_number: Quantity,
}

#[derive(Debug, Deserialize)]
struct WireLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
}

/// Biconomy's services write it as a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Success {
    Bool(bool),
    Text(String),
}

impl WireReceipt {
    /// The receipt of the operation that was asked for.
    pub(super) fn read(self, asked: UserOpHash, notation: Notation) -> Result<UserOpReceipt, Failure> {
        if self.user_op_hash != asked.0 {
            return Err(Failure::Malformed(
                "it is the receipt of another operation".to_owned(),
            ));
        }
        let block_number = self.receipt.block_number.read("blockNumber", notation)?;
        Ok(UserOpReceipt {
            hash: asked,
            sender: self.sender,
            nonce: self.nonce.read("nonce", notation)?,
            paymaster: self.paymaster.as_deref().map(payer).transpose()?.flatten(),
            success: self.success.read()?,
            reason: self.reason.as_ref().and_then(reason),
            actual_gas_cost: self.actual_gas_cost.read("actualGasCost", notation)?,
            actual_gas_used: self.actual_gas_used.read("actualGasUsed", notation)?,
            logs: self.logs.into_iter().map(UserOpLog::from).collect(),
            transaction: TransactionInclusion {
                hash: self.receipt.transaction_hash,
                block_hash: self.receipt.block_hash,
                block_number: block_number
                    .try_into()
                    .map_err(|_| Failure::Malformed("blockNumber is beyond all measure".to_owned()))?,
            },
        })
    }
}

impl Success {
    fn read(&self) -> Result<bool, Failure> {
        match self {
            Self::Bool(success) => Ok(*success),
            Self::Text(text) if text == "true" => Ok(true),
            Self::Text(text) if text == "false" => Ok(false),
            Self::Text(_) => Err(Failure::Malformed("success is neither true nor false".to_owned())),
        }
    }
}

impl From<WireLog> for UserOpLog {
    fn from(log: WireLog) -> Self {
        Self {
            address: log.address,
            topics: log.topics,
            data: log.data,
        }
    }
}

/// Nobody, when there is no address, an empty one or zero.
fn payer(text: &str) -> Result<Option<Address>, Failure> {
    if text.is_empty() || text == "0x" {
        return Ok(None);
    }
    let address: Address = text
        .parse()
        .map_err(|_| Failure::Malformed("paymaster is no address".to_owned()))?;
    Ok((address != Address::ZERO).then_some(address))
}

/// The reason in words where the bundler, or the revert data it passes on, has any.
fn reason(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    if text.is_empty() || text == "0x" {
        return None;
    }
    revert::decode(text).or_else(|| Some(shorten(text, 240)))
}
