use alloy::primitives::{Address, B256, Bytes, FixedBytes};

use super::DEFAULT_VALIDATOR;
use crate::{
    platform::Json,
    primitives::Words,
    session::smart_sessions::{
        KeyValidator, SmartSession, SmartSessionsContracts,
        contracts::{ActionData, ChainDigest, ERC7739Context, ERC7739Data, PolicyData},
    },
};

/// A grant as `@biconomy/abstractjs` returns it.
#[derive(Clone, Debug)]
pub(super) struct GrantEntry {
    pub(super) permission_id: B256,
    /// The index of the session's digest.
    pub(super) index: u8,
    pub(super) digests: Vec<ChainDigest>,
    pub(super) session: SmartSession,
    /// The account's validator that checks the owner's signature.
    pub(super) owner_validator: Address,
    pub(super) signature: Bytes,
}

impl GrantEntry {
    /// Reads a grant. The error is the name of the damaged field.
    pub(super) fn read(entry: &Json) -> Result<Self, &'static str> {
        let data = &entry["enableSessionData"];
        let enable = &data["enableSession"];
        let grant = Self {
            permission_id: entry["permissionId"].parsed().ok_or("permissionId")?,
            index: index(&enable["chainDigestIndex"]).ok_or("chainDigestIndex")?,
            digests: list(&enable["hashesAndChainIds"], digest).ok_or("hashesAndChainIds")?,
            session: session(&enable["sessionToEnable"]).ok_or("sessionToEnable")?,
            owner_validator: data["validator"].parsed().ok_or("validator")?,
            signature: enable["permissionEnableSig"]
                .parsed()
                .ok_or("permissionEnableSig")?,
        };
        let chain_id = grant.digest().ok_or("chainDigestIndex")?.chainId;
        // The chain is no part of the session that the contract knows.
        match &enable["sessionToEnable"]["chainId"] {
            Json::Null => {}
            named if number(named) == Some(chain_id) => {}
            _ => return Err("chainId"),
        }
        match &data["accountType"] {
            Json::Null => Ok(grant),
            // Other accounts want another form of the owner's signature.
            kind if kind.as_str() == Some("nexus") => Ok(grant),
            _ => Err("accountType"),
        }
    }

    /// Returns the digest of the session with its chain.
    pub(super) fn digest(&self) -> Option<&ChainDigest> {
        self.digests.get(usize::from(self.index))
    }

    pub(super) fn chain_id(&self) -> u64 {
        self.digest().map_or(0, |digest| digest.chainId)
    }

    /// Returns the only key of the session, and the validator in whose form the key is written.
    pub(super) fn key(&self) -> Option<(KeyValidator, Address)> {
        let data = &self.session.sessionValidatorInitData;
        let (validator, key) = match data.len() {
            20 => (KeyValidator::K1, Address::from_slice(data)),
            _ => (KeyValidator::Ownable, Words(data).address(OWNER)?),
        };
        (validator.init_data(key) == *data).then_some((validator, key))
    }

    /// Returns true if the owner's signature has a length that its validator accepts.
    pub(super) fn is_signed(&self, contracts: &SmartSessionsContracts) -> bool {
        let is_k1 = [DEFAULT_VALIDATOR, contracts.k1_validator].contains(&self.owner_validator);
        match self.signature.len() {
            0 => false,
            length => !is_k1 || matches!(length, 64 | 65),
        }
    }
}

/// The word of the only owner in the init data of the `OwnableValidator`.
const OWNER: usize = 3;

fn session(json: &Json) -> Option<SmartSession> {
    let messages = &json["erc7739Policies"];
    Some(SmartSession {
        sessionValidator: json["sessionValidator"].parsed()?,
        sessionValidatorInitData: json["sessionValidatorInitData"].parsed()?,
        salt: json["salt"].parsed()?,
        userOpPolicies: list(&json["userOpPolicies"], policy)?,
        erc7739Policies: ERC7739Data {
            allowedERC7739Content: list(&messages["allowedERC7739Content"], content)?,
            erc1271Policies: list(&messages["erc1271Policies"], policy)?,
        },
        actions: list(&json["actions"], action)?,
        permitERC4337Paymaster: json["permitERC4337Paymaster"].as_bool()?,
    })
}

fn action(json: &Json) -> Option<ActionData> {
    Some(ActionData {
        actionTargetSelector: json["actionTargetSelector"].parsed::<FixedBytes<4>>()?,
        actionTarget: json["actionTarget"].parsed()?,
        actionPolicies: list(&json["actionPolicies"], policy)?,
    })
}

fn policy(json: &Json) -> Option<PolicyData> {
    Some(PolicyData {
        policy: json["policy"].parsed()?,
        initData: json["initData"].parsed()?,
    })
}

fn content(json: &Json) -> Option<ERC7739Context> {
    Some(ERC7739Context {
        appDomainSeparator: json["appDomainSeparator"].parsed()?,
        contentName: list(&json["contentName"], |name| name.as_str().map(str::to_owned))?,
    })
}

fn digest(json: &Json) -> Option<ChainDigest> {
    Some(ChainDigest {
        chainId: number(&json["chainId"])?,
        sessionDigest: json["sessionDigest"].parsed()?,
    })
}

fn list<T>(json: &Json, read: fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    json.members()?.iter().map(read).collect()
}

fn index(json: &Json) -> Option<u8> {
    number(json)?.try_into().ok()
}

/// Reads a number that may have been a `BigInt`.
fn number(json: &Json) -> Option<u64> {
    let json = match json["__type"].as_str() {
        Some("bigint") => &json["value"],
        _ => json,
    };
    let Some(text) = json.as_str() else {
        return json.as_u64();
    };
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    // The standard library also reads a sign.
    let is_unsigned = digits.starts_with(|first: char| first.is_ascii_hexdigit());
    u64::from_str_radix(digits, radix).ok().filter(|_| is_unsigned)
}
