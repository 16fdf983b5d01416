use alloy::primitives::{Address, B256, Bytes, Selector, U256};

use super::{Record, SmartLedger, record::Fate};
use crate::{
    permission::{Condition, Counted, Interval, Limit, Permission, Policy, Rule, Word},
    platform::Json,
    primitives::Deployment,
    session::{
        Session,
        smart_sessions::{SignedGrant, SmartSessions},
    },
    signer::SessionKey,
    store::{SealedKey, StoreError, StoredKey},
};

/// The texts of the ledger in a store.
impl SmartLedger {
    const VERSION: u32 = 1;
    /// The maximum number of unreadable entries.
    const MOST_DAMAGED: usize = 64;
    /// The maximum length of an unreadable entry, in bytes.
    const LONGEST_DAMAGED: usize = 16 << 10;

    /// Parses the ledger from the text of a store. Unreadable entries are set aside.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if the text is unreadable as a whole, [`StoreError::Newer`] if a newer version wrote it.
    pub(in crate::session::smart_sessions) fn read(
        text: Option<&str>,
        sessions: SmartSessions,
    ) -> Result<Self, StoreError> {
        let mut ledger = Self::new(sessions);
        let Some(text) = text else { return Ok(ledger) };
        let damaged = || StoreError::Damaged("a field is missing or unknown".to_owned());
        let written = Json::parse(text).map_err(|_| damaged())?;
        match written["version"].as_u64().ok_or_else(damaged)? {
            0 => return Err(damaged()),
            version if version > Self::VERSION.into() => {
                return Err(StoreError::Newer(version.try_into().unwrap_or(u32::MAX)));
            }
            _ => {}
        }
        let list = |part: &str| written[part].members().ok_or_else(damaged);
        ledger.damaged = written["damaged"].members().unwrap_or_default().to_vec();
        for entry in list("sessions")? {
            match record(entry) {
                Some(record) => ledger.records.push(record),
                None => ledger.set_aside(entry.clone()),
            }
        }
        for entry in list("keys")? {
            match key(entry) {
                Some(key) => ledger.keys.push(key),
                // A damaged key may be unencrypted.
                None => ledger.set_aside(Json::Null),
            }
        }
        ledger.damaged.truncate(Self::MOST_DAMAGED);
        Ok(ledger)
    }

    /// Creates an empty ledger that replaces an unreadable text, which counts as one damaged entry.
    pub(in crate::session::smart_sessions) fn in_place_of_damaged(sessions: SmartSessions) -> Self {
        let mut ledger = Self::new(sessions);
        ledger.set_aside(Json::Null);
        ledger
    }

    fn set_aside(&mut self, entry: Json) {
        let is_short = entry.to_string().len() <= Self::LONGEST_DAMAGED;
        self.damaged.push(if is_short { entry } else { Json::Null });
    }

    /// Returns the ledger in its stored form.
    pub(super) fn written(&self) -> Json {
        Json::object([
            ("version", u64::from(Self::VERSION).into()),
            ("sessions", self.records.iter().map(written).collect()),
            ("keys", self.keys.iter().map(written_key).collect()),
            ("damaged", self.damaged.iter().cloned().collect()),
        ])
    }
}

fn written(record: &Record) -> Json {
    let permissions = record.session.permissions.iter().filter_map(written_permission);
    let mut written = Json::object([
        ("id", record.session.id.into()),
        ("permissionId", record.permission_id.into()),
        ("permissions", permissions.collect()),
        ("state", name_of(record.fate).into()),
        ("enabledAt", record.enabled_at.into()),
    ]);
    if let Some(grant) = &record.grant {
        written["grant"] = (&grant.to_bytes()).into();
    }
    if let Some(Deployment::Factory { factory, data }) = &record.deployment {
        written["factory"] = (*factory).into();
        written["factoryData"] = data.into();
    }
    if let Some(ending) = record.ending {
        written["ending"] = ending.0.into();
    }
    written
}

fn record(entry: &Json) -> Option<Record> {
    let permissions = entry["permissions"].members()?.iter().map(permission);
    let permissions = permissions.collect::<Option<Vec<_>>>()?;
    let grant = match entry["grant"].parsed_option::<Bytes>()? {
        Some(bytes) => Some(SignedGrant::from_bytes(&bytes)?),
        None => None,
    };
    let deployment = match entry["factory"].parsed_option::<Address>()? {
        Some(factory) => Some(Deployment::Factory {
            factory,
            data: entry["factoryData"].parsed()?,
        }),
        None => None,
    };
    Some(Record {
        session: Session::new(entry["id"].parsed()?, permissions),
        permission_id: entry["permissionId"].parsed()?,
        grant,
        deployment,
        fate: fate(entry["state"].as_str()?)?,
        enabled_at: entry["enabledAt"].as_u64()?,
        ending: entry["ending"].parsed_option()?.map(crate::session::GrantId),
    })
}

fn written_permission(permission: &Permission) -> Option<Json> {
    // The ledger holds policies alone, as the module enforces them.
    let Permission::Abi(policy) = permission else {
        return None;
    };
    let rule = |rule: &Rule| {
        Json::from(vec![
            Json::from(u64::from(rule.offset)),
            u64::from(rule.condition as u8).into(),
            rule.reference.0.into(),
        ])
    };
    let limit = |limit: &Limit| {
        let counted = match limit.counted() {
            Counted::Uses => "uses".into(),
            Counted::Value => "value".into(),
            Counted::Spending => "spending".into(),
            Counted::Argument(offset) => u64::from(offset).into(),
        };
        Json::from(vec![counted, Json::from(limit.most())])
    };
    let Interval {
        valid_after,
        valid_until,
    } = policy.valid();
    Some(Json::object([
        ("contract", policy.contract().into()),
        ("selector", policy.selector().into()),
        ("value", U256::from(policy.value_limit()).into()),
        ("rules", policy.rules().iter().map(rule).collect()),
        ("limits", policy.limits().iter().map(limit).collect()),
        ("after", valid_after.into()),
        ("until", valid_until.into()),
    ]))
}

fn permission(entry: &Json) -> Option<Permission> {
    let mut policy = Policy::new(
        entry["contract"].parsed()?,
        entry["selector"].parsed::<Selector>()?,
    )
    .value_limit_per_call(entry["value"].parsed::<U256>()?.try_into().ok()?)
    .interval(Interval {
        valid_after: entry["after"].as_u64()?,
        valid_until: entry["until"].as_u64()?,
    });
    for rule in entry["rules"].members()? {
        let condition = Condition::from_code(rule[1].as_u64()?.try_into().ok()?)?;
        let reference = Word(rule[2].parsed::<B256>()?);
        policy = policy.rule(Rule::offset(
            rule[0].as_u64()?.try_into().ok()?,
            condition,
            reference,
        ));
    }
    for limit in entry["limits"].members()? {
        let counted = match limit[0].as_str() {
            Some("uses") => Counted::Uses,
            Some("value") => Counted::Value,
            Some("spending") => Counted::Spending,
            Some(_) => return None,
            None => Counted::Argument(limit[0].as_u64()?.try_into().ok()?),
        };
        policy = policy.with(Limit::new(counted, limit[1].parsed::<U256>()?));
    }
    Some(policy.into())
}

fn written_key(key: &StoredKey) -> Json {
    match key {
        StoredKey::Open(key) => B256::from(key.clone()).into(),
        StoredKey::Sealed(SealedKey { address, bytes }) => {
            Json::object([("address", (*address).into()), ("sealed", bytes.into())])
        }
    }
}

fn key(entry: &Json) -> Option<StoredKey> {
    if entry.as_str().is_some() {
        return SessionKey::try_from(entry.parsed::<B256>()?)
            .ok()
            .map(StoredKey::Open);
    }
    Some(StoredKey::Sealed(SealedKey {
        address: entry["address"].parsed()?,
        bytes: entry["sealed"].parsed()?,
    }))
}

const FATES: [(Fate, &str); 6] = [
    (Fate::Proposed, "proposed"),
    (Fate::Signed, "signed"),
    (Fate::Enabled, "enabled"),
    (Fate::Missing, "missing"),
    (Fate::Revoked, "revoked"),
    (Fate::Failed, "failed"),
];

fn name_of(fate: Fate) -> &'static str {
    let found = FATES.iter().find(|(other, _)| *other == fate);
    found.map_or("failed", |(_, name)| name)
}

fn fate(name: &str) -> Option<Fate> {
    let found = FATES.iter().find(|(_, other)| *other == name);
    found.map(|(fate, _)| *fate)
}
