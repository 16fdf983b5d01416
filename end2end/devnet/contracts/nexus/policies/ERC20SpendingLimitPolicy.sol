// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {DENIED, IActionPolicy, PERMITTED, Policy} from "../Policies.sol";

/// Permits a total amount of each listed token, spent or approved.
contract ERC20SpendingLimitPolicy is Policy, IActionPolicy {
    bytes4 private constant TRANSFER = 0xa9059cbb;
    bytes4 private constant TRANSFER_FROM = 0x23b872dd;
    bytes4 private constant APPROVE = 0x095ea7b3;
    bytes4 private constant INCREASE_ALLOWANCE = 0x39509351;

    struct TokenPolicyData {
        uint256 spendingLimit;
        uint256 alreadySpent;
        uint256 approvedAmount;
    }

    mapping(bytes32 id => mapping(address multiplexer => mapping(address token => mapping(address account => TokenPolicyData))))
        private _policyData;

    event TokenSpent(
        bytes32 id,
        address multiplexer,
        address token,
        address account,
        uint256 amount,
        uint256 remaining
    );

    error InvalidLimit(uint256 limit);
    error InvalidTokenAddress(address token);

    /// Sets the limit of each token, and its counters to 0.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        (address[] memory tokens, uint256[] memory limits) = abi.decode(initData, (address[], uint256[]));
        for (uint256 i; i < tokens.length; i++) {
            require(tokens[i] != address(0), InvalidTokenAddress(tokens[i]));
            require(limits[i] > 0, InvalidLimit(limits[i]));
            _policyData[configId][msg.sender][tokens[i]][account] = TokenPolicyData(limits[i], 0, 0);
        }
        emit PolicySet(configId, msg.sender, account);
    }

    /// Checks a call. A token that is not listed has the limit 0.
    function checkAction(
        bytes32 id,
        address account,
        address target,
        uint256 value,
        bytes calldata data
    ) external returns (uint256) {
        if (value != 0) return DENIED;
        bytes4 selector = bytes4(data[:4]);
        TokenPolicyData storage token = _policyData[id][msg.sender][target][account];
        uint256 amount;
        if (selector == TRANSFER) {
            (, amount) = abi.decode(data[4:], (address, uint256));
        } else if (selector == TRANSFER_FROM) {
            address to;
            (, to, amount) = abi.decode(data[4:], (address, address, uint256));
            if (to == account) amount = 0;
        } else if (selector == APPROVE || selector == INCREASE_ALLOWANCE) {
            (, amount) = abi.decode(data[4:], (address, uint256));
            return _book(token, 0, amount);
        } else {
            return DENIED;
        }
        uint256 result = _book(token, amount, 0);
        uint256 remaining = token.spendingLimit - token.alreadySpent - token.approvedAmount;
        if (result == PERMITTED) emit TokenSpent(id, msg.sender, target, account, amount, remaining);
        return result;
    }

    function getPolicyData(
        bytes32 id,
        address multiplexer,
        address token,
        address account
    ) external view returns (uint256 spendingLimit, uint256 alreadySpent, uint256 approvedAmount) {
        TokenPolicyData storage data = _policyData[id][multiplexer][token][account];
        return (data.spendingLimit, data.alreadySpent, data.approvedAmount);
    }

    function _book(TokenPolicyData storage token, uint256 spent, uint256 approved) private returns (uint256) {
        (uint256 allSpent, uint256 allApproved) = (token.alreadySpent + spent, token.approvedAmount + approved);
        if (allSpent + allApproved > token.spendingLimit) return DENIED;
        if (spent > 0) token.alreadySpent = allSpent;
        if (approved > 0) token.approvedAmount = allApproved;
        return PERMITTED;
    }
}
