use futures::channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

use crate::{
    StoreError,
    platform::{BoxFuture, IS_BROWSER},
    session::Turn,
};

/// A turn that no other tab of the site has. A browser without locks, as where the page is not secure, gives it at
/// once.
pub(super) fn take(name: &str) -> BoxFuture<'_, Result<Turn, StoreError>> {
    Box::pin(SendWrapper::new(async move {
        let Some(lock) = Lock::request(name) else {
            return Ok(Turn::new(()));
        };
        let (lock, granted) = lock;
        // It is never given when the browser refuses the request.
        granted.await.map_err(|_| refused())?;
        Ok(Turn::new(SendWrapper::new(lock)))
    }))
}

/// A request for a lock, and the lock once it is granted. Dropping it gives up either.
struct Lock {
    abort: AbortController,
    release: Function,
}

impl Lock {
    /// Asks for a lock, if the browser has any. The receiver hears when it is granted.
    fn request(name: &str) -> Option<(Self, oneshot::Receiver<()>)> {
        let navigator = IS_BROWSER.then(web_sys::window).flatten()?.navigator();
        let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let abort = AbortController::new().ok()?;
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &abort.signal()).ok()?;

        let mut release = None;
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        let (grant, granted) = oneshot::channel();
        let mut grant = Some(grant);
        let grant = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |_: JsValue| {
            // Whoever asked may be gone.
            let _ = grant.take().map(|grant| grant.send(()));
            JsValue::from(&held)
        });
        let asked = request
            .call3(&locks, &name.into(), &options, grant.as_ref())
            .ok()?;
        let asked: Promise = asked.dyn_into().ok()?;
        // It is rejected when the request is given up, which is no failure of the page. Until then the browser may
        // grant the lock: a request that is given up may be granted already.
        spawn_local(async move {
            let _ = JsFuture::from(asked).await;
            drop(grant);
        });
        let lock = Self {
            abort,
            release: release?,
        };
        Some((lock, granted))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.abort.abort();
        let _ = self.release.call0(&JsValue::NULL);
    }
}

fn refused() -> StoreError {
    StoreError::Unavailable("the browser refuses a lock; reload the page".to_owned())
}
