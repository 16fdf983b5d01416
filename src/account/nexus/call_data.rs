use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::SolCall,
};

use super::contracts::{K1Validator, NexusAccount};
use crate::primitives::{Call, Encoder};

/// The effect of a reverting call on the other calls of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// All calls revert.
    #[default]
    Revert,
    /// The other calls are made. A session key may not use this mode.
    Continue,
}

/// The module type of a validator in [ERC-7579](https://eips.ethereum.org/EIPS/eip-7579).
pub(super) const VALIDATOR: U256 = U256::ONE;

/// Encodes the account's call data for calls: `execute` with one call, or with a batch of any other number.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{U256, address}};
/// use use_aa::{Call, account::nexus::{OnFailure, call_data}};
///
/// let call = Call::transfer(address!("b539448114cE46324c69f47a18A960C987c431EE"), U256::from(1));
/// assert_eq!(call_data(&[call], OnFailure::Revert)[..], hex!(
///     "e9ae5c53"                                                         // execute
///     "0000000000000000000000000000000000000000000000000000000000000000" // mode: one call
///     "0000000000000000000000000000000000000000000000000000000000000040" // offset of the call
///     "0000000000000000000000000000000000000000000000000000000000000034" // its bytes
///     "b539448114ce46324c69f47a18a960c987c431ee"                         // target
///     "0000000000000000000000000000000000000000000000000000000000000001" // value
///     "000000000000000000000000"                                         // padding
/// ));
/// ```
#[must_use]
pub fn call_data(calls: &[Call], on_failure: OnFailure) -> Bytes {
    let [call] = calls else {
        return batch_call_data(calls, on_failure);
    };
    let packed = [call.to.as_slice(), &call.value.to_be_bytes::<32>(), &call.data].concat();
    execute(0, on_failure, &packed)
}

/// Encodes the account's call data for a batch, even of one call.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{U256, address}};
/// use use_aa::{Call, account::nexus::{OnFailure, batch_call_data, call_data}};
///
/// let friend = address!("b539448114cE46324c69f47a18A960C987c431EE");
/// let calls = [1, 2].map(|wei| Call::transfer(friend, U256::from(wei)));
/// assert!(batch_call_data(&calls[..1], OnFailure::Revert).starts_with(&hex!("e9ae5c5301")));
/// assert_eq!(batch_call_data(&calls, OnFailure::Continue), call_data(&calls, OnFailure::Continue));
/// ```
#[must_use]
pub fn batch_call_data(calls: &[Call], on_failure: OnFailure) -> Bytes {
    let calls = calls.iter().fold(Encoder::default(), |calls, call| {
        let fields = Encoder::default()
            .address(call.to)
            .word(call.value)
            .bytes(&call.data);
        calls.fields(fields)
    });
    execute(1, on_failure, &Encoder::default().array(calls).encode(&[]))
}

fn execute(kind: u8, on_failure: OnFailure, calls: &[u8]) -> Bytes {
    let mut mode = B256::ZERO;
    mode[0] = kind;
    mode[1] = u8::from(on_failure == OnFailure::Continue);
    Encoder::default()
        .word(mode)
        .bytes(calls)
        .encode(&NexusAccount::executeCall::SELECTOR)
        .into()
}

/// Returns the call that installs a validator of an account. The call reverts when the validator is installed already.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::address};
/// use use_aa::account::nexus::{NexusContracts, install_module};
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let call = install_module(account, NexusContracts::V1_2_0.smart_session, &[]);
/// assert_eq!(call.to, account);
/// assert_eq!(call.data[..4], hex!("9517e29f"));
/// ```
#[must_use]
pub fn install_module(account: Address, validator: Address, init_data: &[u8]) -> Call {
    of_module(
        account,
        &NexusAccount::installModuleCall::SELECTOR,
        validator,
        init_data,
    )
}

/// Returns the call that uninstalls a validator of an account. `previous` is the validator before it in the account's
/// list, or the list's start: the address 0x…01.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::address};
/// use use_aa::account::nexus::{NexusContracts, uninstall_module};
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let start = address!("0000000000000000000000000000000000000001");
/// let call = uninstall_module(account, start, NexusContracts::V1_2_0.smart_session);
/// assert_eq!(call.data[..4], hex!("a71763a8"));
/// ```
#[must_use]
pub fn uninstall_module(account: Address, previous: Address, validator: Address) -> Call {
    let data = Encoder::default().address(previous).bytes(&[]).encode(&[]);
    of_module(
        account,
        &NexusAccount::uninstallModuleCall::SELECTOR,
        validator,
        &data,
    )
}

fn of_module(account: Address, selector: &[u8], validator: Address, data: &[u8]) -> Call {
    let arguments = Encoder::default().word(VALIDATOR).address(validator).bytes(data);
    Call::raw(account, arguments.encode(selector))
}

/// Returns the call that lets a contract ask the default validator for signatures without a nested form
/// ([ERC-7739](https://eips.ethereum.org/EIPS/eip-7739)). Smart Sessions needs it to enable a session.
///
/// # Examples
///
/// ```
/// use alloy::hex;
/// use use_aa::account::nexus::{NexusContracts, add_safe_sender};
///
/// let contracts = NexusContracts::V1_2_0;
/// let call = add_safe_sender(contracts.k1_validator, contracts.smart_session);
/// assert_eq!(call.data[..], hex!(
///     "5c81ca68"                                                         // addSafeSender
///     "00000000000000000000000000000000008bdaba73cd9815d79069c247eb4bda" // sender
/// ));
/// ```
#[must_use]
pub fn add_safe_sender(k1_validator: Address, sender: Address) -> Call {
    Call::new(k1_validator, K1Validator::addSafeSenderCall { sender })
}

/// Returns the call that replaces the implementation of an account.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::address};
/// use use_aa::account::nexus::{NexusContracts, upgrade_to_and_call};
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let call = upgrade_to_and_call(account, NexusContracts::V1_2_0.implementation, &[]);
/// assert_eq!(call.data[..4], hex!("4f1ef286"));
/// ```
#[must_use]
pub fn upgrade_to_and_call(account: Address, implementation: Address, data: &[u8]) -> Call {
    let arguments = Encoder::default().address(implementation).bytes(data);
    Call::raw(
        account,
        arguments.encode(&NexusAccount::upgradeToAndCallCall::SELECTOR),
    )
}
