//! `StreamWriter`: the outgoing half of a connection. It writes at once what it can, and the rest later.

use std::{
    cell::RefCell,
    io, mem,
    net::{Shutdown, SocketAddr},
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use super::{Connection, buffer::Buffer, error::Failure, flusher::flush};
use crate::{
    net::TcpStream,
    runtime::{Core, current_loop},
    sync::{Waiter, Waiters},
    tasks::Task,
    trace::{
        What,
        record::{Place, WaitFor},
    },
};

/// Above so many bytes in the buffer `drain` waits, until there are as few as these. asyncio's figures.
const HIGH_WATER: usize = 64 * 1024;
pub(super) const LOW_WATER: usize = 16 * 1024;

/// Writes to a connection.
///
/// asyncio: `asyncio.StreamWriter`. Dropping it [`close`](StreamWriter::close)s it: another task sends what is in
/// its buffer, for as long as the loop runs. If the program ends before that, the rest is lost, and the connection
/// is reset. So a program that writes and then ends should close and wait:
///
/// ```
/// # glassloop::run(async {
/// # let serve = async |mut reader: glassloop::StreamReader, _| reader.read_to_end().await;
/// # let server = glassloop::start_server(("127.0.0.1", 0), serve).await?;
/// # let (_reader, writer) = glassloop::open_connection(server.local_addrs()[0]).await?;
/// writer.write(&[0; 1_000_000])?;
/// writer.close();
/// writer.wait_closed().await?;
/// # assert!(writer.is_closing());
/// # std::io::Result::Ok(())
/// # })
/// # .unwrap();
/// ```
pub struct StreamWriter {
    outgoing: Rc<Outgoing>,
}

/// What the writer shares with the task that sends the rest.
pub(super) struct Outgoing {
    pub(super) stream: Rc<Connection>,
    pub(super) core: Rc<Core>,
    pub(super) state: RefCell<Sending>,
    /// Kept for `abort` alone: a flusher ends by itself.
    pub(super) flusher: RefCell<Option<Task<()>>>,
    failure: Failure,
    pub(super) waiters: Waiters,
}

#[derive(Default)]
pub(super) struct Sending {
    pub(super) buffer: Buffer,
    /// A flusher is at work; until it is done, all bytes queue behind its own.
    pub(super) flushing: bool,
    /// There is too much in the buffer, and `drain` waits.
    pub(super) paused: bool,
    end: Ending,
}

/// How the outgoing half stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Ending {
    #[default]
    Open,
    /// `write_eof`: no more will be written.
    Eof,
    /// `close`, or the writer was dropped.
    Closed,
}

impl StreamWriter {
    pub(super) fn new(stream: Rc<Connection>, core: Rc<Core>, failure: Failure) -> StreamWriter {
        let (state, flusher, waiters) = Default::default();
        let outgoing = Outgoing { stream, core, state, flusher, failure, waiters };
        StreamWriter { outgoing: Rc::new(outgoing) }
    }

    /// Writes bytes: as many as the connection takes now, and the rest later from a buffer. It never waits. If you
    /// write much, await [`drain`](StreamWriter::drain) now and then. Otherwise the buffer grows without limit.
    ///
    /// # Errors
    /// If the writer is closed, or `write_eof` was called on it, or the connection has failed.
    #[track_caller]
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.outgoing.write(bytes)
    }

    /// Writes several pieces one after another.
    ///
    /// # Errors
    /// As [`write`](StreamWriter::write); the pieces before the failed one are written.
    pub fn writelines<B: AsRef<[u8]>>(&self, lines: impl IntoIterator<Item = B>) -> io::Result<()> {
        lines.into_iter().try_for_each(|line| self.write(line.as_ref()))
    }

    /// Waits while there is too much in the buffer: from 64 KiB on, until 16 KiB are left. It does not wait for
    /// these last bytes: [`wait_closed`](StreamWriter::wait_closed) does.
    ///
    /// # Errors
    /// If the connection has failed, or the writer was closed before this was polled. Closing the writer while this
    /// waits does not disturb it.
    #[track_caller]
    #[doc(alias = "flush")]
    pub fn drain(&self) -> Drain<'_> {
        Drain(self.waiting("drain", WaitUntil::Drained))
    }

    /// Says that no more will be written: when the buffer is sent, the peer sees the end of the stream.
    /// Reading goes on. A second call, or a call after [`close`](StreamWriter::close), changes nothing.
    ///
    /// # Errors
    /// If the connection has failed.
    ///
    /// ```
    /// use glassloop::{StreamReader, StreamWriter, open_connection, run, start_server};
    ///
    /// run(async {
    ///     let echo = async |mut reader: StreamReader, writer: StreamWriter| {
    ///         writer.write(&reader.read_to_end().await?)
    ///     };
    ///     let server = start_server(("127.0.0.1", 0), echo).await?;
    ///     let (mut reader, writer) = open_connection(server.local_addrs()[0]).await?;
    ///     writer.writelines(["one\n", "two\n"])?;
    ///     writer.write_eof()?; // the server waits for it
    ///     assert_eq!(reader.read_to_end().await?, b"one\ntwo\n");
    ///     std::io::Result::Ok(())
    /// })
    /// # .unwrap();
    /// ```
    #[doc(alias = "shutdown")]
    pub fn write_eof(&self) -> io::Result<()> {
        self.outgoing.failure.check()?;
        self.outgoing.finish(Ending::Eof);
        Ok(())
    }

    /// Closes the writer: what is in the buffer is sent for as long as the loop runs, then the peer sees the end of
    /// the stream. This does not wait for that, [`wait_closed`](StreamWriter::wait_closed) does. The reader still
    /// works.
    pub fn close(&self) {
        self.outgoing.finish(Ending::Closed);
    }

    /// Was the writer closed, or has the connection failed?
    pub fn is_closing(&self) -> bool {
        self.outgoing.state.borrow().end == Ending::Closed || self.outgoing.failure.is_set()
    }

    /// Gives the connection up: what is in the buffer is lost. When the reader is dropped, too, the peer gets a reset.
    /// Without this, a peer that never reads would keep the rest in memory for as long as the loop runs.
    ///
    /// asyncio: `writer.transport.abort()`.
    pub fn abort(&self) {
        self.outgoing.abort();
    }

    /// Waits until all is sent after `close` or `write_eof`: the operating system has it, and delivers it even if
    /// the program ends. Only an answer shows that the peer has read it. If the peer still sends when both halves
    /// are dropped already, it gets a reset, and may lose what it has not read: read until its end before.
    ///
    /// # Errors
    /// If the connection has failed: what was written may not have arrived.
    #[track_caller]
    pub fn wait_closed(&self) -> WaitClosed<'_> {
        WaitClosed(self.waiting("wait_closed", WaitUntil::Shut))
    }

    /// The address of the other side. asyncio: `get_extra_info("peername")`.
    ///
    /// # Errors
    /// If the connection is not connected any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.outgoing.stream.peer_addr()
    }

    #[track_caller]
    fn waiting(&self, what: &'static str, goal: WaitUntil) -> Waiting<'_> {
        let waiter = self.outgoing.waiters.waiter();
        let (outgoing, place) = (&self.outgoing, Location::caller());
        Waiting { outgoing, goal, what, place, waiter, begun: false }
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.close();
    }
}

impl Outgoing {
    fn check_open(&self) -> io::Result<()> {
        self.failure.check()?;
        match self.state.borrow().end {
            Ending::Open => Ok(()),
            Ending::Eof => Err(closed("write_eof was called on this writer")),
            Ending::Closed => Err(closed(CLOSED)),
        }
    }

    #[track_caller]
    fn write(self: &Rc<Self>, mut bytes: &[u8]) -> io::Result<()> {
        self.check_open()?;
        let flushing = self.state.borrow().flushing;
        while !flushing && !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(0) => break,
                Ok(written) => bytes = &bytes[written..],
                Err(error) => {
                    self.fail(&error);
                    return Err(error);
                }
            }
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if self.core.closed.get() {
            let error = closed("event loop is closed: there is nobody to send the rest");
            self.stream.reset_on_close();
            self.fail(&error);
            return Err(error);
        }
        let mut state = self.state.borrow_mut();
        state.buffer.extend(bytes);
        state.paused = state.paused || state.buffer.len() > HIGH_WATER;
        if !mem::replace(&mut state.flushing, true) {
            drop(state);
            flush(self);
        }
        Ok(())
    }

    fn finish(&self, end: Ending) {
        let mut state = self.state.borrow_mut();
        match (state.end, end) {
            (Ending::Open, _) | (Ending::Eof, Ending::Closed) => state.end = end,
            _ => return,
        }
        let nothing_left = !state.flushing;
        drop(state);
        if nothing_left {
            self.shut();
        }
    }

    /// All is sent: tells the peer that it was all, if that has been asked for.
    pub(super) fn shut(&self) {
        if self.state.borrow().end == Ending::Open || self.failure.is_set() {
            return;
        }
        // It fails only if the connection is gone, and then there is nobody to tell.
        let _ = self.stream.shutdown(Shutdown::Write);
        self.waiters.wake_all();
    }

    fn abort(&self) {
        self.stream.reset_on_close();
        // It is lost on purpose: nothing is to be reported as unsent.
        drop(mem::take(&mut self.state.borrow_mut().buffer));
        self.fail(&io::Error::new(io::ErrorKind::ConnectionAborted, "this writer was aborted"));
        // It waits for a peer that may never read, and holds the socket until then.
        let flusher = self.flusher.take();
        if let Some(flusher) = flusher {
            flusher.cancel();
        }
    }

    /// The connection is broken. What is left in the buffer is lost, and later calls return the reason.
    pub(super) fn fail(&self, error: &io::Error) {
        self.failure.set(error);
        let mut state = self.state.borrow_mut();
        let unsent = mem::take(&mut state.buffer).len();
        (state.flushing, state.paused) = (false, false);
        drop(state);
        if unsent > 0 {
            let source = self.stream.source();
            source.trace().emit(|| What::Unsent { socket: source.id(), bytes: unsent });
        }
        self.waiters.wake_all();
    }

    /// Writes from the buffer, by `write`, while no borrow is held. Returns how many bytes were written.
    pub(super) fn write_from_buffer<E>(
        &self,
        write: impl FnOnce(&TcpStream, &[u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let mut buffer = mem::take(&mut self.state.borrow_mut().buffer);
        let written = write(&self.stream, buffer.filled());
        buffer.consume(*written.as_ref().unwrap_or(&0));
        let mut state = self.state.borrow_mut();
        buffer.extend(state.buffer.filled());
        state.buffer = buffer;
        written
    }
}

const CLOSED: &str = "this writer is closed";

pub(super) fn closed(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, why)
}

#[derive(Clone, Copy)]
enum WaitUntil {
    Drained,
    Shut,
}

struct Waiting<'a> {
    outgoing: &'a Outgoing,
    goal: WaitUntil,
    what: &'static str,
    place: Place,
    waiter: Waiter,
    /// It has been polled.
    begun: bool,
}

impl Waiting<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outgoing.failure.check()?;
        let has_begun = mem::replace(&mut self.begun, true);
        let state = self.outgoing.state.borrow();
        let reached = match self.goal {
            WaitUntil::Drained if !has_begun && state.end == Ending::Closed => {
                return Poll::Ready(Err(closed(CLOSED)));
            }
            WaitUntil::Drained => !state.paused,
            WaitUntil::Shut => state.end != Ending::Open && !state.flushing,
        };
        drop(state);
        if reached {
            if let Some(core) = current_loop() {
                ready!(core.take_turn(context, self.place));
            }
            return Poll::Ready(Ok(()));
        }
        self.waiter.wait(context.waker());
        if let Some(core) = current_loop() {
            core.waits_for(WaitFor::Other(self.what), self.place);
        }
        Poll::Pending
    }
}

/// The future of [`StreamWriter::drain`].
#[must_use = "futures do nothing unless awaited"]
pub struct Drain<'a>(Waiting<'a>);

impl Future for Drain<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll(context)
    }
}

/// The future of [`StreamWriter::wait_closed`].
#[must_use = "futures do nothing unless awaited"]
pub struct WaitClosed<'a>(Waiting<'a>);

impl Future for WaitClosed<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll(context)
    }
}
