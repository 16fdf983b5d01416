use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};

use crate::{
    contracts::{account::SmartAccount, token::Erc20},
    primitives::Call,
};

/// The account's call data for calls: `execute_ncC` for one, `executeBatch_y6U` for any other number.
#[must_use]
pub fn call_data(calls: &[Call]) -> Bytes {
    if let [call] = calls {
        return SmartAccount::execute_ncCCall {
            dest: call.to,
            value: call.value,
            func: call.data.clone(),
        }
        .abi_encode()
        .into();
    }
    batch_call_data(calls)
}

/// The account's call data for a batch, also of one call: what the batch router reads.
#[must_use]
pub fn batch_call_data(calls: &[Call]) -> Bytes {
    SmartAccount::executeBatch_y6UCall {
        dest: calls.iter().map(|call| call.to).collect(),
        value: calls.iter().map(|call| call.value).collect(),
        func: calls.iter().map(|call| call.data.clone()).collect(),
    }
    .abi_encode()
    .into()
}

/// The call by which an account enables a module. It reverts when the module is enabled already.
#[must_use]
pub fn enable_module(account: Address, module: Address) -> Call {
    Call::new(account, SmartAccount::enableModuleCall { module })
}

/// The call by which an account disables a module; `previous` is the one before it in the account's list.
#[must_use]
pub fn disable_module(account: Address, previous: Address, module: Address) -> Call {
    let call = SmartAccount::disableModuleCall {
        prevModule: previous,
        module,
    };
    Call::new(account, call)
}

/// The call by which an account sets a module up and enables it.
#[must_use]
pub fn set_up_and_enable_module(account: Address, module: Address, setup_data: Bytes) -> Call {
    let call = SmartAccount::setupAndEnableModuleCall {
        setupContract: module,
        setupData: setup_data,
    };
    Call::new(account, call)
}

/// The call by which an account lets a spender take up to an amount of a token, in its smallest unit.
#[must_use]
pub fn approve(token: Address, spender: Address, amount: U256) -> Call {
    Call::new(token, Erc20::approveCall { spender, amount })
}
