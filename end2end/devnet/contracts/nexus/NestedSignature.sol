// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

/// Nested signatures (ERC-7739): the owner signs a message together with the account's domain.
library NestedSignature {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERSONAL_SIGN = keccak256("PersonalSign(bytes prefixed)");
    uint256 private constant LENGTH = 2;

    /// Computes the hash that the owner signs for a personal message with this hash.
    function personal(address account, bytes32 hash) internal view returns (bytes32) {
        (, string memory name, string memory version, uint256 chainId, address verifying, , ) = IERC5267(account)
            .eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(DOMAIN, keccak256(bytes(name)), keccak256(bytes(version)), chainId, verifying)
        );
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(PERSONAL_SIGN, hash))));
    }

    /// Splits `signature || domain separator || contents hash || description || length of it`, and computes the hash
    /// that the owner signs, which is 0 for other formats.
    function typedData(
        address account,
        bytes32 hash,
        bytes calldata nested
    ) internal view returns (bytes32 toSign, bytes calldata signature) {
        uint256 at = _descriptionAt(nested);
        signature = nested;
        if (at == 0) return (0, signature);
        bytes32 domain = bytes32(nested[at - 64:at - 32]);
        bytes32 contents = bytes32(nested[at - 32:at]);
        if (keccak256(abi.encodePacked(hex"1901", domain, contents)) != hash) return (0, signature);
        bytes32 structHash = _typedDataSign(account, contents, nested[at:nested.length - LENGTH]);
        if (structHash == 0) return (0, signature);
        return (keccak256(abi.encodePacked(hex"1901", domain, structHash)), nested[:at - 64]);
    }

    /// Returns the offset of the description, or 0 if there is none.
    function _descriptionAt(bytes calldata nested) private pure returns (uint256) {
        if (nested.length < LENGTH) return 0;
        uint256 end = nested.length - LENGTH;
        uint256 length = uint16(bytes2(nested[end:]));
        return length == 0 || end < length + 64 ? 0 : end - length;
    }

    /// Hashes the contents with the account's domain. Returns 0 for a description that names no type.
    function _typedDataSign(
        address account,
        bytes32 contents,
        bytes calldata description
    ) private view returns (bytes32) {
        (bytes calldata contentsName, bytes calldata definition) = _splitDescription(description);
        if (!_isTypeName(contentsName)) return 0;
        bytes32 typeHash = keccak256(
            abi.encodePacked(
                "TypedDataSign(",
                contentsName,
                " contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)",
                definition
            )
        );
        return _withDomain(account, typeHash, contents);
    }

    function _withDomain(address account, bytes32 typeHash, bytes32 contents) private view returns (bytes32) {
        (, string memory name, string memory version, uint256 chainId, address verifying, bytes32 salt, ) = IERC5267(
            account
        ).eip712Domain();
        (bytes32 nameHash, bytes32 versionHash) = (keccak256(bytes(name)), keccak256(bytes(version)));
        return keccak256(abi.encode(typeHash, contents, nameHash, versionHash, chainId, verifying, salt));
    }

    /// Splits a description: a definition of the type, or such a definition followed by the type's name.
    function _splitDescription(
        bytes calldata description
    ) private pure returns (bytes calldata name, bytes calldata definition) {
        uint256 end = description.length;
        while (end > 0 && description[end - 1] != ")") end--;
        if (end < description.length) return (description[end:], description[:end]);
        uint256 open;
        while (open < description.length && description[open] != "(") open++;
        return (description[:open], description);
    }

    /// Rejects names that could hide a part of the type.
    function _isTypeName(bytes calldata name) private pure returns (bool) {
        if (name.length == 0 || (name[0] >= "a" && name[0] <= "z")) return false;
        for (uint256 i; i < name.length; i++) {
            bytes1 letter = name[i];
            if (letter == 0 || letter == " " || letter == "," || letter == "(" || letter == ")") return false;
        }
        return true;
    }
}
