//! A connection to a server: a socket, and a buffer of what has come and was not asked for yet.

use std::{
    future::poll_fn,
    io,
    panic::Location,
    task::{Context, Poll, ready},
    time::Duration,
};

use super::{Error, Reason, url::Origin};
#[cfg(feature = "tls")]
use super::{tls::Tls, trust::Trust};
use crate::{
    net::{self, Interest, TcpStream},
    runtime::running_loop,
    streams::Buffer,
    waits::{timeout, timeout_at},
};

/// What carries the bytes.
enum Transport {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<Tls>),
}

/// How connections are made.
#[derive(Default)]
pub(super) struct Connector {
    #[cfg(feature = "tls")]
    pub(super) trust: Trust,
}

/// A connection to a server.
pub(super) struct Connection {
    transport: Transport,
    pub(super) buffer: Buffer,
    unsent: Buffer,
    /// Why the rest was not sent.
    unsendable: Option<io::Error>,
}

/// What a connection has done while it was waited for.
enum Moved {
    Sent,
    Read(usize),
}

const SENDING: &str = "sending the request";

impl Connection {
    /// Connects; for `https` it also shakes hands.
    pub(super) async fn open(
        connector: &Connector,
        origin: &Origin,
        patience: &Patience,
    ) -> Result<Connection, Error> {
        if origin.is_https && !cfg!(feature = "tls") {
            let why = "https needs the feature `tls`: build glassloop with --features tls";
            return Err(Error::new(Reason::Request(why.to_string())));
        }
        let transport = Box::pin(connector.connect(origin));
        let transport = Patience::within("connecting", patience.connect, transport).await??;
        Ok(Connection {
            transport,
            buffer: Buffer::default(),
            unsent: Buffer::default(),
            unsendable: None,
        })
    }

    /// Has this sent, while [`fill`](Connection::fill) reads what the server says to it.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend(bytes);
    }

    /// Reads once more into the buffer, or past it to where the bytes are wanted, so many at most; and sends what is to
    /// be sent. Both at once: a server may answer and read no further, or read no further until its answer was read.
    /// Returns how many bytes came; 0 is the end.
    pub(super) async fn fill(
        &mut self,
        mut past: Option<(&mut Buffer, usize)>,
        step: &'static str,
        patience: &Patience,
    ) -> Result<usize, Error> {
        let mut reading = self.transport.read_interest();
        let mut writing = self.transport.write_interest();
        loop {
            let step = if self.unsent.is_empty() { step } else { SENDING };
            let moving =
                poll_fn(|context| self.poll_move(&mut past, &mut reading, &mut writing, context));
            let moved = Patience::within(step, patience.read, moving).await?;
            if let Some(error) = self.unsendable.take_if(|_| !matches!(moved, Ok(Moved::Read(1..))))
            {
                return Err(Error::io(SENDING, error)); // and nothing was said to it
            }
            match moved.map_err(|error| Error::io(step, error))? {
                Moved::Sent => {}
                Moved::Read(count) => return Ok(count),
            }
        }
    }

    fn poll_move(
        &mut self,
        past: &mut Option<(&mut Buffer, usize)>,
        reading: &mut Interest,
        writing: &mut Interest,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Moved>> {
        let Connection { transport, buffer, unsent, unsendable } = self;
        if !unsent.is_empty() {
            match transport.poll_write(writing, context, unsent.filled()) {
                Poll::Ready(Ok(count)) => {
                    unsent.consume(count);
                    return Poll::Ready(Ok(Moved::Sent));
                }
                // A server may refuse a request before it has read all of it, and say why.
                Poll::Ready(Err(error)) => {
                    (*unsent, *unsendable) = (Buffer::default(), Some(error));
                }
                Poll::Pending => {}
            }
        }
        let (buffer, most) = match past {
            Some((wanted, most)) => (&mut **wanted, Some(*most)),
            None => (buffer, None),
        };
        let room = match most {
            Some(most) => buffer.room_for(most),
            None => buffer.room(),
        };
        let filled = ready!(transport.poll_read(reading, context, room))?;
        buffer.fill(filled);
        Poll::Ready(Ok(Moved::Read(filled)))
    }

    /// Is it this loop's, and has the server neither closed it nor said anything, while nothing was asked?
    pub(super) fn is_usable(&mut self) -> bool {
        self.is_of_this_loop() && self.transport.is_quiet()
    }

    pub(super) fn is_of_this_loop(&self) -> bool {
        self.transport.stream().source().is_of_this_loop()
    }

    /// Is nothing left of a request, nor of its reply?
    pub(super) fn is_settled(&self) -> bool {
        self.buffer.is_empty() && self.unsent.is_empty() && self.unsendable.is_none()
    }
}

impl Connector {
    async fn connect(&self, origin: &Origin) -> Result<Transport, Error> {
        let stream = net::connect((&*origin.host, origin.port)).await;
        let stream = stream.map_err(|error| Error::new(Reason::Connect(error.into())))?;
        #[cfg(feature = "tls")]
        if origin.is_https {
            let tls = Tls::connect(stream, origin, &self.trust).await?;
            return Ok(Transport::Tls(Box::new(tls)));
        }
        Ok(Transport::Plain(stream))
    }
}

impl Transport {
    fn stream(&self) -> &TcpStream {
        match self {
            Transport::Plain(stream) => stream,
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.stream(),
        }
    }

    fn read_interest(&self) -> Interest {
        self.stream().read_interest(Location::caller())
    }

    fn write_interest(&self) -> Interest {
        self.stream().write_interest(Location::caller())
    }

    fn is_quiet(&mut self) -> bool {
        match self {
            Transport::Plain(stream) => {
                let peeked = stream.source().peek(&mut [0]);
                peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
            }
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.is_quiet(),
        }
    }

    fn poll_read(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Transport::Plain(stream) => stream.poll_read(interest, context, room),
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.poll_read(interest, context, room),
        }
    }

    fn poll_write(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Transport::Plain(stream) => stream.poll_write(interest, context, bytes),
            #[cfg(feature = "tls")]
            Transport::Tls(tls) => tls.poll_write(interest, context, bytes),
        }
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

    /// Lets others have their turn now and then, and fails if the time for all of it is over. A timeout alone does
    /// neither: what never has to wait wins over each deadline.
    pub(super) async fn take_turn(&self) -> Result<(), Error> {
        let core = running_loop("a body");
        let place = Location::caller();
        poll_fn(|context| core.take_turn(context, place)).await;
        match self.total {
            Some((deadline, total)) if core.timers.now() >= deadline => {
                Err(timed_out("the request", total))
            }
            _ => Ok(()),
        }
    }

    /// Waits for something no longer than all may take. One timer for many steps: to be called around them, not
    /// for each of them.
    pub(super) fn in_all<T>(
        &self,
        steps: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // Into a box before it is named in an `async` block, which would keep room for it once for each way on.
        let (total, steps) = (self.total, Box::pin(steps));
        async move {
            match total {
                Some((deadline, total)) => match timeout_at(deadline, steps).await {
                    Ok(result) => result,
                    Err(_) => Err(timed_out("the request", total)),
                },
                None => steps.await,
            }
        }
    }

    /// Waits for something no longer than this step may take.
    async fn within<F: Future>(
        step: &'static str,
        limit: Option<Duration>,
        future: F,
    ) -> Result<F::Output, Error> {
        match limit {
            Some(limit) => timeout(limit, future).await.map_err(|_| timed_out(step, limit)),
            None => Ok(future.await),
        }
    }
}

fn timed_out(step: &'static str, after: Duration) -> Error {
    Error::new(Reason::Timeout { step, after })
}
