// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {IEntryPoint} from "@account-abstraction/contracts/interfaces/IEntryPoint.sol";
import {IPaymaster} from "@account-abstraction/contracts/interfaces/IPaymaster.sol";
import {PackedUserOperation} from "@account-abstraction/contracts/interfaces/PackedUserOperation.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// A verifying paymaster for entry points from 0.7 on. It sponsors, or charges an ERC-20 token.
///
/// Paymaster data: validUntil, validAfter, token (zero to sponsor), rate (token units for 1e18 wei), one word each, then
/// the signer's signature (65 bytes) of everything but the account's signature.
contract ModernPaymaster is IPaymaster {
    using SafeERC20 for IERC20;

    uint256 private constant LIMITS_AT = 20;
    uint256 private constant TERMS_AT = 52;
    uint256 private constant SIGNATURE_AT = TERMS_AT + 4 * 32;
    uint256 private constant POST_OP_GAS = 45_000;

    IEntryPoint public immutable entryPoint;
    address public immutable signer;

    event Paid(address indexed account, address indexed token, uint256 amount);

    constructor(address anEntryPoint, address aSigner) {
        entryPoint = IEntryPoint(anEntryPoint);
        signer = aSigner;
    }

    /// Computes the hash that the signer signs as a personal message.
    function getHash(PackedUserOperation calldata op) public view returns (bytes32) {
        bytes32 calls = keccak256(abi.encode(op.sender, op.nonce, keccak256(op.initCode), keccak256(op.callData)));
        bytes32 gas = keccak256(
            abi.encode(
                op.accountGasLimits,
                bytes32(op.paymasterAndData[LIMITS_AT:TERMS_AT]),
                op.preVerificationGas,
                op.gasFees
            )
        );
        bytes32 terms = keccak256(op.paymasterAndData[TERMS_AT:SIGNATURE_AT]);
        return keccak256(abi.encode(block.chainid, address(this), calls, gas, terms));
    }

    /// @inheritdoc IPaymaster
    function validatePaymasterUserOp(
        PackedUserOperation calldata op,
        bytes32,
        uint256
    ) external view override returns (bytes memory context, uint256 validationData) {
        require(msg.sender == address(entryPoint), "only the entry point");
        (uint48 validUntil, uint48 validAfter, address token, uint256 rate) = abi.decode(
            op.paymasterAndData[TERMS_AT:SIGNATURE_AT],
            (uint48, uint48, address, uint256)
        );
        bytes32 hash = MessageHashUtils.toEthSignedMessageHash(getHash(op));
        (address by, ECDSA.RecoverError error, ) = ECDSA.tryRecover(hash, op.paymasterAndData[SIGNATURE_AT:]);
        uint256 failed = error == ECDSA.RecoverError.NoError && by == signer ? 0 : 1;
        validationData = failed | (uint256(validUntil) << 160) | (uint256(validAfter) << 208);
        if (token != address(0)) context = abi.encode(op.sender, token, rate);
    }

    /// @inheritdoc IPaymaster
    function postOp(
        PostOpMode mode,
        bytes calldata context,
        uint256 actualGasCost,
        uint256 actualUserOpFeePerGas
    ) external override {
        require(msg.sender == address(entryPoint), "only the entry point");
        (address account, address token, uint256 rate) = abi.decode(context, (address, address, uint256));
        uint256 cost = actualGasCost + POST_OP_GAS * actualUserOpFeePerGas;
        uint256 charge = (cost * rate + 1e18 - 1) / 1e18;
        bool covered = IERC20(token).balanceOf(account) >= charge &&
            IERC20(token).allowance(account, address(this)) >= charge;
        // Undo the calls of an account that does not pay for them. A reverted operation may owe the charge.
        require(covered || mode != PostOpMode.opSucceeded, "token payment not covered");
        if (!covered) return;
        IERC20(token).safeTransferFrom(account, address(this), charge);
        emit Paid(account, token, charge);
    }
}
