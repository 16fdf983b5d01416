use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::Value;

use super::{
    account::{self, computeAccountAddressCall, createAccountCall},
    cases, field,
    session::{ChainDigest, Session, getPermissionIdCall, getSessionDigestCall, grant_hash},
};
use crate::support::{DEVNET, operation::read};

const ACCOUNTS: &str = include_str!("../../../../../tests/vectors-nexus/accounts.json");
const PERMISSIONS: &str = include_str!("../../../../../tests/vectors-nexus/permissions.json");

sol! {
    function accountId() external view returns (string);
    function entryPoint() external view returns (address);
}

#[tokio::test]
async fn nexus_accounts_have_the_addresses_they_have_in_production() {
    let cases = cases(ACCOUNTS);

    assert_eq!(cases.len(), 30);
    for Case { input, output } in cases.iter().map(Case::new) {
        let init_data: Bytes = field(output, "initData");
        let salt: B256 = field::<U256>(input, "index").into();
        let is_ready = input["kind"] == "sessionReady";
        assert_eq!(
            account::init_data(field(output, "ownerAddress"), is_ready),
            init_data
        );
        let create = createAccountCall {
            initData: init_data.clone(),
            salt,
        };
        assert_eq!(
            Bytes::from(create.abi_encode()),
            field::<Bytes>(output, "factoryData")
        );

        let question = computeAccountAddressCall {
            initData: init_data,
            salt,
        };
        let address = read(field(output, "factory"), question.abi_encode()).await;

        let address = Address::abi_decode(&address).expect("an address");
        assert_eq!(address, field::<Address>(output, "accountAddress"), "{input}");
    }
}

#[tokio::test]
async fn sessions_have_the_identifiers_and_digests_of_production() {
    let cases = cases(PERMISSIONS);

    assert_eq!(cases.len(), 24);
    for Case { input, output } in cases.iter().map(Case::new) {
        let session: Session = field(input, "session");
        let smart_session = DEVNET.contracts().smart_session;

        let id = getPermissionIdCall {
            session: session.clone(),
        };
        let id = read(smart_session, id.abi_encode()).await;
        let digest = getSessionDigestCall {
            permissionId: field(output, "permissionId"),
            account: field(input, "account"),
            data: session,
            mode: field::<U256>(input, "mode").to(),
        };
        let digest = read(smart_session, digest.abi_encode()).await;

        assert_eq!(id, field::<Bytes>(output, "permissionId"), "{input}");
        assert_eq!(digest, field::<Bytes>(output, "digestNonce0"), "{input}");
        let digests = [ChainDigest {
            chainId: field(input, "chainId"),
            sessionDigest: B256::abi_decode(&digest).expect("a digest"),
        }];
        assert_eq!(
            grant_hash(&digests),
            field::<B256>(output, "signedHash"),
            "{input}"
        );
    }
}

#[tokio::test]
async fn the_implementation_tells_its_version_and_its_entry_point() {
    let at = DEVNET.contracts();

    let id = read(at.nexus_implementation, accountIdCall {}.abi_encode()).await;
    let entry_point = read(at.nexus_implementation, entryPointCall {}.abi_encode()).await;

    assert_eq!(String::abi_decode(&id).expect("text"), "biconomy.nexus.1.2.0");
    assert_eq!(
        Address::abi_decode(&entry_point).expect("an address"),
        at.entry_point_v07
    );
}

/// Input and output of a case.
struct Case<'a> {
    input: &'a Value,
    output: &'a Value,
}

impl<'a> Case<'a> {
    fn new(case: &'a Value) -> Self {
        Self {
            input: &case["input"],
            output: &case["output"],
        }
    }
}
