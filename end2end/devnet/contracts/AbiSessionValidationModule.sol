// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.17;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {UserOperation} from "@account-abstraction/contracts/interfaces/UserOperation.sol";
import {ISessionValidationModule} from "@biconomy-devx/account-contracts-v2/contracts/smart-account/modules/SessionValidationModules/ISessionValidationModule.sol";

/// Lets a session key make one kind of call: this contract, this function, at most this value, and arguments that
/// keep every rule. It holds no state, so each limit is per call and never cumulative.
///
/// Session key data, packed:
///   session key (20) || contract (20) || selector (4) || value limit (16) || number of rules (2) || rules
/// and a rule:
///   offset into the arguments (2) || condition (1) || reference value (32)
contract AbiSessionValidationModule is ISessionValidationModule {
    uint256 private constant RULES_AT = 62;
    uint256 private constant RULE_SIZE = 35;

    uint256 private constant EQUAL = 0;
    uint256 private constant AT_MOST = 1;
    uint256 private constant LESS = 2;
    uint256 private constant AT_LEAST = 3;
    uint256 private constant GREATER = 4;
    uint256 private constant NOT_EQUAL = 5;

    /// Whether the session key signed `userOpHash` (EIP-191). Reverts unless the operation's one call is permitted.
    function validateSessionUserOp(
        UserOperation calldata op,
        bytes32 userOpHash,
        bytes calldata sessionKeyData,
        bytes calldata signature
    ) external pure override returns (bool) {
        require(_isExecute(op.callData), "ABISV Not Execute Selector");
        (address to, uint256 value, bytes memory data) = abi.decode(op.callData[4:], (address, uint256, bytes));

        address sessionKey = _permit(to, value, data, sessionKeyData);
        return ECDSA.recover(ECDSA.toEthSignedMessageHash(userOpHash), signature) == sessionKey;
    }

    /// The session key that may make this call. Reverts unless the call is permitted.
    function validateSessionParams(
        address to,
        uint256 value,
        bytes calldata data,
        bytes calldata sessionKeyData,
        bytes calldata
    ) external pure override returns (address) {
        return _permit(to, value, data, sessionKeyData);
    }

    function _permit(
        address to,
        uint256 value,
        bytes memory data,
        bytes calldata sessionKeyData
    ) private pure returns (address) {
        require(to == address(bytes20(sessionKeyData[20:40])), "ABISV Destination Forbidden");
        // The published module slices the data, and reverts without a reason where there is none.
        require(data.length >= 4);
        require(bytes4(data) == bytes4(sessionKeyData[40:44]), "ABISV Selector Forbidden");
        require(value <= uint128(bytes16(sessionKeyData[44:60])), "ABISV Permitted Value Exceeded");
        require(_keepsRules(data, sessionKeyData), "ABISV Arg Rule Violated");
        return address(bytes20(sessionKeyData[0:20]));
    }

    function _keepsRules(bytes memory data, bytes calldata sessionKeyData) private pure returns (bool) {
        uint256 end = RULES_AT + RULE_SIZE * uint16(bytes2(sessionKeyData[60:RULES_AT]));
        for (uint256 at = RULES_AT; at < end; at += RULE_SIZE) {
            uint256 offset = uint16(bytes2(sessionKeyData[at:at + 2]));
            // As the published module: without a reason.
            require(4 + offset + 32 <= data.length);

            uint256 argument;
            assembly ("memory-safe") {
                argument := mload(add(add(data, 36), offset))
            }
            uint256 condition = uint8(sessionKeyData[at + 2]);
            uint256 bound = uint256(bytes32(sessionKeyData[at + 3:at + RULE_SIZE]));
            if (!_holds(argument, condition, bound)) return false;
        }
        return true;
    }

    function _holds(uint256 argument, uint256 condition, uint256 bound) private pure returns (bool) {
        if (condition == EQUAL) return argument == bound;
        if (condition == AT_MOST) return argument <= bound;
        if (condition == LESS) return argument < bound;
        if (condition == AT_LEAST) return argument >= bound;
        if (condition == GREATER) return argument > bound;
        if (condition == NOT_EQUAL) return argument != bound;
        return false;
    }

    function _isExecute(bytes calldata callData) private pure returns (bool) {
        if (callData.length < 4) return false;
        bytes4 selector = bytes4(callData);
        return selector == EXECUTE_OPTIMIZED_SELECTOR || selector == EXECUTE_SELECTOR;
    }
}
