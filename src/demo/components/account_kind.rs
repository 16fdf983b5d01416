use leptos::prelude::*;

use crate::demo::{
    config::{Kind, use_config},
    record::storage,
};

/// The name of the user's choice in the browser's local storage.
const NAME: &str = "night-bloom:account-kind";

/// The kind of accounts that the user has chosen.
#[derive(Clone, Copy)]
pub(crate) struct ChosenKind(RwSignal<Kind>);

impl ChosenKind {
    /// Restores the choice of the user's last visit, if the dapp still offers that kind.
    pub(crate) fn restore(kinds: &[Kind]) -> Self {
        let name = storage().and_then(|storage| storage.get_item(NAME).ok()?);
        let last = kinds.iter().find(|kind| Some(kind.label()) == name.as_deref());
        Self(RwSignal::new(*last.unwrap_or(&kinds[0])))
    }

    pub(crate) fn signal(self) -> Signal<Kind> {
        self.0.into()
    }

    fn choose(self, kind: Kind) {
        // If the browser refuses to store data, the choice ends with the page.
        if let Some(storage) = storage() {
            let _ = storage.set_item(NAME, kind.label());
        }
        self.0.set(kind);
    }
}

/// Selects the kind of the smart account, if the dapp offers several.
#[component]
pub(crate) fn AccountKind() -> impl IntoView {
    let kinds = use_config().kinds();
    let chosen = expect_context::<ChosenKind>();
    let option = move |kind: Kind| {
        view! {
            <option value=kind.label() prop:selected=move || chosen.0.get() == kind translate="no">
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
        }
    })
}
