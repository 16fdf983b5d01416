//! A page for each hook: its description, a running example, its states, and the example's source.

mod groups;
mod reference;
mod states;
mod use_batch_session;
mod use_cancel;
mod use_create_batch_session;
mod use_create_session;
mod use_deploy_smart_account;
mod use_gas_estimate;
mod use_migrate;
mod use_pending_user_ops;
mod use_renew_session;
mod use_revoke_session;
mod use_send_gas_token_transaction;
mod use_send_sponsored_transaction;
mod use_send_transaction;
mod use_send_withdrawals;
mod use_session;
mod use_session_allowance;
mod use_session_allows;
mod use_session_status;
mod use_sessions;
mod use_smart_account;
mod use_speed_up;
mod use_token_fees;
mod use_user_op_status;
mod use_user_op_wait;
mod use_wallets;

use leptos::{html, prelude::*};
use use_aa::use_smart_account;
use web_sys::FocusOptions;

use self::{
    groups::{Example, GROUPS, Group, Hook, Setting},
    reference::Reference,
};
use super::use_address;
use crate::demo::{
    components::{Alert, ChainNotice, ChosenKind, ConnectWallet, SmartAccount},
    config::use_config,
};

impl Hook {
    fn path(&self) -> String {
        format!("#/hooks/{}", self.name)
    }

    /// Returns the hook of a URL hash.
    fn at(address: &str) -> Option<&'static Self> {
        let hooks = GROUPS.iter().flat_map(|group| group.hooks);
        hooks.into_iter().find(|hook| hook.path() == address)
    }
}

/// The page of the hook in the URL hash, or the list of hooks.
#[component]
pub(crate) fn Hooks() -> impl IntoView {
    let address = use_address();
    let path = Memo::new(move |_| address.with(|address| Hook::at(address).map(Hook::path)));
    let title = document().title();
    on_cleanup({
        let title = title.clone();
        move || document().set_title(&title)
    });
    let heading = NodeRef::new();
    Effect::new(move |before: Option<()>| {
        let hook = path.with(|path| Hook::at(path.as_deref()?));
        document()
            .set_title(&hook.map_or_else(|| title.clone(), |hook| format!("{} · Night Bloom", hook.name)));
        // The focus announces the new page to screen readers.
        if before.is_some() {
            request_animation_frame(move || focus(heading));
        }
    });
    let page = move |path: Option<String>| match path.and_then(|path| Hook::at(&path)) {
        Some(hook) => view! { <HookPage hook heading /> }.into_any(),
        None => view! { <List heading /> }.into_any(),
    };
    // Keyed, so that each page is created anew: its texts may be translated.
    view! { <For each=move || [path.get()] key=Option::clone children=page /> }
}

fn focus(heading: NodeRef<html::H1>) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(heading) = heading.get_untracked() {
        let _ = heading.focus_with_options(&options);
    }
}

/// The list of all hooks with their descriptions.
#[component]
fn List(heading: NodeRef<html::H1>) -> impl IntoView {
    let item = |hook: &'static Hook| {
        view! {
            <li>
                <Link hook />
                <p>{hook.does}</p>
            </li>
        }
    };
    let group = move |group: &'static Group| {
        view! {
            <section>
                <h2>{group.title}</h2>
                <ul>{group.hooks.iter().map(item).collect_view()}</ul>
            </section>
        }
    };
    view! {
        <main class="hooks">
            <h1 node_ref=heading tabindex="-1">
                "Hooks"
            </h1>
            <p class="lead">"One page for each of them, with a small example that runs on this chain, and its source to copy."</p>
            {GROUPS.iter().map(group).collect_view()}
        </main>
    }
}

/// A link to a hook's page.
#[component]
fn Link(hook: &'static Hook, #[prop(optional)] is_here: bool) -> impl IntoView {
    view! {
        <a href=hook.path() aria-current=is_here.then_some("page")>
            <code translate="no">{breakable(hook.name)}</code>
        </a>
    }
}

/// Renders a name that may wrap after each word.
fn breakable(name: &'static str) -> impl IntoView {
    name.split_inclusive('_')
        .map(|word| view! { {word} <wbr /> })
        .collect_view()
}

/// The page of one hook.
#[component]
fn HookPage(hook: &'static Hook, heading: NodeRef<html::H1>) -> impl IntoView {
    let entry =
        move |other: &'static Hook| view! { <li><Link hook=other is_here=other.name == hook.name /></li> };
    let menu = GROUPS.iter().map(move |group| {
        view! {
            <li>
                <span>{group.title}</span>
                <ul>{group.hooks.iter().map(entry).collect_view()}</ul>
            </li>
        }
    });
    view! {
        <div class="with-menu">
            <nav class="menu" aria-label="Hooks">
                <ul>{menu.collect_view()}</ul>
            </nav>
            <main class="hook">
                <a class="back" href="#/hooks">
                    "All hooks"
                </a>
                <h1 node_ref=heading tabindex="-1" translate="no">
                    {breakable(hook.name)}
                </h1>
                <p class="lead">{hook.does} " " {hook.when}</p>
                <ChainNotice />
                <section class="example" aria-label="Example">
                    <Running example=&hook.example />
                </section>
                <Reference hook=hook.name />
            </main>
        </div>
    }
}

/// An example, once its requirements are met.
#[component]
fn Running(example: &'static Example) -> impl IntoView {
    let account = use_smart_account();
    let config = use_config();
    let of_account = match example {
        Example::Free(example) => {
            let dev_wallet = config.dev_wallet.clone();
            return (move || example(dev_wallet.get())).into_any();
        }
        Example::OfAccount(example) => example,
    };
    let kind = expect_context::<ChosenKind>().signal();
    let address = Memo::new(move |_| account.address.get());
    let has_owner = Memo::new(move |_| account.owner.with(Option::is_some));
    // The example is created again for each account.
    let running = move || {
        let Some(account) = address.get() else {
            return view! { <p>"Connect a wallet to try it."</p> }.into_any();
        };
        let setting = Setting {
            account,
            nft: config.nft,
            token: config.token,
            payment: config.payment(),
            kind: kind.get_untracked(),
        };
        of_account(&setting).unwrap_or_else(|| {
            let text = "the example has no ERC-20 token; set `token` in config.json".to_owned();
            view! { <Alert code="config.no_token" text /> }.into_any()
        })
    };
    view! {
        <SmartAccount />
        <Show when=move || !has_owner.get()>
            <ConnectWallet />
        </Show>
        {running}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    const README: &str = include_str!("../../../README.md");

    fn hooks() -> impl Iterator<Item = &'static Hook> {
        GROUPS.iter().flat_map(|group| group.hooks)
    }

    /// Returns the names of a folder's files that are named after a hook.
    fn files(folder: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let names = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name());
        let names = names.filter_map(|name| name.to_str()?.strip_suffix(".rs").map(str::to_owned));
        names.filter(|name| name.starts_with("use_")).collect()
    }

    #[test]
    fn every_hook_has_a_page_with_its_source_and_a_row_of_the_readme() {
        let rows = README.lines().filter_map(|line| line.strip_prefix("| `"));
        let rows = rows.filter_map(|row| row.split('`').next()).map(str::to_owned);
        let rows = rows
            .filter(|name| name.starts_with("use_"))
            .collect::<BTreeSet<_>>();

        let library = files("src/hooks");

        assert!(library.len() > 20);
        assert_eq!(
            hooks().map(|hook| hook.name.to_owned()).collect::<BTreeSet<_>>(),
            library
        );
        assert_eq!(files("src/demo/pages/hooks"), library);
        assert_eq!(rows, library);
    }

    #[test]
    fn what_a_hook_does_is_a_sentence() {
        for Hook { name, does, .. } in hooks() {
            assert!(
                does.starts_with(char::is_uppercase) && does.ends_with('.'),
                "{name}: {does}"
            );
        }
    }
}
