//! Waiting for several futures, without the queues of `futures`, which would cost a page five kilobytes.

use std::{future::poll_fn, task::Poll, time::Duration};

use super::{BoxFuture, sleep};

/// Waits for all futures at once, and returns their results in order. Each wake-up polls all that are pending, so they
/// must be few.
pub(crate) fn join_all<'a, T: Send + 'a>(
    futures: impl IntoIterator<Item = BoxFuture<'a, T>>,
) -> BoxFuture<'a, Vec<T>> {
    join_boxed(futures.into_iter().map(|future| (future, None)).collect())
}

fn join_boxed<'a, T: Send + 'a>(mut all: Vec<(BoxFuture<'a, T>, Option<T>)>) -> BoxFuture<'a, Vec<T>> {
    Box::pin(async move {
        poll_fn(|context| {
            let mut state = Poll::Ready(());
            for (future, result) in &mut all {
                if result.is_none() {
                    match future.as_mut().poll(context) {
                        Poll::Ready(ready) => *result = Some(ready),
                        Poll::Pending => state = Poll::Pending,
                    }
                }
            }
            state
        })
        .await;
        all.into_iter().filter_map(|(_, result)| result).collect()
    })
}

/// Waits for a future, for a limited time. Returns `None` after that time.
pub(crate) fn within<'a, T: Send + 'a>(
    limit: Duration,
    mut future: BoxFuture<'a, T>,
) -> BoxFuture<'a, Option<T>> {
    let mut end: BoxFuture<'a, ()> = Box::pin(sleep(limit));
    Box::pin(poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(ready) => Poll::Ready(Some(ready)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    }))
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::{channel::oneshot, executor::block_on};

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_futures() {
        let (late, last) = oneshot::channel();
        let first: BoxFuture<'_, u8> = Box::pin(async { last.await.unwrap() });
        let second: BoxFuture<'_, u8> = Box::pin(async move {
            late.send(1).unwrap();
            2
        });

        assert_eq!(block_on(join_all([first, second])), [1, 2]);
        assert!(block_on(join_all::<u8>([])).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_the_future_or_with_the_time() {
        let limit = Duration::from_secs(5);

        assert_eq!(within(limit, Box::pin(ready(1))).await, Some(1));
        assert_eq!(within(limit, Box::pin(pending::<u8>())).await, None);
    }
}
