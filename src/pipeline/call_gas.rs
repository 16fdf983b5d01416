use alloy::{
    hex,
    primitives::{Address, Bytes, U256},
};

use super::UserOpOptions;
use crate::{
    primitives::{Deployment, GasLimits, UserOpDraft},
    rpc::{Failure, Refusal, Service, ServiceError},
    services::Services,
};

impl Services {
    /// Returns the gas limits that a service has estimated, with the call gas measured again if the estimate
    /// fits only an account without code.
    ///
    /// Some bundlers ask the node for the gas of a transaction to the account. Until the account is deployed,
    /// that estimate covers the calldata bytes alone, and the operation would be paid for without doing
    /// anything.
    pub(crate) async fn with_code(
        &self,
        (service, method): (Service, &'static str),
        draft: &UserOpDraft,
        gas: GasLimits,
        options: &UserOpOptions,
    ) -> Result<GasLimits, ServiceError> {
        if !matches!(draft.deployment, Some(Deployment::Factory { .. }))
            || !is_of_no_code(&draft.call_data, gas.call)
        {
            return Ok(gas);
        }
        match self.measured(draft, options).await {
            Some(Measured { used, reverted: None }) => Ok(GasLimits {
                call: gas.call.max(used),
                ..gas
            }),
            Some(Measured {
                reverted: Some(data), ..
            }) => {
                let refusal = Refusal::new(REVERTED, "execution reverted", Some((&data).into()));
                Err(ServiceError::new(
                    Service::Node,
                    "eth_call",
                    Failure::Refused(Box::new(refusal)),
                ))
            }
            None => Err(ServiceError::new(
                service,
                method,
                Failure::NoCode(Box::new(gas.call)),
            )),
        }
    }

    /// Measures, on the node, the gas of the account's calls once the account is deployed. Returns `None` if
    /// the node cannot measure it.
    async fn measured(&self, draft: &UserOpDraft, options: &UserOpOptions) -> Option<Measured> {
        let entry_point = self.entry_point.address;
        // The script replaces the entry point's code, so calls to the entry point would get wrong results.
        if holds(&draft.call_data, entry_point) {
            return None;
        }
        let Some(Deployment::Factory { factory, data }) = &draft.deployment else {
            return None;
        };
        let head = [
            factory.into_word(),
            U256::from(data.len()).into(),
            draft.sender.into_word(),
            U256::from(draft.call_data.len()).into(),
        ];
        let head = head.map(|word| word.0);
        let input = [head.as_flattened(), data, &draft.call_data].concat();
        let state = options.state.clone().code(entry_point, SCRIPT);
        let answer = self
            .node
            .call_under(entry_point, input.into(), &state)
            .await
            .ok()?;
        Measured::read(&answer)
    }
}

/// The node's measurement of an account's calls.
#[derive(Debug, PartialEq, Eq)]
struct Measured {
    /// The gas used, in units of gas, with a margin.
    used: U256,
    /// The revert data of the calls, if they reverted.
    reverted: Option<Bytes>,
}

impl Measured {
    /// Decodes the script's output: gas used, success and the size of the account's code, one word each,
    /// followed by the return data of the calls.
    fn read(answer: &[u8]) -> Option<Self> {
        let (head, returned) = answer.split_at_checked(3 * 32)?;
        let word = |at: usize| -> U256 { U256::from_be_slice(&head[32 * at..][..32]) };
        let (used, is_success, code) = (word(0), word(1), word(2));
        if code.is_zero() {
            return None;
        }
        // Each call keeps back a 64th of the gas (EIP-150), and some contracts check the gas they have left.
        let margin = (used >> 3_usize).saturating_add(U256::from(5_000));
        Some(Self {
            used: used.saturating_add(margin),
            reverted: is_success.is_zero().then(|| Bytes::copy_from_slice(returned)),
        })
    }
}

/// geth's JSON-RPC error code for a reverted call.
const REVERTED: i64 = 3;

/// EVM code that runs in place of the entry point, the only address from which the account accepts calls. The
/// code deploys the account, makes the calls and returns the gas that they used.
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

/// Returns true if an amount of gas is the price of a transaction to an address without code.
///
/// That price is the one of [EIP-2028](https://eips.ethereum.org/EIPS/eip-2028), or the floor of
/// [EIP-7623](https://eips.ethereum.org/EIPS/eip-7623), each with or without the 21,000 gas of the
/// transaction itself, from 1 % less up to 10 % more. Any amount below 3,000 gas counts too.
fn is_of_no_code(call_data: &[u8], gas: U256) -> bool {
    const TRANSACTION: u64 = 21_000;
    /// The least gas that a call of an account uses: the call loads another contract's code.
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
