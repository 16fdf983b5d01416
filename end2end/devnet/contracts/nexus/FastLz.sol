// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

/// The decompression of FastLZ, level 1.
library FastLz {
    error InvalidStream();

    /// Decompresses a stream of literal runs and of matches, which repeat earlier output.
    function decompress(bytes calldata stream) internal pure returns (bytes memory output) {
        bool isValid = true;
        assembly {
            output := mload(0x40)
            let start := add(output, 32)
            let to := start
            let from := stream.offset
            let end := add(from, stream.length)
            for {} lt(from, end) {} {
                let first := byte(0, calldataload(from))
                let kind := shr(5, first)
                if iszero(kind) {
                    let length := add(first, 1)
                    calldatacopy(to, add(from, 1), length)
                    from := add(from, add(length, 1))
                    to := add(to, length)
                    continue
                }
                let length := add(kind, 2)
                from := add(from, 1)
                if eq(kind, 7) {
                    length := add(length, byte(0, calldataload(from)))
                    from := add(from, 1)
                }
                let distance := add(or(shl(8, and(first, 31)), byte(0, calldataload(from))), 1)
                from := add(from, 1)
                let source := sub(to, distance)
                if lt(source, start) {
                    isValid := 0
                    break
                }
                // A match may overlap with its own output, which is then repeated.
                for { let until := add(to, length) } lt(to, until) {} {
                    let step := sub(until, to)
                    if gt(step, distance) { step := distance }
                    mcopy(to, source, step)
                    to := add(to, step)
                    source := add(source, step)
                }
            }
            if gt(from, end) { isValid := 0 }
            mstore(output, sub(to, start))
            mstore(0x40, and(add(to, 63), not(31)))
        }
        require(isValid, InvalidStream());
    }
}
