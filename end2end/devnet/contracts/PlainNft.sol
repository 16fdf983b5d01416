// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.17;

import {Flowers} from "./Flowers.sol";

/// Flowers that only their own transfers tell of: what ERC-721 demands, and no extension.
contract PlainNft is Flowers {}
