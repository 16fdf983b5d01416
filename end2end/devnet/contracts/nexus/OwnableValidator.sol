// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {
    ERC1271_INVALID,
    ERC1271_VALID,
    IModule,
    ISessionValidator,
    IValidator,
    SIGNATURE_INVALID,
    SIGNATURE_VALID,
    STATELESS_VALIDATOR,
    VALIDATOR
} from "./Modules.sol";

/// A validator with several owners and a threshold. Owners sign the bare hash, or a personal message with 4 added to v.
contract OwnableValidator is IValidator, ISessionValidator {
    uint256 private constant SIGNATURE_LENGTH = 65;

    struct Owners {
        uint256 threshold;
        address[] list;
    }

    mapping(address account => Owners) private _owners;

    error AlreadyInitialized(address smartAccount);
    error InvalidThreshold();
    error NotSortedAndUnique();
    error ThresholdNotSet();

    /// Stores the threshold and the owners, sorted.
    function onInstall(bytes calldata data) external {
        Owners storage owners = _owners[msg.sender];
        require(owners.threshold == 0, AlreadyInitialized(msg.sender));
        (owners.threshold, owners.list) = _decode(data);
    }

    function onUninstall(bytes calldata) external {
        delete _owners[msg.sender];
    }

    function validateUserOp(PackedUserOperation calldata op, bytes32 hash) external view returns (uint256) {
        Owners storage owners = _owners[op.sender];
        bool isValid = owners.threshold > 0 && _isSigned(hash, op.signature, owners.threshold, owners.list);
        return isValid ? SIGNATURE_VALID : SIGNATURE_INVALID;
    }

    function isValidSignatureWithSender(
        address,
        bytes32 hash,
        bytes calldata signature
    ) external view returns (bytes4) {
        Owners storage owners = _owners[msg.sender];
        bool isValid = owners.threshold > 0 && _isSigned(hash, signature, owners.threshold, owners.list);
        return isValid ? ERC1271_VALID : ERC1271_INVALID;
    }

    /// Validates the signatures of the session keys that `data` holds, with their threshold.
    function validateSignatureWithData(
        bytes32 hash,
        bytes calldata signature,
        bytes calldata data
    ) external pure returns (bool) {
        (uint256 required, address[] memory owners) = _decode(data);
        return _isSigned(hash, signature, required, owners);
    }

    function isInitialized(address smartAccount) external view returns (bool) {
        return _owners[smartAccount].threshold != 0;
    }

    function threshold(address account) external view returns (uint256) {
        return _owners[account].threshold;
    }

    function ownerCount(address account) external view returns (uint256) {
        return _owners[account].list.length;
    }

    function getOwners(address account) external view returns (address[] memory) {
        return _owners[account].list;
    }

    function isModuleType(uint256 moduleType) external pure override(IModule, ISessionValidator) returns (bool) {
        return moduleType == VALIDATOR || moduleType == STATELESS_VALIDATOR;
    }

    function name() external pure returns (string memory) {
        return "OwnableValidator";
    }

    function version() external pure returns (string memory) {
        return "1.0.0";
    }

    function _decode(bytes calldata data) private pure returns (uint256 required, address[] memory owners) {
        (required, owners) = abi.decode(data, (uint256, address[]));
        require(required > 0, ThresholdNotSet());
        require(owners.length >= required, InvalidThreshold());
        for (uint256 i; i < owners.length; i++) {
            require(owners[i] > (i == 0 ? address(0) : owners[i - 1]), NotSortedAndUnique());
        }
    }

    /// Counts the owners that have signed. Each counts once.
    function _isSigned(
        bytes32 hash,
        bytes calldata signatures,
        uint256 required,
        address[] memory owners
    ) private pure returns (bool) {
        uint256 signed;
        for (uint256 i; i < owners.length && signed < required; i++) {
            for (uint256 at; at + SIGNATURE_LENGTH <= signatures.length; at += SIGNATURE_LENGTH) {
                if (_signer(hash, signatures[at:at + SIGNATURE_LENGTH]) == owners[i]) {
                    signed++;
                    break;
                }
            }
        }
        return signed >= required;
    }

    function _signer(bytes32 hash, bytes calldata signature) private pure returns (address signer) {
        uint8 v = uint8(signature[64]);
        if (v > 30) {
            hash = MessageHashUtils.toEthSignedMessageHash(hash);
            v -= 4;
        }
        (signer, , ) = ECDSA.tryRecover(hash, v, bytes32(signature[:32]), bytes32(signature[32:64]));
    }
}
