use alloy::{
    hex,
    primitives::{Address, Bytes, U256},
};

use super::Pipeline;
use crate::{
    error::Error,
    primitives::{Call, ContractCall, Deployment, undecoded},
    rpc::{Failure, Service, ServiceError, StateOverride},
};

impl Pipeline {
    /// Makes calls of the account without a transaction, and reads a contract after them. The entry point has the code of a
    /// script meanwhile, so that the calls come from it.
    pub(crate) async fn rehearse<T>(&self, calls: &[Call], read: &ContractCall<T>) -> Result<T, Error> {
        let deployed = self.deployed().await?;
        let mut input = Vec::new();
        if let Some(Deployment::Factory { factory, data }) = self.deployment(deployed) {
            step(&mut input, factory, &data);
        }
        step(&mut input, self.address(), &self.account.call_data(calls));
        step(&mut input, read.to, &read.data);
        let entry_point = self.services.entry_point.address;
        let state = StateOverride::default().code(entry_point, SCRIPT);
        let answer = self.services.node.call_under(entry_point, input.into(), &state);
        let answer = answer.await?;
        let decoded = (read.decode)(&answer);
        Ok(decoded.map_err(|_| {
            let why = undecoded(read.to, read.signature, &answer);
            ServiceError::new(Service::Node, "eth_call", Failure::Malformed(why))
        })?)
    }
}

/// Appends a call to the input of the script: the contract, the number of bytes, and the call data.
fn step(input: &mut Vec<u8>, to: Address, data: &Bytes) {
    input.extend(to.into_word());
    input.extend(U256::from(data.len()).to_be_bytes::<32>());
    input.extend_from_slice(data);
}

/// A script that makes the calls of its input in turn, and returns what the last one returns. It reverts as the first call
/// that reverts. The place in the input is on the stack.
const SCRIPT: [u8; 68] = hex!(
    "6000" "5b" "36" "81" "10" "15" "6039" "57"               // ends behind the input
    "80" "6020" "01" "35"                                     // number of bytes
    "80" "82" "6040" "01" "6000" "37"                         // call data into memory
    "6000" "6000" "82" "6000" "6000" "86" "35" "5a" "f1"      // calls
    "6031" "57" "3d" "6000" "6000" "3e" "3d" "6000" "fd"      // reverts as the call
    "5b" "01" "6040" "01" "6002" "56"                         // goes to the next call
    "5b" "3d" "6000" "6000" "3e" "3d" "6000" "f3"             // returns what was returned
);
