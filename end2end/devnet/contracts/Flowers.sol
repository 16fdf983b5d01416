// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.17;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Bloom} from "./Bloom.sol";

/// A flower for whoever asks, drawn on chain from its number and its minter. No storage is set at construction, so
/// the code can be placed at any address.
abstract contract Flowers is ERC721("", "") {
    using Strings for uint256;

    /// The number of the latest one; the first is number 1.
    uint256 private _latest;
    /// Who called `safeMint` for a token.
    mapping(uint256 => address) public minterOf;

    function name() public pure virtual override returns (string memory) {
        return "Night Bloom";
    }

    function symbol() public pure virtual override returns (string memory) {
        return "BLOOM";
    }

    /// Mints the next one to `to`.
    function safeMint(address to) external {
        uint256 id = ++_latest;
        minterOf[id] = msg.sender;
        _safeMint(to, id);
    }

    function tokenURI(uint256 id) public view virtual override returns (string memory) {
        _requireMinted(id);
        uint256 seed = uint256(keccak256(abi.encodePacked(id, minterOf[id])));
        bytes memory json = abi.encodePacked(
            '{"name":"Night Bloom #',
            id.toString(),
            '","description":"A flower that opens once, drawn on chain from its number and its minter.",',
            '"attributes":[{"trait_type":"Petals","value":',
            Bloom.petals(seed).toString(),
            '},{"trait_type":"Hue","value":',
            Bloom.hue(seed).toString(),
            '}],"image":"data:image/svg+xml;base64,',
            Base64.encode(Bloom.draw(seed, id)),
            '"}'
        );
        return string(abi.encodePacked("data:application/json;base64,", Base64.encode(json)));
    }
}
