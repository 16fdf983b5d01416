//! Errors that need a browser or the hooks, and the tests that reach them.

use std::{fs, path::Path};

/// A test, and the error that it reaches.
pub(crate) struct Test {
    pub(crate) variant: &'static str,
    pub(crate) file: &'static str,
    pub(crate) name: &'static str,
}

const CALL_GAS: &str = "src/client/call_gas/tests.rs";
const CREATE_SESSION: &str = "src/client/create_session/tests.rs";
const HAND_OVER: &str = "src/client/hand_over/tests.rs";
const LOCAL_STORE: &str = "tests/browser/local_store.rs";
const PROVIDER: &str = "src/hooks/provider/tests.rs";
const WALLET: &str = "tests/browser/wallet.rs";

pub(crate) const TESTS: [Test; 14] = [
    Test {
        variant: "Error::Deploying",
        file: HAND_OVER,
        name: "an_operation_that_deploys_the_account_is_not_pushed_out_by_another",
    },
    Test {
        variant: "Error::Disposed",
        file: PROVIDER,
        name: "nothing_panics_when_the_provider_goes_while_a_wallet_is_being_connected",
    },
    Test {
        variant: "Error::NotConnected",
        file: PROVIDER,
        name: "an_act_without_an_account_says_what_to_do",
    },
    Test {
        variant: "Error::PaymentNotGiven",
        file: "tests/replace.rs",
        name: "gas_in_a_token_is_paid_again_when_that_is_said_again",
    },
    Test {
        variant: "Error::WrongClock",
        file: CREATE_SESSION,
        name: "a_clock_that_is_hours_behind_grants_nothing",
    },
    Test {
        variant: "Failure::NoCode",
        file: CALL_GAS,
        name: "an_operation_that_would_do_nothing_is_not_signed",
    },
    Test {
        variant: "OwnerError::Busy",
        file: WALLET,
        name: "a_wallet_that_does_not_connect_says_why",
    },
    Test {
        variant: "OwnerError::Disconnected",
        file: WALLET,
        name: "a_wallet_that_does_not_connect_says_why",
    },
    Test {
        variant: "OwnerError::Malformed",
        file: WALLET,
        name: "a_signature_that_cannot_be_is_an_error",
    },
    Test {
        variant: "OwnerError::Rejected",
        file: WALLET,
        name: "a_signature_that_cannot_be_is_an_error",
    },
    Test {
        variant: "OwnerError::Wallet",
        file: WALLET,
        name: "a_wallet_that_does_not_connect_says_why",
    },
    Test {
        variant: "OwnerError::WrongSigner",
        file: WALLET,
        name: "a_wallet_that_signs_as_somebody_else_is_found_out",
    },
    Test {
        variant: "StoreError::Full",
        file: LOCAL_STORE,
        name: "a_full_storage_says_so_and_keeps_the_old_text",
    },
    Test {
        variant: "StoreError::NoRandomness",
        file: LOCAL_STORE,
        name: "without_random_numbers_there_is_no_key",
    },
];

#[test]
fn tests_elsewhere_are_there_and_look_at_their_error() {
    for Test { variant, file, name } in TESTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = fs::read_to_string(path).unwrap();
        let (_, test) = source
            .split_once(&format!("fn {name}()"))
            .unwrap_or_else(|| panic!("{name} is gone"));
        let (test, _) = test.split_once("\n}\n").unwrap();
        assert!(
            test.contains(variant),
            "{name} in {file} does not look at {variant}"
        );
    }
}
