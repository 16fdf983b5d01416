//! The pages of the dapp, and their routing by the hash of the URL.

mod activity;
mod hooks;
mod how_it_works;
mod mint;
mod sessions;

use futures::FutureExt;
use leptos::{ev, prelude::*, task::spawn_local, wasm_split::SplitLoaderError};
use leptos_use_event_listener::use_event_listener;

use self::{activity::Activity, hooks::Hooks, how_it_works::HowItWorks, mint::Mint, sessions::Sessions};
use super::chunk::{Chunk, Loading, View, part};

/// A page, selected by the hash of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Mint,
    Sessions,
    Activity,
    Hooks,
    HowItWorks,
}

impl Page {
    /// All pages, in the order of the header.
    pub(super) const ALL: [Self; 5] = [
        Self::Mint,
        Self::Sessions,
        Self::Activity,
        Self::Hooks,
        Self::HowItWorks,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Mint => "Mint",
            Self::Sessions => "Sessions",
            Self::Activity => "Activity",
            Self::Hooks => "Hooks",
            Self::HowItWorks => "How it works",
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Mint => "#/",
            Self::Sessions => "#/sessions",
            Self::Activity => "#/activity",
            Self::Hooks => "#/hooks",
            Self::HowItWorks => "#/how-it-works",
        }
    }

    pub(super) fn view(self) -> AnyView {
        match self {
            Self::Mint => view! { <Mint /> }.into_any(),
            page => view! { <Chunk load=move || page.load() meanwhile /> }.into_any(),
        }
    }

    /// Loads the page, or what the page loads later.
    pub(super) fn load(self) -> Loading {
        match self {
            Self::Mint => mint::load(),
            Self::Sessions => Box::pin(sessions_page()),
            Self::Activity => Box::pin(activity_page()),
            Self::Hooks => Box::pin(hooks_pages()),
            Self::HowItWorks => Box::pin(how_it_works()),
        }
    }

    /// Loads the page ahead of a click. A failure is shown when the page itself is opened.
    pub(super) fn fetch(self) {
        spawn_local(self.load().map(drop));
    }

    /// Returns the page of a hash, which may name a part of the page.
    fn at(address: &str) -> Option<Self> {
        let is_at = |page: &Self| match address.strip_prefix(page.path()) {
            Some(part) => part.is_empty() || part.starts_with('/'),
            // The page without a hash is the first one.
            None => address.len() < 2,
        };
        Self::ALL.into_iter().find(is_at)
    }
}

/// Creates the frame of a page that loads.
fn meanwhile() -> AnyView {
    view! { <main class="page" aria-busy="true"></main> }.into_any()
}

part! {
    in pages: fn sessions_page() -> Result<View, SplitLoaderError> {
        Ok(|| view! { <Sessions /> }.into_any())
    }
}

part! {
    in pages: fn activity_page() -> Result<View, SplitLoaderError> {
        Ok(|| view! { <Activity /> }.into_any())
    }
}

part! {
    in hooks: fn hooks_pages() -> Result<View, SplitLoaderError> {
        Ok(|| view! { <Hooks /> }.into_any())
    }
}

part! {
    in pages: fn how_it_works() -> Result<View, SplitLoaderError> {
        Ok(|| view! { <HowItWorks /> }.into_any())
    }
}

/// Returns the current page as a signal. The default is the first page.
pub(super) fn use_page() -> Signal<Page> {
    let address = use_address();
    Memo::new(move |_| address.with(|address| Page::at(address).unwrap_or(Page::Mint))).into()
}

/// Returns a signal that is true while the hash of the URL names a page that the dapp does not have.
pub(super) fn use_is_lost() -> Signal<bool> {
    let address = use_address();
    Signal::derive(move || address.with(|address| Page::at(address).is_none()))
}

/// Returns the hash of the URL, including `#`, as a signal.
fn use_address() -> Signal<String> {
    let here = || location().hash().unwrap_or_default();
    let address = RwSignal::new(here());
    let _stop = use_event_listener(window(), ev::hashchange, move |_| address.set(here()));
    address.into()
}
