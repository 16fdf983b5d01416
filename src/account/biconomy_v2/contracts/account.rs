//! The Biconomy smart account V2 and its factory.

use alloy::{
    primitives::{Address, address},
    sol,
};

/// The factory that creates accounts. The address is the same on every chain.
pub const FACTORY: Address = address!("000000a56Aaca3e9a4C479ea6b6CD0DbcB6634F5");

/// The implementation contract, to which the accounts' proxies delegate.
pub const IMPLEMENTATION: Address = address!("0000002512019Dafb59528B82CB92D3c5D2423aC");

/// The fallback handler for calls that an account has no function for, such as token receipts.
pub const FALLBACK_HANDLER: Address = address!("0bBa6d96BD616BedC6BFaa341742FD43c60b83C1");

/// The creation code of an account's proxy, without the constructor argument: the address of the implementation.
pub const PROXY_CREATION_CODE: [u8; 288] = alloy::hex!(
    "6080346100aa57601f61012038819003918201601f19168301916001600160401b038311848410176100af5780849260"
    "20946040528339810103126100aa57516001600160a01b0381168082036100aa5715610065573055604051605a908161"
    "00c68239f35b60405162461bcd60e51b815260206004820152601e60248201527f496e76616c696420696d706c656d65"
    "6e746174696f6e206164647265737300006044820152606490fd5b600080fd5b634e487b7160e01b6000526041600452"
    "60246000fdfe608060405230546000808092368280378136915af43d82803e156020573d90f35b3d90fdfea264697066"
    "7358221220a03b18dce0be0b4c9afe58a9eb85c35205e2cf087da098bbf1d23945bf89496064736f6c63430008110033"
);

sol! {
    /// The factory, which deploys accounts at counterfactual addresses.
    #[derive(Debug, PartialEq, Eq)]
    interface SmartAccountFactory {
        function deployCounterFactualAccount(address moduleSetupContract, bytes moduleSetupData, uint256 index)
            external returns (address proxy);
    }

    /// The smart account.
    #[derive(Debug, PartialEq, Eq)]
    interface SmartAccount {
        function init(address handler, address moduleSetupContract, bytes moduleSetupData)
            external returns (address);
        function execute(address dest, uint256 value, bytes func) external;
        function execute_ncC(address dest, uint256 value, bytes func) external;
        function executeBatch_y6U(address[] dest, uint256[] value, bytes[] func) external;
        function enableModule(address module) external;
        function disableModule(address prevModule, address module) external;
        function setupAndEnableModule(address setupContract, bytes setupData) external returns (address);
        function isModuleEnabled(address module) external view returns (bool);
        function getModulesPaginated(address start, uint256 pageSize)
            external view returns (address[] modules, address next);
        function isValidSignature(bytes32 dataHash, bytes signature) external view returns (bytes4);
    }
}
