// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {IAccount} from "@account-abstraction/contracts/interfaces/IAccount.sol";
import {IAccountExecute} from "@account-abstraction/contracts/interfaces/IAccountExecute.sol";
import {IEntryPoint} from "@account-abstraction/contracts/interfaces/IEntryPoint.sol";
import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {StorageSlot} from "@openzeppelin/contracts/utils/StorageSlot.sol";
import {AccountDomain} from "./AccountDomain.sol";
import {ERC1271_VALID, IValidator, VALIDATOR} from "./Modules.sol";
import {Execution} from "./Execution.sol";
import {ValidatorList} from "./ValidatorList.sol";

/// An account with modules (ERC-7579) for entry point 0.7, as a proxy's implementation or a delegate (EIP-7702).
/// Validators are the only modules. Hooks, executors and fallback handlers are not supported.
contract Nexus is AccountDomain, Execution, ValidatorList, IAccount, IAccountExecute {
    bytes32 private constant INITIALIZABLE = 0x90b772c2cb8a51aa7a8a65fc23543c6d022d5b3f8e2b92eed79fba7eef829300;
    bytes32 private constant MODULE_ENABLE_MODE =
        keccak256("ModuleEnableMode(address module,uint256 moduleType,bytes32 userOpHash,bytes initData)");
    bytes4 private constant ERC7739_SUPPORTED = 0x77390001;
    bytes32 private constant ERC7739_QUESTION = 0x7739773977397739773977397739773977397739773977397739773977397739;
    bytes1 private constant MODE_VALIDATE = 0x00;
    bytes1 private constant MODE_ENABLE = 0x01;

    IEntryPoint private immutable ENTRY_POINT;

    error AccountAccessUnauthorized();
    error EnableModeSigError();
    error InvalidImplementationAddress();
    error InvalidInput();
    error MissingFallbackHandler(bytes4 selector);
    error NexusInitializationFailed();
    error ValidatorNotInstalled(address module);

    modifier onlyEntryPoint() {
        require(msg.sender == address(ENTRY_POINT), AccountAccessUnauthorized());
        _;
    }

    modifier onlyEntryPointOrSelf() {
        require(msg.sender == address(ENTRY_POINT) || msg.sender == address(this), AccountAccessUnauthorized());
        _;
    }

    constructor(address anEntryPoint, address defaultValidator) ValidatorList(defaultValidator) {
        ENTRY_POINT = IEntryPoint(anEntryPoint);
    }

    receive() external payable {}

    /// Answers the receiver callbacks of ERC-721 and ERC-1155.
    fallback() external payable {
        bytes4 selector = msg.sig;
        bool isReceiver = selector == 0x150b7a02 || selector == 0xf23a6e61 || selector == 0xbc197c81;
        require(isReceiver, MissingFallbackHandler(selector));
        assembly {
            mstore(0, selector)
            return(0, 32)
        }
    }

    /// Validates an operation with the validator that its nonce names. Mode 1 installs a module first.
    function validateUserOp(
        PackedUserOperation calldata op,
        bytes32 userOpHash,
        uint256 missingAccountFunds
    ) external onlyEntryPoint returns (uint256 validationData) {
        address validator = address(uint160(op.nonce >> 64));
        bytes1 mode = bytes32(op.nonce)[3];
        if (mode == MODE_VALIDATE) {
            validationData = IValidator(_validator(validator)).validateUserOp(op, userOpHash);
        } else {
            require(mode == MODE_ENABLE, InvalidInput());
            PackedUserOperation memory inner = op;
            inner.signature = _enableModule(op.signature, userOpHash);
            validationData = IValidator(_validator(validator)).validateUserOp(inner, userOpHash);
        }
        if (missingAccountFunds > 0) {
            // The entry point checks the payment.
            (bool paid, ) = msg.sender.call{value: missingAccountFunds}("");
            (paid);
        }
    }

    function execute(bytes32 mode, bytes calldata executionCalldata) external payable onlyEntryPointOrSelf {
        _execute(mode, executionCalldata);
    }

    /// @inheritdoc IAccountExecute
    function executeUserOp(PackedUserOperation calldata op, bytes32) external onlyEntryPoint {
        _delegate(address(this), op.callData[4:]);
    }

    /// Runs the bootstrap call in `initData`: in the proxy's constructor, or as the account itself.
    function initializeAccount(bytes calldata initData) external payable {
        uint256 isInitializable;
        assembly {
            isInitializable := tload(INITIALIZABLE)
            tstore(INITIALIZABLE, 0)
        }
        bool isOwn = msg.sender == address(ENTRY_POINT) || msg.sender == address(this);
        require(isInitializable == 1 || isOwn, AccountAccessUnauthorized());
        (address bootstrap, bytes memory call) = abi.decode(initData, (address, bytes));
        _delegate(bootstrap, call);
        require(_hasList(), NexusInitializationFailed());
    }

    function installModule(
        uint256 moduleTypeId,
        address module,
        bytes calldata initData
    ) external payable onlyEntryPointOrSelf {
        _install(moduleTypeId, module, initData);
    }

    function uninstallModule(
        uint256 moduleTypeId,
        address module,
        bytes calldata deInitData
    ) external payable onlyEntryPointOrSelf {
        _uninstall(moduleTypeId, module, deInitData);
    }

    /// Replaces the implementation, in the slot of ERC-1967 and in the one that proxies of version 2 read.
    function upgradeToAndCall(address newImplementation, bytes calldata data) external payable onlyEntryPointOrSelf {
        require(newImplementation.code.length > 0, InvalidImplementationAddress());
        StorageSlot.getAddressSlot(bytes32(uint256(uint160(address(this))))).value = newImplementation;
        ERC1967Utils.upgradeToAndCall(newImplementation, data);
    }

    function addDeposit() external payable {
        ENTRY_POINT.depositTo{value: msg.value}(address(this));
    }

    function withdrawDepositTo(address to, uint256 amount) external payable onlyEntryPointOrSelf {
        ENTRY_POINT.withdrawTo(payable(to), amount);
    }

    /// Validates a signature (ERC-1271) whose first 20 bytes name the validator; zeros mean the default one.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length == 0 && hash == ERC7739_QUESTION) return ERC7739_SUPPORTED;
        return _validateSignature(msg.sender, hash, signature);
    }

    function checkERC7739Support(bytes32 hash, bytes calldata signature) external pure returns (bytes4) {
        return signature.length == 0 && hash == ERC7739_QUESTION ? ERC7739_SUPPORTED : bytes4(0xffffffff);
    }

    function entryPoint() external view returns (address) {
        return address(ENTRY_POINT);
    }

    function getDeposit() external view returns (uint256) {
        return ENTRY_POINT.balanceOf(address(this));
    }

    function nonce(uint192 key) external view returns (uint256) {
        return ENTRY_POINT.getNonce(address(this), key);
    }

    function getImplementation() external view returns (address) {
        return ERC1967Utils.getImplementation();
    }

    function isInitialized() external view returns (bool) {
        return _hasList();
    }

    function accountId() external pure returns (string memory) {
        return "biconomy.nexus.1.2.0";
    }

    function proxiableUUID() external pure returns (bytes32) {
        return ERC1967Utils.IMPLEMENTATION_SLOT;
    }

    function getActiveHook() external pure returns (address) {
        return address(0);
    }

    function supportsModule(uint256 moduleTypeId) external pure returns (bool) {
        return moduleTypeId == VALIDATOR;
    }

    function supportsExecutionMode(bytes32 mode) external pure returns (bool) {
        return _isSupported(mode);
    }

    /// Installs the module that a signature starts with, if the owner has signed this, and returns what follows.
    function _enableModule(bytes calldata packed, bytes32 userOpHash) private returns (bytes calldata rest) {
        address module = address(bytes20(packed[:20]));
        uint256 moduleType = uint256(bytes32(packed[20:52]));
        bytes calldata initData;
        bytes calldata ownerSignature;
        (initData, rest) = _lengthPrefixed(packed[52:]);
        (ownerSignature, rest) = _lengthPrefixed(rest);
        bytes32 digest = hashTypedData(
            keccak256(abi.encode(MODULE_ENABLE_MODE, module, moduleType, userOpHash, keccak256(initData)))
        );
        require(_validateSignature(address(this), digest, ownerSignature) == ERC1271_VALID, EnableModeSigError());
        _install(moduleType, module, initData);
    }

    function _validateSignature(
        address sender,
        bytes32 hash,
        bytes calldata signature
    ) private view returns (bytes4) {
        address validator = _validator(address(bytes20(signature[:20])));
        return IValidator(validator).isValidSignatureWithSender(sender, hash, signature[20:]);
    }

    function _validator(address named) private view returns (address) {
        if (named == address(0)) return DEFAULT_VALIDATOR;
        require(_isInList(named), ValidatorNotInstalled(named));
        return named;
    }

    function _lengthPrefixed(bytes calldata packed) private pure returns (bytes calldata part, bytes calldata rest) {
        uint256 end = 4 + uint256(uint32(bytes4(packed[:4])));
        return (packed[4:end], packed[end:]);
    }
}
