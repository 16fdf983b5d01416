// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.17;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A dollar for the local chain: six decimals, and whoever asks gets some. No storage is set at construction, so the
/// code can be placed at any address.
contract FeeToken is ERC20("", "") {
    function name() public pure override returns (string memory) {
        return "Local Dollar";
    }

    function symbol() public pure override returns (string memory) {
        return "LUSD";
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// Makes `amount` units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
