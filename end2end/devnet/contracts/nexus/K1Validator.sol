// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
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
import {NestedSignature} from "./NestedSignature.sol";

/// The default validator: one key owns the account. An account that has set no owner belongs to its own key
/// (EIP-7702). Signatures of a hash are valid as a personal message and bare.
contract K1Validator is IValidator, ISessionValidator {
    using EnumerableSet for EnumerableSet.AddressSet;

    mapping(address account => address) private _owners;
    /// The contracts that get a signature validated without ERC-7739's nesting.
    mapping(address account => EnumerableSet.AddressSet) private _safeSenders;

    error InvalidDataLength();
    error ModuleAlreadyInitialized();
    error OwnerCannotBeZeroAddress();
    error ZeroAddressNotAllowed();

    /// Stores the owner (20 bytes) and safe senders (20 bytes each).
    function onInstall(bytes calldata data) external {
        require(data.length >= 20 && data.length % 20 == 0, InvalidDataLength());
        require(_owners[msg.sender] == address(0), ModuleAlreadyInitialized());
        address owner = address(bytes20(data));
        require(owner != address(0), OwnerCannotBeZeroAddress());
        _owners[msg.sender] = owner;
        for (uint256 at = 20; at < data.length; at += 20) {
            _safeSenders[msg.sender].add(address(bytes20(data[at:])));
        }
    }

    function onUninstall(bytes calldata) external {
        delete _owners[msg.sender];
        EnumerableSet.AddressSet storage senders = _safeSenders[msg.sender];
        for (uint256 i = senders.length(); i > 0; i--) {
            senders.remove(senders.at(i - 1));
        }
    }

    function transferOwnership(address newOwner) external {
        require(newOwner != address(0), ZeroAddressNotAllowed());
        _owners[msg.sender] = newOwner;
    }

    function addSafeSender(address sender) external {
        _safeSenders[msg.sender].add(sender);
    }

    function removeSafeSender(address sender) external {
        _safeSenders[msg.sender].remove(sender);
    }

    function isSafeSender(address sender, address smartAccount) external view returns (bool) {
        return _safeSenders[smartAccount].contains(sender);
    }

    function isInitialized(address smartAccount) external view returns (bool) {
        return _owners[smartAccount] != address(0);
    }

    function validateUserOp(PackedUserOperation calldata op, bytes32 hash) external view returns (uint256) {
        return _isSigned(getOwner(op.sender), hash, op.signature) ? SIGNATURE_VALID : SIGNATURE_INVALID;
    }

    function isValidSignatureWithSender(
        address sender,
        bytes32 hash,
        bytes calldata signature
    ) external view returns (bytes4) {
        return _isValid(sender, hash, signature) ? ERC1271_VALID : ERC1271_INVALID;
    }

    /// Validates the signature of a session key, whose address is `data`.
    function validateSignatureWithData(
        bytes32 hash,
        bytes calldata signature,
        bytes calldata data
    ) external pure returns (bool) {
        require(data.length == 20, InvalidDataLength());
        return _isSigned(address(bytes20(data)), hash, signature);
    }

    function isModuleType(uint256 moduleType) external pure override(IModule, ISessionValidator) returns (bool) {
        return moduleType == VALIDATOR || moduleType == STATELESS_VALIDATOR;
    }

    function name() external pure returns (string memory) {
        return "K1MeeValidator";
    }

    function version() external pure returns (string memory) {
        return "1.0.3";
    }

    function getOwner(address smartAccount) public view returns (address) {
        address owner = _owners[smartAccount];
        return owner == address(0) ? smartAccount : owner;
    }

    function _isValid(address sender, bytes32 hash, bytes calldata signature) private view returns (bool) {
        address account = msg.sender;
        address owner = getOwner(account);
        if (sender == account || _safeSenders[account].contains(sender)) return _isSigned(owner, hash, signature);
        (bytes32 toSign, bytes calldata inner) = NestedSignature.typedData(account, hash, signature);
        if (toSign != 0) return _isSigned(owner, toSign, inner);
        return _isSigned(owner, NestedSignature.personal(account, hash), signature);
    }

    function _isSigned(address owner, bytes32 hash, bytes calldata signature) private pure returns (bool) {
        return
            _isSignedBare(owner, MessageHashUtils.toEthSignedMessageHash(hash), signature) ||
            _isSignedBare(owner, hash, signature);
    }

    function _isSignedBare(address owner, bytes32 hash, bytes calldata signature) private pure returns (bool) {
        (address signer, ECDSA.RecoverError error, ) = ECDSA.tryRecover(hash, signature);
        return error == ECDSA.RecoverError.NoError && signer == owner;
    }
}
