use std::sync::Arc;

use alloy::primitives::Address;
use futures::FutureExt;
use leptos::{prelude::*, wasm_split::SplitLoaderError};
use send_wrapper::SendWrapper;
use use_aa::{AccountKind, AccountOwner, BoxFuture, SmartAccount, account::KindNotLoaded};

use crate::demo::{
    chunk::part,
    config::{Kind, use_config},
    record::storage,
};

/// The name of the user's choice in the browser's local storage.
const NAME: &str = "night-bloom:account-kind";

/// Returns the accounts of a kind.
type Accounts = fn(Kind) -> &'static dyn AccountKind;

/// The kind of accounts that the user has chosen. The code of accounts is loaded when the page needs one.
#[derive(Clone, Copy)]
pub(crate) struct ChosenKind {
    kind: RwSignal<Kind>,
    accounts: RwSignal<Option<Accounts>>,
}

impl ChosenKind {
    /// Restores the choice of the user's last visit, if the dapp still offers that kind.
    pub(crate) fn restore(kinds: &[Kind]) -> Self {
        let name = storage().and_then(|storage| storage.get_item(NAME).ok()?);
        let last = kinds.iter().find(|kind| Some(kind.label()) == name.as_deref());
        Self {
            kind: RwSignal::new(*last.unwrap_or(&kinds[0])),
            accounts: RwSignal::new(None),
        }
    }

    pub(crate) fn signal(self) -> Signal<Kind> {
        self.kind.into()
    }

    fn accounts(self) -> &'static dyn AccountKind {
        let accounts = self.accounts.get_untracked();
        accounts.expect("the provider loads the kind before it asks for an account")(
            self.kind.get_untracked(),
        )
    }

    fn choose(self, kind: Kind) {
        // If the browser refuses to store data, the choice ends with the page.
        if let Some(storage) = storage() {
            let _ = storage.set_item(NAME, kind.label());
        }
        self.kind.set(kind);
    }
}

impl AccountKind for ChosenKind {
    fn name(&self) -> &'static str {
        // When the code is there after a failed load, the provider tries again.
        self.accounts.track();
        self.kind.get().name()
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        self.accounts().owned_by(owner)
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        self.accounts().at(address)
    }

    fn load(&self) -> Option<BoxFuture<'static, Result<(), KindNotLoaded>>> {
        let loaded = self.accounts;
        let load = async move {
            let accounts = accounts().await.map_err(|_| KindNotLoaded)?;
            if loaded.try_with_untracked(Option::is_none) == Some(true) {
                loaded.set(Some(accounts));
            }
            Ok(())
        };
        let is_loaded = loaded.try_with_untracked(Option::is_some) != Some(false);
        (!is_loaded).then(|| SendWrapper::new(load).boxed())
    }
}

part! {
    in accounts: fn accounts() -> Result<Accounts, SplitLoaderError> {
        Ok(Kind::accounts)
    }
}

/// Selects the kind of the smart account, if the dapp offers several.
#[component]
pub(crate) fn SelectKind() -> impl IntoView {
    let kinds = use_config().kinds();
    let chosen = expect_context::<ChosenKind>();
    let option = move |kind: Kind| {
        view! {
            <option value=kind.label() prop:selected=move || chosen.kind.get() == kind translate="no">
                {kind.label()}
            </option>
        }
    };
    let choose = move |event| {
        let label = event_target_value(&event);
        if let Some(kind) = kinds.iter().find(|kind| kind.label() == label) {
            chosen.choose(*kind);
        }
    };
    (kinds.len() > 1).then(|| {
        view! {
            <p class="kind">
                <label for="account-kind">"Account kind"</label>
                <select id="account-kind" on:change=choose>
                    {kinds.iter().copied().map(option).collect_view()}
                </select>
            </p>
            {move || chosen.kind.get().hint().map(|hint| view! { <p>{hint}</p> })}
        }
    })
}
