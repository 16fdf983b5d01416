//! The ERC-7677 paymaster, with Pimlico's extensions.

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use crate::{
    jsonrpc::{Call, Outcome, RpcError},
    services::Services,
    split_op::SplitUserOp,
    split_sponsor::estimate_split,
    sponsor::{POST_OP_GAS, PRICE, Payment, estimate},
    user_op::{UserOp, address, number},
};

const NAME: &str = "use-aa devnet";

/// The form of an operation, which follows from its entry point.
enum Form {
    /// The form of v0.6.
    Packed,
    /// The form of later versions, with the version's paymaster.
    Split(Address),
}

pub(crate) async fn serve(services: &Services, call: &Call) -> Outcome {
    match call.method.as_str() {
        "pm_getPaymasterStubData" => stub_data(services, call),
        "pm_getPaymasterData" => data(services, call),
        "pm_sponsorUserOperation" => sponsor(services, call).await,
        "pimlico_getTokenQuotes" => token_quotes(services, call),
        "eth_chainId" => Ok(json!(U256::from(services.sponsor.chain_id))),
        "pm_supportedEntryPoints" => Ok(json!(services.sponsor.contracts.entry_points())),
        method => Err(RpcError::unknown_method(method)),
    }
}

fn stub_data(services: &Services, call: &Call) -> Outcome {
    let form = form(services, call.param(1))?;
    check_chain(services, call.params.get(2))?;
    let payment = payment(call.param(3))?;
    let mut answer = match form {
        Form::Packed => {
            let op = UserOp::parse(call.param(0))?;
            json!({ "paymasterAndData": services.sponsor.stub(&op, payment)? })
        }
        Form::Split(paymaster) => {
            let op = SplitUserOp::parse(call.param(0))?;
            services.sponsor.split_stub(paymaster, &op, payment)?.to_json()
        }
    };
    answer["sponsor"] = json!({ "name": NAME });
    answer["isFinal"] = json!(false);
    Ok(answer)
}

fn data(services: &Services, call: &Call) -> Outcome {
    let form = form(services, call.param(1))?;
    check_chain(services, call.params.get(2))?;
    let payment = payment(call.param(3))?;
    match form {
        Form::Packed => {
            let op = UserOp::parse(call.param(0))?;
            Ok(json!({ "paymasterAndData": services.sponsor.offer(&op, payment, None)? }))
        }
        Form::Split(paymaster) => {
            let op = SplitUserOp::parse(call.param(0))?;
            let offer = services.sponsor.split_offer(paymaster, &op, payment)?;
            Ok(offer.to_json())
        }
    }
}

/// Estimates and signs in one call (`pm_sponsorUserOperation`), as Pimlico does.
async fn sponsor(services: &Services, call: &Call) -> Outcome {
    let form = form(services, call.param(1))?;
    let payment = payment(call.param(2))?;
    let (limits, mut answer) = match form {
        Form::Packed => {
            let mut op = UserOp::parse(call.param(0))?;
            op.paymaster_and_data = services.sponsor.stub(&op, payment)?;
            let entry_point = services.sponsor.contracts.entry_point;
            op.limits = estimate(&services.bundler, &op, entry_point, None).await?;
            let data = services.sponsor.offer(&op, payment, None)?;
            (op.limits, json!({ "paymasterAndData": data }))
        }
        Form::Split(paymaster) => {
            let mut op = SplitUserOp::parse(call.param(0))?;
            let stub = services.sponsor.split_stub(paymaster, &op, payment)?;
            estimate_split(&services.bundler, &mut op, address(call.param(1))?, &stub).await?;
            let offer = services.sponsor.split_offer(paymaster, &op, payment)?;
            (op.limits, offer.to_json())
        }
    };
    answer["callGasLimit"] = json!(limits.call);
    answer["verificationGasLimit"] = json!(limits.verification);
    answer["preVerificationGas"] = json!(limits.pre_verification);
    Ok(answer)
}

fn token_quotes(services: &Services, call: &Call) -> Outcome {
    let paymaster = match form(services, call.param(1))? {
        Form::Packed => services.sponsor.contracts.token_paymaster,
        Form::Split(paymaster) => paymaster,
    };
    check_chain(services, call.params.get(2))?;
    let Some(tokens) = call.param(0)["tokens"].as_array() else {
        return Err(RpcError::invalid_params("`tokens` must be a list of addresses"));
    };
    let quotes = tokens.iter().map(|token| {
        let token = address(token)?;
        Ok(json!({
            "paymaster": paymaster,
            "token": token,
            "postOpGas": U256::from(POST_OP_GAS),
            "exchangeRate": services.sponsor.rate(token)?,
            "exchangeRateNativeToUsd": U256::from(PRICE),
        }))
    });
    let quotes = quotes.collect::<Result<Vec<Value>, RpcError>>()?;
    Ok(json!({ "quotes": quotes }))
}

/// Reads the payment from the context: `{token}` selects payment in this ERC-20 token.
fn payment(context: &Value) -> Result<Payment, RpcError> {
    match &context["token"] {
        Value::Null => Ok(Payment::Sponsored),
        token => address(token).map(Payment::Token),
    }
}

/// Returns the form of the operations of an entry point.
fn form(services: &Services, entry_point: &Value) -> Result<Form, RpcError> {
    let at = &services.sponsor.contracts;
    match address(entry_point) {
        Ok(given) if given == at.entry_point => Ok(Form::Packed),
        Ok(given) if given == at.entry_point_v07 => Ok(Form::Split(at.paymaster_v07)),
        Ok(given) if given == at.entry_point_v08 => Ok(Form::Split(at.paymaster_v08)),
        _ => Err(RpcError::invalid_params(format!(
            "the entry point {entry_point} is not served, only {}",
            at.entry_points().map(|at| at.to_string()).join(", ")
        ))),
    }
}

fn check_chain(services: &Services, given: Option<&Value>) -> Result<(), RpcError> {
    let served = services.sponsor.chain_id;
    let given = given.map_or(Ok(U256::ZERO), |chain| {
        number(&json!({ "chainId": chain }), "chainId")
    })?;
    if given == U256::from(served) {
        return Ok(());
    }
    Err(RpcError::invalid_params(format!(
        "chain {given} is not served, only {served}"
    )))
}
