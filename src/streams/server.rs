//! `start_server`: accepts connections and makes a task for each.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use super::{DEFAULT_LIMIT, StreamReader, StreamWriter, check_limit, split};
use crate::{
    net::{LookupHost, TcpListener, ToHost, lookup_host},
    tasks::{Task, create_task},
    time::sleep,
};

/// How long to wait when accepting fails: long enough for somebody to close a descriptor. asyncio's figure.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// Listens at an address and calls `handler` for each connection; what it returns becomes a task.
///
/// asyncio: `asyncio.start_server`. A name with several addresses is listened at on all of them; port 0 means
/// any free one. A handler that panics ends its own connection and no other. What it returns is dropped, an `Err`
/// too: what is to be said about an error, the handler says.
///
/// # Errors
/// If the name has no address, or one of the addresses can't be listened at; the message names it.
///
/// ```
/// use glassloop::{open_connection, start_server};
/// glassloop::run(async {
///     let server = start_server(("127.0.0.1", 0), |mut reader, writer| async move {
///         let line = reader.readline().await.unwrap();
///         writer.write(&line).unwrap();
///     })
///     .await?;
///     let (mut reader, writer) = open_connection(server.local_addrs()[0]).await?;
///     writer.write(b"echo\n")?;
///     assert_eq!(reader.readline().await?, b"echo\n");
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn start_server<H, F>(address: impl ToHost, handler: H) -> StartServer<H>
where
    H: Fn(StreamReader, StreamWriter) -> F + 'static,
    F: Future + 'static,
{
    StartServer { lookup: lookup_host(address), limit: DEFAULT_LIMIT, handler: Some(handler) }
}

/// The future of [`start_server`].
#[must_use = "futures do nothing unless awaited"]
pub struct StartServer<H> {
    lookup: LookupHost,
    limit: usize,
    handler: Option<H>,
}

impl<H> StartServer<H> {
    /// The longest line, in bytes, that the readers of its connections take; 64 KiB by default.
    pub fn limit(mut self, limit: usize) -> StartServer<H> {
        self.limit = limit;
        self
    }
}

/// Only the lookup in it is polled, and the handler moved.
impl<H> Unpin for StartServer<H> {}

impl<H, F> Future for StartServer<H>
where
    H: Fn(StreamReader, StreamWriter) -> F + 'static,
    F: Future + 'static,
{
    type Output = io::Result<Server>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<Server>> {
        let this = &mut *self;
        check_limit(this.limit)?;
        let mut addresses = ready!(Pin::new(&mut this.lookup).poll(context))?;
        addresses.sort();
        addresses.dedup(); // a name may have one address twice
        let listeners: io::Result<Vec<_>> = addresses.into_iter().map(TcpListener::bind).collect();
        let listeners = listeners?;
        let addresses = listeners.iter().map(TcpListener::local_addr);
        let addresses: Vec<_> = addresses.collect::<io::Result<_>>()?;
        let handler = Rc::new(this.handler.take().expect("a future is not polled after its end"));
        let accept = |(listener, address): (_, &SocketAddr)| {
            let task = create_task(accept_all(listener, handler.clone(), this.limit));
            task.set_name(&format!("server {address}"));
            task
        };
        let accepting = listeners.into_iter().zip(&addresses).map(accept).collect();
        Poll::Ready(Ok(Server { addresses, accepting }))
    }
}

async fn accept_all<H, F>(listener: TcpListener, handler: Rc<H>, limit: usize)
where
    H: Fn(StreamReader, StreamWriter) -> F + 'static,
    F: Future + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (reader, writer) = split(stream, limit);
                let handler = handler.clone();
                // The handler is called inside of the task, so that its panics stay there, too.
                let task = create_task(async move { handler(reader, writer).await });
                task.set_name(&format!("client {peer}"));
                drop(task); // detached: the loop owns it
            }
            // One connection went before it came; the next one may be fine.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // Too many open files, most likely. To try again at once would only spin; to give up
            // would end the server for a lack that passes.
            Err(_) => sleep(ACCEPT_RETRY).await,
        }
    }
}

/// A server that accepts connections. Dropping it stops that; the connections that were made live on.
///
/// asyncio: `asyncio.Server`.
#[must_use = "dropping a server stops it"]
pub struct Server {
    addresses: Vec<SocketAddr>,
    accepting: Vec<Task<()>>,
}

impl Server {
    /// The addresses at which it listens, with their real ports. asyncio: `Server.sockets`.
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops accepting; the connections that were made live on.
    pub fn close(&self) {
        for task in &self.accepting {
            task.cancel();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}
