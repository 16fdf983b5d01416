use leptos::prelude::*;

use crate::demo::{
    components::{ChosenKind, Long},
    config::use_config,
};

const THREAT_MODEL: &str = "https://docs.rs/use-aa/latest/use_aa/guide/threat_model/index.html";

/// An explanation of the three steps.
#[component]
pub(crate) fn HowItWorks() -> impl IntoView {
    let config = use_config();
    let kind = expect_context::<ChosenKind>().signal().get_untracked();
    let entry_point = kind.entry_point(config.services.chain_id());
    view! {
        <main class="page">
            <h1>"How it works"</h1>
            <p class="lead">"Your wallet signs once. After that a key in this page signs, and the chain watches it."</p>
            <section>
                <h2>"A smart account"</h2>
                <p>
                    "Your wallet owns a contract: the smart account. Its address is known before it exists, and it is deployed with the first thing it does."
                </p>
                <h2>"A session"</h2>
                <p>
                    "This page makes a fresh key and asks your wallet, once, to enter what the key may do into the account. The rules lie on the chain. A call that breaks one of them is refused there, whoever sends it: try it with "
                    <em>"Mint to another address"</em> "."
                </p>
                <p>"Each rule holds for each call by itself, until the session ends."</p>
                <h2>"No transaction of your own"</h2>
                <p>
                    "A bundler puts the operation on the chain, and a paymaster may pay for it. Neither can change it: the page computes its hash itself and signs nothing else."
                </p>
                <h2>"What can go wrong"</h2>
                <p>
                    "A script in this page could use the session's key while the page is open, so the page runs none but its own and speaks with nobody but its services. The "
                    <a href=THREAT_MODEL target="_blank" rel="noreferrer">
                        "threat model"
                    </a>
                    " says who may want to take what, and what stops them."
                </p>
            </section>
            <section class="facts">
                <h2>"This chain"</h2>
                <dl>
                    <dt>"Chain"</dt>
                    <dd>{format!("{} ({})", config.chain_name, config.services.chain_id())}</dd>
                    <dt>"Flowers"</dt>
                    <dd>
                        <Long text=config.nft.to_string() />
                    </dd>
                    {config
                        .token
                        .map(|token| {
                            view! {
                                <dt>"Token"</dt>
                                <dd>
                                    <Long text=token.to_string() />
                                </dd>
                            }
                        })}
                    <dt>"Entry point"</dt>
                    <dd>
                        <Long text=entry_point.to_string() />
                    </dd>
                    <dt>"Gas"</dt>
                    <dd>
                        {if config.services.has_paymaster() { "Paid by a sponsor" } else { "Paid by the account" }}
                    </dd>
                </dl>
            </section>
        </main>
    }
}
