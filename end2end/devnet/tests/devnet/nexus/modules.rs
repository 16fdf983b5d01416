//! The modules of an account, its implementation and its callbacks.

use alloy::{
    primitives::{Address, B256, Bytes, U256, hex, keccak256},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::json;

use super::{
    account::Account,
    operation::Call,
    session::{isPermissionEnabledCall, minting, sudo},
};
use crate::support::{DEVNET, ask, operation::read};

sol! {
    function uninstallModule(uint256 moduleTypeId, address module, bytes deInitData) external payable;
    function isModuleInstalled(uint256 moduleTypeId, address module, bytes additionalContext) external view returns (bool);
    function getValidatorsPaginated(address cursor, uint256 size) external view returns (address[] array, address next);
    function upgradeToAndCall(address newImplementation, bytes data) external payable;
    function getPermissionIDs(address account) external view returns (bytes32[]);
    function getEnabledActions(address account, bytes32 permissionId) external view returns (bytes32[]);
    function getActionPolicies(address account, bytes32 permissionId, bytes32 actionId) external view returns (address[]);
    function isActionIdEnabled(address account, bytes32 permissionId, bytes32 actionId) external view returns (bool);
}

/// The start and the end of the list of validators.
const SENTINEL: Address = Address::with_last_byte(1);
/// The slot of the implementation (ERC-1967).
const IMPLEMENTATION: B256 = B256::new(hex!(
    "360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
));

async fn validators(account: Address) -> (Vec<Address>, Address) {
    let question = getValidatorsPaginatedCall {
        cursor: SENTINEL,
        size: U256::from(100),
    };
    let page = read(account, question.abi_encode()).await;
    <(Vec<Address>, Address)>::abi_decode_params(&page).expect("a page")
}

async fn is_installed(account: Address, module: Address) -> bool {
    let question = isModuleInstalledCall {
        moduleTypeId: U256::from(1),
        module,
        additionalContext: Bytes::new(),
    };
    bool::abi_decode(&read(account, question.abi_encode()).await).expect("a bool")
}

#[tokio::test]
async fn a_module_takes_its_sessions_with_it() {
    let module = DEVNET.contracts().smart_session;
    let account = Account::deployed().await;
    let session = minting(&account, vec![sudo()]).await;
    assert_eq!(validators(account.address).await, (vec![module], SENTINEL));
    assert!(is_installed(account.address, module).await);

    let uninstall = uninstallModuleCall {
        moduleTypeId: U256::from(1),
        module,
        deInitData: (SENTINEL, Bytes::new()).abi_encode_params().into(),
    };
    let uninstall = Call::new(account.address, uninstall.abi_encode());
    let receipt = account.execute(&[uninstall]).await.expect("a receipt");

    assert_eq!(receipt["success"], true);
    assert_eq!(validators(account.address).await, (Vec::new(), SENTINEL));
    assert!(!is_installed(account.address, module).await);
    let question = isPermissionEnabledCall {
        permissionId: session.id(),
        account: account.address,
    };
    let is_enabled = read(module, question.abi_encode()).await;
    assert!(!bool::abi_decode(&is_enabled).expect("a bool"));
}

#[tokio::test]
async fn sessions_are_listed_with_their_actions_and_policies() {
    let at = DEVNET.contracts();
    let account = Account::deployed().await;
    let session = minting(&account, vec![sudo()]).await;
    let (address, id) = (account.address, session.id());

    let ids = read(
        at.smart_session,
        getPermissionIDsCall { account: address }.abi_encode(),
    )
    .await;
    let actions = getEnabledActionsCall {
        account: address,
        permissionId: id,
    };
    let actions = read(at.smart_session, actions.abi_encode()).await;
    let actions = <Vec<B256>>::abi_decode(&actions).expect("a list");
    let policies = getActionPoliciesCall {
        account: address,
        permissionId: id,
        actionId: actions[0],
    };
    let policies = read(at.smart_session, policies.abi_encode()).await;

    assert_eq!(<Vec<B256>>::abi_decode(&ids).expect("a list"), [id]);
    assert_eq!(actions.len(), 1);
    assert_eq!(
        <Vec<Address>>::abi_decode(&policies).expect("a list"),
        [at.sudo_policy]
    );
    for (action, expected) in [(actions[0], true), (id, false)] {
        let question = isActionIdEnabledCall {
            account: address,
            permissionId: id,
            actionId: action,
        };
        let is_enabled = read(at.smart_session, question.abi_encode()).await;
        assert_eq!(bool::abi_decode(&is_enabled).expect("a bool"), expected);
    }
}

#[tokio::test]
async fn an_upgrade_writes_the_slots_of_both_versions() {
    let account = Account::deployed().await;
    let implementation = DEVNET.contracts().nexus_implementation;
    let upgrade = |to: Address| {
        let upgrade = upgradeToAndCallCall {
            newImplementation: to,
            data: Bytes::new(),
        };
        Call::new(account.address, upgrade.abi_encode())
    };
    let slot = async |slot: B256| {
        let value = ask(
            "/rpc",
            "eth_getStorageAt",
            json!([account.address, slot, "latest"]),
        )
        .await;
        serde_json::from_value::<B256>(value.expect("a word")).expect("a word")
    };

    let upgraded = account
        .execute(&[upgrade(implementation)])
        .await
        .expect("a receipt");
    let refused = account
        .execute(&[upgrade(Address::repeat_byte(9))])
        .await
        .expect("a receipt");

    assert_eq!(
        (&upgraded["success"], &refused["success"]),
        (&json!(true), &json!(false))
    );
    for at in [IMPLEMENTATION, account.address.into_word()] {
        assert_eq!(slot(at).await, implementation.into_word());
    }
}

#[tokio::test]
async fn an_account_receives_tokens_of_all_kinds() {
    let account = Account::deployed().await;

    for selector in [hex!("150b7a02"), hex!("f23a6e61"), hex!("bc197c81")] {
        let answer = read(account.address, selector.to_vec()).await;
        assert_eq!(answer[..4], selector);
    }
    let params = json!([{"to": account.address, "data": "0x12345678"}, "latest"]);
    let refusal = ask("/rpc", "eth_call", params)
        .await
        .expect_err("an unknown function");
    let error = keccak256("MissingFallbackHandler(bytes4)");
    let error = [&error[..4], &hex!("12345678"), &[0; 28]].concat();
    assert_eq!(refusal["data"], json!(Bytes::from(error)));
}
