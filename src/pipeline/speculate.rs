use std::{
    future::{Future, poll_fn},
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
};

use crate::error::Error;

/// Builds on a likely state while the true state is requested, and on the true state if the likely one is wrong or
/// there is none. Returns what was built, and the facts that came with the true state.
///
/// A build on a wrong state goes to `discard`. An error of the request takes precedence over one of the build.
pub(crate) async fn speculate<State, Facts, Built, Building, Discarding>(
    likely: Option<State>,
    observe: impl Future<Output = Result<(State, Facts), Error>>,
    build: impl Fn(State) -> Building,
    discard: impl FnOnce(Built) -> Discarding,
) -> Result<(Built, Facts), Error>
where
    State: Clone + PartialEq,
    Building: Future<Output = Result<Built, Error>>,
    Discarding: Future<Output = ()>,
{
    let (state, facts) = match likely {
        Some(likely) => match confirm(likely.clone(), build(likely), observe, discard).await? {
            Confirmed::Right(built, facts) => return Ok((built, facts)),
            Confirmed::Wrong(state, facts) => (state, facts),
        },
        None => observe.await?,
    };
    Ok((build(state).await?, facts))
}

/// The outcome of [`confirm`].
pub(crate) enum Confirmed<State, Facts, Built> {
    /// The state was right.
    Right(Built, Facts),
    /// The state was wrong, and this is the true one.
    Wrong(State, Facts),
}

/// Builds on a state while the true state is requested.
///
/// A build on a wrong state goes to `discard`. An error of the request takes precedence over one of the build.
pub(crate) async fn confirm<State, Facts, Built, Discarding>(
    state: State,
    build: impl Future<Output = Result<Built, Error>>,
    observe: impl Future<Output = Result<(State, Facts), Error>>,
    discard: impl FnOnce(Built) -> Discarding,
) -> Result<Confirmed<State, Facts, Built>, Error>
where
    State: PartialEq,
    Discarding: Future<Output = ()>,
{
    // The build goes first: a sponsor answers slowest, and browsers open six connections to a host.
    let (built, observed) = futures::join!(build, observe);
    match (observed, built) {
        (Ok((now, facts)), built) if now == state => Ok(Confirmed::Right(built?, facts)),
        (observed, built) => {
            if let Ok(built) = built {
                discard(built).await;
            }
            let (now, facts) = observed?;
            Ok(Confirmed::Wrong(now, facts))
        }
    }
}

/// A point that one future of a [`confirm`] passes when another one has opened the gate. Both are polled together, so a
/// gate wakes nothing.
#[derive(Debug, Default)]
pub(crate) struct Gate(AtomicBool);

impl Gate {
    /// Creates a gate that is open already.
    pub(crate) const fn opened() -> Self {
        Self(AtomicBool::new(true))
    }

    /// Opens the gate.
    pub(crate) fn open(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Waits until the gate is open.
    pub(crate) fn passed(&self) -> impl Future<Output = ()> {
        poll_fn(|_| match self.0.load(Ordering::Relaxed) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
    }
}

/// Discards what has no effect.
pub(crate) async fn forget<Built>(_: Built) {}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, pin::pin};

    use futures::{executor::block_on, pending, poll};

    use super::*;
    use crate::error::ErrorKind;

    /// The builds and discards of a run of [`speculate`], and its result.
    fn run(
        likely: Option<u8>,
        observed: Result<u8, Error>,
        refused: &[u8],
    ) -> (Vec<u8>, Vec<u8>, Result<u8, Error>) {
        let (built, discarded) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let result = block_on(speculate(
            likely,
            async { observed.map(|state| (state, ())) },
            async |state: u8| {
                built.borrow_mut().push(state);
                match refused.contains(&state) {
                    true => Err(ErrorKind::NoCalls.into()),
                    false => Ok(state),
                }
            },
            async |state| discarded.borrow_mut().push(state),
        ));
        (
            built.into_inner(),
            discarded.into_inner(),
            result.map(|(state, ())| state),
        )
    }

    #[test]
    fn request_behind_a_gate_begins_when_the_build_opens_the_gate() {
        let (gate, order) = (Gate::default(), RefCell::new(Vec::new()));
        let observe = async {
            gate.passed().await;
            order.borrow_mut().push("observe");
            Ok((1, ()))
        };
        let build = async |state: u8| {
            // The build waits for the store first.
            pending!();
            order.borrow_mut().push("build");
            gate.open();
            Ok(state)
        };
        let built = block_on(async {
            let mut run = pin!(speculate(Some(1), observe, build, forget));
            assert!(poll!(&mut run).is_pending());
            assert!(order.borrow().is_empty(), "{:?}", order.borrow());
            run.await
        });

        assert_eq!(built, Ok((1, ())));
        assert_eq!(*order.borrow(), ["build", "observe"]);
    }

    #[test]
    fn what_is_built_on_a_wrong_state_is_discarded_and_built_again() {
        let down = || Error::from(ErrorKind::NoPaymaster);
        for (likely, observed, refused, expected) in [
            // There is nothing to build on before the answer.
            (None, Ok(1), &[][..], (&[1][..], &[][..], Ok(1))),
            (None, Err(down()), &[], (&[], &[], Err(down()))),
            (None, Ok(1), &[1], (&[1], &[], Err(ErrorKind::NoCalls.into()))),
            // The likely state is right.
            (Some(1), Ok(1), &[], (&[1], &[], Ok(1))),
            (Some(1), Ok(1), &[1], (&[1], &[], Err(ErrorKind::NoCalls.into()))),
            // The likely state is wrong.
            (Some(1), Ok(2), &[], (&[1, 2], &[1], Ok(2))),
            (Some(1), Ok(2), &[1], (&[1, 2], &[], Ok(2))),
            (
                Some(1),
                Ok(2),
                &[2],
                (&[1, 2], &[1], Err(ErrorKind::NoCalls.into())),
            ),
            // The true state is unknown.
            (Some(1), Err(down()), &[], (&[1], &[1], Err(down()))),
            (Some(1), Err(down()), &[1], (&[1], &[], Err(down()))),
        ] {
            let case = format!("{likely:?} {observed:?} {refused:?}");
            let (built, discarded, result) = run(likely, observed, refused);

            assert_eq!(built, expected.0, "{case}");
            assert_eq!(discarded, expected.1, "{case}");
            assert_eq!(result, expected.2, "{case}");
        }
    }
}
