use leptos::prelude::*;
use use_aa::{Error, Query};

use super::Failure;
use crate::demo::nft::{Garden, Nft};

/// The account's flowers, newest first, with a placeholder for one that is being minted.
#[component]
pub(crate) fn Gallery(
    /// The flowers.
    garden: Query<Garden>,
    /// The error of reading the flowers.
    error: Signal<Option<Error>>,
    /// True while a mint is pending.
    is_opening: Signal<bool>,
) -> impl IntoView {
    let count = Memo::new(move |_| {
        garden
            .data
            .with(|garden| garden.as_ref().map_or(0, |garden| garden.count))
    });
    let counted = move || match count.get() {
        0 => String::new(),
        1 => "1 flower".to_owned(),
        count => format!("{count} flowers"),
    };
    let is_bare = move || count.get() == 0 && !is_opening.get();
    let bare = move || match garden.is_error.get() {
        true => (
            "Out of sight",
            "Your flowers are shown as soon as the chain can be read.",
        ),
        false => (
            "Nothing planted yet",
            "Each flower is drawn on the chain, from its number and its minter. Your first one opens here.",
        ),
    };
    let flowers = move || garden.data.get().unwrap_or_default().latest;
    view! {
        <header>
            <h2>"Your garden"</h2>
            <p translate="no" prop:textContent=counted></p>
        </header>
        <Failure error retry=garden.refetch />
        <div class="bare" hidden=move || !is_bare()>
            <img src="bud.svg" alt="" />
            <strong prop:textContent=move || bare().0></strong>
            <p prop:textContent=move || bare().1></p>
        </div>
        <ul class="flowers" aria-label="Minted NFTs" hidden=is_bare>
            <Show when=move || is_opening.get()>
                <li class="bud" aria-hidden="true">
                    <img src="bud.svg" alt="" />
                </li>
            </Show>
            <For each=flowers key=|nft| nft.id let(nft)>
                <Flower nft />
            </For>
        </ul>
    }
}

#[component]
fn Flower(nft: Nft) -> impl IntoView {
    let Nft { name, picture, .. } = nft;
    match picture {
        // Inside `<img>` an SVG runs no scripts and fetches nothing.
        Ok(picture) => view! {
            <li>
                <img src=picture alt=name />
            </li>
        }
        .into_any(),
        Err(error) => view! {
            <li class="unseen" data-code=error.code()>
                {format!("{name}: {error}")}
            </li>
        }
        .into_any(),
    }
}
