//! `ctrl_c`: a future that waits for Ctrl-C.

use std::{
    io, mem,
    panic::Location,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use slab::Slab;

use super::system;
use crate::{
    runtime::running_loop,
    trace::{
        record::{Place, WaitFor},
        run_caught,
    },
    waits::{Outsider, Outsiders},
};

/// Waits for Ctrl-C, from the first poll on: one that was pressed before does not count.
///
/// asyncio: `loop.add_signal_handler(signal.SIGINT, ...)`. All waiting tasks get the same Ctrl-C. Dropping it ends
/// the waiting; when nobody waits, Ctrl-C ends the program.
///
/// # Errors
/// If the operating system has no descriptor or thread left to listen with; on Windows also if something else
/// in the program listens through the crate `ctrlc`.
///
/// # Panics
/// If polled outside an event loop.
///
/// ```ignore-windows
/// use glassloop::{create_task, run, signal::ctrl_c};
/// # async fn serve() {
/// #     signal_hook::low_level::raise(signal_hook::consts::SIGINT).unwrap();
/// #     std::future::pending().await
/// # }
/// run(async {
///     let server = create_task(serve());
///     ctrl_c().await?;
///     server.cancel();
///     assert!(server.await.unwrap_err().is_cancelled());
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn ctrl_c() -> CtrlC {
    CtrlC { place: Location::caller(), key: None, outsider: None }
}

/// The future of [`ctrl_c`].
#[must_use = "futures do nothing unless awaited"]
pub struct CtrlC {
    place: Place,
    /// Its seat among those who wait.
    key: Option<usize>,
    /// While it waits, the loop is right to sleep.
    outsider: Option<Outsider>,
}

/// All who wait in this program, in whatever loops.
static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners { installed: false, seats: Slab::new() });

struct Listeners {
    /// Does Ctrl-C come to us?
    installed: bool,
    seats: Slab<Listener>,
}

enum Listener {
    Waits(Waker),
    /// It came. The seat belongs to the future, which gives it back.
    Told,
}

/// No foreign code runs under this lock, so the data in a poisoned one is correct.
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
                self.key = Some(listeners.seats.insert(new));
                None
            }
            Some(key) => match &mut listeners.seats[key] {
                Listener::Told => {
                    listeners.seats.remove(key);
                    (self.key, self.outsider) = (None, None);
                    return Poll::Ready(Ok(()));
                }
                seat => Some(mem::replace(seat, new)),
            },
        };
        drop(listeners);
        run_caught(|| drop(old));
        self.outsider.get_or_insert_with(|| Outsiders::of(&core).handle());
        core.waits_for(WaitFor::Other("Ctrl-C"), self.place);
        Poll::Pending
    }
}

impl Drop for CtrlC {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let listener = listeners().seats.try_remove(key);
            run_caught(|| drop(listener));
        }
    }
}

/// Ctrl-C was pressed. Called by the thread that listens, once each time.
pub(super) fn pressed() {
    let mut told = Vec::new();
    for (_, listener) in &mut listeners().seats {
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
