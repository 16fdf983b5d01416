// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {IModule, VALIDATOR} from "./Modules.sol";
import {ValidatorList} from "./ValidatorList.sol";

/// Initializes an account, which delegates its first call to this contract.
contract NexusBootstrap is ValidatorList {
    error NoValidatorInstalled();

    struct BootstrapConfig {
        address module;
        bytes data;
    }

    struct BootstrapPreValidationHookConfig {
        uint256 hookType;
        address module;
        bytes data;
    }

    constructor(address defaultValidator) ValidatorList(defaultValidator) {}

    function initNexusWithDefaultValidator(bytes calldata data) external payable {
        _openList();
        IModule(DEFAULT_VALIDATOR).onInstall(data);
    }

    function initNexusWithDefaultValidatorAndOtherModulesNoRegistry(
        bytes calldata defaultValidatorInitData,
        BootstrapConfig[] calldata validators,
        BootstrapConfig[] calldata executors,
        BootstrapConfig calldata hook,
        BootstrapConfig[] calldata fallbacks,
        BootstrapPreValidationHookConfig[] calldata preValidationHooks
    ) external payable {
        _openList();
        IModule(DEFAULT_VALIDATOR).onInstall(defaultValidatorInitData);
        _installAll(validators);
        _rejectOthers(executors, hook, fallbacks, preValidationHooks);
    }

    function initNexusNoRegistry(
        BootstrapConfig[] calldata validators,
        BootstrapConfig[] calldata executors,
        BootstrapConfig calldata hook,
        BootstrapConfig[] calldata fallbacks,
        BootstrapPreValidationHookConfig[] calldata preValidationHooks
    ) external payable {
        require(validators.length > 0, NoValidatorInstalled());
        _openList();
        _installAll(validators);
        _rejectOthers(executors, hook, fallbacks, preValidationHooks);
    }

    function initNexusWithSingleValidatorNoRegistry(address validator, bytes calldata data) external payable {
        _openList();
        _install(VALIDATOR, validator, data);
    }

    function _installAll(BootstrapConfig[] calldata validators) private {
        for (uint256 i; i < validators.length; i++) {
            _install(VALIDATOR, validators[i].module, validators[i].data);
        }
    }

    function _rejectOthers(
        BootstrapConfig[] calldata executors,
        BootstrapConfig calldata hook,
        BootstrapConfig[] calldata fallbacks,
        BootstrapPreValidationHookConfig[] calldata preValidationHooks
    ) private pure {
        require(executors.length == 0, UnsupportedModuleType(2));
        require(fallbacks.length == 0, UnsupportedModuleType(3));
        require(hook.module == address(0), UnsupportedModuleType(4));
        require(preValidationHooks.length == 0, UnsupportedModuleType(8));
    }
}
