//! `Event`: a flag to wait for.

use std::{
    cell::Cell,
    fmt,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use super::waiters::{InLine, Waiters};

/// A flag that is not set at first. Tasks wait until somebody sets it.
///
/// asyncio: `asyncio.Event`. Clones are handles of the same event.
///
/// ```
/// use glassloop::{create_task, run, sync::Event};
///
/// run(async {
///     let event = Event::new();
///     let waiting = create_task(event.wait());
///     event.set();
///     waiting.await.unwrap();
///     event.wait().await; // it is set, so this does not wait
///     event.clear();
///     assert!(!event.is_set());
/// });
/// ```
#[derive(Clone, Default)]
pub struct Event {
    shared: Rc<EventState>,
}

#[derive(Default)]
struct EventState {
    is_set: Cell<bool>,
    waiters: Waiters,
}

impl Event {
    /// Makes an event that is not set.
    pub fn new() -> Event {
        Event::default()
    }

    /// Sets the flag: all that wait go on, even if it is cleared before they are polled.
    pub fn set(&self) {
        self.shared.is_set.set(true);
        self.shared.waiters.grant(usize::MAX);
    }

    /// Clears the flag: who waits from now on waits for the next `set`.
    pub fn clear(&self) {
        self.shared.is_set.set(false);
    }

    /// Is the flag set?
    pub fn is_set(&self) -> bool {
        self.shared.is_set.get()
    }

    /// Waits until the flag is set; if it is, does not wait. Dropping the future leaves the line.
    ///
    /// asyncio: `Event.wait`. A future that was never polled does not wait yet, and misses a flag that is set
    /// and cleared at once.
    #[track_caller]
    pub fn wait(&self) -> EventWait {
        let line = InLine::new(&self.shared.waiters, "Event.wait");
        EventWait { event: Some(self.clone()), line }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_set() { "set" } else { "unset" };
        write!(f, "<Event {state} waiters={}>", self.shared.waiters.len())
    }
}

/// The future of [`Event::wait`].
#[must_use = "futures do nothing unless awaited"]
pub struct EventWait {
    /// `None`, once it is ready.
    event: Option<Event>,
    line: InLine,
}

impl Future for EventWait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let EventWait { event, line } = &mut *self;
        let Some(awaited) = event else { panic!("a finished wait was polled again") };
        let polled = line.poll(context, || awaited.is_set());
        if polled.is_ready() {
            *event = None;
        }
        polled
    }
}
