use futures::channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

use crate::{
    StoreError,
    platform::{BoxFuture, IS_BROWSER},
    store::StoreLock,
};

/// Acquires a lock that is shared by all tabs of the site ([Web Locks](https://w3c.github.io/web-locks/)). A browser
/// without locks, for example because the page is not in a secure context, grants the lock at once.
pub(super) fn take(name: &str) -> BoxFuture<'_, Result<StoreLock, StoreError>> {
    Box::pin(SendWrapper::new(async move {
        let Some(lock) = Lock::request(name) else {
            return Ok(StoreLock::new(()));
        };
        let (lock, granted) = lock;
        // The sender is dropped if the browser refuses the request.
        granted.await.map_err(|_| refused())?;
        Ok(StoreLock::new(SendWrapper::new(lock)))
    }))
}

/// A requested or granted lock. Dropping the value aborts the request or releases the lock.
struct Lock {
    abort: AbortController,
    release: Function,
}

impl Lock {
    /// Requests a lock. `None` if the browser has no locks. The receiver resolves once the lock is granted.
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
            // The requester may be gone.
            let _ = grant.take().map(|grant| grant.send(()));
            JsValue::from(&held)
        });
        let asked = request
            .call3(&locks, &name.into(), &options, grant.as_ref())
            .ok()?;
        let asked: Promise = asked.dyn_into().ok()?;
        // The promise is rejected when the request is aborted, which is not an error of the page. The closure lives
        // until the promise is settled, because an aborted request may have been granted already.
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
    StoreError::Unavailable("the browser denies the lock; reload the page".to_owned())
}
