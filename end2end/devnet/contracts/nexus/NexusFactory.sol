// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {NexusProxy} from "./NexusProxy.sol";

/// Creates accounts with CREATE2.
contract NexusFactory {
    /// The implementation of every account.
    address public immutable ACCOUNT_IMPLEMENTATION;

    event AccountCreated(address indexed account, bytes indexed initData, bytes32 indexed salt);

    constructor(address implementation) {
        ACCOUNT_IMPLEMENTATION = implementation;
    }

    /// Creates an account, unless it exists.
    function createAccount(bytes calldata initData, bytes32 salt) external payable returns (address account) {
        account = computeAccountAddress(initData, salt);
        if (account.code.length == 0) {
            new NexusProxy{salt: salt, value: msg.value}(ACCOUNT_IMPLEMENTATION, _initialization(initData));
            emit AccountCreated(account, initData, salt);
        } else if (msg.value > 0) {
            (bool paid, ) = account.call{value: msg.value}("");
            require(paid, "the account takes no coins");
        }
    }

    /// Computes the address of an account.
    function computeAccountAddress(bytes calldata initData, bytes32 salt) public view returns (address) {
        bytes32 code = keccak256(
            abi.encodePacked(
                type(NexusProxy).creationCode,
                abi.encode(ACCOUNT_IMPLEMENTATION, _initialization(initData))
            )
        );
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code));
        return address(uint160(uint256(hash)));
    }

    function _initialization(bytes calldata initData) private pure returns (bytes memory) {
        return abi.encodeWithSignature("initializeAccount(bytes)", initData);
    }
}
