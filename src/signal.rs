//! Ctrl-C: a future that waits for it, and one that ends another by it.
//!
//! Behind the feature `signal`. What a program wants of Ctrl-C is mostly this: what it does stops,
//! its destructors run, and whoever started it learns from the exit code that it was interrupted.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use glassloop::signal::or_ctrl_c;
//!
//! async fn serve() { /* ... */ }
//!
//! fn main() -> ExitCode {
//!     match glassloop::run(or_ctrl_c(serve())) {
//!         Ok(()) => ExitCode::SUCCESS,
//!         Err(interrupted) => {
//!             eprintln!("{interrupted}");
//!             interrupted.into() // 130
//!         }
//!     }
//! }
//! ```
//!
//! A signal interrupts a thread between any two instructions, and next to nothing is allowed there.
//! So a thread of its own hears of it, and calls the wakers of those who wait; a waker may be
//! called from anywhere.
//!
//! # The second Ctrl-C
//!
//! From the first poll of one of these futures on, Ctrl-C is handled here, for the whole program
//! and for good. It goes to all who wait at that moment. If nobody does, it ends the program the
//! hard way, as it does in any other program: no destructor runs. So whoever sees that cleaning up
//! takes for ever presses it again.

use std::{
    error, fmt, io, mem,
    panic::Location,
    pin::Pin,
    process::ExitCode,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use slab::Slab;

use crate::{
    remote::Expected,
    runtime::running_loop,
    trace::{
        record::{Place, WaitFor},
        run_caught,
    },
};

/// Waits for Ctrl-C, from the first poll on: one that was pressed before does not count.
///
/// asyncio: `loop.add_signal_handler(signal.SIGINT, ...)`. All who wait are told of the same
/// Ctrl-C. Dropping it ends the waiting; when nobody waits, Ctrl-C ends the program.
///
/// # Errors
/// If the operating system has no descriptor or thread left to listen with; on Windows also if something else
/// in the program listens through the crate `ctrlc`.
///
/// # Panics
/// When polled outside of an event loop.
///
/// ```no_run
/// use glassloop::{create_task, run, signal::ctrl_c};
/// # async fn serve() {}
/// run(async {
///     let server = create_task(serve());
///     ctrl_c().await?;
///     server.cancel();
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn ctrl_c() -> CtrlC {
    CtrlC { place: Location::caller(), key: None, expected: None }
}

/// The future of [`ctrl_c`].
#[must_use = "futures do nothing unless awaited"]
pub struct CtrlC {
    place: Place,
    /// Where it stands among those who wait.
    key: Option<usize>,
    /// While it waits, the loop is right to sleep.
    expected: Option<Expected>,
}

/// All who wait in this program, in whatever loops.
static LISTENERS: Mutex<Listeners> =
    Mutex::new(Listeners { installed: false, places: Slab::new() });

struct Listeners {
    /// Does Ctrl-C come to us?
    installed: bool,
    places: Slab<Listener>,
}

enum Listener {
    Waits(Waker),
    /// It came. The place belongs to the future, which gives it back.
    Told,
}

/// No foreign code runs under this lock, so a poisoned one is whole all the same.
fn listeners() -> MutexGuard<'static, Listeners> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Future for CtrlC {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let core = running_loop("ctrl_c");
        let new = Listener::Waits(context.waker().clone());
        let mut listeners = listeners();
        if !listeners.installed {
            system::install()?;
            listeners.installed = true;
        }
        let old = match self.key {
            None => {
                self.key = Some(listeners.places.insert(new));
                None
            }
            Some(key) => match &mut listeners.places[key] {
                Listener::Told => {
                    listeners.places.remove(key);
                    (self.key, self.expected) = (None, None);
                    return Poll::Ready(Ok(()));
                }
                place => Some(mem::replace(place, new)),
            },
        };
        drop(listeners);
        run_caught(|| drop(old));
        self.expected.get_or_insert_with(|| Expected::new(&core.inbox));
        core.waits_for(WaitFor::Other("Ctrl-C"), self.place);
        Poll::Pending
    }
}

impl Drop for CtrlC {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let listener = listeners().places.try_remove(key);
            run_caught(|| drop(listener));
        }
    }
}

/// Ctrl-C was pressed. Called by the thread that listens, once each time.
fn pressed() {
    let mut told = Vec::new();
    for (_, listener) in &mut listeners().places {
        if let Listener::Waits(waker) = mem::replace(listener, Listener::Told) {
            told.push(waker);
        }
    }
    if told.is_empty() {
        system::end_the_program();
    }
    for waker in told {
        run_caught(|| waker.wake());
    }
}

/// By signals: the handler writes a byte into a pair of sockets, and the thread sleeps until it reads one.
#[cfg(unix)]
mod system {
    use std::{io, io::Read, os::unix::net::UnixStream, process, thread};

    use signal_hook::{
        consts::SIGINT,
        low_level::{emulate_default_handler, pipe},
    };

    pub(super) fn install() -> io::Result<()> {
        let (mut incoming, outgoing) = UnixStream::pair()?;
        let listen = move || {
            while incoming.read_exact(&mut [0]).is_ok() {
                super::pressed();
            }
        };
        // The thread first: were it missing, Ctrl-C would be caught and nobody would hear of it.
        thread::Builder::new().name("glassloop-ctrl-c".into()).spawn(listen)?;
        pipe::register(SIGINT, outgoing).map(drop)
    }

    /// Dies of the signal, so that a shell sees that it was one, and stops the script.
    pub(super) fn end_the_program() -> ! {
        let _ = emulate_default_handler(SIGINT);
        process::exit(130);
    }
}

/// By a console handler, which Windows runs on a thread as it is; `ctrlc` has one more, for what follows.
#[cfg(windows)]
mod system {
    use std::{io, process};

    /// What a program that has not asked for Ctrl-C exits with.
    const STATUS_CONTROL_C_EXIT: u32 = 0xC000_013A;

    pub(super) fn install() -> io::Result<()> {
        ctrlc::try_set_handler(super::pressed).map_err(io::Error::other)
    }

    pub(super) fn end_the_program() -> ! {
        process::exit(STATUS_CONTROL_C_EXIT.cast_signed());
    }
}

/// Runs a future, but no longer than until Ctrl-C: then the future is dropped where it waits, and
/// what it holds is cleaned up.
///
/// asyncio: what `asyncio.run` does of itself. A future that is ready wins over Ctrl-C. Unlike in
/// asyncio it can't wait for anything while it is dropped: where cleaning up has to wait, do it
/// after this future, still inside of the loop, where [`run`](crate::run) can also cancel all other
/// tasks.
///
/// # Errors
/// [`Interrupted`] if Ctrl-C came first.
///
/// # Panics
/// If [`ctrl_c`] fails. When polled outside of an event loop.
///
/// ```no_run
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
    OrCtrlC { future: Some(Box::pin(future)), ctrl_c: ctrl_c() }
}

/// The future of [`or_ctrl_c`].
#[must_use = "futures do nothing unless awaited"]
pub struct OrCtrlC<F> {
    future: Option<Pin<Box<F>>>,
    ctrl_c: CtrlC,
}

impl<F: Future> Future for OrCtrlC<F> {
    type Output = Result<F::Output, Interrupted>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let OrCtrlC { future, ctrl_c } = &mut *self;
        let Some(running) = future else { panic!("a finished or_ctrl_c was polled again") };
        // Ctrl-C first: the other one may block this thread, and must not be deaf meanwhile.
        let pressed = Pin::new(ctrl_c).poll(context);
        if let Poll::Ready(output) = running.as_mut().poll(context) {
            *future = None;
            return Poll::Ready(Ok(output));
        }
        pressed.map(|heard| {
            *future = None;
            match heard {
                Ok(()) => Err(Interrupted(())),
                Err(error) => panic!("cannot listen for Ctrl-C: {error}"),
            }
        })
    }
}

/// Ctrl-C was pressed before the future was ready.
///
/// asyncio: `KeyboardInterrupt`, as `asyncio.run` raises it. Whoever started the program should
/// learn of it: exit with [`EXIT_CODE`](Interrupted::EXIT_CODE), which is also what it becomes as
/// an `ExitCode`. (Returned as an error from `main`, it would be 1.)
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
