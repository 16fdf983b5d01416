// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.27;

import {IModule, VALIDATOR} from "./Modules.sol";

/// The validators of an account: the default one and a linked list. Other module types are not supported.
abstract contract ValidatorList {
    address internal constant SENTINEL = address(1);

    /// The slot of the list, which must not collide with the storage of a delegating EOA or of a migrated account.
    bytes32 private constant SPACE = keccak256("use-aa.devnet.nexus.validators");

    address internal immutable DEFAULT_VALIDATOR;

    error DefaultValidatorAlreadyInstalled();
    error LinkedList_EntryAlreadyInList(address entry);
    error LinkedList_InvalidEntry(address entry);
    error LinkedList_InvalidPage();
    error MismatchModuleTypeId(uint256 moduleTypeId);
    error ModuleAddressCanNotBeZero();
    error ModuleNotInstalled(uint256 moduleTypeId, address module);
    error UnsupportedModuleType(uint256 moduleTypeId);

    event ModuleInstalled(uint256 moduleTypeId, address module);
    event ModuleUninstalled(uint256 moduleTypeId, address module);

    constructor(address defaultValidator) {
        DEFAULT_VALIDATOR = defaultValidator;
    }

    /// Returns at most `size` validators that follow `cursor`, and the cursor of the next page.
    function getValidatorsPaginated(
        address cursor,
        uint256 size
    ) external view returns (address[] memory page, address next) {
        require(size > 0, LinkedList_InvalidPage());
        mapping(address => address) storage list = _list();
        uint256 count;
        next = list[cursor];
        while (next != SENTINEL && next != address(0) && count < size) {
            next = list[next];
            count++;
        }
        page = new address[](count);
        address entry = cursor;
        for (uint256 i; i < count; i++) {
            entry = list[entry];
            page[i] = entry;
        }
        // A page that does not reach the end continues after its last entry.
        if (next != SENTINEL && count > 0) next = entry;
    }

    function isModuleInstalled(uint256 moduleType, address module, bytes calldata) public view returns (bool) {
        return moduleType == VALIDATOR && _isInList(module);
    }

    function _install(uint256 moduleType, address module, bytes calldata data) internal {
        require(moduleType == VALIDATOR, UnsupportedModuleType(moduleType));
        require(module != address(0), ModuleAddressCanNotBeZero());
        require(module != DEFAULT_VALIDATOR, DefaultValidatorAlreadyInstalled());
        require(IModule(module).isModuleType(VALIDATOR), MismatchModuleTypeId(moduleType));
        require(!_isInList(module), LinkedList_EntryAlreadyInList(module));
        _openList();
        mapping(address => address) storage list = _list();
        list[module] = list[SENTINEL];
        list[SENTINEL] = module;
        IModule(module).onInstall(data);
        emit ModuleInstalled(moduleType, module);
    }

    /// Removes a module; `data` holds the previous entry of the list and the module's own data.
    function _uninstall(uint256 moduleType, address module, bytes calldata data) internal {
        require(isModuleInstalled(moduleType, module, data), ModuleNotInstalled(moduleType, module));
        (address previous, bytes memory moduleData) = abi.decode(data, (address, bytes));
        mapping(address => address) storage list = _list();
        require(list[previous] == module, LinkedList_InvalidEntry(previous));
        list[previous] = list[module];
        delete list[module];
        // A module must not prevent its own removal.
        try IModule(module).onUninstall(moduleData) {} catch {}
        emit ModuleUninstalled(moduleType, module);
    }

    function _openList() internal {
        mapping(address => address) storage list = _list();
        if (list[SENTINEL] == address(0)) list[SENTINEL] = SENTINEL;
    }

    function _hasList() internal view returns (bool) {
        return _list()[SENTINEL] != address(0);
    }

    function _isInList(address validator) internal view returns (bool) {
        return validator != SENTINEL && _list()[validator] != address(0);
    }

    function _list() private pure returns (mapping(address => address) storage list) {
        bytes32 slot = SPACE;
        assembly {
            list.slot := slot
        }
    }
}
