//! The key data of leaves: a session key and its permission, in the encoding of a validation module.

use alloy::primitives::{Address, B256, Bytes};

use super::{Leaf, leaf::Kind};
use crate::{
    permission::{Condition, Erc20Policy, Limit, Permission, Policy, PolicyError, Rule, Word},
    primitives::{Encoder, Words},
    session::merkle::contracts::{ABI_SESSION_VALIDATION, ERC20_SESSION_VALIDATION},
};

impl Permission {
    /// Returns the leaf that grants the permission to a key.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the permission cannot be encoded.
    pub fn leaf(&self, key: Address) -> Result<Leaf, PolicyError> {
        match self {
            Self::Abi(policy) => policy.leaf(key),
            Self::Erc20(policy) => policy.leaf(key),
        }
    }

    /// Reads the key and the permission of a leaf, if its module is known.
    pub(super) fn read(leaf: &Leaf) -> Option<(Address, Self)> {
        let interval = leaf.interval();
        match leaf.kind()? {
            Kind::Abi => {
                let (key, policy) = Policy::read(leaf.key_data())?;
                Some((key, policy.interval(interval).into()))
            }
            Kind::Erc20 => {
                let (key, policy) = Erc20Policy::read(leaf.key_data())?;
                Some((key, policy.interval(interval).into()))
            }
        }
    }
}

impl Policy {
    /// Returns the key data that the ABI session validation module reads: the session key and its policy.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a rule is out of reach, there are too many rules, or a limit needs a counter.
    pub fn key_data(&self, key: Address) -> Result<Bytes, PolicyError> {
        uncounted(self.limits())?;
        let count =
            u16::try_from(self.rules().len()).map_err(|_| PolicyError::TooManyRules(self.rules().len()))?;
        let mut data = Vec::with_capacity(HEAD + self.rules().len() * RULE);
        data.extend(key);
        data.extend(self.contract());
        data.extend(self.selector());
        data.extend(self.value_limit().to_be_bytes());
        data.extend(count.to_be_bytes());
        for rule in self.rules() {
            let offset =
                u16::try_from(rule.offset).map_err(|_| PolicyError::ArgumentOutOfRange(rule.offset / 32))?;
            data.extend(offset.to_be_bytes());
            data.push(rule.condition as u8);
            data.extend(rule.reference.0);
        }
        Ok(data.into())
    }

    /// Returns the leaf that grants the policy to a key.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the policy cannot be encoded.
    pub fn leaf(&self, key: Address) -> Result<Leaf, PolicyError> {
        Leaf::new(
            self.valid().sensible()?,
            ABI_SESSION_VALIDATION,
            self.key_data(key)?,
        )
    }

    /// Reads the key and the policy from key data, which does not hold the interval.
    pub(super) fn read(data: &[u8]) -> Option<(Address, Self)> {
        let (key, data) = data.split_first_chunk::<20>()?;
        let (contract, data) = data.split_first_chunk::<20>()?;
        let (selector, data) = data.split_first_chunk::<4>()?;
        let (value_limit, data) = data.split_first_chunk::<16>()?;
        let (count, data) = data.split_first_chunk::<2>()?;
        // The module reads as many rules as are counted, and no bytes behind them.
        let rules = data.get(..usize::from(u16::from_be_bytes(*count)) * RULE)?;
        let rules = rules.chunks_exact(RULE).map(|rule| {
            let (offset, rest) = rule.split_first_chunk::<2>()?;
            let (condition, reference) = rest.split_first()?;
            let reference = Word(B256::from_slice(reference));
            let offset = u32::from(u16::from_be_bytes(*offset));
            Some(Rule::offset(offset, Condition::from_code(*condition)?, reference))
        });
        let policy =
            Self::new(contract.into(), *selector).value_limit_per_call(u128::from_be_bytes(*value_limit));
        let policy = rules
            .into_iter()
            .try_fold(policy, |policy, rule| Some(policy.rule(rule?)))?;
        Some((key.into(), policy))
    }
}

impl Erc20Policy {
    /// Returns the key data that the ERC-20 session validation module reads.
    #[must_use]
    pub fn key_data(&self, key: Address) -> Bytes {
        Encoder::default()
            .address(key)
            .address(self.token())
            .address(self.recipient())
            .word(self.max_amount())
            .encode(&[])
            .into()
    }

    /// Returns the leaf that grants the policy to a key.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the interval cannot be encoded, or a limit needs a counter.
    pub fn leaf(&self, key: Address) -> Result<Leaf, PolicyError> {
        uncounted(self.limits())?;
        Leaf::new(
            self.valid().sensible()?,
            ERC20_SESSION_VALIDATION,
            self.key_data(key),
        )
    }

    /// Reads the key and the policy from key data, which does not hold the interval. Trailing bytes are ignored, as the
    /// module ignores them.
    pub(super) fn read(data: &[u8]) -> Option<(Address, Self)> {
        let data = Words(data);
        let policy = Self::new(data.address(1)?, data.address(2)?, data.number(3)?);
        Some((data.address(0)?, policy))
    }
}

/// Refuses a limit on all calls together, because the modules count nothing.
fn uncounted(limits: &[Limit]) -> Result<(), PolicyError> {
    match limits.first() {
        None => Ok(()),
        Some(limit) => Err(PolicyError::refused(
            "policy.not_counted",
            limit.name(),
            "needs a counter, which the account's session module lacks; remove the limit or use an account with Smart Sessions",
        )),
    }
}

/// The length of key data before its rules, in bytes.
const HEAD: usize = 20 + 20 + 4 + 16 + 2;
/// The length of one rule, in bytes.
const RULE: usize = 2 + 1 + 32;

#[cfg(test)]
mod tests {
    use alloy::{
        hex,
        primitives::{Selector, U256, address},
    };

    use super::*;

    const KEY: Address = address!("00000000000000000000000000000000000000aa");
    const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    const SAFE_MINT: Selector = Selector::new(hex!("40d097c3"));

    #[test]
    fn key_data_is_packed_in_the_module_s_order() {
        let policy = Policy::new(NFT, SAFE_MINT)
            .value_limit_per_call(0xff)
            .rule(Rule::at_most(1, 5u8));

        let data = policy.key_data(KEY).unwrap();

        let expected = hex!(
            "00000000000000000000000000000000000000aa" // session key
            "1758f42af7026fbbb559dc60ece0de3ef81f665e" // contract
            "40d097c3"                                 // selector
            "000000000000000000000000000000ff"         // value limit
            "0001"                                     // number of rules
            "0020"                                     // offset
            "01"                                       // condition
            "0000000000000000000000000000000000000000000000000000000000000005" // reference value
        );
        assert_eq!(data[..], expected);
        assert_eq!(Policy::read(&data), Some((KEY, policy)));
    }

    #[test]
    fn argument_beyond_reach_is_an_error() {
        let last = Policy::new(NFT, SAFE_MINT).rule(Rule::equal(2047, 0u8));
        let beyond = Policy::new(NFT, SAFE_MINT).rule(Rule::equal(2048, 0u8));

        assert!(last.key_data(KEY).is_ok());
        assert_eq!(beyond.key_data(KEY), Err(PolicyError::ArgumentOutOfRange(2048)));
    }

    #[test]
    fn more_rules_than_16_bits_count_are_an_error() {
        let rules = std::iter::repeat_n(Rule::equal(0, 0u8), 65_535);
        let policy = rules.fold(Policy::new(NFT, SAFE_MINT), Policy::rule);
        assert!(policy.key_data(KEY).is_ok());

        let policy = policy.rule(Rule::equal(0, 0u8));

        assert_eq!(policy.key_data(KEY), Err(PolicyError::TooManyRules(65_536)));
    }

    #[test]
    fn limit_on_all_calls_together_is_refused_by_its_name() {
        let mint = || Policy::new(NFT, SAFE_MINT);
        let table = [
            (mint().at_most_uses(1).into(), "at_most_uses"),
            (mint().total_value(1).into(), "total_value"),
            (mint().total_of(0, U256::from(1)).into(), "total_of"),
            (Policy::spending(NFT, U256::from(1)).into(), "spending"),
            (Policy::transfer(NFT, 1).into(), "total_value"),
            (
                Permission::from(Erc20Policy::new(NFT, KEY, U256::from(1)).total(U256::from(5))),
                "spending",
            ),
        ];

        for (permission, subject) in table {
            let Err(PolicyError::Refused(refusal)) = permission.leaf(KEY) else {
                panic!("{permission:?} has a leaf");
            };
            assert_eq!(refusal.subject, subject);
            assert_eq!(refusal.code, "policy.not_counted");
        }
    }

    #[test]
    fn key_data_that_is_cut_or_has_an_unknown_condition_is_not_read() {
        let policy = Policy::new(NFT, SAFE_MINT).rule(Rule::argument(0, Condition::NotEqual, 1u8));
        let data = policy.key_data(KEY).unwrap();

        for length in 0..data.len() {
            assert_eq!(Policy::read(&data[..length]), None, "{length}");
        }
        let mut unknown = data.to_vec();
        unknown[HEAD + 2] = 6;
        assert_eq!(Policy::read(&unknown), None);
    }
}
