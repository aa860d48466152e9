//! `Operation`: the future of everything that a client does.

use std::{
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Error, Url};
use crate::trace::{Place, at_place};

/// Something that a request or a response does, such as [`Request::send`](super::Request::send) or
/// [`Response::text`](super::Response::text). Dropping it gives it up, and closes the connection that it used.
///
/// One request is many small waits: for a name, for a connection, for each piece of a reply. In an `async` block they
/// follow one another. In the trace all of them have the line of the user's call.
#[must_use = "futures do nothing unless awaited"]
pub struct Operation<'a, T> {
    future: Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>,
    place: Place,
}

impl<'a, T> Operation<'a, T> {
    #[track_caller]
    pub(super) fn new(future: impl Future<Output = Result<T, Error>> + 'a) -> Operation<'a, T> {
        Operation { future: Box::pin(future), place: Location::caller() }
    }

    /// The same, of which an error names this URL.
    #[track_caller]
    pub(super) fn at(
        url: &'a Url,
        future: impl Future<Output = Result<T, Error>> + 'a,
    ) -> Operation<'a, T> {
        Operation::new(async { future.await.map_err(|error| error.of(url)) })
    }
}

impl<T> Future for Operation<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Operation { future, place } = &mut *self;
        at_place(place, || future.as_mut().poll(context))
    }
}
