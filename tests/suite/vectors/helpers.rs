use serde_json::Value;
use use_aa::rpc::{bundler_chain_id, paymaster_chain_id};

use super::read::text;
use crate::support::Outcome;

pub(super) fn chain_ids(input: &Value, output: &Value) -> Outcome {
    let url = text(&input["url"])?;
    let ours = match text(&input["fn"])? {
        "extractChainIdFromBundlerUrl" => bundler_chain_id(url),
        "extractChainIdFromPaymasterUrl" => paymaster_chain_id(url),
        function => return Err(format!("unknown function {function}").into()),
    };
    match output {
        Value::Object(refused) if refused.contains_key("error") && ours.is_none() => Ok(()),
        theirs if theirs.as_u64().is_some() && theirs.as_u64() == ours => Ok(()),
        theirs => Err(format!("ours {ours:?}, theirs {theirs}").into()),
    }
}
