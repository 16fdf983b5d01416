// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {DENIED, IActionPolicy, PERMITTED, Policy} from "../Policies.sol";

enum Condition {
    EQUAL,
    GREATER_THAN,
    LESS_THAN,
    GREATER_THAN_OR_EQUAL,
    LESS_THAN_OR_EQUAL,
    NOT_EQUAL,
    IN_RANGE
}

struct LimitUsage {
    uint256 limit;
    uint256 used;
}

struct ParamRule {
    Condition condition;
    uint64 offset;
    bool isLimited;
    bytes32 ref;
    LimitUsage usage;
}

struct ParamRules {
    uint256 length;
    ParamRule[16] rules;
}

struct ActionConfig {
    uint256 valueLimitPerUse;
    ParamRules paramRules;
}

/// Permits calls by their value and by up to 16 rules on words of their arguments.
contract UniActionPolicy is Policy, IActionPolicy {
    uint256 private constant MOST_RULES = 16;

    mapping(bytes32 id => mapping(address multiplexer => mapping(address account => ActionConfig)))
        public actionConfigs;

    error InvalidRulesLength(uint256 length);
    error ValueLimitExceeded(bytes32 id, uint256 value, uint256 limit);

    /// Sets the rules. Their counters start at the given `used`.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        ActionConfig memory given = abi.decode(initData, (ActionConfig));
        uint256 length = given.paramRules.length;
        require(length <= MOST_RULES, InvalidRulesLength(length));
        ActionConfig storage config = actionConfigs[configId][msg.sender][account];
        config.valueLimitPerUse = given.valueLimitPerUse;
        config.paramRules.length = length;
        for (uint256 i; i < length; i++) config.paramRules.rules[i] = given.paramRules.rules[i];
        emit PolicySet(configId, msg.sender, account);
    }

    /// Checks a call. A configuration without rules is none.
    function checkAction(
        bytes32 id,
        address account,
        address,
        uint256 value,
        bytes calldata data
    ) external returns (uint256) {
        ActionConfig storage config = actionConfigs[id][msg.sender][account];
        uint256 length = config.paramRules.length;
        require(length > 0, PolicyNotInitialized(id, msg.sender, account));
        uint256 limit = config.valueLimitPerUse;
        require(value <= limit, ValueLimitExceeded(id, value, limit));
        for (uint256 i; i < length; i++) {
            if (!_check(config.paramRules.rules[i], data)) return DENIED;
        }
        return PERMITTED;
    }

    function _check(ParamRule storage rule, bytes calldata data) private returns (bool) {
        uint256 at = 4 + uint256(rule.offset);
        bytes32 argument = bytes32(data[at:at + 32]);
        if (!_isMet(rule.condition, argument, rule.ref)) return false;
        if (!rule.isLimited) return true;
        uint256 used = rule.usage.used + uint256(argument);
        if (used > rule.usage.limit) return false;
        rule.usage.used = used;
        return true;
    }

    function _isMet(Condition condition, bytes32 argument, bytes32 ref) private pure returns (bool) {
        if (condition == Condition.EQUAL) return argument == ref;
        if (condition == Condition.GREATER_THAN) return argument > ref;
        if (condition == Condition.LESS_THAN) return argument < ref;
        if (condition == Condition.GREATER_THAN_OR_EQUAL) return argument >= ref;
        if (condition == Condition.LESS_THAN_OR_EQUAL) return argument <= ref;
        if (condition == Condition.NOT_EQUAL) return argument != ref;
        // The lower bound in the high 16 bytes, the upper one in the low 16 bytes.
        uint256 bounds = uint256(ref);
        return uint256(argument) >= bounds >> 128 && uint256(argument) <= uint128(bounds);
    }
}
