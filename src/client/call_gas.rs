use alloy::{
    hex,
    primitives::{Address, Bytes, U256},
};
use serde_json::json;

use super::{Options, Services};
use crate::{
    primitives::{GasLimits, UserOpDraft},
    rpc::{Failure, Refusal, Service, ServiceError},
};

impl Services {
    /// The limits that a service has estimated, with the call gas measured anew where that is of an account without
    /// code.
    ///
    /// Some bundlers ask the node for the gas of a transaction to the account. Until the account is deployed that is the
    /// price of the bytes alone, and the operation would be paid for without doing anything.
    pub(super) async fn with_code(
        &self,
        (service, method): (Service, &'static str),
        draft: &UserOpDraft,
        gas: GasLimits,
        options: &Options,
    ) -> Result<GasLimits, ServiceError> {
        if draft.init_code.is_empty() || !is_of_no_code(&draft.call_data, gas.call) {
            return Ok(gas);
        }
        let failed = |service, method, failure| ServiceError {
            service,
            method,
            failure,
        };
        match self.measured(draft, options).await {
            Some(Measured { used, reverted: None }) => Ok(GasLimits {
                call: gas.call.max(used),
                ..gas
            }),
            Some(Measured {
                reverted: Some(data), ..
            }) => {
                let refusal = Refusal::new(REVERTED, "execution reverted", Some(json!(data)));
                Err(failed(
                    Service::Node,
                    "eth_call",
                    Failure::Refused(Box::new(refusal)),
                ))
            }
            None => Err(failed(service, method, Failure::NoCode(gas.call))),
        }
    }

    /// The gas of the account's calls once it is deployed, as the node measures it. `None` where the node cannot.
    async fn measured(&self, draft: &UserOpDraft, options: &Options) -> Option<Measured> {
        let entry_point = self.entry_point.address;
        // The script has taken the entry point's place, and would answer calls of it wrongly.
        if holds(&draft.call_data, entry_point) {
            return None;
        }
        let (factory, factory_data) = draft.init_code.split_at_checked(Address::len_bytes())?;
        let head = [
            Address::from_slice(factory).into_word(),
            U256::from(factory_data.len()).into(),
            draft.sender.into_word(),
            U256::from(draft.call_data.len()).into(),
        ];
        let head = head.map(|word| word.0);
        let input = [head.as_flattened(), factory_data, &draft.call_data].concat();
        let state = options.state.clone().code(entry_point, SCRIPT);
        let answer = self
            .node
            .call_under(entry_point, input.into(), &state)
            .await
            .ok()?;
        Measured::read(&answer)
    }
}

/// What the node has measured of an account's calls.
#[derive(Debug, PartialEq, Eq)]
struct Measured {
    /// Gas, with a margin.
    used: U256,
    /// What they have reverted with, if they have.
    reverted: Option<Bytes>,
}

impl Measured {
    /// Reads the script's answer: gas, success and the size of the account's code, each a word, and what the calls have
    /// returned.
    fn read(answer: &[u8]) -> Option<Self> {
        let (head, returned) = answer.split_at_checked(3 * 32)?;
        let word = |at: usize| -> U256 { U256::from_be_slice(&head[32 * at..][..32]) };
        let (used, is_success, code) = (word(0), word(1), word(2));
        if code.is_zero() {
            return None;
        }
        // Each call leaves a 64th of its gas to the caller, and some contracts look at how much they have.
        let margin = (used >> 3_usize).saturating_add(U256::from(5_000));
        Some(Self {
            used: used.saturating_add(margin),
            reverted: is_success.is_zero().then(|| Bytes::copy_from_slice(returned)),
        })
    }
}

/// geth's code for a call that reverts.
const REVERTED: i64 = 3;

/// Runs in the place of the entry point, from which alone the account takes calls: deploys the account, makes the calls
/// and answers the gas that they took.
const SCRIPT: [u8; 84] = hex!(
    "602035" "6080" "6000" "37" // the factory's data into memory
    "6000" "6000" "602035" "6000" "6000" "600035" "5a" "f1" "50" // deploys the account
    "606035" "602035" "6080" "01" "6000" "37" // the account's call data into memory
    "5a" "6000" "6000" "606035" "6000" "6000" "604035" "5a" "f1" "5a" // makes the calls between two looks at the gas
    "90" "91" "03" "600052" // gas that was used
    "602052" // success
    "604035" "3b" "604052" // size of the account's code
    "3d" "6000" "6060" "3e" "6060" "3d" "01" "6000" "f3" // what was returned
);

/// Whether an amount of gas is that of a transaction to an address without code, by
/// [EIP-2028](https://eips.ethereum.org/EIPS/eip-2028) or the floor of
/// [EIP-7623](https://eips.ethereum.org/EIPS/eip-7623), with up to a tenth more, or that without the transaction itself.
fn is_of_no_code(call_data: &[u8], gas: U256) -> bool {
    const TRANSACTION: u64 = 21_000;
    /// No call of an account takes less: another contract is looked up.
    const LEAST: u64 = 3_000;
    if call_data.is_empty() {
        return false;
    }
    let zeros = call_data.iter().filter(|byte| **byte == 0).count() as u64;
    let others = call_data.len() as u64 - zeros;
    let bytes = [0, 4 * zeros + 16 * others, 10 * zeros + 40 * others];
    let whole = bytes.map(|bytes| TRANSACTION + bytes);
    let gas: u64 = gas.saturating_to();
    let is_near = |price: &u64| (price - price / 100..=price + price / 10).contains(&gas);
    gas < LEAST || bytes.iter().chain(&whole).any(is_near)
}

fn holds(call_data: &[u8], address: Address) -> bool {
    let mut places = call_data.windows(Address::len_bytes());
    places.any(|place| place == address.as_slice())
}

#[cfg(test)]
mod tests;
