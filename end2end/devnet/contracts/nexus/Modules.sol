// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";

uint256 constant VALIDATOR = 1;
uint256 constant STATELESS_VALIDATOR = 7;

uint256 constant SIGNATURE_VALID = 0;
uint256 constant SIGNATURE_INVALID = 1;

bytes4 constant ERC1271_VALID = 0x1626ba7e;
bytes4 constant ERC1271_INVALID = 0xffffffff;

/// A module of ERC-7579.
interface IModule {
    function onInstall(bytes calldata data) external;

    function onUninstall(bytes calldata data) external;

    function isModuleType(uint256 moduleType) external view returns (bool);
}

/// A validator of ERC-7579.
interface IValidator is IModule {
    function validateUserOp(PackedUserOperation calldata op, bytes32 hash) external returns (uint256 validationData);

    function isValidSignatureWithSender(
        address sender,
        bytes32 hash,
        bytes calldata signature
    ) external view returns (bytes4);
}

/// A validator without state (ERC-7780), which validates a session key's signature.
interface ISessionValidator {
    function isModuleType(uint256 moduleType) external view returns (bool);

    function validateSignatureWithData(
        bytes32 hash,
        bytes calldata signature,
        bytes calldata data
    ) external view returns (bool);
}
