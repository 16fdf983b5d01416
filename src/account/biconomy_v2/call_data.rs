use alloy::{
    primitives::{Address, Bytes},
    sol_types::SolCall,
};

use super::contracts::account::SmartAccount;
use crate::primitives::{Call, Encoder};

/// Encodes the account's call data for calls: `execute_ncC` for one call, `executeBatch_y6U` for any other number.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{U256, address}};
/// use use_aa::{Call, account::biconomy_v2::call_data};
///
/// let call = Call::transfer(address!("b539448114cE46324c69f47a18A960C987c431EE"), U256::from(1));
/// assert_eq!(call_data(&[call])[..], hex!(
///     "0000189a"                                                         // execute_ncC
///     "000000000000000000000000b539448114ce46324c69f47a18a960c987c431ee" // target
///     "0000000000000000000000000000000000000000000000000000000000000001" // value
///     "0000000000000000000000000000000000000000000000000000000000000060" // offset of the data
///     "0000000000000000000000000000000000000000000000000000000000000000" // no bytes of data
/// ));
/// ```
#[must_use]
pub fn call_data(calls: &[Call]) -> Bytes {
    if let [call] = calls {
        let arguments = Encoder::default()
            .address(call.to)
            .word(call.value)
            .bytes(&call.data);
        return arguments.encode(&SmartAccount::execute_ncCCall::SELECTOR).into();
    }
    batch_call_data(calls)
}

/// Encodes the account's call data for a batch, even of one call. The batched session router parses this encoding.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{U256, address}};
/// use use_aa::{Call, account::biconomy_v2::{batch_call_data, call_data}};
///
/// let friend = address!("b539448114cE46324c69f47a18A960C987c431EE");
/// let calls = [1, 2].map(|wei| Call::transfer(friend, U256::from(wei)));
/// assert!(batch_call_data(&calls[..1]).starts_with(&hex!("00004680"))); // executeBatch_y6U
/// assert_eq!(batch_call_data(&calls), call_data(&calls));
/// ```
#[must_use]
pub fn batch_call_data(calls: &[Call]) -> Bytes {
    let of_each = |add: fn(Encoder, &Call) -> Encoder| calls.iter().fold(Encoder::default(), add);
    let arguments = Encoder::default()
        .array(of_each(|targets, call| targets.address(call.to)))
        .array(of_each(|values, call| values.word(call.value)))
        .array(of_each(|data, call| data.bytes(&call.data)));
    arguments
        .encode(&SmartAccount::executeBatch_y6UCall::SELECTOR)
        .into()
}

/// Returns the call that enables a module of an account. The call reverts when the module is enabled already.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::address};
/// use use_aa::{account::biconomy_v2::enable_module, session::merkle::contracts::SESSION_KEY_MANAGER};
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let call = enable_module(account, SESSION_KEY_MANAGER);
/// assert_eq!(call.to, account);
/// assert_eq!(call.data[..], hex!(
///     "610b5925"                                                         // enableModule
///     "000000000000000000000000000002fbffedd9b33f4e7156f2de8d48945e7489" // module
/// ));
/// ```
#[must_use]
pub fn enable_module(account: Address, module: Address) -> Call {
    Call::new(account, SmartAccount::enableModuleCall { module })
}

/// Returns the call that disables a module of an account. `previous` is the module before it in the account's list.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::address};
/// use use_aa::{account::biconomy_v2::disable_module, session::merkle::contracts::SESSION_KEY_MANAGER};
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let previous = address!("252595DD6b74656CBC2B54539ffdd143921D2013");
/// assert_eq!(disable_module(account, previous, SESSION_KEY_MANAGER).data[..], hex!(
///     "e009cfde"                                                         // disableModule
///     "000000000000000000000000252595dd6b74656cbc2b54539ffdd143921d2013" // the one before it
///     "000000000000000000000000000002fbffedd9b33f4e7156f2de8d48945e7489" // module
/// ));
/// ```
#[must_use]
pub fn disable_module(account: Address, previous: Address, module: Address) -> Call {
    let call = SmartAccount::disableModuleCall {
        prevModule: previous,
        module,
    };
    Call::new(account, call)
}

/// Returns the call that sets up a module of an account and enables the module.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{address, bytes}};
/// use use_aa::{account::biconomy_v2::set_up_and_enable_module, session::merkle::contracts::BATCHED_SESSION_ROUTER};
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let call = set_up_and_enable_module(account, BATCHED_SESSION_ROUTER, bytes!("7c48b6c0b230"));
/// assert_eq!(call.data[..], hex!(
///     "5305dd27"                                                         // setupAndEnableModule
///     "00000000000000000000000000000d09967410f8c76752a104c9848b57ebba55" // module
///     "0000000000000000000000000000000000000000000000000000000000000040" // offset of the data
///     "0000000000000000000000000000000000000000000000000000000000000006" // bytes of data
///     "7c48b6c0b2300000000000000000000000000000000000000000000000000000" // what the module is called with
/// ));
/// ```
#[must_use]
pub fn set_up_and_enable_module(account: Address, module: Address, setup_data: Bytes) -> Call {
    let call = SmartAccount::setupAndEnableModuleCall {
        setupContract: module,
        setupData: setup_data,
    };
    Call::new(account, call)
}
