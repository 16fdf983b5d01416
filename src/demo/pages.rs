//! The pages, and which one is shown.

mod how_it_works;
mod mint;

use leptos::{ev, prelude::*};

use self::{how_it_works::HowItWorks, mint::Mint};

/// A page, named by what stands behind `#` in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Mint,
    HowItWorks,
}

impl Page {
    /// All of them, as they stand in the header.
    pub(super) const ALL: [Self; 2] = [Self::Mint, Self::HowItWorks];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Mint => "Mint",
            Self::HowItWorks => "How it works",
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Mint => "#/",
            Self::HowItWorks => "#/how-it-works",
        }
    }

    pub(super) fn view(self) -> AnyView {
        match self {
            Self::Mint => view! { <Mint /> }.into_any(),
            Self::HowItWorks => view! { <HowItWorks /> }.into_any(),
        }
    }

    /// The page of an address; the first one where there is none.
    fn here() -> Self {
        let hash = location().hash().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|page| page.path() == hash)
            .unwrap_or(Self::Mint)
    }
}

/// The page that the address names, also when it changes.
pub(super) fn use_page() -> Signal<Page> {
    let page = RwSignal::new(Page::here());
    let listener = window_event_listener(ev::hashchange, move |_| page.set(Page::here()));
    on_cleanup(move || listener.remove());
    page.into()
}
