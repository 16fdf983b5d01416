use std::sync::{Arc, Mutex};

use futures::channel::oneshot::{Sender, channel};
use leptos::{mount::mount_to, prelude::*};
use use_aa::Query;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::page::{Page, until};

#[wasm_bindgen_test]
async fn suspense_falls_back_for_each_key_and_transition_for_the_first() {
    let page = Page::new().await;
    let key = page.with(|| RwSignal::new(1));
    let answers = Arc::<Mutex<Vec<Sender<&'static str>>>>::default();
    let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    let asked = Arc::clone(&answers);
    let view = move || {
        let query = Query::new(
            move || Some(key.get()),
            move |_| {
                let (giver, taker) = channel();
                asked.lock().unwrap().push(giver);
                async move { Ok(taker.await.unwrap()) }
            },
        );
        let answer = move || Suspend::new(async move { query.await.unwrap() });
        view! {
            <p><Suspense fallback=|| "suspended">{answer}</Suspense></p>
            <p><Transition fallback=|| "in transition">{answer}</Transition></p>
        }
    };
    let mounted = page.with(|| mount_to(place.clone(), view));
    let shows = |texts: [&str; 2]| {
        let paragraphs = place.get_elements_by_tag_name("p");
        let text = |number| paragraphs.item(number).and_then(|p| p.text_content());
        [text(0), text(1)] == texts.map(|text| Some(text.to_owned()))
    };
    let next = || answers.lock().unwrap().pop().unwrap();

    until("both fall back", || shows(["suspended", "in transition"])).await;
    until("the first fetch", || answers.lock().unwrap().len() == 1).await;
    next().send("one").unwrap();
    until("both show the answer", || shows(["one", "one"])).await;
    key.set(2);
    until("only Suspense falls back", || shows(["suspended", "one"])).await;
    until("the second fetch", || answers.lock().unwrap().len() == 1).await;
    next().send("two").unwrap();
    until("both show the other answer", || shows(["two", "two"])).await;

    drop(mounted);
}
