use std::str::FromStr;

use alloy::primitives::{Address, B256, Bytes, keccak256};
use serde_json::{Value, json};

use super::{Interval, Permission, PolicyError, Violation};
use crate::primitives::Call;

/// What the account's root proves about one permission of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    interval: Interval,
    module: Address,
    key_data: Bytes,
}

impl Leaf {
    /// A leaf of any validation module.
    ///
    /// # Errors
    ///
    /// [`PolicyError::TimeOutOfRange`] when the interval does not fit into 48 bits.
    pub fn new(interval: Interval, module: Address, key_data: Bytes) -> Result<Self, PolicyError> {
        Ok(Self {
            interval: interval.in_range()?,
            module,
            key_data,
        })
    }

    /// When it is valid.
    #[must_use]
    pub const fn interval(&self) -> Interval {
        self.interval
    }

    /// The module that reads the key data.
    #[must_use]
    pub const fn module(&self) -> Address {
        self.module
    }

    /// The key and what it may do, as the module reads it.
    #[must_use]
    pub const fn key_data(&self) -> &Bytes {
        &self.key_data
    }

    /// The leaf that was written down, if it is one.
    pub(super) fn read(leaf: &Value) -> Option<Self> {
        let interval = Interval {
            valid_after: leaf["validAfter"].as_u64()?,
            valid_until: leaf["validUntil"].as_u64()?,
        };
        Self::new(interval, hex(&leaf["module"])?, hex(&leaf["keyData"])?).ok()
    }

    /// The leaf as it is written down.
    pub(super) fn written(&self) -> Value {
        json!({
            "validAfter": self.interval.valid_after,
            "validUntil": self.interval.valid_until,
            "module": self.module,
            "keyData": self.key_data,
        })
    }

    /// What is hashed: both times as 48 bits, the module, the key data.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        [
            &self.interval.valid_until.to_be_bytes()[2..],
            &self.interval.valid_after.to_be_bytes()[2..],
            self.module.as_slice(),
            &self.key_data,
        ]
        .concat()
    }

    /// The leaf's hash, its place in the tree.
    #[must_use]
    pub fn hash(&self) -> B256 {
        keccak256(self.packed())
    }

    /// The session key's address, if the module is a known one.
    #[must_use]
    pub fn key(&self) -> Option<Address> {
        Permission::read(self).map(|(key, _)| key)
    }

    /// What it permits, if the module is a known one.
    #[must_use]
    pub fn permission(&self) -> Option<Permission> {
        Permission::read(self).map(|(_, permission)| permission)
    }

    /// Whether it is for a call's contract and function, whatever else it says of the call.
    #[must_use]
    pub fn is_near(&self, call: &Call) -> bool {
        let refused = self
            .permission()
            .and_then(|permission| permission.allows(call).err());
        !matches!(
            refused,
            Some(Violation::Contract { .. } | Violation::Function { .. })
        )
    }

    /// Whether a call passes at a moment, in seconds since 1970, and if not, why.
    ///
    /// # Errors
    ///
    /// The first [`Violation`].
    pub fn allows(&self, call: &Call, now: u64) -> Result<(), Violation> {
        if !self.interval.contains(now) {
            return Err(Violation::Interval {
                interval: self.interval,
                now,
            });
        }
        let permission = self.permission().ok_or(Violation::UnknownModule(self.module))?;
        permission.allows(call)
    }
}

/// Bytes in hex, as many as the type has.
pub(super) fn hex<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}
