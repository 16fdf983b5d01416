use std::str::FromStr;

use alloy::primitives::Address;
use serde_json::{Value, json};

use super::Journal;
use crate::{
    primitives::{Call, Fees},
    session::GrantId,
    store::StoreError,
    tracking::{PendingPayment, PendingUserOp, UserOpKind},
};

impl Journal {
    /// Parses the journal from the text of a store. Without a text the journal is empty. Unreadable entries
    /// are set aside.
    ///
    /// # Errors
    ///
    /// [`StoreError::Newer`] when a newer version wrote it.
    pub(crate) fn read(text: Option<&str>, account: Address) -> Result<Self, StoreError> {
        let mut journal = Self::default();
        let Some(text) = text else { return Ok(journal) };
        let written = serde_json::from_str::<Value>(text).unwrap_or_default();
        let version = written["version"].as_u64().unwrap_or_default();
        if version > Self::VERSION.into() {
            return Err(StoreError::Newer(version.try_into().unwrap_or(u32::MAX)));
        }
        let list = |field: &str| written[field].as_array().cloned().unwrap_or_default();
        journal.damaged = list("damaged");
        journal.damaged.truncate(Self::MOST_DAMAGED);
        if !written["ops"].is_array() {
            journal.damaged = Vec::new();
            journal.set_aside(text.into());
        }
        for entry in list("ops") {
            match pending(&entry, account) {
                Some(op) => journal.ops.push(op),
                None => journal.set_aside(entry),
            }
        }
        // Unreadable ended operations are dropped.
        let over = list("over").into_iter();
        journal.over = over.filter_map(|entry| pending(&entry, account)).collect();
        journal.over.truncate(Self::MOST_OVER);
        Ok(journal)
    }

    /// Returns the text for the store, or `None` if the journal is empty.
    pub(crate) fn to_text(&self) -> Result<Option<String>, StoreError> {
        if self.ops.is_empty() && self.over.is_empty() && self.damaged.is_empty() {
            return Ok(None);
        }
        let written = json!({
            "version": Self::VERSION,
            "ops": self.ops.iter().map(written).collect::<Value>(),
            "over": self.over.iter().map(written).collect::<Value>(),
            "damaged": self.damaged,
        });
        Ok(Some(written.to_string()))
    }

    /// Keeps an unreadable entry for a version that can read it. At most 8 entries are kept, and one above 16
    /// KiB becomes null.
    fn set_aside(&mut self, mut entry: Value) {
        if entry.to_string().len() > Self::MOST_CALL_DATA {
            entry = Value::Null;
        }
        if self.damaged.len() >= Self::MOST_DAMAGED {
            self.damaged.remove(0);
        }
        self.damaged.push(entry);
    }
}

fn written(op: &PendingUserOp) -> Value {
    let mut written = json!({
        "hash": op.hash,
        "nonce": op.nonce,
        "sentAt": op.sent_at,
        "maxFeePerGas": op.fees.max_fee_per_gas,
        "maxPriorityFeePerGas": op.fees.max_priority_fee_per_gas,
        "kind": kind_name(&op.kind),
        "payment": payment_name(op.payment),
        "deploys": op.deploys,
    });
    if let UserOpKind::Grant { grant, modules } = &op.kind {
        written["root"] = json!(grant.0);
        written["modules"] = json!(modules);
    }
    if let PendingPayment::Token { token, most } = op.payment {
        written["token"] = json!(token);
        written["most"] = json!(most);
    }
    if let Some(calls) = &op.calls {
        let call = |call: &Call| json!({"to": call.to, "value": call.value, "data": call.data});
        written["calls"] = calls.iter().map(call).collect();
    }
    for (field, value) in [
        ("session", op.session.map(|session| json!(session))),
        ("replaces", op.replaces.map(|hash| json!(hash))),
        ("since", op.since.map(|block| json!(block))),
    ] {
        if let Some(value) = value {
            written[field] = value;
        }
    }
    written
}

fn pending(entry: &Value, account: Address) -> Option<PendingUserOp> {
    let call = |call: &Value| {
        Some(Call {
            to: of(&call["to"])?,
            value: of(&call["value"])?,
            data: of(&call["data"])?,
        })
    };
    let calls = match &entry["calls"] {
        Value::Null => None,
        calls => Some(calls.as_array()?.iter().map(call).collect::<Option<_>>()?),
    };
    Some(PendingUserOp {
        hash: of(&entry["hash"])?,
        sender: account,
        nonce: of(&entry["nonce"])?,
        kind: kind(entry)?,
        sent_at: entry["sentAt"].as_u64()?,
        calls,
        session: maybe(&entry["session"])?,
        payment: payment(entry)?,
        fees: Fees {
            max_fee_per_gas: of(&entry["maxFeePerGas"])?,
            max_priority_fee_per_gas: of(&entry["maxPriorityFeePerGas"])?,
        },
        replaces: maybe(&entry["replaces"])?,
        deploys: entry["deploys"].as_bool()?,
        since: match &entry["since"] {
            Value::Null => None,
            block => Some(block.as_u64()?),
        },
    })
}

const fn kind_name(kind: &UserOpKind) -> &'static str {
    match kind {
        UserOpKind::Send => "send",
        UserOpKind::Deploy => "deploy",
        UserOpKind::Grant { .. } => "grant",
        UserOpKind::Session => "session",
        UserOpKind::Batch => "batch",
        UserOpKind::Cancel => "cancel",
    }
}

fn kind(entry: &Value) -> Option<UserOpKind> {
    Some(match entry["kind"].as_str()? {
        "send" => UserOpKind::Send,
        "deploy" => UserOpKind::Deploy,
        "grant" => UserOpKind::Grant {
            grant: GrantId(of(&entry["root"])?),
            modules: entry["modules"]
                .as_array()?
                .iter()
                .map(of)
                .collect::<Option<_>>()?,
        },
        "session" => UserOpKind::Session,
        "batch" => UserOpKind::Batch,
        "cancel" => UserOpKind::Cancel,
        _ => return None,
    })
}

const fn payment_name(payment: PendingPayment) -> &'static str {
    match payment {
        PendingPayment::Own => "own",
        PendingPayment::Sponsored => "sponsored",
        PendingPayment::SponsoredOrOwn => "sponsoredOrOwn",
        PendingPayment::Token { .. } => "token",
    }
}

fn payment(entry: &Value) -> Option<PendingPayment> {
    Some(match entry["payment"].as_str()? {
        "own" => PendingPayment::Own,
        "sponsored" => PendingPayment::Sponsored,
        "sponsoredOrOwn" => PendingPayment::SponsoredOrOwn,
        "token" => PendingPayment::Token {
            token: of(&entry["token"])?,
            most: of(&entry["most"])?,
        },
        _ => return None,
    })
}

fn of<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// Parses an optional field: `Some(None)` if the field is absent, `None` if its value cannot be read.
fn maybe<T: FromStr>(value: &Value) -> Option<Option<T>> {
    match value {
        Value::Null => Some(None),
        value => of(value).map(Some),
    }
}
