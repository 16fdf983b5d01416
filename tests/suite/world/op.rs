use alloy::{
    primitives::{Address, B256, Bytes, U256, aliases::U192, keccak256},
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};

use super::{
    Outcome, Refusal,
    abi::{
        CHAIN_ID, ENTRY_POINT, FACTORY, Factory, MODERN_ENTRY_POINT, OWNERSHIP, Ownership, SmartAccount,
        TOKEN_PAYMASTER,
    },
    nexus,
    split::{self, pair},
};

/// A user operation of entry point v0.6 or v0.7, with the packed fields of v0.6.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    /// True for v0.7.
    pub(crate) is_modern: bool,
    pub(crate) sender: Address,
    pub(crate) nonce: U256,
    pub(crate) init_code: Bytes,
    pub(crate) call_data: Bytes,
    pub(crate) gas: Gas,
    pub(crate) max_fee: U256,
    pub(crate) priority_fee: U256,
    pub(crate) paymaster_and_data: Bytes,
    pub(crate) signature: Bytes,
}

/// Gas limits, in units of gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gas {
    pub(crate) call: U256,
    pub(crate) verification: U256,
    pub(crate) pre_verification: U256,
}

/// A call of an account.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) to: Address,
    pub(crate) value: U256,
    pub(crate) data: Bytes,
}

impl Op {
    /// Parses an operation with all fields present and all numbers in hex, as ERC-7769 requires.
    pub(crate) fn whole(op: &Value) -> Result<Self, Refusal> {
        if split::is_split(op) {
            let mut packed = Self::whole(&split::packed(op)?)?;
            packed.is_modern = true;
            return Ok(packed);
        }
        Self::read(op, |name| match &op[name] {
            Value::String(text) if text.starts_with("0x") => Ok(text.clone()),
            other => Err(Refusal::params(format!("`{name}` must be hex: {other}"))),
        })
    }

    /// Parses an operation whose gas and payment fields may be missing.
    pub(crate) fn draft(op: &Value) -> Result<Self, Refusal> {
        Self::read(op, |name| match &op[name] {
            Value::Null => Ok("0x".to_owned()),
            Value::String(text) => Ok(text.clone()),
            other => Err(Refusal::params(format!("`{name}` must be a text: {other}"))),
        })
    }

    fn read(op: &Value, field: impl Fn(&str) -> Result<String, Refusal>) -> Result<Self, Refusal> {
        let wrong = |name: &str| Refusal::params(format!("`{name}` cannot be read: {}", op[name]));
        let number = |name: &str| match field(name)?.as_str() {
            "0x" => Ok(U256::ZERO),
            text => text.parse().map_err(|_| wrong(name)),
        };
        let bytes = |name: &str| field(name)?.parse::<Bytes>().map_err(|_| wrong(name));
        Ok(Self {
            is_modern: false,
            sender: field("sender")?.parse().map_err(|_| wrong("sender"))?,
            nonce: number("nonce")?,
            init_code: bytes("initCode")?,
            call_data: bytes("callData")?,
            gas: Gas {
                call: number("callGasLimit")?,
                verification: number("verificationGasLimit")?,
                pre_verification: number("preVerificationGas")?,
            },
            max_fee: number("maxFeePerGas")?,
            priority_fee: number("maxPriorityFeePerGas")?,
            paymaster_and_data: bytes("paymasterAndData")?,
            signature: bytes("signature")?,
        })
    }

    pub(crate) const fn entry_point(&self) -> Address {
        match self.is_modern {
            true => MODERN_ENTRY_POINT,
            false => ENTRY_POINT,
        }
    }

    /// Returns the validator in the nonce of a Nexus account. The zero address is the default one.
    pub(crate) fn validator(&self) -> Address {
        Address::from_slice(&self.nonce.to_be_bytes::<32>()[4..24])
    }

    pub(crate) fn to_json(&self) -> Value {
        let packed = self.packed_json();
        match self.is_modern {
            true => split::split(&packed),
            false => packed,
        }
    }

    fn packed_json(&self) -> Value {
        json!({
            "sender": self.sender,
            "nonce": self.nonce,
            "initCode": self.init_code,
            "callData": self.call_data,
            "callGasLimit": self.gas.call,
            "verificationGasLimit": self.gas.verification,
            "preVerificationGas": self.gas.pre_verification,
            "maxFeePerGas": self.max_fee,
            "maxPriorityFeePerGas": self.priority_fee,
            "paymasterAndData": self.paymaster_and_data,
            "signature": self.signature,
        })
    }

    /// Computes the hash as the entry point does.
    pub(crate) fn hash(&self) -> B256 {
        let (init_code, call_data) = (keccak256(&self.init_code), keccak256(&self.call_data));
        let Gas {
            call,
            verification,
            pre_verification,
        } = self.gas;
        let payment = keccak256(&self.paymaster_and_data);
        let packed = match self.is_modern {
            true => {
                let (limits, fees) = (pair(verification, call), pair(self.priority_fee, self.max_fee));
                let head = (self.sender, self.nonce, init_code, call_data);
                (head, limits, pre_verification, fees, payment).abi_encode_params()
            }
            false => {
                let head = (self.sender, self.nonce, init_code, call_data);
                let fees = (self.max_fee, self.priority_fee, payment);
                (head, (call, verification, pre_verification), fees).abi_encode_params()
            }
        };
        let packed = keccak256(packed);
        keccak256((packed, self.entry_point(), U256::from(CHAIN_ID)).abi_encode_params())
    }

    /// Computes the hash that a paymaster signs: all fields but `paymasterAndData` and the signature.
    pub(crate) fn agreement(&self, paymaster: Address) -> B256 {
        let all = (
            (
                self.sender,
                self.nonce,
                keccak256(&self.init_code),
                keccak256(&self.call_data),
            ),
            (self.gas.call, self.gas.verification, self.gas.pre_verification),
            (self.max_fee, self.priority_fee, paymaster),
        );
        keccak256(all.abi_encode_params())
    }

    pub(crate) fn paymaster(&self) -> Option<Address> {
        let address = self.paymaster_and_data.get(..Address::len_bytes())?;
        Some(Address::from_slice(address))
    }

    pub(crate) fn pays_in_tokens(&self) -> bool {
        self.paymaster() == Some(TOKEN_PAYMASTER)
    }

    /// Computes the maximum cost, in wei.
    pub(crate) fn max_cost(&self) -> U256 {
        let Gas {
            call,
            verification,
            pre_verification,
        } = self.gas;
        (call + verification + pre_verification).saturating_mul(self.max_fee)
    }

    /// Returns the key and the sequence number of the nonce.
    pub(crate) fn nonce_key(&self) -> (U192, u64) {
        (U192::from(self.nonce >> 64), self.nonce.as_limbs()[0])
    }

    /// Decodes the calls of the account.
    pub(crate) fn calls(&self) -> Result<Vec<Call>, Refusal> {
        let wrong = |_| Refusal::reverted("the account has no such function");
        if self.call_data.is_empty() {
            return Ok(Vec::new());
        }
        if self.is_modern {
            return nexus::calls(&self.call_data);
        }
        if self
            .call_data
            .starts_with(&SmartAccount::execute_ncCCall::SELECTOR)
        {
            let call = SmartAccount::execute_ncCCall::abi_decode(&self.call_data).map_err(wrong)?;
            return Ok(vec![Call {
                to: call.dest,
                value: call.value,
                data: call.func,
            }]);
        }
        let batch = SmartAccount::executeBatch_y6UCall::abi_decode(&self.call_data).map_err(wrong)?;
        if batch.dest.len() != batch.value.len() || batch.dest.len() != batch.func.len() {
            return Err(Refusal::reverted("lists of different lengths"));
        }
        let calls = batch.dest.into_iter().zip(batch.value).zip(batch.func);
        Ok(calls
            .map(|((to, value), data)| Call { to, value, data })
            .collect())
    }

    /// Returns the owner in the init code, and checks that the account has the sender's address.
    pub(crate) fn deploys_for(&self) -> Result<Option<Address>, Refusal> {
        if self.init_code.is_empty() {
            return Ok(None);
        }
        let refused = || Refusal::entry_point("AA13 initCode failed or OOG");
        let (factory, data) = self
            .init_code
            .split_at_checked(Address::len_bytes())
            .ok_or_else(refused)?;
        if self.is_modern {
            return nexus::deploys_for(self.sender, factory, data).map(Some);
        }
        let call = Factory::deployCounterFactualAccountCall::abi_decode(data).map_err(|_| refused())?;
        if factory != FACTORY || call.moduleSetupContract != OWNERSHIP {
            return Err(refused());
        }
        let setup = Ownership::initForSmartAccountCall::abi_decode(&call.moduleSetupData);
        let owner = setup.map_err(|_| refused())?.eoaOwner;
        let index = u64::try_from(call.index).map_err(|_| refused())?;
        // The vectors test the addresses themselves.
        match use_aa::Account::of(owner).index(index).address() == self.sender {
            true => Ok(Some(owner)),
            false => Err(Refusal::entry_point("AA14 initCode must return sender")),
        }
    }

    /// Returns the gas that the operation needs.
    pub(crate) fn gas_needed(&self) -> Result<Gas, Refusal> {
        let calls = self.calls()?.len();
        let mut verification = 100_000;
        verification += if self.init_code.is_empty() { 0 } else { 300_000 };
        verification += if self.paymaster_and_data.is_empty() {
            0
        } else {
            40_000
        };
        Ok(Gas {
            call: U256::from(50_000 + 30_000 * calls),
            verification: U256::from(verification),
            pre_verification: U256::from(50_000),
        })
    }
}

/// Parses an address parameter.
pub(crate) fn address(value: &Value) -> Result<Address, Refusal> {
    let address = value.as_str().and_then(|text| text.parse().ok());
    address.ok_or_else(|| Refusal::params(format!("no address: {value}")))
}

/// Parses a parameter of 32 bytes.
pub(crate) fn word(value: &Value) -> Result<B256, Refusal> {
    let word = value.as_str().and_then(|text| text.parse().ok());
    word.ok_or_else(|| Refusal::params(format!("no hash: {value}")))
}

/// Checks the entry point parameter.
pub(crate) fn check_entry_point(value: &Value) -> Outcome {
    match address(value)? {
        ENTRY_POINT | MODERN_ENTRY_POINT => Ok(Value::Null),
        _ => Err(Refusal::params("the entry point is not served")),
    }
}
