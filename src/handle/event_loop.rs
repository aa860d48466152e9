//! `EventLoop`: the handle by which a program makes, runs and closes a loop.

use std::{
    cell::RefCell,
    io, panic,
    pin::pin,
    rc::{Rc, Weak},
    task::{Context, Poll},
    time::Duration,
};

use super::deadlock;
use crate::{
    runtime::{Core, RunEnd, current_loop},
    tasks::{Task, TaskRef, create_task_on, users_tasks_of},
    trace::{catch, record::Outcome, run_caught},
    waits::Outsiders,
};

/// An event loop. Clones are handles of the same loop; dropping the last of them closes it.
///
/// asyncio: `asyncio.AbstractEventLoop`. A loop stays on the thread that made it. A task that holds a handle of its
/// loop keeps the loop open: then [`close`](EventLoop::close) it.
///
/// ```
/// let event_loop = glassloop::EventLoop::new()?;
/// let task = event_loop.create_task(async { 6 * 7 });
/// assert_eq!(event_loop.run_until_complete(task)?, 42);
/// event_loop.close();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[doc(alias = "Runtime")]
pub struct EventLoop {
    owner: Rc<Owner>,
}

/// Sockets and tasks may hold the `Core`; only handles hold this. So the loop is closed when the last handle
/// goes, and what the tasks hold of it is set free.
struct Owner {
    core: Rc<Core>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.core.close();
        // Handles of its tasks may live on, and have something to report when they go.
        if Rc::strong_count(&self.core) == 1 {
            self.core.trace.drop_observers();
        }
    }
}

impl EventLoop {
    /// Makes a loop with the default settings; [`EventLoop::builder`] makes others.
    ///
    /// # Errors
    /// If the operating system has no descriptor left for it, or `GLASSLOOP` names an unknown view.
    #[doc(alias = "new_event_loop")]
    pub fn new() -> io::Result<EventLoop> {
        EventLoop::builder().build()
    }

    pub(super) fn of(core: Core) -> EventLoop {
        let core = Rc::new(core);
        let owner = Rc::new(Owner { core });
        owner.core.attach(Rc::downgrade(&owner));
        EventLoop { owner }
    }

    /// A handle of the loop that runs on this thread.
    fn running() -> Option<EventLoop> {
        let core = current_loop()?;
        let owner = core.attached::<Weak<Owner>>().and_then(|owner| owner.upgrade());
        // Without an owner it is closing, since its last handle went; destructors that run now still get one.
        Some(EventLoop { owner: owner.unwrap_or_else(|| Rc::new(Owner { core })) })
    }

    pub(super) fn core(&self) -> &Rc<Core> {
        &self.owner.core
    }

    /// Makes a task of a future, also before the loop runs: it will be polled when its turn comes, whether
    /// it is awaited or not.
    ///
    /// asyncio: `loop.create_task`.
    ///
    /// # Panics
    /// If the loop is closed.
    #[track_caller]
    #[doc(alias = "spawn")]
    pub fn create_task<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        create_task_on(self.core(), future)
    }

    /// All tasks of this loop that are not done, as [`all_tasks`](crate::all_tasks) lists them.
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        users_tasks_of(self.core())
    }

    /// Runs the loop until `future` is ready, and returns its output. Tasks that are not finished by then
    /// stay as they are, and go on when the loop is run again.
    ///
    /// The future is polled on the stack of this function, without being moved, so it may borrow. It goes to the
    /// end of the ready queue like a new task: tasks that were made before it are ahead of it.
    ///
    /// # Panics
    /// If the future panics, with its panic. If the loop is closed. If all tasks wait and nothing is left that
    /// could ever wake one: that is a deadlock, and the panic says who waits for what. If a loop runs on this
    /// thread already: inside of one, await the future instead.
    #[track_caller]
    #[doc(alias = "block_on")]
    pub fn run_until_complete<F: Future>(&self, future: F) -> F::Output {
        let running = match self.core().start() {
            Ok(running) => running,
            Err(why_not) => {
                // Before the panic: dropped by it, a destructor that panics, too, would abort the program.
                run_caught(|| drop(future));
                panic::panic_any(why_not)
            }
        };
        let mut future = pin!(Some(future));
        let mut end = None;
        let run_ended = running.until_end(&mut |context: &mut Context<'_>| {
            let Some(main) = future.as_mut().as_pin_mut() else {
                return Outcome::Ready;
            };
            match catch(|| main.poll(context)) {
                Ok(Poll::Pending) => Outcome::Pending,
                Ok(Poll::Ready(output)) => {
                    end = Some(Ok(output));
                    Outcome::Ready
                }
                Err(payload) => {
                    end = Some(Err(payload));
                    Outcome::Panicked
                }
            }
        });
        let deadlock = matches!(run_ended, RunEnd::Deadlock)
            .then(|| deadlock::report(self.core(), running.main));
        // What the future holds is dropped while the loop still runs, as every task's is; and it is the current one.
        self.core().current_task.set(Some(running.main));
        let dropped = catch(|| future.set(None));
        self.core().current_task.set(None);
        if let Err(payload) = dropped
            && deadlock.is_none()
        {
            run_caught(|| drop(end)); // by itself: two panics at once would abort the program
            panic::resume_unwind(payload);
        }
        drop(running);
        match (end, deadlock) {
            (Some(Ok(output)), _) => output,
            (Some(Err(payload)), _) => panic::resume_unwind(payload),
            (None, Some(report)) => panic!("{report}"),
            (None, None) => unreachable!("the loop turns until the main future is done"),
        }
    }

    /// Runs `future` as [`run_until_complete`](EventLoop::run_until_complete) does, then closes the loop,
    /// also when the future panics.
    ///
    /// asyncio: `asyncio.Runner.run`. Other handles of the loop find it closed.
    ///
    /// # Panics
    /// As [`run_until_complete`](EventLoop::run_until_complete).
    #[track_caller]
    pub fn run<F: Future>(self, future: F) -> F::Output {
        let closed_at_the_end = CloseOnDrop(&self);
        closed_at_the_end.0.run_until_complete(future)
    }

    /// Cancels all tasks and closes the loop. What the destructors of those tasks create is cancelled too.
    /// Running jobs of [`to_thread`](crate::to_thread) are waited for; those that no thread has taken yet
    /// are dropped. Closing a closed loop does nothing.
    ///
    /// # Panics
    /// If the loop is running: "cannot close a running event loop".
    #[track_caller]
    pub fn close(&self) {
        assert!(!self.is_running(), "cannot close a running event loop");
        self.core().close();
    }

    /// Is the loop closed? Using it then is a panic.
    pub fn is_closed(&self) -> bool {
        self.core().closed.get()
    }

    /// Is the loop in the middle of `run_until_complete`?
    pub fn is_running(&self) -> bool {
        self.core().running.get()
    }

    /// The loop's time: since it was made, by its own clock, which may be a virtual one.
    pub fn time(&self) -> Duration {
        self.core().timers.now()
    }

    /// What the loop has done so far, and what it holds right now.
    pub fn counters(&self) -> Counters {
        let core = self.core();
        Counters {
            polls: core.polls.get(),
            dead_wakes: core.dead_wakes.get(),
            tasks: core.tasks.len(),
            timers: core.timers.len(),
            sockets: core.reactor.len(),
            waiting: core.reactor.waiting.get(),
            jobs: Outsiders::of(core).jobs(),
        }
    }
}

impl std::fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match (self.is_closed(), self.is_running()) {
            (true, _) => "closed",
            (_, true) => "running",
            _ => "idle",
        };
        write!(f, "<EventLoop {state} tasks={}>", self.counters().tasks)
    }
}

thread_local! {
    static OF_THIS_THREAD: RefCell<Option<EventLoop>> = const { RefCell::new(None) };
}

/// The loop that runs on this thread. If none does: this thread's own, which is made at the first call and
/// stays the same from then on, also when it is closed.
///
/// asyncio: `asyncio.get_event_loop`.
///
/// ```
/// use glassloop::{get_event_loop, run};
///
/// let own = get_event_loop();
/// run(async { assert!(get_event_loop().is_running()) }); // the loop that `run` has made
/// assert!(!own.is_running() && !own.is_closed());
/// ```
///
/// # Panics
/// If no loop can be made, as [`EventLoop::new`] would say.
#[track_caller]
pub fn get_event_loop() -> EventLoop {
    if let Some(running) = EventLoop::running() {
        return running;
    }
    if let Some(event_loop) = OF_THIS_THREAD.with_borrow(Option::clone) {
        return event_loop;
    }
    let event_loop = or_panic(EventLoop::new());
    OF_THIS_THREAD.set(Some(event_loop.clone()));
    event_loop
}

/// Makes a task of a future: on the loop that runs on this thread; if none does, on
/// [`get_event_loop`]'s, where it waits for that loop to be run.
///
/// asyncio: `asyncio.ensure_future`.
///
/// ```
/// use glassloop::{ensure_future, get_event_loop};
///
/// let task = ensure_future(async { 6 * 7 }); // no loop runs yet
/// assert_eq!(get_event_loop().run_until_complete(task)?, 42);
/// # Ok::<(), glassloop::TaskError>(())
/// ```
///
/// # Panics
/// If that loop is closed, or none can be made.
#[track_caller]
pub fn ensure_future<F: Future + 'static>(future: F) -> Task<F::Output> {
    get_event_loop().create_task(future)
}

#[track_caller]
fn or_panic(made: io::Result<EventLoop>) -> EventLoop {
    // No closure here: it would not be `track_caller`.
    match made {
        Ok(event_loop) => event_loop,
        Err(error) => panic!("cannot make an event loop: {error}"),
    }
}

struct CloseOnDrop<'a>(&'a EventLoop);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.core().close();
    }
}

/// Runs `future` on a new loop and returns its output; then cancels all tasks that are left and closes the
/// loop.
///
/// asyncio: `asyncio.run`.
///
/// ```
/// let answer = glassloop::run(async { 6 * 7 });
/// assert_eq!(answer, 42);
/// ```
///
/// # Panics
/// If the future panics, with its panic. If all tasks wait for each other, a deadlock. If a loop runs on this
/// thread already. If no loop can be made, as [`EventLoop::new`] would say.
#[track_caller]
pub fn run<F: Future>(future: F) -> F::Output {
    or_panic(EventLoop::new()).run(future)
}

/// What a loop has done so far, and what it holds. After a test has cancelled something, the second half is the
/// same as before.
///
/// ```
/// use std::time::Duration;
/// use glassloop::{create_task, get_event_loop, run, sleep, yield_now};
///
/// run(async {
///     let event_loop = get_event_loop();
///     let before = event_loop.counters();
///     let task = create_task(sleep(Duration::from_secs(60)));
///     yield_now().await;
///     assert_eq!(event_loop.counters().timers, before.timers + 1);
///     task.cancel();
///     assert_eq!(event_loop.counters().timers, before.timers); // nothing is left of it
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Polls so far.
    pub polls: u64,
    /// Wakes, met in the ready queue, of tasks that were gone.
    pub dead_wakes: u64,
    /// Tasks that are not finished, or have callbacks to run. The main future counts while it runs.
    pub tasks: usize,
    /// Timers that are armed.
    pub timers: usize,
    /// Sockets that are registered.
    pub sockets: usize,
    /// Directions of sockets that somebody waits for.
    pub waiting: usize,
    /// Jobs that threads have not finished.
    pub jobs: usize,
}
