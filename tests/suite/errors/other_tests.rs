//! The codes that need a browser, the hooks or raw HTTP, with the tests that reach them.

use std::{fs, path::Path};

use super::codes;

/// A test with the code that it reaches.
pub(crate) struct Test {
    pub(crate) code: &'static str,
    pub(crate) file: &'static str,
    pub(crate) name: &'static str,
}

const CALL_GAS: &str = "src/pipeline/call_gas/tests.rs";
const CANCELLATION: &str = "src/pipeline/cancellation/tests.rs";
const CREATE_SESSION: &str = "src/client/create_session/tests.rs";
const SUBMIT: &str = "src/pipeline/submit/tests.rs";
const HTTP: &str = "src/rpc/http/tests.rs";
const IMPORT: &str = "src/session/smart_sessions/import/tests/refused.rs";
const IMPORTED_POLICIES: &str = "src/session/smart_sessions/import/tests/policies.rs";
const LAZY_KIND: &str = "tests/browser/lazy_kind.rs";
const LOCAL_STORE: &str = "tests/browser/local_store.rs";
const PROVIDER: &str = "src/hooks/provider/tests.rs";
const WALLET: &str = "tests/browser/wallet.rs";
const WALLET_ANSWERS: &str = "tests/browser/wallet_answers.rs";
const OWNERS: &str = "src/pipeline/owner/tests.rs";
const DELEGATED: &str = "tests/suite/nexus/delegated.rs";
const MIGRATED: &str = "tests/suite/nexus/migrated.rs";

pub(crate) const TESTS: [Test; 41] = [
    Test {
        code: "account.not_connected",
        file: PROVIDER,
        name: "an_act_without_an_account_says_what_to_do",
    },
    Test {
        code: "account.not_loaded",
        file: LAZY_KIND,
        name: "code_that_is_not_loaded_is_an_error_and_is_loaded_by_the_next_attempt",
    },
    Test {
        code: "account.leaves_behind",
        file: MIGRATED,
        name: "sessions_and_deposit_that_stay_behind_are_named_before_the_owner_signs",
    },
    Test {
        code: "account.no_delegation",
        file: DELEGATED,
        name: "delegation_that_the_owner_has_ended_is_made_again_by_the_owner_alone",
    },
    Test {
        code: "account.would_lock",
        file: MIGRATED,
        name: "migration_that_would_lock_the_account_is_refused_before_the_owner_signs",
    },
    Test {
        code: "account.other_delegate",
        file: DELEGATED,
        name: "delegation_to_another_contract_is_named_before_anything_is_signed",
    },
    Test {
        code: "owner.no_authorization",
        file: DELEGATED,
        name: "wallet_that_signs_no_authorization_is_asked_for_nothing_else",
    },
    Test {
        code: "refused.delegation",
        file: DELEGATED,
        name: "bundler_without_eip_7702_is_named_before_anything_is_signed",
    },
    Test {
        code: "component.disposed",
        file: PROVIDER,
        name: "nothing_panics_when_the_provider_goes_while_a_wallet_is_being_connected",
    },
    Test {
        code: "key.malformed",
        file: "src/signer/session_key.rs",
        name: "zero_and_numbers_beyond_the_order_are_no_keys",
    },
    Test {
        code: "device.wrong_clock",
        file: CREATE_SESSION,
        name: "a_clock_that_is_hours_behind_grants_nothing",
    },
    Test {
        code: "import.other_chain",
        file: IMPORT,
        name: "grant_that_is_not_that_of_the_account_is_an_error",
    },
    Test {
        code: "import.other_key",
        file: IMPORT,
        name: "grant_that_is_not_that_of_the_account_is_an_error",
    },
    Test {
        code: "import.other_module",
        file: IMPORT,
        name: "ledger_of_another_module_takes_no_grant",
    },
    Test {
        code: "import.unknown_contract",
        file: IMPORT,
        name: "grant_that_is_not_that_of_the_account_is_an_error",
    },
    Test {
        code: "import.unreadable_key",
        file: IMPORT,
        name: "several_owners_are_not_one_key",
    },
    Test {
        code: "import.unreadable_policy",
        file: IMPORTED_POLICIES,
        name: "init_data_of_another_length_is_an_error",
    },
    Test {
        code: "import.wrong_digest",
        file: IMPORT,
        name: "grant_that_is_not_that_of_the_account_is_an_error",
    },
    Test {
        code: "import.wrong_permission_id",
        file: IMPORT,
        name: "grant_that_is_not_that_of_the_account_is_an_error",
    },
    Test {
        code: "operation.deployment_pending",
        file: SUBMIT,
        name: "an_operation_that_deploys_the_account_is_not_pushed_out_by_another",
    },
    Test {
        code: "policy.unsupported",
        file: "tests/suite/toys.rs",
        name: "toy_account_refuses_sessions_by_a_typed_error",
    },
    Test {
        code: "service.estimated_without_code",
        file: CALL_GAS,
        name: "an_operation_that_would_do_nothing_is_not_signed",
    },
    Test {
        code: "owner.busy",
        file: WALLET,
        name: "a_wallet_that_does_not_connect_says_why",
    },
    Test {
        code: "owner.disconnected",
        file: WALLET,
        name: "a_wallet_that_does_not_connect_says_why",
    },
    Test {
        code: "owner.malformed_answer",
        file: WALLET,
        name: "a_signature_that_cannot_be_is_an_error",
    },
    Test {
        code: "owner.rejected",
        file: WALLET,
        name: "a_signature_that_cannot_be_is_an_error",
    },
    Test {
        code: "owner.other_chain",
        file: WALLET_ANSWERS,
        name: "what_a_wallet_throws_is_told_by_its_code_and_its_text",
    },
    Test {
        code: "owner.throttled",
        file: WALLET_ANSWERS,
        name: "what_a_wallet_throws_is_told_by_its_code_and_its_text",
    },
    Test {
        code: "owner.contract_wallet",
        file: OWNERS,
        name: "a_contract_wallet_is_named_before_anything_is_signed",
    },
    Test {
        code: "owner.unanswered",
        file: CANCELLATION,
        name: "a_cancelled_request_sends_nothing_and_can_be_made_again",
    },
    Test {
        code: "owner.wallet_failed",
        file: WALLET,
        name: "a_wallet_that_does_not_connect_says_why",
    },
    Test {
        code: "owner.wrong_signer",
        file: WALLET,
        name: "a_wallet_that_signs_as_somebody_else_is_found_out",
    },
    Test {
        code: "payment.not_given",
        file: "tests/suite/replace.rs",
        name: "gas_in_a_token_is_paid_again_when_that_is_said_again",
    },
    Test {
        code: "service.http_status",
        file: HTTP,
        name: "status_of_failure_tells_who_can_mend_it",
    },
    Test {
        code: "service.moved",
        file: HTTP,
        name: "status_of_failure_tells_who_can_mend_it",
    },
    Test {
        code: "service.not_found",
        file: HTTP,
        name: "status_of_failure_tells_who_can_mend_it",
    },
    Test {
        code: "store.full",
        file: LOCAL_STORE,
        name: "a_full_storage_says_so_and_keeps_the_old_text",
    },
    Test {
        code: "operation.not_cancellable",
        file: "tests/suite/nexus/acts.rs",
        name: "stuck_operation_of_a_session_is_sped_up_and_not_cancelled_by_the_owner",
    },
    Test {
        code: "refused.by_contract",
        file: "tests/suite/nexus/life.rs",
        name: "limits_are_counted_by_the_chain",
    },
    Test {
        code: "store.no_randomness",
        file: LOCAL_STORE,
        name: "without_random_numbers_there_is_no_key",
    },
    Test {
        code: "typed_data.ambiguous_type",
        file: "src/signer/typed_data/json/tests.rs",
        name: "two_structs_of_one_name_are_an_error",
    },
];

#[test]
fn other_tests_exist_and_assert_their_code() {
    let codes = codes();
    for Test { code, file, name } in TESTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = fs::read_to_string(path).unwrap();
        let (_, test) = source
            .split_once(&format!("fn {name}()"))
            .unwrap_or_else(|| panic!("{name} is gone"));
        let (test, _) = test.split_once("\n}\n").unwrap();
        let looks_at_variant = codes[code].iter().any(|variant| test.contains(variant));
        assert!(
            looks_at_variant || test.contains(code),
            "{name} in {file} does not look at {code}"
        );
    }
}
