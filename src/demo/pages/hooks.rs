//! A page for each hook: what it does, an example that runs, and the example's own source.

mod use_batch_session;
mod use_cancel;
mod use_create_batch_session;
mod use_create_session;
mod use_deploy_smart_account;
mod use_gas_estimate;
mod use_pending_user_ops;
mod use_send_gas_token_transaction;
mod use_send_sponsored_transaction;
mod use_send_transaction;
mod use_send_withdrawals;
mod use_session;
mod use_smart_account;
mod use_speed_up;
mod use_token_fees;
mod use_user_op_status;
mod use_user_op_wait;
mod use_wallets;

use alloy::primitives::{Address, address};
use leptos::{html, prelude::*};
use use_aa::{Payment, Wallet, use_smart_account};
use web_sys::FocusOptions;

use self::{
    use_batch_session::Purchase, use_cancel::CallOff, use_create_batch_session::AllowPurchases,
    use_create_session::AllowMints, use_deploy_smart_account::Deployment, use_gas_estimate::Estimate,
    use_pending_user_ops::UnderWay, use_send_gas_token_transaction::PayInTokens,
    use_send_sponsored_transaction::MintForFree, use_send_transaction::MintAsOwner,
    use_send_withdrawals::Withdrawals, use_session::MintWithSession, use_smart_account::WhoAmI,
    use_speed_up::Hurry, use_token_fees::TokenFees, use_user_op_status::Progress, use_user_op_wait::WaitFor,
    use_wallets::Wallets,
};
use super::use_address;
use crate::demo::{
    components::{Alert, ChainNotice, ConnectWallet, SmartAccount, Source},
    config::use_config,
};

/// Whom the examples pay.
const SHOP: Address = address!("5408000000000000000000000000000000000001");

/// A hook and its page.
#[derive(Debug)]
struct Hook {
    name: &'static str,
    /// One sentence on what it does.
    does: &'static str,
    /// When to take it.
    when: &'static str,
    example: Example,
}

#[derive(Debug)]
enum Example {
    /// It connects by itself, or has no need to.
    Free(fn(Option<Wallet>) -> AnyView),
    /// It acts for an account. None where the chain lacks what it takes.
    OfAccount(fn(&Setting) -> Option<AnyView>),
}

/// What the examples work with.
struct Setting {
    account: Address,
    nft: Address,
    token: Option<Address>,
    payment: Payment,
}

/// Hooks of one kind.
struct Group {
    title: &'static str,
    hooks: &'static [Hook],
}

static GROUPS: [Group; 5] = [
    Group {
        title: "The account",
        hooks: &[
            Hook {
                name: "use_smart_account",
                does: "The smart account of the page: its address, its owner, and how to connect and disconnect.",
                when: "Take it wherever a component has to know who the user is.",
                example: Example::Free(|_| view! { <WhoAmI /> }.into_any()),
            },
            Hook {
                name: "use_wallets",
                does: "The wallets that this browser has, as they announce themselves.",
                when: "Take it for a list of wallets of your own design.",
                example: Example::Free(|own| view! { <Wallets own /> }.into_any()),
            },
            Hook {
                name: "use_deploy_smart_account",
                does: "Puts the account's code on the chain, and does nothing else.",
                when: "Take it when the account must be there before its first operation, which would deploy it too.",
                example: Example::OfAccount(|it| {
                    Some(view! { <Deployment account=it.account payment=it.payment /> }.into_any())
                }),
            },
            Hook {
                name: "use_send_withdrawals",
                does: "Gives away what the account holds, coins and tokens, in one operation.",
                when: "Take it to let users have their own back: nobody's money should stay in a dapp.",
                example: Example::OfAccount(|it| {
                    let token = it.token?;
                    Some(view! { <Withdrawals token account=it.account payment=it.payment /> }.into_any())
                }),
            },
        ],
    },
    Group {
        title: "Sessions",
        hooks: &[
            Hook {
                name: "use_create_session",
                does: "Grants a key in this browser what a policy allows. The owner signs once.",
                when: "Take it to spare your users a prompt for each of many small steps.",
                example: Example::OfAccount(|it| {
                    Some(view! { <AllowMints nft=it.nft account=it.account payment=it.payment /> }.into_any())
                }),
            },
            Hook {
                name: "use_session",
                does: "Makes a call that a session signs, without a prompt and without a wallet.",
                when: "Take it for whatever your policies allow.",
                example: Example::OfAccount(|it| {
                    Some(
                        view! { <MintWithSession nft=it.nft account=it.account payment=it.payment /> }
                            .into_any(),
                    )
                }),
            },
            Hook {
                name: "use_create_batch_session",
                does: "Grants several policies at once, for calls that belong together.",
                when: "Take it when one step of your dapp is more than one call, such as to pay and to receive.",
                example: Example::OfAccount(|it| {
                    let token = it.token?;
                    let example = view! {
                        <AllowPurchases nft=it.nft token shop=SHOP account=it.account payment=it.payment />
                    };
                    Some(example.into_any())
                }),
            },
            Hook {
                name: "use_batch_session",
                does: "Makes several calls at once that a session signs: all of them succeed, or none.",
                when: "Take it with use_create_batch_session. Each call is checked by a policy of its own.",
                example: Example::OfAccount(|it| {
                    let token = it.token?;
                    let example = view! {
                        <Purchase nft=it.nft token shop=SHOP account=it.account payment=it.payment />
                    };
                    Some(example.into_any())
                }),
            },
        ],
    },
    Group {
        title: "Transactions",
        hooks: &[
            Hook {
                name: "use_send_transaction",
                does: "Sends calls that the owner signs, paid for as you say.",
                when: "Take it for steps that are rare or dear, where the user should look at each of them.",
                example: Example::OfAccount(|it| {
                    Some(
                        view! { <MintAsOwner nft=it.nft account=it.account payment=it.payment /> }.into_any(),
                    )
                }),
            },
            Hook {
                name: "use_send_sponsored_transaction",
                does: "Sends calls that the owner signs, while a paymaster pays for gas.",
                when: "Take it for users who have no coins yet. Where the sponsor refuses, nothing is sent.",
                example: Example::OfAccount(|it| {
                    Some(view! { <MintForFree nft=it.nft account=it.account /> }.into_any())
                }),
            },
            Hook {
                name: "use_send_gas_token_transaction",
                does: "Sends calls that the owner signs, their gas paid for in a token, up to an amount.",
                when: "Take it for users who hold dollars and no coins.",
                example: Example::OfAccount(|it| {
                    let token = it.token?;
                    Some(view! { <PayInTokens nft=it.nft token account=it.account /> }.into_any())
                }),
            },
        ],
    },
    Group {
        title: "On the way",
        hooks: &[
            Hook {
                name: "use_user_op_status",
                does: "How far an operation has come, from the first question to the block that holds it.",
                when: "Take it to tell users what they wait for: the wallet, the bundler or the chain.",
                example: Example::OfAccount(|it| {
                    Some(view! { <Progress nft=it.nft account=it.account payment=it.payment /> }.into_any())
                }),
            },
            Hook {
                name: "use_pending_user_ops",
                does: "The operations that are under way, also those of another tab or of the page before it was reloaded.",
                when: "Take it so that nothing that was sent is ever lost from sight.",
                example: Example::OfAccount(|it| {
                    Some(view! { <UnderWay nft=it.nft account=it.account payment=it.payment /> }.into_any())
                }),
            },
            Hook {
                name: "use_speed_up",
                does: "Sends an operation that is stuck once more, for more gas fees. Only one of the two can happen.",
                when: "Take it when gas has become dearer since.",
                example: Example::OfAccount(|it| {
                    Some(view! { <Hurry nft=it.nft account=it.account payment=it.payment /> }.into_any())
                }),
            },
            Hook {
                name: "use_cancel",
                does: "Has an operation that is stuck never happen, by an empty one in its place.",
                when: "Take it when the user has changed their mind.",
                example: Example::OfAccount(|it| {
                    Some(view! { <CallOff nft=it.nft account=it.account payment=it.payment /> }.into_any())
                }),
            },
        ],
    },
    Group {
        title: "Answers",
        hooks: &[
            Hook {
                name: "use_user_op_wait",
                does: "The receipt of an operation, as soon as it is on the chain.",
                when: "Take it behind each of the hooks that send. It needs no wallet.",
                example: Example::OfAccount(|it| {
                    Some(view! { <WaitFor nft=it.nft account=it.account payment=it.payment /> }.into_any())
                }),
            },
            Hook {
                name: "use_token_fees",
                does: "What calls would cost in each of some tokens.",
                when: "Take it to let users choose what they pay with, and how much.",
                example: Example::OfAccount(|it| {
                    let token = it.token?;
                    Some(view! { <TokenFees nft=it.nft token account=it.account /> }.into_any())
                }),
            },
            Hook {
                name: "use_gas_estimate",
                does: "How much gas calls would take, and what that costs. Nothing is signed.",
                when: "Take it to tell users the price before they pay.",
                example: Example::OfAccount(|it| {
                    Some(view! { <Estimate nft=it.nft account=it.account /> }.into_any())
                }),
            },
        ],
    },
];

impl Hook {
    fn path(&self) -> String {
        format!("#/hooks/{}", self.name)
    }

    /// The hook that an address names.
    fn at(address: &str) -> Option<&'static Self> {
        let hooks = GROUPS.iter().flat_map(|group| group.hooks);
        hooks.into_iter().find(|hook| hook.path() == address)
    }
}

/// The page of the hook that the address names, or the list of them.
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
        // Whoever does not see that the page has changed hears it.
        if before.is_some() {
            request_animation_frame(move || focus(heading));
        }
    });
    move || match path.with(|path| Hook::at(path.as_deref()?)) {
        Some(hook) => view! { <HookPage hook heading /> }.into_any(),
        None => view! { <List heading /> }.into_any(),
    }
}

fn focus(heading: NodeRef<html::H1>) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(heading) = heading.get_untracked() {
        let _ = heading.focus_with_options(&options);
    }
}

/// All hooks, each with what it does.
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

/// A link to a hook's page. It begins at its top.
#[component]
fn Link(hook: &'static Hook, #[prop(optional)] is_here: bool) -> impl IntoView {
    view! {
        <a
            href=hook.path()
            aria-current=is_here.then_some("page")
            on:click=|_| window().scroll_to_with_x_and_y(0.0, 0.0)
        >
            <code>{breakable(hook.name)}</code>
        </a>
    }
}

/// A name that may go on in another line after each word.
fn breakable(name: &'static str) -> impl IntoView {
    name.split_inclusive('_')
        .map(|word| view! { {word} <wbr /> })
        .collect_view()
}

/// One hook.
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
                <h1 node_ref=heading tabindex="-1">
                    {breakable(hook.name)}
                </h1>
                <p class="lead">{hook.does} " " {hook.when}</p>
                <ChainNotice />
                <section class="example" aria-label="Example">
                    <Running example=&hook.example />
                </section>
                <Source path=format!("hooks/{}.rs", hook.name) />
            </main>
        </div>
    }
}

/// An example, as soon as it can run.
#[component]
fn Running(example: &'static Example) -> impl IntoView {
    let account = use_smart_account();
    let config = use_config();
    let of_account = match example {
        Example::Free(example) => return example(config.dev_wallet.clone()).into_any(),
        Example::OfAccount(example) => example,
    };
    let address = Memo::new(move |_| account.address.get());
    let has_owner = Memo::new(move |_| account.owner.with(Option::is_some));
    // Another account has an example of its own.
    let running = move || {
        let Some(account) = address.get() else {
            return view! { <p>"Connect a wallet to try it."</p> }.into_any();
        };
        let setting = Setting {
            account,
            nft: config.nft,
            token: config.token,
            payment: config.payment(),
        };
        of_account(&setting).unwrap_or_else(|| {
            let text = "This example needs a token: name one as `token` in config.json.".to_owned();
            view! { <Alert text /> }.into_any()
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
