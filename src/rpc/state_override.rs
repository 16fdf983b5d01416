use alloy::primitives::{Address, B256, Bytes, U256};

use crate::platform::Json;

/// A state override for gas estimation and calls. The chain itself is not changed.
///
/// The override is the third parameter of `eth_estimateUserOperationGas` and `eth_call`, in
/// [geth's format](https://geth.ethereum.org/docs/interacting-with-geth/rpc/objects#state-override-set). Later steps
/// build on earlier ones. By default nothing is overridden.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{U256, address};
/// use use_aa::StateOverride;
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let one_coin = U256::from(10).pow(U256::from(18));
/// let as_if_funded = StateOverride::new().balance(account, one_coin);
/// assert!(!as_if_funded.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateOverride(Json);

impl StateOverride {
    /// Creates an override that changes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Json::Null)
    }

    /// Returns true if nothing is overridden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_null()
    }

    /// Overrides the native balance of an address, in wei.
    #[must_use]
    pub fn balance(self, address: Address, wei: U256) -> Self {
        self.with(address, "balance", wei.into())
    }

    /// Overrides the transaction count of an address. This nonce is not the nonce of a user operation, which the entry
    /// point keeps.
    #[must_use]
    pub fn nonce(self, address: Address, nonce: u64) -> Self {
        self.with(address, "nonce", U256::from(nonce).into())
    }

    /// Overrides the code at an address.
    #[must_use]
    pub fn code(self, address: Address, code: impl Into<Bytes>) -> Self {
        self.with(address, "code", (&code.into()).into())
    }

    /// Overrides one slot of a contract's storage. The other slots are unchanged.
    #[must_use]
    pub fn slot(mut self, address: Address, slot: B256, value: B256) -> Self {
        let account = self.account(address);
        // A service accepts `state` or `stateDiff` of an account, not both.
        let which = if account["state"].is_null() {
            "stateDiff"
        } else {
            "state"
        };
        account[which][key(slot).as_str()] = value.into();
        self
    }

    /// Overrides all of a contract's storage. Slots that are not given are 0.
    #[must_use]
    pub fn storage(mut self, address: Address, slots: impl IntoIterator<Item = (B256, B256)>) -> Self {
        let account = self.account(address);
        account["state"] = Json::object([]);
        for (slot, value) in slots {
            account["state"][key(slot).as_str()] = value.into();
        }
        account.remove("stateDiff");
        self
    }

    fn with(mut self, address: Address, field: &str, value: Json) -> Self {
        self.account(address)[field] = value;
        self
    }

    fn account(&mut self, address: Address) -> &mut Json {
        &mut self.0[format!("{address:#x}").as_str()]
    }

    /// Returns the override as JSON; `null` if nothing is overridden.
    pub(super) const fn as_json(&self) -> &Json {
        &self.0
    }
}

impl Default for StateOverride {
    fn default() -> Self {
        Self::new()
    }
}

fn key(slot: B256) -> String {
    format!("{slot:#x}")
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{address, bytes};

    use serde_json::json;

    use super::*;

    const ACCOUNT: Address = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
    const TOKEN: Address = address!("fee0000000000000000000000000000000000006");

    fn word(number: u8) -> B256 {
        B256::with_last_byte(number)
    }

    fn text(number: u8) -> String {
        format!("0x{number:064x}")
    }

    #[test]
    fn each_address_has_what_was_said_of_it() {
        let imagined = StateOverride::new()
            .balance(ACCOUNT, U256::from(255))
            .nonce(ACCOUNT, 7)
            .code(TOKEN, bytes!("6001"))
            .slot(TOKEN, word(1), word(2))
            .slot(TOKEN, word(3), word(4));

        assert_eq!(
            *imagined.as_json(),
            json!({
                "0x58f903f277efedf01cf6939f64af3b657ac4a9af": {"balance": "0xff", "nonce": "0x7"},
                "0xfee0000000000000000000000000000000000006": {
                    "code": "0x6001",
                    "stateDiff": {text(1): text(2), text(3): text(4)},
                },
            })
        );
    }

    #[test]
    fn storage_is_replaced_or_changed_but_never_both() {
        let replaced = StateOverride::new()
            .slot(TOKEN, word(1), word(2))
            .storage(TOKEN, [(word(3), word(4))]);
        let changed = replaced.clone().slot(TOKEN, word(5), word(6));

        let storage = |imagined: &StateOverride| imagined.as_json()[format!("{TOKEN:#x}").as_str()].clone();
        assert_eq!(storage(&replaced), json!({"state": {text(3): text(4)}}));
        assert_eq!(
            storage(&changed),
            json!({"state": {text(3): text(4), text(5): text(6)}})
        );
    }

    #[test]
    fn nothing_said_is_empty() {
        assert!(StateOverride::default().is_empty());
        assert!(!StateOverride::new().storage(TOKEN, []).is_empty());
    }
}
