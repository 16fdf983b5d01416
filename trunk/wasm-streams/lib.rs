//! The conversions between streams of Rust and of the browser that `server_fn` uses.
//!
//! `server_fn`, which each Leptos page links, takes them from the crate `wasm-streams`. That crate exports classes to the
//! browser, and wasm-bindgen keeps the code of an exported class in each page, used or not: 5,600 bytes of brotli. This
//! crate has the same name and the same functions, without classes, and `[patch.crates-io]` puts it in that crate's place.

use std::{cell::RefCell, future::poll_fn, pin::Pin, rc::Rc};

use futures_util::{Stream, stream::try_unfold};
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{ReadableStreamDefaultController, ReadableStreamDefaultReader};

/// A [`ReadableStream`](https://streams.spec.whatwg.org/#rs-class) of the browser.
#[derive(Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Wraps a stream of the browser.
    #[must_use]
    pub const fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// Returns the stream of the browser.
    #[must_use]
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// Converts a stream of Rust, whose items the browser requests one at a time.
    ///
    /// # Panics
    ///
    /// If the browser has no streams.
    #[must_use]
    pub fn from_stream(stream: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(stream);
        let stream = Rc::new(RefCell::new(Some(stream)));
        let pulled = Rc::clone(&stream);
        let pull = move |controller| future_to_promise(pull(Rc::clone(&pulled), controller));
        let pull = Closure::<dyn Fn(ReadableStreamDefaultController) -> Promise>::new(pull);
        let cancel = Closure::<dyn Fn()>::new(move || {
            // An item that is being made is the last.
            let _ = stream.try_borrow_mut().map(|mut stream| stream.take());
        });
        let source = Object::new();
        for (name, function) in [("pull", pull.into_js_value()), ("cancel", cancel.into_js_value())] {
            // An object without a prototype of its own takes every property.
            let _ = Reflect::set(&source, &name.into(), &function);
        }
        let raw = web_sys::ReadableStream::new_with_underlying_source(&source);
        Self(raw.expect("a browser with WebAssembly has streams"))
    }

    /// Converts into a stream of Rust. The stream is canceled if it is dropped before its end.
    ///
    /// # Panics
    ///
    /// If the stream has a reader.
    pub fn into_stream(self) -> impl Stream<Item = Result<JsValue, JsValue>> {
        let reader = Reader(self.0.get_reader().unchecked_into());
        try_unfold(reader, |reader| async move {
            let read = JsFuture::from(reader.0.read()).await?;
            let is_done = Reflect::get(&read, &"done".into())?.is_truthy();
            let value = Reflect::get(&read, &"value".into())?;
            Ok((!is_done).then_some((value, reader)))
        })
    }
}

type Pulled = Rc<RefCell<Option<Pin<Box<dyn Stream<Item = Result<JsValue, JsValue>>>>>>>;

/// Gives the browser the next item.
async fn pull(stream: Pulled, controller: ReadableStreamDefaultController) -> Result<JsValue, JsValue> {
    let next = poll_fn(|context| match &mut *stream.borrow_mut() {
        Some(stream) => stream.as_mut().poll_next(context),
        None => std::task::Poll::Ready(None),
    });
    match next.await {
        Some(item) => controller.enqueue_with_chunk(&item?)?,
        None => controller.close()?,
    }
    Ok(JsValue::UNDEFINED)
}

/// A reader that cancels its stream when it is dropped. Canceling a stream that has ended has no effect.
struct Reader(ReadableStreamDefaultReader);

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.0.cancel();
    }
}
