use alloy::primitives::{Address, B256, Bytes, keccak256};

use crate::{
    permission::{Interval, Names, Permission, PolicyError, Violation, describe_interval},
    platform::Json,
    primitives::Call,
    session::merkle::MerkleContracts,
};

/// A leaf of the session tree: one permission of one session key.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{address, b256, bytes}};
/// use use_aa::{Interval, session::merkle::{Leaf, contracts::ABI_SESSION_VALIDATION}};
///
/// let key_data = bytes!(
///     "62ab5e63a0381a3982c7f47652cf18c70fecc187" // session key
///     "aa189f349bc4ec17aad39b346003d70fc123a3e3" // contract
///     "a9059cbb"                                 // selector
///     "00000000000000000000000000000001"         // value limit
///     "0000"                                     // number of rules
/// );
/// let interval = Interval { valid_after: 0, valid_until: 1_100_921_980 };
/// let leaf = Leaf::new(interval, ABI_SESSION_VALIDATION, key_data)?;
///
/// assert!(leaf.packed().starts_with(&hex!(
///     "0000419ebc7c"                             // valid until
///     "000000000000"                             // valid after
///     "000006bc2ecdae38113929293d241cf252d91861" // module
/// )));
/// assert_eq!(leaf.hash(), b256!("66cbf2d7db2cf1e61c5b4fc34266d42f10ebe98b21fd0de779b06f8e4a8b111f"));
/// assert_eq!(leaf.key(), Some(address!("62ab5e63a0381a3982c7f47652cf18c70fecc187")));
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    interval: Interval,
    module: Address,
    kind: Option<Kind>,
    key_data: Bytes,
}

/// The format of a leaf's key data, for a known validation module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Abi,
    Erc20,
}

impl Leaf {
    /// Creates a leaf of any validation module.
    ///
    /// The modules of Biconomy's own deployment are known; [`known_by`](Self::known_by) selects other contracts.
    ///
    /// # Errors
    ///
    /// [`PolicyError::TimeOutOfRange`] if the interval does not fit into 48 bits.
    pub fn new(interval: Interval, module: Address, key_data: Bytes) -> Result<Self, PolicyError> {
        Ok(Self {
            interval: interval.in_range()?,
            module,
            kind: Kind::of(module, &MerkleContracts::BICONOMY),
            key_data,
        })
    }

    /// Returns the leaf with the modules of these contracts as the only known ones.
    #[must_use]
    pub fn known_by(self, contracts: &MerkleContracts) -> Self {
        let kind = Kind::of(self.module, contracts);
        Self { kind, ..self }
    }

    /// Returns the same permission for the validation module of these contracts. A leaf of an unknown module stays
    /// unchanged.
    #[must_use]
    pub const fn checked_by(mut self, contracts: &MerkleContracts) -> Self {
        self.module = match self.kind {
            Some(Kind::Abi) => contracts.abi_validation,
            Some(Kind::Erc20) => contracts.erc20_validation,
            None => self.module,
        };
        self
    }

    /// Returns the validity interval of the leaf.
    #[must_use]
    pub const fn interval(&self) -> Interval {
        self.interval
    }

    pub(super) const fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Returns the validation module that reads the key data.
    #[must_use]
    pub const fn module(&self) -> Address {
        self.module
    }

    /// Returns the key and its permission, in the encoding of the validation module.
    #[must_use]
    pub const fn key_data(&self) -> &Bytes {
        &self.key_data
    }

    /// Reads a leaf from its stored form.
    pub(super) fn read(leaf: &Json) -> Option<Self> {
        let interval = Interval {
            valid_after: leaf["validAfter"].as_u64()?,
            valid_until: leaf["validUntil"].as_u64()?,
        };
        Self::new(interval, leaf["module"].parsed()?, leaf["keyData"].parsed()?).ok()
    }

    /// Returns the leaf in its stored form.
    pub(super) fn written(&self) -> Json {
        Json::object([
            ("validAfter", self.interval.valid_after.into()),
            ("validUntil", self.interval.valid_until.into()),
            ("module", self.module.into()),
            ("keyData", (&self.key_data).into()),
        ])
    }

    /// Returns the bytes that are hashed: both times as 48 bits, the module, the key data.
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

    /// Returns the hash of the leaf, which is its node in the tree.
    #[must_use]
    pub fn hash(&self) -> B256 {
        keccak256(self.packed())
    }

    /// Returns the session key's address, if the module is known.
    #[must_use]
    pub fn key(&self) -> Option<Address> {
        Permission::read(self).map(|(key, _)| key)
    }

    /// Returns true if the key data contains an address at any position.
    pub(super) fn mentions(&self, address: Address) -> bool {
        self.key_data
            .windows(Address::len_bytes())
            .any(|bytes| bytes == address)
    }

    /// Returns the permission of the leaf, if the module is known.
    #[must_use]
    pub fn permission(&self) -> Option<Permission> {
        Permission::read(self).map(|(_, permission)| permission)
    }

    /// Returns true if the leaf is for the contract and function of a call, under any rules and limits.
    #[must_use]
    pub fn is_near(&self, call: &Call) -> bool {
        let refused = self
            .permission()
            .and_then(|permission| permission.allows(call).err());
        !matches!(
            refused,
            Some(Violation::Contract { .. } | Violation::Function { .. } | Violation::NoFunction { .. })
        )
    }

    /// Checks whether the leaf allows a call at a time, in seconds since 1970.
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

impl Kind {
    fn of(module: Address, contracts: &MerkleContracts) -> Option<Self> {
        match module {
            _ if module == contracts.abi_validation => Some(Self::Abi),
            _ if module == contracts.erc20_validation => Some(Self::Erc20),
            _ => None,
        }
    }
}

impl Leaf {
    /// Describes the [permission](Permission::describe) that the key data grants. A leaf of an unknown module is described
    /// as unreadable.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::{Address, Bytes};
    /// use use_aa::{Interval, session::merkle::Leaf};
    ///
    /// let leaf = Leaf::new(Interval::ALWAYS, Address::repeat_byte(7), Bytes::new())?;
    /// assert_eq!(leaf.describe(), [
    ///     "Any call that the module 0x0707070707070707070707070707070707070707 allows: its key data is not readable",
    ///     "Valid always",
    /// ]);
    /// # Ok::<(), use_aa::permission::PolicyError>(())
    /// ```
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        self.describe_with(&Names::new())
    }

    /// Describes the leaf like [`describe`](Self::describe), with names for functions, arguments and addresses.
    #[must_use]
    pub fn describe_with(&self, names: &Names) -> Vec<String> {
        match self.permission() {
            Some(permission) => permission.describe_with(names),
            None => vec![
                format!(
                    "Any call that the module {} allows: its key data is not readable",
                    names.of_address(self.module()),
                ),
                describe_interval(self.interval()),
            ],
        }
    }
}

#[cfg(test)]
mod description;

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::*;
    use crate::permission::{Erc20Policy, Policy};

    const KEY: Address = Address::repeat_byte(1);
    const ABI: Address = Address::repeat_byte(2);
    const ERC20: Address = Address::repeat_byte(3);
    const CONTRACTS: MerkleContracts = MerkleContracts {
        abi_validation: ABI,
        erc20_validation: ERC20,
        ..MerkleContracts::BICONOMY
    };

    #[test]
    fn leaves_go_to_the_modules_of_the_contracts() {
        let policies: [Permission; 2] = [
            Policy::new(ABI, [4; 4]).into(),
            Erc20Policy::new(ABI, ERC20, U256::from(5)).into(),
        ];

        for (policy, module) in policies.into_iter().zip([ABI, ERC20]) {
            let leaf = policy.leaf(KEY).unwrap().checked_by(&CONTRACTS);
            assert_eq!(leaf.module(), module);
            assert_eq!(leaf.permission(), Some(policy));
            assert_eq!(leaf.key(), Some(KEY));
            let read = Leaf::new(leaf.interval(), module, leaf.key_data().clone()).unwrap();
            assert_eq!(read.key(), None, "the module is none by default");
            assert_eq!(read.known_by(&CONTRACTS), leaf);
        }
    }

    #[test]
    fn token_leaf_with_more_behind_is_read_as_its_module_reads_it() {
        let policy = Erc20Policy::new(ABI, ERC20, U256::from(5));
        let data = [&policy.key_data(KEY)[..], &[0]].concat();

        let leaf = Leaf::new(Interval::ALWAYS, ERC20, data.into()).unwrap();

        let leaf = leaf.known_by(&CONTRACTS);
        assert_eq!(leaf.permission(), Some(policy.into()));
        assert_eq!(leaf.key(), Some(KEY));
    }

    #[test]
    fn leaf_of_an_unknown_module_says_so_and_stays_as_it_is() {
        let leaf = Leaf::new(Interval::ALWAYS, KEY, Bytes::from([1; 62])).unwrap();
        let call = Call::transfer(ABI, U256::ZERO);

        assert_eq!(leaf.clone().checked_by(&CONTRACTS), leaf);
        assert_eq!(leaf.allows(&call, 0), Err(Violation::UnknownModule(KEY)));
    }
}
