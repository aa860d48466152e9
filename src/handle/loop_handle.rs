//! `LoopHandle`: how another thread runs something in the loop.

use std::{error, fmt, io, panic::Location, rc::Rc, sync::mpsc};

use super::event_loop::EventLoop;
use crate::{
    runtime::Core,
    tasks::{TaskError, create_task_at},
    trace::run_caught,
    waits::{Outsider, Outsiders},
};

/// A handle of a loop that may be sent to other threads and used there. It does not keep the loop open.
///
/// ```
/// use std::{thread, time::Duration};
///
/// glassloop::run(async {
///     let handle = glassloop::get_event_loop().handle();
///     let thread = thread::spawn(move || {
///         let answer = handle.run_coroutine(|| async {
///             glassloop::sleep(Duration::from_millis(5)).await;
///             6 * 7
///         });
///         answer.unwrap().join()
///     });
///     let joined = glassloop::to_thread(move || thread.join().unwrap()).await;
///     assert_eq!(joined.unwrap(), 42);
/// });
/// ```
#[derive(Clone)]
pub struct LoopHandle {
    outsider: Outsider,
}

impl EventLoop {
    /// A handle for other threads.
    pub fn handle(&self) -> LoopHandle {
        LoopHandle { outsider: Outsiders::of(self.core()).handle() }
    }
}

impl LoopHandle {
    /// The loop calls `callback` when its turn comes, as a separate task.
    ///
    /// asyncio: `loop.call_soon_threadsafe`.
    ///
    /// ```
    /// use std::{thread, time::Duration};
    /// use glassloop::{all_tasks, create_task, get_event_loop, run, sleep};
    ///
    /// run(async {
    ///     let task = create_task(sleep(Duration::from_secs(60)));
    ///     let handle = get_event_loop().handle();
    ///     thread::spawn(move || {
    ///         handle.call_soon(|| {
    ///             all_tasks()[0].cancel();
    ///         })
    ///     });
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    ///
    /// # Errors
    /// If the loop is closed. If it is closed before the callback's turn comes, the callback is dropped.
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + Send + 'static) -> Result<(), LoopClosed> {
        let place = Location::caller();
        // Not by way of `run_coroutine`: its `RemoteTask` takes the result, and a panic would count as
        // seen.
        self.call(move |core| drop(create_task_at(core, async { callback() }, place)))
    }

    /// The loop makes a future and runs it as a task. The future itself need not be `Send`, since it is made on the
    /// loop's thread; only the closure that makes it is sent.
    ///
    /// asyncio: `asyncio.run_coroutine_threadsafe`. Dropping what this returns detaches the task.
    ///
    /// # Errors
    /// If the loop is closed.
    #[track_caller]
    pub fn run_coroutine<M, F>(&self, make: M) -> Result<RemoteTask<F::Output>, LoopClosed>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send,
    {
        let (sender, receiver) = mpsc::channel();
        let place = Location::caller();
        let create = move |core: &_| {
            let task = create_task_at(core, async move { make().await }, place);
            task.add_done_callback(move |task| {
                // Nobody may be waiting any more.
                let _ = sender.send(Answer(Some(task.take_result())));
            });
        };
        self.call(create).map(|()| RemoteTask { receiver })
    }

    fn call(&self, call: impl FnOnce(&Rc<Core>) + Send + 'static) -> Result<(), LoopClosed> {
        self.outsider.inbox().call(Box::new(call)).map_err(|refused| {
            run_caught(|| drop(refused));
            LoopClosed(())
        })
    }
}

/// A task of a loop on another thread.
///
/// asyncio: the `concurrent.futures.Future` of `run_coroutine_threadsafe`.
///
/// ```
/// let event_loop = glassloop::EventLoop::new()?;
/// let task = event_loop.handle().run_coroutine(|| async { 6 * 7 })?;
/// event_loop.close(); // before the task's turn
/// assert!(task.join().unwrap_err().is_cancelled());
/// # std::io::Result::Ok(())
/// ```
#[must_use = "dropping it detaches the task"]
pub struct RemoteTask<T> {
    receiver: mpsc::Receiver<Answer<T>>,
}

impl<T> RemoteTask<T> {
    /// Blocks this thread until the task is done. Do not call it on the loop's own thread, which would wait for
    /// itself. Under virtual time, do not call it in a job either: time stands still while a job runs.
    ///
    /// # Errors
    /// If the task panicked, or was cancelled; also if the loop was closed before it was done.
    pub fn join(self) -> Result<T, TaskError> {
        let answer = self.receiver.recv().ok().and_then(|mut answer| answer.0.take());
        answer.unwrap_or(Err(TaskError::Cancelled))
    }
}

/// What came of the task, on its way. Nobody may want it: then its destructor, which is the user's, runs by itself.
struct Answer<T>(Option<Result<T, TaskError>>);

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        run_caught(|| drop(self.0.take()));
    }
}

/// The loop is closed.
///
/// ```
/// let event_loop = glassloop::EventLoop::new()?;
/// let handle = event_loop.handle();
/// drop(event_loop);
/// let error = handle.call_soon(|| ()).unwrap_err();
/// assert_eq!(error.to_string(), "event loop is closed");
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopClosed(());

impl fmt::Display for LoopClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event loop is closed")
    }
}

impl error::Error for LoopClosed {}

impl From<LoopClosed> for io::Error {
    fn from(error: LoopClosed) -> io::Error {
        io::Error::other(error)
    }
}
