use std::time::Duration;

use alloy::primitives::{B256, U256};
use serde_json::{Value, json};

use super::{
    Dialect, Outcome, Refusal,
    abi::{CHAIN_ID, ENTRY_POINT, MODERN_ENTRY_POINT},
    chain::{Chain, Included},
    node::{GWEI, transaction_receipt},
    op::{Gas, Op, check_entry_point, word},
};

/// The time from sending an operation to its block.
const TO_INCLUSION: Duration = Duration::from_millis(80);

/// A bundler's mempool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bundler {
    pub(crate) pending: Vec<Pending>,
    /// True while bundling is paused.
    pub(crate) holds: bool,
}

/// A pending operation in the mempool.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) op: Op,
    pub(crate) hash: B256,
    since: Duration,
}

impl Bundler {
    /// Bundles the operations that have waited for [`TO_INCLUSION`].
    pub(super) fn bundle(&mut self, chain: &mut Chain, now: Duration) {
        if self.holds {
            return;
        }
        let is_due = |pending: &Pending| pending.since + TO_INCLUSION <= now;
        for pending in self.pending.extract_if(.., |pending| is_due(pending)) {
            chain.include(&pending.op, pending.hash, pending.since + TO_INCLUSION);
        }
    }

    pub(super) fn serve(
        &mut self,
        dialect: Dialect,
        chain: &Chain,
        method: &str,
        params: &Value,
        now: Duration,
    ) -> Outcome {
        match (dialect, method) {
            (_, "eth_chainId") => Ok(json!(U256::from(CHAIN_ID))),
            (_, "eth_supportedEntryPoints") => Ok(json!([ENTRY_POINT, MODERN_ENTRY_POINT])),
            (_, "eth_estimateUserOperationGas") => {
                check_entry_point(&params[1])?;
                let gas = estimate(chain, &Op::whole(&params[0])?, now)?;
                Ok(gas_in(dialect, gas))
            }
            (_, "eth_sendUserOperation") => {
                check_entry_point(&params[1])?;
                if (dialect == Dialect::Biconomy) != params[2]["simulation_type"].is_string() {
                    return Err(Refusal::params("`simulation_type` is for Biconomy alone"));
                }
                self.take(chain, Op::whole(&params[0])?, now)
            }
            (_, "eth_getUserOperationReceipt") => {
                let found = included(chain, word(&params[0])?);
                Ok(found.map(|found| receipt(dialect, found)).unwrap_or_default())
            }
            (_, "eth_getUserOperationByHash") => Ok(self.by_hash(chain, word(&params[0])?)),
            (Dialect::Pimlico, "pimlico_getUserOperationGasPrice") => {
                let fees = json!({
                    "maxFeePerGas": U256::from(3 * GWEI),
                    "maxPriorityFeePerGas": U256::from(GWEI),
                });
                Ok(json!({"slow": fees, "standard": fees, "fast": fees}))
            }
            (Dialect::Pimlico, "pimlico_getUserOperationStatus") => {
                let status = self.status(
                    chain,
                    word(&params[0])?,
                    ["included", "not_submitted", "not_found"],
                );
                Ok(json!({"status": status.0, "transactionHash": status.1}))
            }
            (Dialect::Rundler, "rundler_getUserOperationGasPrice") => Ok(json!({
                "priorityFee": U256::from(GWEI),
                "baseFee": U256::from(GWEI),
                "blockNumber": U256::from(Chain::block_at(now)),
                "suggested": {
                    "maxFeePerGas": U256::from(3 * GWEI),
                    "maxPriorityFeePerGas": U256::from(GWEI),
                },
            })),
            (Dialect::Rundler, "rundler_maxPriorityFeePerGas") => Ok(json!(U256::from(GWEI))),
            (Dialect::Biconomy, "biconomy_getGasFeeValues") => Ok(json!({
                "maxFeePerGas": (3 * GWEI).to_string(),
                "maxPriorityFeePerGas": GWEI.to_string(),
            })),
            (Dialect::Biconomy, "biconomy_getUserOperationStatus") => {
                let status = self.status(chain, word(&params[0])?, ["CONFIRMED", "PENDING", "NOT_FOUND"]);
                Ok(json!({"state": status.0, "transactionHash": status.1}))
            }
            (_, method) => Err(Refusal::unknown_method(method)),
        }
    }

    fn take(&mut self, chain: &Chain, op: Op, now: Duration) -> Outcome {
        let hash = op.hash();
        if self.pending.iter().any(|pending| pending.hash == hash) {
            return Err(Refusal::params("Already known"));
        }
        chain.validate_all(&op, hash, now)?;
        if op.gas.pre_verification < op.gas_needed()?.pre_verification {
            return Err(Refusal::params("preVerificationGas is not enough"));
        }
        if op.max_fee < U256::from(2 * GWEI) || op.priority_fee < U256::from(GWEI) {
            return Err(Refusal::params("maxFeePerGas must be at least 2 gwei"));
        }
        let rival = |pending: &&Pending| pending.op.sender == op.sender && pending.op.nonce == op.nonce;
        if let Some(rival) = self.pending.iter().find(rival) {
            let is_more = |new: U256, old: U256| new * U256::from(10) >= old * U256::from(11);
            let offers_more =
                is_more(op.max_fee, rival.op.max_fee) && is_more(op.priority_fee, rival.op.priority_fee);
            if !offers_more {
                return Err(Refusal::params(
                    "AA25 invalid account nonce: User operation already present in mempool, bump the gas price by \
                     minimum 10%",
                ));
            }
        } else if !op.init_code.is_empty()
            && self
                .pending
                .iter()
                .any(|other| other.op.sender == op.sender && !other.op.init_code.is_empty())
        {
            return Err(Refusal::params(
                "AA10 sender already constructed: A conflicting userOperation with initCode for this sender is \
                 already in the mempool",
            ));
        }
        self.pending
            .retain(|pending| pending.op.sender != op.sender || pending.op.nonce != op.nonce);
        self.pending.push(Pending { op, hash, since: now });
        Ok(json!(hash))
    }

    fn by_hash(&self, chain: &Chain, hash: B256) -> Value {
        let whole = |op: &Op, transaction: Option<B256>| json!({"userOperation": op.to_json(), "entryPoint": op.entry_point(), "transactionHash": transaction});
        match (
            included(chain, hash),
            self.pending.iter().find(|pending| pending.hash == hash),
        ) {
            (Some(found), _) => whole(&found.op, Some(found.transaction())),
            (None, Some(pending)) => whole(&pending.op, None),
            (None, None) => Value::Null,
        }
    }

    fn status(&self, chain: &Chain, hash: B256, words: [&'static str; 3]) -> (&'static str, Option<B256>) {
        let [in_block, waits, unknown] = words;
        match included(chain, hash) {
            Some(found) => (in_block, Some(found.transaction())),
            None if self.pending.iter().any(|pending| pending.hash == hash) => (waits, None),
            None => (unknown, None),
        }
    }
}

/// Estimates the gas of an operation, if the operation would succeed.
pub(super) fn estimate(chain: &Chain, op: &Op, now: Duration) -> Result<Gas, Refusal> {
    chain.validate(op, now)?;
    chain.simulate(op)?;
    op.gas_needed()
}

/// Formats gas limits for a dialect.
pub(super) fn gas_in(dialect: Dialect, gas: Gas) -> Value {
    let text = |units: U256| match dialect {
        Dialect::Biconomy => json!(units.to_string()),
        _ => json!(units),
    };
    json!({
        "callGasLimit": text(gas.call),
        "verificationGasLimit": text(gas.verification),
        "preVerificationGas": text(gas.pre_verification),
    })
}

fn included(chain: &Chain, hash: B256) -> Option<&Included> {
    chain.included.iter().find(|included| included.hash == hash)
}

fn receipt(dialect: Dialect, included: &Included) -> Value {
    let success = match dialect {
        Dialect::Biconomy => json!(included.success.to_string()),
        _ => json!(included.success),
    };
    json!({
        "userOpHash": included.hash,
        "entryPoint": included.op.entry_point(),
        "sender": included.op.sender,
        "nonce": included.op.nonce,
        "paymaster": included.op.paymaster(),
        "actualGasCost": included.cost,
        "actualGasUsed": "0x186a0",
        "success": success,
        "logs": [],
        "receipt": transaction_receipt(included),
    })
}
