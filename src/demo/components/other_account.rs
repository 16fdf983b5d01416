use leptos::prelude::*;
use use_aa::use_smart_account;

/// Runs a callback whenever the page switches to another account, to clear messages about the previous one.
pub(crate) fn on_other_account(act: impl Fn() + 'static) {
    on_other_address(Box::new(act));
}

fn on_other_address(act: Box<dyn Fn()>) {
    let account = use_smart_account();
    Effect::new(move |before: Option<_>| {
        let now = account.address.get();
        if before.is_some_and(|before| before != now) {
            act();
        }
        now
    });
}
