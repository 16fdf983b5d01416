use alloy::primitives::{Address, U256};

use super::Journal;
use crate::{
    platform::Json,
    primitives::{Call, Fees},
    rpc,
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
        let written = Json::parse(text).unwrap_or_default();
        let version = written["version"].as_u64().unwrap_or_default();
        if version > Self::VERSION.into() {
            return Err(StoreError::Newer(version.try_into().unwrap_or(u32::MAX)));
        }
        let list = |field: &str| written[field].members().unwrap_or_default().to_vec();
        journal.damaged = list("damaged");
        journal.damaged.truncate(Self::MOST_DAMAGED);
        if written["ops"].members().is_none() {
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
        let written = Json::object([
            ("version", u64::from(Self::VERSION).into()),
            ("ops", self.ops.iter().map(written).collect()),
            ("over", self.over.iter().map(written).collect()),
            ("damaged", self.damaged.iter().cloned().collect()),
        ]);
        Ok(Some(written.to_string()))
    }

    /// Keeps an unreadable entry for a version that can read it. At most 8 entries are kept, and one above 16
    /// KiB becomes null.
    fn set_aside(&mut self, mut entry: Json) {
        if entry.to_string().len() > Self::MOST_CALL_DATA {
            entry = Json::Null;
        }
        if self.damaged.len() >= Self::MOST_DAMAGED {
            self.damaged.remove(0);
        }
        self.damaged.push(entry);
    }
}

fn written(op: &PendingUserOp) -> Json {
    let mut written = Json::object([
        ("hash", op.hash.0.into()),
        ("nonce", op.nonce.into()),
        ("sentAt", op.sent_at.into()),
        ("maxFeePerGas", op.fees.max_fee_per_gas.into()),
        ("maxPriorityFeePerGas", op.fees.max_priority_fee_per_gas.into()),
        ("kind", kind_name(&op.kind).into()),
        ("payment", payment_name(op.payment).into()),
        ("deploys", op.deploys.into()),
    ]);
    if let UserOpKind::Grant { grant, modules } = &op.kind {
        written["root"] = grant.0.into();
        written["modules"] = modules.iter().copied().collect();
    }
    if let PendingPayment::Token { token, most } = op.payment {
        written["token"] = token.into();
        written["most"] = most.into();
    }
    if let Some(calls) = &op.calls {
        let call = |call: &Call| {
            Json::object([
                ("to", call.to.into()),
                ("value", call.value.into()),
                ("data", (&call.data).into()),
            ])
        };
        written["calls"] = calls.iter().map(call).collect();
    }
    for (field, value) in [
        ("session", op.session.map(Json::from)),
        ("enables", op.enables.map(|grant| grant.0.into())),
        ("replaces", op.replaces.map(|hash| hash.0.into())),
        ("since", op.since.map(Json::from)),
    ] {
        if let Some(value) = value {
            written[field] = value;
        }
    }
    written
}

fn pending(entry: &Json, account: Address) -> Option<PendingUserOp> {
    let call = |call: &Json| {
        Some(Call {
            to: call["to"].parsed()?,
            value: number(&call["value"])?,
            data: call["data"].parsed()?,
        })
    };
    let calls = match &entry["calls"] {
        Json::Null => None,
        calls => Some(calls.members()?.iter().map(call).collect::<Option<_>>()?),
    };
    Some(PendingUserOp {
        hash: entry["hash"].parsed()?,
        sender: account,
        nonce: number(&entry["nonce"])?,
        kind: kind(entry)?,
        sent_at: entry["sentAt"].as_u64()?,
        calls,
        session: entry["session"].parsed_option()?,
        enables: entry["enables"].parsed_option()?.map(GrantId),
        payment: payment(entry)?,
        fees: Fees {
            max_fee_per_gas: number(&entry["maxFeePerGas"])?,
            max_priority_fee_per_gas: number(&entry["maxPriorityFeePerGas"])?,
        },
        replaces: entry["replaces"].parsed_option()?,
        deploys: entry["deploys"].as_bool()?,
        since: match &entry["since"] {
            Json::Null => None,
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

fn kind(entry: &Json) -> Option<UserOpKind> {
    Some(match entry["kind"].as_str()? {
        "send" => UserOpKind::Send,
        "deploy" => UserOpKind::Deploy,
        "grant" => UserOpKind::Grant {
            grant: GrantId(entry["root"].parsed()?),
            modules: entry["modules"]
                .members()?
                .iter()
                .map(Json::parsed)
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

fn payment(entry: &Json) -> Option<PendingPayment> {
    Some(match entry["payment"].as_str()? {
        "own" => PendingPayment::Own,
        "sponsored" => PendingPayment::Sponsored,
        "sponsoredOrOwn" => PendingPayment::SponsoredOrOwn,
        "token" => PendingPayment::Token {
            token: entry["token"].parsed()?,
            most: number(&entry["most"])?,
        },
        _ => return None,
    })
}

fn number(value: &Json) -> Option<U256> {
    let is_hex = value.as_str()?.starts_with("0x");
    is_hex.then(|| rpc::number(value))?
}
