use std::time::Duration;

use alloy::{
    hex,
    primitives::{Address, B256, U256},
    sol_types::SolCall,
};
use serde_json::{Value, json};
use use_aa::session::smart_sessions::contracts::SmartSessionModule;

use super::{
    Outcome, Refusal,
    abi::{
        CHAIN_ID, ENTRY_POINT, EntryPoint, K1_VALIDATOR, MANAGER, MODERN_ENTRY_POINT, Manager, Nexus,
        SMART_SESSION, SmartAccount, TOKEN, Token,
    },
    account::Account,
    chain::{Chain, Included, block_hash},
    op::{address, word},
};

pub(crate) const GWEI: u64 = 1_000_000_000;

/// Serves a JSON-RPC method of the chain's node.
pub(super) fn serve(chain: &Chain, method: &str, params: &Value, time: Duration) -> Outcome {
    let block = Chain::block_at(time);
    match method {
        "eth_chainId" => Ok(json!(U256::from(CHAIN_ID))),
        "eth_blockNumber" => Ok(json!(U256::from(block))),
        "eth_getBlockByNumber" => Ok(json!({
            "number": U256::from(block),
            "hash": block_hash(block),
            "timestamp": U256::from(chain.timestamp(time)),
            "baseFeePerGas": U256::from(GWEI),
        })),
        "eth_getCode" => match chain.accounts.contains_key(&address(&params[0])?) {
            true => Ok(json!("0x60")),
            false => Ok(json!("0x")),
        },
        "eth_getBalance" => Ok(json!(chain.coins_of(address(&params[0])?))),
        "eth_call" => call(chain, &params[0]),
        "eth_getLogs" => logs(chain, &params[0], block),
        "eth_getTransactionReceipt" => {
            let hash = word(&params[0])?;
            let included = chain
                .included
                .iter()
                .find(|included| included.transaction() == hash);
            Ok(included.map(transaction_receipt).unwrap_or_default())
        }
        "eth_feeHistory" => Ok(json!({"baseFeePerGas": [U256::from(GWEI), U256::from(GWEI)]})),
        "eth_gasPrice" => Ok(json!(U256::from(2 * GWEI))),
        "eth_maxPriorityFeePerGas" => Ok(json!(U256::from(GWEI))),
        method => Err(Refusal::unknown_method(method)),
    }
}

fn call(chain: &Chain, call: &Value) -> Outcome {
    let (to, data) = (address(&call["to"])?, call["data"].as_str().unwrap_or_default());
    let data = hex::decode(data).map_err(|_| Refusal::params("`data` must be hex"))?;
    let data = data.as_slice();
    let answer = match to {
        // No account has a deposit.
        ENTRY_POINT | MODERN_ENTRY_POINT if data.starts_with(&EntryPoint::balanceOfCall::SELECTOR) => {
            read(data, |_: EntryPoint::balanceOfCall| U256::ZERO)?
        }
        ENTRY_POINT | MODERN_ENTRY_POINT => read(data, |get: EntryPoint::getNonceCall| {
            chain.nonce(get.sender, get.key)
        })?,
        MANAGER => read(data, |get: Manager::getSessionKeysCall| {
            chain
                .accounts
                .get(&get.smartAccount)
                .map(|account| account.root)
                .unwrap_or_default()
        })?,
        TOKEN => token(chain, data)?,
        SMART_SESSION => read(data, |get: SmartSessionModule::getPermissionIDsCall| {
            let account = chain.accounts.get(&get.account);
            account.map(Account::sessions).unwrap_or_default()
        })?,
        K1_VALIDATOR => read(data, |is: Nexus::isSafeSenderCall| {
            let account = chain.accounts.get(&is.smartAccount);
            account.is_some_and(|account| account.safe_senders.contains(&is.sender))
        })?,
        to => match chain.accounts.get(&to) {
            // An address without code returns empty data.
            None => Vec::new(),
            Some(account) if data.starts_with(&SmartAccount::isModuleEnabledCall::SELECTOR) => {
                read(data, |is: SmartAccount::isModuleEnabledCall| {
                    account.modules.contains(&is.module)
                })?
            }
            Some(account) if data.starts_with(&Nexus::isModuleInstalledCall::SELECTOR) => {
                read(data, |is: Nexus::isModuleInstalledCall| {
                    account.modules.contains(&is.module)
                })?
            }
            Some(account) => read(data, |_: SmartAccount::getModulesPaginatedCall| {
                SmartAccount::getModulesPaginatedReturn {
                    modules: account.modules.clone(),
                    next: Address::with_last_byte(1),
                }
            })?,
        },
    };
    Ok(json!(hex::encode_prefixed(answer)))
}

fn token(chain: &Chain, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let held = |owner| chain.tokens.get(&owner).copied().unwrap_or_default();
    let allowed = |owner, spender| {
        chain
            .allowances
            .get(&(owner, spender))
            .copied()
            .unwrap_or_default()
    };
    match data.first_chunk() {
        Some(&Token::balanceOfCall::SELECTOR) => read(data, |call: Token::balanceOfCall| held(call.owner)),
        Some(&Token::allowanceCall::SELECTOR) => read(data, |call: Token::allowanceCall| {
            allowed(call.owner, call.spender)
        }),
        Some(&Token::symbolCall::SELECTOR) => read(data, |_: Token::symbolCall| "LUSD".to_owned()),
        _ => read(data, |_: Token::decimalsCall| 6),
    }
}

fn read<C: SolCall>(data: &[u8], answer: impl FnOnce(C) -> C::Return) -> Result<Vec<u8>, Refusal> {
    let call = C::abi_decode(data).map_err(|_| Refusal::reverted("there is no such function"))?;
    Ok(C::abi_encode_returns(&answer(call)))
}

fn logs(chain: &Chain, filter: &Value, newest: u64) -> Outcome {
    let contract = address(&filter["address"])?;
    let number = |field: &str, named: u64| match filter[field].as_str() {
        Some("earliest" | "latest") => Ok(named),
        Some(text) => text.parse::<U256>().map(|number| number.saturating_to()),
        None => Ok(named),
    };
    let wrong = |_| Refusal::params("blocks must be numbers in hex");
    let blocks = number("fromBlock", 0).map_err(wrong)?..=number("toBlock", newest).map_err(wrong)?;
    let topics = filter["topics"].as_array().cloned().unwrap_or_default();
    let is_wanted = |found: &[B256]| {
        topics.iter().enumerate().all(|(at, topic)| {
            let found = found.get(at).map(|topic| json!(topic)).unwrap_or_default();
            topic.is_null() || *topic == found
        })
    };
    let in_blocks = chain
        .included
        .iter()
        .filter(|included| blocks.contains(&included.block));
    let found = in_blocks.flat_map(|included| {
        let logs = transaction_receipt(included)["logs"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let wanted = included
            .logs
            .iter()
            .map(|(address, log)| *address == contract && is_wanted(log.topics()));
        logs.into_iter()
            .zip(wanted)
            .filter_map(|(log, is_wanted)| is_wanted.then_some(log))
            .collect::<Vec<_>>()
    });
    Ok(found.collect())
}

/// Formats a transaction's receipt as node and bundler return it.
pub(super) fn transaction_receipt(included: &Included) -> Value {
    let place = |mut value: Value| {
        value["transactionHash"] = json!(included.transaction());
        value["blockHash"] = json!(block_hash(included.block));
        value["blockNumber"] = json!(U256::from(included.block));
        value
    };
    let log = |(address, log): &(Address, alloy::primitives::LogData)| {
        place(json!({"address": address, "topics": log.topics(), "data": log.data}))
    };
    let logs = included.logs.iter().map(log).collect::<Vec<_>>();
    place(json!({"status": "0x1", "logs": logs}))
}
