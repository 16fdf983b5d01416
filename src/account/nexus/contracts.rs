//! Bindings and addresses of the contracts of a Nexus account.

mod proxy;

use alloy::{
    primitives::{Address, address},
    sol,
};

pub use self::proxy::PROXY_CREATION_CODE;

/// The contracts of the accounts of one release of Nexus.
///
/// The default is Nexus 1.2.0, at the same addresses on every chain. The contracts of another release must have the same
/// interfaces.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::account::nexus::NexusContracts;
///
/// let contracts = NexusContracts {
///     implementation: address!("00000000000000000000000000000000000000aa"),
///     version: "1.3.0",
///     ..NexusContracts::default()
/// };
/// assert_ne!(contracts, NexusContracts::V1_2_0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NexusContracts {
    /// The version in the account's [EIP-712](https://eips.ethereum.org/EIPS/eip-712) domain.
    pub version: &'static str,
    /// The factory that creates accounts.
    pub factory: Address,
    /// The implementation contract, to which the accounts' proxies delegate.
    pub implementation: Address,
    /// The contract whose code sets up the modules of a new account.
    pub bootstrap: Address,
    /// The default validator, which validates the owner's ECDSA signature.
    pub k1_validator: Address,
    /// The module that validates sessions: Smart Sessions.
    pub smart_session: Address,
    /// The creation code of an account's proxy in the factory, without the constructor arguments.
    pub proxy_creation_code: &'static [u8],
}

impl NexusContracts {
    /// The contracts of Nexus 1.2.0, which Biconomy calls MEE 2.0.0.
    pub const V1_2_0: Self = Self {
        version: "1.2.0",
        factory: address!("000000001D1D5004a02bAfAb9de2D6CE5b7B13de"),
        implementation: address!("000000004F43C49e93C970E84001853a70923B03"),
        bootstrap: address!("00000000D3254452a909E4eeD47455Af7E27C289"),
        k1_validator: address!("00000000d12897DDAdC2044614A9677B191A2d95"),
        smart_session: address!("00000000008bDABA73cD9815d79069c247Eb4bDA"),
        proxy_creation_code: &PROXY_CREATION_CODE,
    };
}

impl Default for NexusContracts {
    fn default() -> Self {
        Self::V1_2_0
    }
}

sol! {
    /// The factory, which deploys accounts at counterfactual addresses.
    #[derive(Debug, PartialEq, Eq)]
    interface NexusFactory {
        function createAccount(bytes initData, bytes32 salt) external payable returns (address);
        function computeAccountAddress(bytes initData, bytes32 salt) external view returns (address);
    }

    /// A module of a new account, with the data that sets it up.
    #[derive(Debug, PartialEq, Eq)]
    struct BootstrapModule {
        address module;
        bytes data;
    }

    /// A pre-validation hook of a new account.
    #[derive(Debug, PartialEq, Eq)]
    struct BootstrapHook {
        uint256 hookType;
        address module;
        bytes data;
    }

    /// The contract that sets up the modules of a new account.
    #[derive(Debug, PartialEq, Eq)]
    interface NexusBootstrap {
        function initNexusWithDefaultValidatorAndOtherModulesNoRegistry(
            bytes defaultValidatorInitData,
            BootstrapModule[] validators,
            BootstrapModule[] executors,
            BootstrapModule hook,
            BootstrapModule[] fallbacks,
            BootstrapHook[] preValidationHooks
        ) external payable;
    }

    /// The account ([ERC-7579](https://eips.ethereum.org/EIPS/eip-7579)).
    #[derive(Debug, PartialEq, Eq)]
    interface NexusAccount {
        function initializeAccount(bytes initData) external payable;
        function execute(bytes32 mode, bytes executionCalldata) external payable;
        function installModule(uint256 moduleTypeId, address module, bytes initData) external payable;
        function uninstallModule(uint256 moduleTypeId, address module, bytes deInitData) external payable;
        function isModuleInstalled(uint256 moduleTypeId, address module, bytes additionalContext)
            external view returns (bool);
        function getValidatorsPaginated(address cursor, uint256 size)
            external view returns (address[] array, address next);
        function upgradeToAndCall(address newImplementation, bytes data) external payable;
        function accountId() external view returns (string);
    }

    /// The validator of the owner's ECDSA signature.
    #[derive(Debug, PartialEq, Eq)]
    interface K1Validator {
        function transferOwnership(address newOwner) external;
        function addSafeSender(address sender) external;
        function removeSafeSender(address sender) external;
        function isSafeSender(address sender, address smartAccount) external view returns (bool);
        function getOwner(address smartAccount) external view returns (address);
    }
}
