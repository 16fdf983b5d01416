// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";

/// The proxy of every account. Its creation code is part of each account's address.
contract NexusProxy is Proxy {
    /// Runs the initialization in `data`, which the transient slot permits for this transaction.
    constructor(address implementation, bytes memory data) payable {
        assembly {
            tstore(0x90b772c2cb8a51aa7a8a65fc23543c6d022d5b3f8e2b92eed79fba7eef829300, 1)
        }
        ERC1967Utils.upgradeToAndCall(implementation, data);
    }

    receive() external payable {}

    function _implementation() internal view override returns (address) {
        return ERC1967Utils.getImplementation();
    }
}
