use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::{
    platform::IS_BROWSER,
    store::{Listener, Subscription},
};

const CHANNEL: &str = "use-aa:changes";

/// Notifies all tabs of the site, including this one, that the text under a key has changed.
pub(super) fn tell(key: &str) {
    if let Some(channel) = open() {
        // A tab that misses the message sees the change on its next read.
        let _ = channel.post_message(&key.into());
        channel.close();
    }
}

/// Calls a listener with the key of each changed text, for changes of all tabs.
pub(super) fn subscribe(listener: Listener) -> Option<Subscription> {
    let channel = open()?;
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(key) = event.data().as_string() {
            listener(&key);
        }
    });
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    let listening = Listening {
        channel,
        _heard: heard,
    };
    Some(Subscription::new(SendWrapper::new(listening)))
}

fn open() -> Option<BroadcastChannel> {
    IS_BROWSER.then(|| BroadcastChannel::new(CHANNEL).ok()).flatten()
}

struct Listening {
    channel: BroadcastChannel,
    _heard: Closure<dyn Fn(MessageEvent)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
