//! The ABI of the contracts in this world, declared independently of the library.

use alloy::{
    primitives::{Address, address},
    sol,
};

pub(crate) const CHAIN_ID: u64 = 80_002;
pub(crate) const ENTRY_POINT: Address = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");
/// The entry point v0.7.
pub(crate) const MODERN_ENTRY_POINT: Address = address!("0000000071727De22E5E9d8BAf0edAc6f37da032");
pub(crate) const NEXUS_FACTORY: Address = address!("000000001D1D5004a02bAfAb9de2D6CE5b7B13de");
pub(crate) const K1_VALIDATOR: Address = address!("00000000d12897DDAdC2044614A9677B191A2d95");
pub(crate) const SMART_SESSION: Address = address!("00000000008bDABA73cD9815d79069c247Eb4bDA");
pub(crate) const FACTORY: Address = address!("000000a56Aaca3e9a4C479ea6b6CD0DbcB6634F5");
pub(crate) const OWNERSHIP: Address = address!("0000001c5b32F37F5beA87BDD5374eB2aC54eA8e");
pub(crate) const MANAGER: Address = address!("000002FbFfedd9B33F4E7156F2DE8D48945E7489");
pub(crate) const ROUTER: Address = address!("00000D09967410f8C76752A104c9848b57ebba55");
pub(crate) const ABI_MODULE: Address = address!("000006bC2eCdAe38113929293d241Cf252D91861");
pub(crate) const TOKEN_PAYMASTER: Address = address!("00000f7365cA6C59A2C93719ad53d567ed49c14C");
pub(crate) const SPONSOR: Address = address!("5905050505050505050505050505050505050505");
pub(crate) const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
pub(crate) const TOKEN: Address = address!("70CE70CE70CE70CE70CE70CE70CE70CE70CE70CE");

sol! {
    interface EntryPoint {
        function balanceOf(address account) external view returns (uint256);
        function getNonce(address sender, uint192 key) external view returns (uint256);

        event BeforeExecution();
        event UserOperationEvent(
            bytes32 indexed userOpHash, address indexed sender, address indexed paymaster,
            uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed
        );
        event UserOperationRevertReason(
            bytes32 indexed userOpHash, address indexed sender, uint256 nonce, bytes revertReason
        );
    }

    interface Factory {
        function deployCounterFactualAccount(address moduleSetupContract, bytes moduleSetupData, uint256 index)
            external returns (address);
    }

    interface Ownership {
        function initForSmartAccount(address eoaOwner) external returns (address);
    }

    interface SmartAccount {
        function execute_ncC(address dest, uint256 value, bytes func) external;
        function executeBatch_y6U(address[] dest, uint256[] value, bytes[] func) external;
        function enableModule(address module) external;
        function disableModule(address prevModule, address module) external;
        function isModuleEnabled(address module) external view returns (bool);
        function getModulesPaginated(address start, uint256 pageSize)
            external view returns (address[] modules, address next);
    }

    interface NexusFactory {
        function createAccount(bytes initData, bytes32 salt) external payable returns (address);
    }

    /// The account, and its default validator.
    interface Nexus {
        function execute(bytes32 mode, bytes executionCalldata) external payable;
        function installModule(uint256 moduleTypeId, address module, bytes initData) external payable;
        function isModuleInstalled(uint256 moduleTypeId, address module, bytes additionalContext)
            external view returns (bool);
        function getValidatorsPaginated(address cursor, uint256 size)
            external view returns (address[] array, address next);
        function addSafeSender(address sender) external;
        function isSafeSender(address sender, address smartAccount) external view returns (bool);
    }

    interface Manager {
        function setMerkleRoot(bytes32 merkleRoot) external;
        function getSessionKeys(address smartAccount) external view returns (bytes32);
    }

    struct BatchedSession {
        uint48 validUntil;
        uint48 validAfter;
        address module;
        bytes keyData;
        bytes32[] proof;
        bytes callData;
    }

    /// The sample collection.
    interface Nft {
        function safeMint(address to) external;

        event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    }

    /// The fee token.
    interface Token {
        function approve(address spender, uint256 amount) external returns (bool);
        function transfer(address to, uint256 amount) external returns (bool);
        function balanceOf(address owner) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function symbol() external view returns (string);
        function decimals() external view returns (uint8);
    }

    function Error(string reason);
}
