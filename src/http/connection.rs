//! A connection to a server: a socket, and a buffer of what has come and was not asked for yet.

use std::{
    future::poll_fn,
    io,
    panic::Location,
    task::{Context, Poll, ready},
    time::Duration,
};

use super::{Error, Reason, url::Origin};
use crate::{
    net::{self, Interest, TcpStream},
    runtime::running_loop,
    streams::Buffer,
    time::{timeout, timeout_at},
};

/// What carries the bytes.
enum Transport {
    Plain(TcpStream),
}

/// A connection to a server.
pub(super) struct Connection {
    transport: Transport,
    pub(super) buffer: Buffer,
}

impl Connection {
    /// Connects; for `https` it also shakes hands.
    pub(super) async fn open(origin: &Origin, patience: &Patience) -> Result<Connection, Error> {
        if origin.is_https {
            let why = "https needs the feature `tls`: build glassloop with --features tls";
            return Err(Error::new(Reason::Request(why.to_string())));
        }
        let connect = net::connect((origin.host.as_str(), origin.port));
        let stream = patience.within("connecting", patience.connect, connect).await?;
        let stream = stream.map_err(|error| Error::new(Reason::Connect(error.into())))?;
        Ok(Connection { transport: Transport::Plain(stream), buffer: Buffer::default() })
    }

    /// Reads once more into the buffer. Returns how many bytes came; 0 is the end.
    pub(super) async fn fill(&mut self, patience: &Patience) -> Result<usize, Error> {
        let Connection { transport, buffer } = self;
        let mut interest = transport.read_interest();
        let reading = poll_fn(|context| {
            let filled = ready!(transport.poll_read(&mut interest, context, buffer.room()))?;
            buffer.fill(filled);
            Poll::Ready(io::Result::Ok(filled))
        });
        let read = patience.within("reading", patience.read, reading).await?;
        read.map_err(|error| Error::io("reading the reply", error))
    }

    /// Writes all of it.
    pub(super) async fn write_all(
        &mut self,
        mut bytes: &[u8],
        patience: &Patience,
    ) -> Result<(), Error> {
        let mut interest = self.transport.write_interest();
        while !bytes.is_empty() {
            let writing =
                poll_fn(|context| self.transport.poll_write(&mut interest, context, bytes));
            let written = patience.within("sending", patience.read, writing).await?;
            let written = written.map_err(|error| Error::io("sending the request", error))?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Has the server neither closed it nor said anything, while nothing was asked?
    pub(super) fn is_quiet(&self) -> bool {
        let Transport::Plain(stream) = &self.transport;
        let peeked = stream.source().peek(&mut [0]);
        let is_silent = peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        self.buffer.is_empty() && is_silent
    }
}

impl Transport {
    fn read_interest(&self) -> Interest {
        let Transport::Plain(stream) = self;
        stream.read_interest(Location::caller())
    }

    fn write_interest(&self) -> Interest {
        let Transport::Plain(stream) = self;
        stream.write_interest(Location::caller())
    }

    fn poll_read(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Transport::Plain(stream) = self;
        stream.poll_read(interest, context, room)
    }

    fn poll_write(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Transport::Plain(stream) = self;
        stream.poll_write(interest, context, bytes)
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) connect: Option<Duration>,
    /// Each read, and each write.
    pub(super) read: Option<Duration>,
    /// All of it: until when, by the loop's time, and how long that was.
    pub(super) total: Option<(Duration, Duration)>,
}

impl Patience {
    /// Has the time for all of it run from now on.
    pub(super) fn start(&mut self, total: Option<Duration>) {
        let now = running_loop("a request").timers.now();
        self.total = total.map(|total| (now.saturating_add(total), total));
    }

    /// Waits for something no longer than this step may take, nor than all may.
    pub(super) async fn within<F: Future>(
        &self,
        step: &'static str,
        limit: Option<Duration>,
        future: F,
    ) -> Result<F::Output, Error> {
        let timed_out = |step, after| Error::new(Reason::Timeout { step, after });
        let limited = async {
            match limit {
                Some(limit) => timeout(limit, future).await.map_err(|_| timed_out(step, limit)),
                None => Ok(future.await),
            }
        };
        match self.total {
            Some((deadline, total)) => match timeout_at(deadline, limited).await {
                Ok(result) => result,
                Err(_) => Err(timed_out("the request", total)),
            },
            None => limited.await,
        }
    }
}
