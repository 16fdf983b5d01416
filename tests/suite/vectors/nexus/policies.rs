use std::error::Error;

use alloy::primitives::{B256, U256};
use serde_json::Value;
use use_aa::{
    Interval,
    permission::Word,
    session::smart_sessions::{
        ActionCondition, ActionRule, OnChainPolicy, SmartSessionsContracts, UniversalAction,
    },
};

use crate::{
    support::Outcome,
    vectors::read::{hex, list, number, same, small, text},
};

pub(super) fn init_data(input: &Value, output: &Value) -> Outcome {
    let data = policy(input)?.data(&SmartSessionsContracts::CANONICAL)?;
    same("policy", data.policy, &output["policy"])?;
    same("initData", data.initData, &output["initData"])
}

fn policy(input: &Value) -> Result<OnChainPolicy, Box<dyn Error>> {
    Ok(match text(&input["type"])? {
        "sudo" => OnChainPolicy::Sudo,
        "universal" => OnChainPolicy::UniversalAction(UniversalAction {
            rules: list(&input["rules"])?
                .iter()
                .map(rule)
                .collect::<Result<_, _>>()?,
            value_limit_per_use: number(&input["valueLimitPerUse"])?,
        }),
        "timeframe" => OnChainPolicy::TimeFrame(Interval {
            valid_after: small(&input["validAfter"])?,
            valid_until: small(&input["validUntil"])?,
        }),
        "usageLimit" => OnChainPolicy::UsageLimit(small(&input["limit"])?),
        "valueLimit" => OnChainPolicy::ValueLimit(number(&input["limit"])?),
        "spendingLimits" => {
            let limits = list(&input["tokenLimits"])?.iter();
            let limit = |of: &Value| Ok((hex(&of["token"])?, number(&of["limit"])?));
            OnChainPolicy::SpendingLimit(limits.map(limit).collect::<Result<_, Box<dyn Error>>>()?)
        }
        other => return Err(format!("no policy is named {other}").into()),
    })
}

fn rule(input: &Value) -> Result<ActionRule, Box<dyn Error>> {
    let condition = match text(&input["condition"])? {
        "equal" => ActionCondition::Equal,
        "greaterThan" => ActionCondition::Greater,
        "lessThan" => ActionCondition::Less,
        "greaterThanOrEqual" => ActionCondition::AtLeast,
        "lessThanOrEqual" => ActionCondition::AtMost,
        "notEqual" => ActionCondition::NotEqual,
        "inRange" => ActionCondition::InRange,
        other => return Err(format!("no condition is named {other}").into()),
    };
    let is_limited = input["isLimited"].as_bool().ok_or("isLimited is no bool")?;
    let used = number(&input["usage"]["used"])?;
    if used != U256::ZERO {
        return Err("the library starts each sum at 0".into());
    }
    // An address stands at the right of its word, as a number does.
    let reference = B256::from(number(&input["comparisonValue"])?);
    Ok(ActionRule {
        condition,
        offset: small(&input["calldataOffset"])?,
        reference: Word(reference),
        total: match is_limited {
            true => Some(number(&input["usage"]["limit"])?),
            false => None,
        },
    })
}
