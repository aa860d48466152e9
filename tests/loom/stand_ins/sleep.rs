//! The sleep in the operating system, and what ends it: `mio::Poll` and `mio::Waker`, without sockets.

use std::{io, sync::Arc, time::Duration};

use loom::sync::{Condvar, Mutex, MutexGuard};
use mio::{Interest, Token, event::Source};

/// The kernel's memory of a wake. It outlasts the wake, so it also ends a sleep that has not begun.
#[derive(Clone)]
pub struct Registry(Arc<Kernel>);

struct Kernel {
    woken: Mutex<bool>,
    wake_came: Condvar,
}

impl Kernel {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.woken.lock().expect("loom poisons nothing")
    }
}

/// Sockets are met by the loop's own thread alone, so no order of threads concerns them.
fn no_sockets() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "the models have no sockets")
}

impl Registry {
    pub fn register(&self, _: &mut impl Source, _: Token, _: Interest) -> io::Result<()> {
        Err(no_sockets())
    }

    pub fn deregister(&self, _: &mut impl Source) -> io::Result<()> {
        Err(no_sockets())
    }
}

pub struct Waker {
    kernel: Registry,
}

impl Waker {
    /// The only event there is says that this was called, so it needs no token.
    pub fn new(kernel: &Registry, _: Token) -> io::Result<Waker> {
        Ok(Waker { kernel: kernel.clone() })
    }

    pub fn wake(&self) -> io::Result<()> {
        *self.kernel.0.lock() = true;
        self.kernel.0.wake_came.notify_one();
        Ok(())
    }
}

pub struct Poll {
    kernel: Registry,
}

impl Poll {
    pub fn new() -> io::Result<Poll> {
        let kernel = Kernel { woken: Mutex::new(false), wake_came: Condvar::new() };
        Ok(Poll { kernel: Registry(Arc::new(kernel)) })
    }

    pub fn registry(&self) -> &Registry {
        &self.kernel
    }

    /// Sleeps until a wake; with no time, only looks.
    pub fn poll(&mut self, events: &mut Events, limit: Option<Duration>) -> io::Result<()> {
        assert!(
            limit.is_none_or(|limit| limit.is_zero()),
            "no model sleeps until a real time: loom has no clock"
        );
        let kernel = &self.kernel.0;
        let mut woken = kernel.lock();
        while !*woken && limit.is_none() {
            woken = kernel.wake_came.wait(woken).expect("loom poisons nothing");
        }
        events.woken = std::mem::take(&mut *woken).then_some(Event);
        Ok(())
    }
}

/// The loop was woken.
pub struct Event;

impl Event {
    pub fn token(&self) -> Token {
        Token(usize::MAX)
    }

    pub fn is_readable(&self) -> bool {
        true
    }

    pub fn is_writable(&self) -> bool {
        false
    }

    pub fn is_read_closed(&self) -> bool {
        false
    }

    pub fn is_write_closed(&self) -> bool {
        false
    }

    pub fn is_priority(&self) -> bool {
        false
    }

    pub fn is_error(&self) -> bool {
        false
    }
}

pub struct Events {
    woken: Option<Event>,
}

impl Events {
    pub fn with_capacity(_: usize) -> Events {
        Events { woken: None }
    }

    pub fn iter(&self) -> std::option::Iter<'_, Event> {
        self.woken.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.woken.is_none()
    }

    pub fn clear(&mut self) {
        self.woken = None;
    }
}
