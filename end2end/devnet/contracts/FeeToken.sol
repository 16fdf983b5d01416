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

    /// The accounts for which the token behaves as USDT does, with its fee on transfers.
    mapping(address => bool) public isStrict;

    function setStrict(address owner) external {
        isStrict[owner] = true;
    }

    /// For a strict account, an allowance changes from 0 or to 0 only, and nothing is returned.
    function approve(address spender, uint256 amount) public override returns (bool) {
        if (!isStrict[msg.sender]) return super.approve(spender, amount);
        require(amount == 0 || allowance(msg.sender, spender) == 0);
        super.approve(spender, amount);
        assembly {
            return(0, 0)
        }
    }

    /// From a strict account a hundredth of each transfer goes to this contract, and nothing is returned.
    function transfer(address to, uint256 amount) public override returns (bool) {
        if (!isStrict[msg.sender]) return super.transfer(to, amount);
        _transferLess(msg.sender, to, amount);
        assembly {
            return(0, 0)
        }
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (!isStrict[from]) return super.transferFrom(from, to, amount);
        _spendAllowance(from, msg.sender, amount);
        _transferLess(from, to, amount);
        assembly {
            return(0, 0)
        }
    }

    function _transferLess(address from, address to, uint256 amount) private {
        uint256 fee = amount / 100;
        _transfer(from, address(this), fee);
        _transfer(from, to, amount - fee);
    }

    /// Makes `amount` units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
