use alloy::primitives::{Address, address};
use leptos::prelude::*;
use use_aa::{Payment, Wallet};

use super::{
    use_batch_session::Purchase, use_cancel::CallOff, use_create_batch_session::AllowPurchases,
    use_create_session::AllowMints, use_deploy_smart_account::Deployment, use_gas_estimate::Estimate,
    use_migrate::Move, use_pending_user_ops::UnderWay, use_renew_session::Renew, use_revoke_session::Revoke,
    use_send_gas_token_transaction::PayInTokens, use_send_sponsored_transaction::MintForFree,
    use_send_transaction::MintAsOwner, use_send_withdrawals::Withdrawals, use_session::MintWithSession,
    use_session_allowance::WhatIsLeft, use_session_allows::MayMint, use_session_status::HowFar,
    use_sessions::SessionList, use_smart_account::WhoAmI, use_speed_up::Hurry, use_token_fees::TokenFees,
    use_user_op_status::Progress, use_user_op_wait::WaitFor, use_wallets::Wallets,
};
use crate::demo::config::Kind;

/// The recipient of payments in the examples.
const SHOP: Address = address!("5408000000000000000000000000000000000001");

/// A hook and its page.
#[derive(Debug)]
pub(super) struct Hook {
    pub(super) name: &'static str,
    /// A one-sentence description.
    pub(super) does: &'static str,
    /// The situation in which to use the hook.
    pub(super) when: &'static str,
    pub(super) example: Example,
}

#[derive(Debug)]
pub(super) enum Example {
    /// An example that connects a wallet by itself, or needs none.
    Free(fn(Option<Wallet>) -> AnyView),
    /// An example that acts for an account. Returns `None` if the chain lacks a requirement.
    OfAccount(fn(&Setting) -> Option<AnyView>),
}

/// The arguments of the examples.
pub(super) struct Setting {
    pub(super) account: Address,
    pub(super) nft: Address,
    pub(super) token: Option<Address>,
    pub(super) payment: Payment,
    /// The kind of the account.
    pub(super) kind: Kind,
}

/// A group of hooks.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) hooks: &'static [Hook],
}

pub(super) static GROUPS: [Group; 5] = [
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
                name: "use_migrate",
                does: "Turns an account into one of another kind at the same address, in one operation.",
                when: "Take it to give users of an older kind the features of a newer one, at the same address.",
                example: Example::OfAccount(|it| {
                    let Some((to, describe)) = it.kind.migration() else {
                        let text = format!("An account of the kind {} has nowhere to move.", it.kind.label());
                        return Some(view! { <p>{text}</p> }.into_any());
                    };
                    let example = view! {
                        <Move to=to.label() describe account=it.account payment=it.payment />
                    };
                    Some(example.into_any())
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
            Hook {
                name: "use_sessions",
                does: "All sessions of the account that are known here, each with how far it has come, compared with the chain.",
                when: "Take it to show people what they have granted. It follows other tabs and the clock by itself.",
                example: Example::OfAccount(|_| Some(view! { <SessionList /> }.into_any())),
            },
            Hook {
                name: "use_session_status",
                does: "How far one session has come: on its way, active, about to end, expired, revoked or replaced.",
                when: "Take it for a badge beside what a session is for.",
                example: Example::OfAccount(|_| Some(view! { <HowFar /> }.into_any())),
            },
            Hook {
                name: "use_session_allows",
                does: "Whether a session would let a call pass, and if not, which rule of which policy says no.",
                when: "Take it to tell users before they press whether their wallet will ask. Nothing is sent.",
                example: Example::OfAccount(|it| {
                    Some(view! { <MayMint nft=it.nft account=it.account /> }.into_any())
                }),
            },
            Hook {
                name: "use_session_allowance",
                does: "What is left of each limit of a session, as the chain has counted.",
                when: "Take it with account kinds that count, to show how much of a grant is used up.",
                example: Example::OfAccount(|_| Some(view! { <WhatIsLeft /> }.into_any())),
            },
            Hook {
                name: "use_revoke_session",
                does: "Ends one session, several or all of them on the chain. The owner signs; the sessions' keys are not needed.",
                when: "Take it to let users take back what they granted, also from a device that they have lost.",
                example: Example::OfAccount(|it| Some(view! { <Revoke payment=it.payment /> }.into_any())),
            },
            Hook {
                name: "use_renew_session",
                does: "Grants what a session was granted to a fresh key for another while, and ends the session, in one operation.",
                when: "Take it when a session is about to end, or has ended.",
                example: Example::OfAccount(|it| Some(view! { <Renew payment=it.payment /> }.into_any())),
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
