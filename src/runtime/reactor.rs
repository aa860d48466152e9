//! The reactor: readiness of sockets on one side, the wakers that wait for it on the other.
//!
//! Readiness is *edge-triggered*: the operating system says once that something has changed, and not again while it
//! stays the same. So this file depends on one rule: **you may wait only after you saw "would block"**. If you have
//! read until then, the next byte is a change, and a change is reported. If you wait without a try, you may wait
//! for an edge that is past.
//!
//! A read that got less than it had room for is as good as the error "would block": it has *drained* the socket. So
//! one try in vain, a system call for each message, can be saved. There are three limits. It is true only until the
//! next event. It is not true if the peer has closed: the end may have come with the last bytes, in one event. No
//! other event will follow, so the end must be read without one. And it is not true if the peer has sent urgent
//! bytes: a read stops before them, even if more bytes have come after them.
//!
//! Could the edge come in between the try and the moment when the waker is left? Not here: this thread takes in the
//! events, and this thread is busy running the task. If another thread takes in the events, a runtime needs readiness
//! flags and ticks to close that gap. A loop on one thread needs nothing.
//!
//! A socket is registered once, for both directions. Each direction has room for one waiter, so that writing never
//! overwrites the waiter of reading.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    rc::Rc,
    task::Waker,
    time::Duration,
};

use mio::{Events, Interest, Poll, Token, event, event::Event};
use slab::Slab;

use crate::trace::{
    Trace, What,
    record::{Cause, Direction, Foreign},
};

/// The token of `mio::Waker`, with which other threads end a sleep; sockets have the numbers from 0.
pub(super) const INBOX: Token = Token(usize::MAX);

/// Some systems refuse to sleep for very long. Waking up in vain once a day costs nothing.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// What is asked for of each socket. Urgent bytes (`PRIORITY`), to know of them: nobody waits for them.
#[cfg(any(target_os = "linux", target_os = "android"))]
const ALL: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const ALL: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// One who waits for a direction of a socket. The ticket tells two waiters apart, even with one waker.
struct Waiter {
    ticket: u64,
    waker: Waker,
}

struct Socket {
    id: u64,
    waiters: [Option<Waiter>; 2],
    /// The last read took all, and there was no event since.
    drained: bool,
    /// A read may stop before it has taken all: the peer will send no more, or has sent urgent
    /// bytes, or something is wrong. This flag is never cleared.
    stops_short: bool,
}

/// The sockets of a loop.
pub(crate) struct Reactor {
    poll: RefCell<Poll>,
    /// Taken out while its events are handed out, because a wake runs foreign code.
    events: Cell<Option<Events>>,
    sockets: RefCell<Slab<Socket>>,
    /// How many directions are waited for.
    pub(crate) waiting: Cell<usize>,
    next_id: Cell<u64>,
    next_ticket: Cell<u64>,
    pub(crate) trace: Rc<Trace>,
}

impl Reactor {
    pub(super) fn new(trace: Rc<Trace>) -> io::Result<Reactor> {
        Ok(Reactor {
            poll: RefCell::new(Poll::new()?),
            events: Cell::new(Some(Events::with_capacity(1024))),
            sockets: RefCell::default(),
            waiting: Cell::new(0),
            next_id: Cell::new(0),
            next_ticket: Cell::new(0),
            trace,
        })
    }

    /// How many are registered.
    pub(crate) fn len(&self) -> usize {
        self.sockets.borrow().len()
    }

    /// Other threads end a sleep with this.
    pub(super) fn loop_waker(&self) -> io::Result<mio::Waker> {
        mio::Waker::new(self.poll.borrow().registry(), INBOX)
    }

    /// Sleeps until an event, at most for `timeout`; `None` is for ever. Give the events back to
    /// [`Reactor::recycle`].
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> Events {
        let timeout = timeout.map(|timeout| timeout.min(LONGEST_SLEEP));
        let mut events = self.events.take().unwrap_or_else(|| Events::with_capacity(1024));
        match self.poll.borrow_mut().poll(&mut events, timeout) {
            Ok(()) => {}
            // A signal came (EINTR). Nothing has happened yet: the loop checks the time and goes on
            // sleeping.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => events.clear(),
            Err(error) => panic!("the operating system can't wait for sockets any more: {error}"),
        }
        events
    }

    pub(super) fn recycle(&self, events: Events) {
        self.events.set(Some(events));
    }

    /// Takes out the wakers that an event is for. An error or a hang-up wakes both directions: a
    /// waiter tries again, and so learns about it.
    pub(super) fn take_ready(&self, event: &Event) -> [Option<(Cause, Waker)>; 2] {
        let [readable, writable, error] = readiness(event);
        let mut sockets = self.sockets.borrow_mut();
        let Some(socket) = sockets.get_mut(event.token().0) else { return [None, None] };
        socket.drained = false;
        socket.stops_short |= event.is_read_closed() || event.is_priority() || error;
        let id = socket.id;
        let mut take = |ready: bool, direction: Direction| {
            let waiter = socket.waiters[direction as usize].take_if(|_| ready)?;
            self.waiting.set(self.waiting.get() - 1);
            Some((Cause::Socket { socket: id, direction }, waiter.waker))
        };
        let wakers = [take(readable, Direction::Readable), take(writable, Direction::Writable)];
        drop(sockets);
        self.trace.emit(|| {
            let [readable, writable, error] = readiness(event);
            What::Ready { socket: id, readable, writable, error }
        });
        wakers
    }
}

/// Is it worth another try to read, or to write? Is something wrong with the socket? (To mio, a hang-up is closed for
/// both.)
fn readiness(event: &Event) -> [bool; 3] {
    let error = event.is_error();
    let readable = event.is_readable() || event.is_read_closed() || event.is_priority() || error;
    let writable = event.is_writable() || event.is_write_closed() || error;
    [readable, writable, error]
}

/// A socket's place in the reactor.
pub(crate) struct Registration {
    pub(crate) reactor: Rc<Reactor>,
    slot: usize,
    pub(crate) id: u64,
}

impl Registration {
    /// Registers a socket, for both directions, once. `address` is for the trace.
    pub(crate) fn new(
        reactor: &Rc<Reactor>,
        io: &mut impl event::Source,
        address: Option<SocketAddr>,
    ) -> io::Result<Registration> {
        let id = reactor.next_id.get();
        let socket = Socket { id, waiters: [None, None], drained: false, stops_short: false };
        let slot = reactor.sockets.borrow_mut().insert(socket);
        if let Err(error) = reactor.poll.borrow().registry().register(io, Token(slot), ALL) {
            reactor.sockets.borrow_mut().remove(slot);
            return Err(error);
        }
        reactor.next_id.set(id + 1);
        reactor.trace.emit(|| What::Registered { socket: id, address });
        Ok(Registration { reactor: reactor.clone(), slot, id })
    }

    /// Takes the socket out again: the counterpart of `new`. Called once, when the socket is
    /// dropped.
    pub(crate) fn deregister(&self, io: &mut impl event::Source) {
        // It fails only if the descriptor is closed, and then the socket is already out.
        let _ = self.reactor.poll.borrow().registry().deregister(io);
        let socket = self.reactor.sockets.borrow_mut().try_remove(self.slot);
        // A task that still waits is woken, and finds that the socket is gone.
        for waiter in socket.into_iter().flat_map(|socket| socket.waiters).flatten() {
            self.reactor.waiting.set(self.reactor.waiting.get() - 1);
            self.reactor.trace.guard(Foreign::Waker, || waiter.waker.wake());
        }
        self.reactor.trace.emit(|| What::Deregistered { socket: self.id });
    }

    /// A ticket, with which to wait.
    pub(crate) fn ticket(&self) -> u64 {
        self.reactor.next_ticket.replace(self.reactor.next_ticket.get() + 1)
    }

    /// The next event in this direction will wake `waker`. If the same ticket already waits, the
    /// latest waker counts. If another ticket waits, this is an error: one of the two would be
    /// woken, and the other would sleep for ever.
    ///
    /// To be called only after the operation has answered "would block".
    pub(crate) fn arm(&self, direction: Direction, ticket: u64, waker: &Waker) -> io::Result<()> {
        let side = direction as usize;
        let waits = |waiter: &Waiter| (waiter.ticket, waiter.waker.will_wake(waker));
        match self.with_socket(|socket| socket.waiters[side].as_ref().map(waits)) {
            None => return Err(closed()),
            Some(Some((other, _))) if other != ticket => return Err(already_waited_for(direction)),
            Some(Some((_, true))) => {}
            Some(_) => {
                // Cloning and dropping a waker is foreign code: not while the sockets are borrowed. It may even
                // close this one.
                let new = Waiter { ticket, waker: waker.clone() };
                let old = self.with_socket(|socket| socket.waiters[side].replace(new));
                let old = old.ok_or_else(closed)?;
                self.reactor.waiting.update(|waiting| waiting + usize::from(old.is_none()));
                self.reactor.trace.guard(Foreign::Waker, || drop(old));
            }
        }
        self.reactor.trace.emit(|| What::Armed { socket: self.id, direction });
        Ok(())
    }

    /// A read took less than it had room for.
    pub(crate) fn note_drained(&self) {
        self.with_socket(|socket| socket.drained = !socket.stops_short);
    }

    /// Do we know that a read would find nothing?
    pub(crate) fn is_drained(&self) -> bool {
        self.with_socket(|socket| socket.drained).unwrap_or(false)
    }

    /// Removes the waker of this ticket, if it is still there: for a future that is dropped while
    /// it waits.
    pub(crate) fn disarm(&self, direction: Direction, ticket: u64) {
        let mine = |waiter: &mut Waiter| waiter.ticket == ticket;
        let taken = self.with_socket(|socket| socket.waiters[direction as usize].take_if(mine));
        if let Some(waiter) = taken.flatten() {
            self.reactor.waiting.set(self.reactor.waiting.get() - 1);
            self.reactor.trace.guard(Foreign::Waker, || drop(waiter.waker));
            self.reactor.trace.emit(|| What::Disarmed { socket: self.id, direction });
        }
    }

    fn with_socket<T>(&self, use_it: impl FnOnce(&mut Socket) -> T) -> Option<T> {
        let mut sockets = self.reactor.sockets.borrow_mut();
        sockets.get_mut(self.slot).filter(|socket| socket.id == self.id).map(use_it)
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "this socket is closed")
}

fn already_waited_for(direction: Direction) -> io::Error {
    let doing = ["reading from", "writing to"][direction as usize];
    let error =
        format!("another task is already {doing} this socket: one at a time in each direction");
    io::Error::new(io::ErrorKind::ResourceBusy, error)
}
