// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.17;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPaymaster} from "@account-abstraction/contracts/interfaces/IPaymaster.sol";
import {UserOperation} from "@account-abstraction/contracts/interfaces/UserOperation.sol";
import {_packValidationData} from "@account-abstraction/contracts/core/Helpers.sol";

/// Pays for an operation and takes an ERC-20 token for it, at a rate that `signer` vouches for.
///
/// paymasterAndData: this address (20) || abi.encode(uint48 validUntil, uint48 validAfter, address token, uint256 rate)
/// || signature (65). The rate is in units of the token for 1e18 wei. The account must have approved this contract,
/// which its own call may do: the token is taken after the call.
contract TokenPaymaster is IPaymaster {
    using SafeERC20 for IERC20;

    /// The account called, but neither its balance nor its allowance covers the charge.
    event PaymentDue(address indexed account, address indexed token, uint256 charge);
    /// `charge` units of `token` were taken for an operation of `account`.
    event Paid(address indexed account, address indexed token, uint256 charge);

    /// What postOp itself costs, and what the entry point spends around it.
    uint256 public constant POST_OP_GAS = 45_000;

    uint256 private constant TERMS_AT = 20;
    uint256 private constant SIGNATURE_AT = TERMS_AT + 4 * 32;

    address public immutable entryPoint;
    address public immutable signer;

    constructor(address entryPoint_, address signer_) {
        entryPoint = entryPoint_;
        signer = signer_;
    }

    /// What `signer` signs (EIP-191) to offer `terms`, the encoded tuple without paymaster and signature.
    function getHash(UserOperation calldata op, bytes calldata terms) public view returns (bytes32) {
        bytes32 calls = keccak256(
            abi.encode(op.sender, op.nonce, keccak256(op.initCode), keccak256(op.callData))
        );
        bytes32 gas = keccak256(
            abi.encode(
                op.callGasLimit,
                op.verificationGasLimit,
                op.preVerificationGas,
                op.maxFeePerGas,
                op.maxPriorityFeePerGas
            )
        );
        return keccak256(abi.encode(block.chainid, address(this), calls, gas, keccak256(terms)));
    }

    /// @inheritdoc IPaymaster
    function validatePaymasterUserOp(
        UserOperation calldata op,
        bytes32,
        uint256
    ) external view override returns (bytes memory context, uint256 validationData) {
        require(msg.sender == entryPoint, "only the entry point");
        bytes calldata terms = op.paymasterAndData[TERMS_AT:SIGNATURE_AT];
        (uint48 validUntil, uint48 validAfter, address token, uint256 rate) = abi.decode(
            terms,
            (uint48, uint48, address, uint256)
        );
        validationData = _packValidationData(!_isOffered(op, terms), validUntil, validAfter);
        context = abi.encode(op.sender, token, rate, op.maxFeePerGas);
    }

    function _isOffered(UserOperation calldata op, bytes calldata terms) private view returns (bool) {
        bytes32 hash = ECDSA.toEthSignedMessageHash(getHash(op, terms));
        (address by, ECDSA.RecoverError error) = ECDSA.tryRecover(hash, op.paymasterAndData[SIGNATURE_AT:]);
        return error == ECDSA.RecoverError.NoError && by == signer;
    }

    /// @inheritdoc IPaymaster
    function postOp(PostOpMode mode, bytes calldata context, uint256 actualGasCost) external override {
        require(msg.sender == entryPoint, "only the entry point");
        (address account, address token, uint256 rate, uint256 maxFeePerGas) = abi.decode(
            context,
            (address, address, uint256, uint256)
        );
        uint256 gasPrice = tx.gasprice < maxFeePerGas ? tx.gasprice : maxFeePerGas;
        uint256 charge = ((actualGasCost + POST_OP_GAS * gasPrice) * rate + 1e18 - 1) / 1e18;

        bool covered = IERC20(token).balanceOf(account) >= charge &&
            IERC20(token).allowance(account, address(this)) >= charge;
        if (covered) {
            IERC20(token).safeTransferFrom(account, address(this), charge);
            emit Paid(account, token, charge);
        } else {
            // Undo the calls of an account that does not pay for them; when nothing is left to undo, record the debt.
            require(mode != PostOpMode.opSucceeded, "token payment not covered");
            emit PaymentDue(account, token, charge);
        }
    }

    /// Hands collected tokens to `to`.
    function withdraw(address token, address to, uint256 amount) external {
        require(msg.sender == signer, "only the signer");
        IERC20(token).safeTransfer(to, amount);
    }
}
