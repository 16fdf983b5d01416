// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.17;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {Flowers} from "./Flowers.sol";

/// Flowers that can be listed by their owner.
contract SampleNft is Flowers, ERC721Enumerable {
    function name() public pure override(ERC721, Flowers) returns (string memory) {
        return Flowers.name();
    }

    function symbol() public pure override(ERC721, Flowers) returns (string memory) {
        return Flowers.symbol();
    }

    function tokenURI(uint256 id) public view override(ERC721, Flowers) returns (string memory) {
        return Flowers.tokenURI(id);
    }

    function supportsInterface(bytes4 id) public view override(ERC721, ERC721Enumerable) returns (bool) {
        return ERC721Enumerable.supportsInterface(id);
    }

    function _beforeTokenTransfer(address from, address to, uint256 id, uint256 count)
        internal
        override(ERC721, ERC721Enumerable)
    {
        ERC721Enumerable._beforeTokenTransfer(from, to, id, count);
    }
}
