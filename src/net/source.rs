//! Try, wait, try again: how a non-blocking operation becomes a future.

use std::{
    io,
    net::SocketAddr,
    ops::Deref,
    rc::Rc,
    task::{Context, Poll, ready},
};

use mio::event;

use crate::{
    runtime::{Registration, current_loop},
    trace::{
        What,
        record::{Attempt, Operation, Place, WaitFor},
    },
};

/// Does epoll say what is ready? poll(2) and Windows have to see each "would block", or mio reports no more. And only
/// with epoll does mio report urgent bytes, at which a read stops although more has come.
const EPOLL: bool = cfg!(all(
    any(target_os = "linux", target_os = "android"),
    not(mio_unsupported_force_poll_poll)
));

/// Anything that mio can watch, registered with the loop for as long as this lives.
///
/// [`TcpStream`](super::TcpStream) and [`TcpListener`](super::TcpListener) are built on it, and you can build your own
/// source on it. Dropping it deregisters the source and closes it.
///
/// ```
/// use std::{future::poll_fn, panic::Location};
/// use glassloop::{net::Source, run, trace::record::Operation};
/// use mio::net::UdpSocket;
///
/// run(async {
///     let socket = Source::new(UdpSocket::bind(([127, 0, 0, 1], 0).into())?, None)?;
///     socket.send_to(b"hello", socket.local_addr()?)?; // to itself
///     let mut buffer = [0; 8];
///     let mut interest = socket.interest(Operation::Read, Location::caller());
///     let receive = poll_fn(|context| interest.poll_io(context, || socket.recv_from(&mut buffer)));
///     assert_eq!(receive.await?, (5, socket.local_addr()?));
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
pub struct Source<S: event::Source> {
    io: S,
    registration: Rc<Registration>,
}

impl<S: event::Source> Source<S> {
    /// Registers a source with the running loop. `address` is for readers of the trace.
    ///
    /// # Errors
    /// If no loop is running on this thread, or the operating system refuses.
    pub fn new(mut io: S, address: Option<SocketAddr>) -> io::Result<Source<S>> {
        let core = current_loop().ok_or_else(no_running_loop)?;
        let registration = Rc::new(Registration::new(&core.reactor, &mut io, address)?);
        Ok(Source { io, registration })
    }

    /// Interest in another try of the operation. The trace says that `place` is the line that waits.
    pub fn interest(&self, operation: Operation, place: Place) -> Interest {
        Interest { registration: self.registration.clone(), operation, place, ticket: None }
    }

    /// Is the loop that runs on this thread the one that it is registered with?
    #[cfg(feature = "http")]
    pub(crate) fn is_of_this_loop(&self) -> bool {
        current_loop().is_some_and(|core| Rc::ptr_eq(&self.registration.reactor, &core.reactor))
    }

    /// The last read took less than it had room for: until something happens to the source, the next one would
    /// block.
    #[inline]
    pub(crate) fn note_drained(&self) {
        if EPOLL {
            self.registration.note_drained();
        }
    }

    /// The number by which traces call this source.
    pub(crate) fn id(&self) -> u64 {
        self.registration.id
    }

    /// Where to report.
    pub(crate) fn trace(&self) -> &crate::trace::Trace {
        &self.registration.reactor.trace
    }
}

impl<S: event::Source> Deref for Source<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.io
    }
}

impl<S: event::Source> Drop for Source<S> {
    fn drop(&mut self) {
        self.registration.deregister(&mut self.io);
    }
}

/// One future's interest: it wants to be woken when a source is ready for an operation. Dropping it ends this.
///
/// Example: [`Source`].
pub struct Interest {
    registration: Rc<Registration>,
    operation: Operation,
    place: Place,
    ticket: Option<u64>,
}

impl Interest {
    /// Tries the operation. If it would block, the next change of the source wakes this task.
    ///
    /// The try comes first. Readiness is reported at the edge, so a wait without a try may be a wait for an edge
    /// that is past. And a wake means "try again", not "ready": the try may find that it would still block. Only if
    /// the last read took everything, the next one waits at once.
    ///
    /// The operation must go through the source's own methods: on Windows mio has to see each "would block".
    ///
    /// # Errors
    /// Those of the operation. Also if another future waits for the same direction already, if no loop is
    /// running on this thread, or another one than the source's.
    pub fn poll_io<T: 'static>(
        &mut self,
        context: &mut Context<'_>,
        mut attempt: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let core = current_loop().ok_or_else(no_running_loop)?;
        if !Rc::ptr_eq(&self.registration.reactor, &core.reactor) {
            let error = "this socket belongs to another event loop than the one that runs";
            return Poll::Ready(Err(io::Error::other(error)));
        }
        ready!(core.has_budget(context, self.place));
        let (socket, operation) = (self.registration.id, self.operation);
        let tried = |outcome| What::Tried { socket, operation, outcome };
        loop {
            if self.operation == Operation::Read && self.registration.is_drained() {
                core.trace.emit(|| tried(Attempt::Drained));
                break;
            }
            let result = attempt();
            core.trace.emit(|| tried(Attempt::of(&result)));
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                result => {
                    core.spend_budget();
                    self.withdraw();
                    return Poll::Ready(result);
                }
            }
        }
        let ticket = *self.ticket.get_or_insert_with(|| self.registration.ticket());
        let direction = self.operation.direction();
        self.registration.arm(direction, ticket, context.waker())?;
        let what = WaitFor::Socket { socket: self.registration.id, direction };
        core.waits_for(what, self.place);
        Poll::Pending
    }

    #[inline]
    fn withdraw(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.registration.disarm(self.operation.direction(), ticket);
        }
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.withdraw();
    }
}

pub(crate) fn no_running_loop() -> io::Error {
    io::Error::other("no event loop is running on this thread: do this inside of one")
}
