use alloy::{
    primitives::{Address, address},
    signers::local::PrivateKeySigner,
};

use super::*;
use crate::{
    BiconomyV2, CreateSession, Error, ErrorKind, MemoryStore, Status, UserOpHash,
    hooks::{
        testing::{settle, with_owner},
        use_create_session, use_smart_account, use_user_op_wait,
    },
};

/// Returns the first account of a key, with the address that the factory computes.
fn account_of(key: &PrivateKeySigner) -> Address {
    crate::Account::of(key.address()).address()
}

fn key(byte: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_slice(&[byte; 32]).unwrap()
}

fn wallet(byte: u8) -> Wallet {
    Wallet::local(format!("key {byte}"), key(byte))
}

fn provide() -> UseSmartAccount {
    let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
    provide_smart_account(services, BiconomyV2::KIND, MemoryStore::default())
}

#[test]
fn a_connected_wallet_gives_its_smart_account() {
    with_owner(|_| {
        let account = provide();
        assert_eq!(account.address.get_untracked(), None);
        assert!(!account.is_loading.get_untracked());

        account.connect.mutate.run(wallet(7));
        assert!(account.is_loading.get_untracked());
        settle();

        assert_eq!(account.address.get_untracked(), Some(account_of(&key(7))));
        assert_eq!(account.connect.data.get_untracked(), Some(account_of(&key(7))));
        assert_eq!(account.owner.get_untracked(), Some(key(7).address()));
        assert_eq!(account.wallet.get_untracked(), Some(wallet(7)));
        assert_eq!(
            account.client.get_untracked().unwrap().services().chain_id(),
            80002
        );
        assert!(!account.is_loading.get_untracked());
    });
}

#[test]
fn another_wallet_takes_the_place_of_the_first() {
    with_owner(|_| {
        let account = provide();
        account.connect.mutate.run(wallet(7));
        settle();

        account.connect.mutate.run(wallet(8));
        settle();

        assert_eq!(account.address.get_untracked(), Some(account_of(&key(8))));
        assert_eq!(account.owner.get_untracked(), Some(key(8).address()));
    });
}

#[test]
fn the_wallet_that_was_chosen_last_is_connected_even_if_it_answers_first() {
    with_owner(|_| {
        let account = provide();
        let older = account.connect.mutate_async(wallet(7));

        account.connect.mutate.run(wallet(8));
        settle();
        leptos::reactive::spawn(async move {
            let late = older.await;
            assert!(
                matches!(late.as_ref().map_err(Error::kind), Err(ErrorKind::Owner(_))),
                "{late:?}"
            );
        });
        settle();

        assert_eq!(account.address.get_untracked(), Some(account_of(&key(8))));
    });
}

#[test]
fn disconnecting_forgets_also_what_is_still_being_connected() {
    with_owner(|_| {
        let account = provide();
        account.connect.mutate.run(wallet(7));
        settle();
        account.connect.mutate.run(wallet(8));

        account.disconnect.run(());
        settle();

        assert!(account.client.get_untracked().is_none());
        assert_eq!(account.address.get_untracked(), None);
        assert_eq!(account.owner.get_untracked(), None);
        assert_eq!(account.wallet.get_untracked(), None);
        assert_eq!(account.connect.status.get_untracked(), Status::Idle);
    });
}

#[test]
fn nothing_panics_when_the_provider_goes_while_a_wallet_is_being_connected() {
    with_owner(|owner| {
        let account = provide();
        let call = account.connect.mutate_async(wallet(7));

        owner.cleanup();
        leptos::reactive::spawn(async move { assert_eq!(call.await, Err(ErrorKind::Disposed.into())) });
        settle();

        assert_eq!(
            format!("{account:?}"),
            "UseSmartAccount { address: None, owner: None, .. }"
        );
    });
}

#[test]
fn an_act_without_an_account_says_what_to_do() {
    with_owner(|_| {
        provide();
        let create = use_create_session();
        let request = CreateSession::new([crate::Policy::new(
            address!("1758f42af7026fbbb559dc60ece0de3ef81f665e"),
            [0x40, 0xd0, 0x97, 0xc3],
        )]);

        create.mutate.run(request);
        settle();

        assert_eq!(create.error.get_untracked(), Some(ErrorKind::NotConnected.into()));
    });
}

#[test]
fn the_hooks_find_the_account_of_the_component_above() {
    with_owner(|owner| {
        let above = provide();
        above.connect.mutate.run(wallet(7));
        settle();

        let below = owner.child().with(use_smart_account);

        assert_eq!(below.address.get_untracked(), Some(account_of(&key(7))));
    });
}

#[test]
fn waiting_needs_a_provider_but_no_account() {
    with_owner(|_| {
        provide();

        let wait = use_user_op_wait(RwSignal::new(None::<UserOpHash>));

        assert_eq!(wait.status.get_untracked(), Status::Idle);
        assert_eq!(wait.data.get_untracked(), None);
    });
}

#[test]
#[should_panic(expected = "put the component inside a `SmartAccountProvider`")]
fn without_a_provider_a_hook_says_so() {
    with_owner(|_| {
        let _ = use_create_session();
    });
}
