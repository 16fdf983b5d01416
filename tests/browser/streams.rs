use std::{cell::Cell, rc::Rc};

use futures::stream::{StreamExt, iter, unfold};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_streams::ReadableStream;

type Item = Result<JsValue, JsValue>;

/// Sends items through a stream of the browser.
async fn through(items: Vec<Item>) -> Vec<Item> {
    let stream = ReadableStream::from_stream(iter(items)).into_raw();
    ReadableStream::from_raw(stream).into_stream().collect().await
}

#[wasm_bindgen_test]
async fn stream_passes_through_the_browser() {
    for items in [
        vec![],
        vec![Ok(1.into())],
        vec![Ok(1.into()), Ok("two".into()), Ok(JsValue::NULL)],
    ] {
        assert_eq!(through(items.clone()).await, items);
    }
}

#[wasm_bindgen_test]
async fn error_ends_the_stream() {
    let items = vec![Ok(1.into()), Err("down".into()), Ok(2.into())];

    assert_eq!(through(items).await, [Ok(1.into()), Err("down".into())]);
}

#[wasm_bindgen_test]
async fn stream_that_is_dropped_requests_no_more_items() {
    let made = Rc::new(Cell::new(0));
    let count = Rc::clone(&made);
    let endless = unfold((), move |()| {
        count.set(count.get() + 1);
        let item = Item::Ok(count.get().into());
        async { Some((item, ())) }
    });
    let stream = ReadableStream::from_stream(endless).into_raw();
    let mut items = Box::pin(ReadableStream::from_raw(stream).into_stream());

    assert_eq!(items.next().await, Some(Ok(1.into())));
    drop(items);
    gloo_timers::future::sleep(std::time::Duration::from_millis(50)).await;

    // The browser fills a queue of one item.
    assert!(made.get() <= 2, "{} items were made", made.get());
}
