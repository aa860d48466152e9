//! `or_ctrl_c`: runs another future, but no longer than until Ctrl-C.

use std::{
    error, fmt, io,
    pin::Pin,
    process::ExitCode,
    task::{Context, Poll},
};

use super::ctrl_c::{CtrlC, ctrl_c};
use crate::{runtime::running_loop, waits::FairTry};

/// Runs a future, but no longer than until Ctrl-C: then the future is dropped where it waits, and
/// what it holds is cleaned up.
///
/// asyncio: `asyncio.run` always does this. A future that is ready wins over Ctrl-C. Unlike in asyncio, the future
/// can't wait for anything while it is dropped. If cleaning up has to wait, do it after this future, still inside
/// the loop. When the loop ends, [`run`](crate::run) cancels all other tasks.
///
/// # Errors
/// [`Interrupted`] if Ctrl-C came first.
///
/// # Panics
/// If [`ctrl_c`] fails. If polled outside an event loop.
///
/// ```
/// use std::time::Duration;
/// use glassloop::{run, signal::or_ctrl_c, timeout};
/// # async fn serve() {}
/// # async fn say_goodbye() {}
/// run(async {
///     if or_ctrl_c(serve()).await.is_err() {
///         // Nobody waits for Ctrl-C now: the next one ends the program at once.
///         let _ = timeout(Duration::from_secs(5), say_goodbye()).await;
///     }
/// });
/// ```
#[track_caller]
pub fn or_ctrl_c<F: Future>(future: F) -> OrCtrlC<F> {
    let (future, ctrl_c) = (Some(Box::pin(future)), ctrl_c());
    OrCtrlC { future, ctrl_c, heard: None, fair_try: FairTry::default() }
}

/// The future of [`or_ctrl_c`].
#[must_use = "futures do nothing unless awaited"]
pub struct OrCtrlC<F> {
    future: Option<Pin<Box<F>>>,
    ctrl_c: CtrlC,
    /// Ctrl-C has come.
    heard: Option<io::Result<()>>,
    fair_try: FairTry,
}

impl<F: Future> Future for OrCtrlC<F> {
    type Output = Result<F::Output, Interrupted>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let OrCtrlC { future, ctrl_c, heard, fair_try } = &mut *self;
        fair_try.begin(&running_loop("or_ctrl_c"));
        let Some(running) = future else { panic!("a finished or_ctrl_c was polled again") };
        // Ctrl-C first: the other one may block this thread, and must not be deaf meanwhile.
        if heard.is_none()
            && let Poll::Ready(pressed) = Pin::new(ctrl_c).poll(context)
        {
            *heard = Some(pressed);
        }
        if let Poll::Ready(output) = running.as_mut().poll(context) {
            *future = None;
            return Poll::Ready(Ok(output));
        }
        let Some(heard) = heard.take_if(|_| fair_try.counts(context)) else { return Poll::Pending };
        *future = None;
        match heard {
            Ok(()) => Poll::Ready(Err(Interrupted(()))),
            Err(error) => panic!("cannot listen for Ctrl-C: {error}"),
        }
    }
}

/// Ctrl-C was pressed before the future was ready.
///
/// asyncio: `KeyboardInterrupt`, as `asyncio.run` raises it. The caller of the program should learn of it: exit
/// with [`EXIT_CODE`](Interrupted::EXIT_CODE), which is also what it becomes as an `ExitCode`. (Returned as an
/// error from `main`, it would be 1.)
///
/// ```
/// use glassloop::{run, signal::{Interrupted, or_ctrl_c}};
///
/// let ended = run(or_ctrl_c(async { 6 * 7 }));
/// assert_eq!(ended, Ok(42)); // or Err(Interrupted)
/// assert_eq!(Interrupted::EXIT_CODE, 130);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted(());

impl Interrupted {
    /// 130: what shells report of a program that has died of this signal, 128 and the signal's number.
    pub const EXIT_CODE: u8 = 130;
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interrupted by Ctrl-C")
    }
}

impl error::Error for Interrupted {}

impl From<Interrupted> for ExitCode {
    fn from(_: Interrupted) -> ExitCode {
        ExitCode::from(Interrupted::EXIT_CODE)
    }
}
