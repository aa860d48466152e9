//! `start_server`: accepts connections and makes a task for each.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    panic::Location,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use slab::Slab;

use super::{DEFAULT_LIMIT, StreamReader, StreamWriter, check_limit, split};
use crate::{
    net::{LookupHost, TcpListener, ToHost, lookup_host},
    runtime::running_loop,
    sync::{Waiter, Waiters},
    tasks::{Task, create_task},
    trace::record::{Place, WaitFor},
    waits::sleep,
};

/// How long to wait when accepting fails: long enough for somebody to close a descriptor. asyncio's figure.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// Listens at an address and calls `handler` for each connection; what it returns becomes a task.
///
/// asyncio: `asyncio.start_server`. If a name has several addresses, the server listens at all of them that this
/// computer has. Port 0 means any free port, another one for each address. A handler that panics ends only its own
/// connection. What the handler returns is dropped, even an `Err`: the handler itself must report its errors.
///
/// # Errors
/// If the name has no address, or this computer has none of its addresses. Also if the server can't listen at one
/// that it has, for example because it is in use. The message names it.
///
/// ```
/// use glassloop::{open_connection, start_server};
/// glassloop::run(async {
///     let server = start_server(("127.0.0.1", 0), |mut reader, writer| async move {
///         let line = reader.readline().await.unwrap();
///         writer.write(&line).unwrap();
///         writer.close();
///         writer.wait_closed().await.unwrap();
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
    let (lookup, handler) = (lookup_host(address), Some(handler));
    StartServer { lookup, limit: DEFAULT_LIMIT, reuse_port: false, handler }
}

/// The future of [`start_server`].
///
/// ```
/// use glassloop::{run, start_server};
///
/// run(async {
///     let start = start_server(("127.0.0.1", 0), async |_, _| ());
///     let server = start.limit(1024).reuse_port(cfg!(unix)).await?;
///     assert!(server.is_serving());
///     assert_eq!(server.connections(), 0);
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct StartServer<H> {
    lookup: LookupHost,
    limit: usize,
    reuse_port: bool,
    handler: Option<H>,
}

impl<H> StartServer<H> {
    /// The longest line, in bytes, that the readers of its connections take; 64 KiB by default.
    pub fn limit(mut self, limit: usize) -> StartServer<H> {
        self.limit = limit;
        self
    }

    /// Lets other sockets listen at the same address (`SO_REUSEPORT`); the system shares the
    /// connections out among them. So a loop on each core can serve one port. Unix alone; elsewhere
    /// it is an error to ask for.
    pub fn reuse_port(mut self, reuse_port: bool) -> StartServer<H> {
        self.reuse_port = reuse_port;
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
        let addresses = ready!(Pin::new(&mut this.lookup).poll(context))?;
        let listeners = TcpListener::bind_all(&addresses, this.reuse_port)?;
        let addresses = listeners.iter().map(TcpListener::local_addr);
        let addresses = addresses.collect::<io::Result<Vec<_>>>()?;

        let Some(handler) = this.handler.take().map(Rc::new) else {
            panic!("a finished start_server was polled again")
        };
        let connections = Rc::<Connections>::default();
        let accept = |(listener, address): (_, &SocketAddr)| {
            let (handler, accepting) = (handler.clone(), Accepting(connections.clone()));
            let task = create_task(accept_all(listener, handler, this.limit, accepting));
            task.set_internal(&format!("server {address}"));
            task
        };
        let accepting = listeners.into_iter().zip(&addresses).map(accept).collect();
        Poll::Ready(Ok(Server { addresses, accepting, connections }))
    }
}

async fn accept_all<H, F>(listener: TcpListener, handler: Rc<H>, limit: usize, accepting: Accepting)
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
                let serve = async move { drop(handler(reader, writer).await) };
                accepting.0.add(serve, &format!("client {peer}"));
            }
            // One connection went before it came; the next one may be fine.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // Too many open files, most likely. To try again at once would only spin; to give up
            // would end the server for a lack that passes.
            Err(_) => sleep(ACCEPT_RETRY).await,
        }
    }
}

/// While this lives, a listener is served. It ends when the server is closed, or the loop.
struct Accepting(Rc<Connections>);

impl Drop for Accepting {
    fn drop(&mut self) {
        self.0.closed.set(true);
        self.0.changed.wake_all();
    }
}

/// The connections that are being served.
#[derive(Default)]
struct Connections {
    tasks: RefCell<Slab<Option<Rc<Task<()>>>>>,
    closed: Cell<bool>,
    /// Woken when the server was closed, and when the last connection has ended.
    changed: Waiters,
}

impl Connections {
    fn add(self: &Rc<Self>, serve: impl Future<Output = ()> + 'static, name: &str) {
        let slot = self.tasks.borrow_mut().insert(None);
        let leave = Leave { connections: self.clone(), slot };
        let task = Rc::new(create_task(async move {
            let _leave = leave;
            serve.await;
        }));
        task.set_name(name);
        if let Some(entry) = self.tasks.borrow_mut().get_mut(slot) {
            *entry = Some(task);
        }
    }

    fn is_over(&self) -> bool {
        self.closed.get() && self.tasks.borrow().is_empty()
    }
}

/// Takes a connection out of the list when its task ends, however it does.
struct Leave {
    connections: Rc<Connections>,
    slot: usize,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let task = self.connections.tasks.borrow_mut().try_remove(self.slot);
        drop(task);
        if self.connections.is_over() {
            self.connections.changed.wake_all();
        }
    }
}

/// A server that accepts connections. Dropping it stops that; connections that were made go on.
///
/// asyncio: `asyncio.Server`. To end it in good order: stop accepting, let the clients finish, and
/// cut off those that take too long.
///
/// ```
/// # use std::time::Duration;
/// # glassloop::run(async {
/// # let server = glassloop::start_server(("127.0.0.1", 0), async |_, _| ()).await.unwrap();
/// server.close();
/// if glassloop::timeout(Duration::from_secs(30), server.wait_closed()).await.is_err() {
///     server.close_clients();
/// }
/// # });
/// ```
#[must_use = "dropping a server stops it"]
pub struct Server {
    addresses: Vec<SocketAddr>,
    accepting: Vec<Task<()>>,
    connections: Rc<Connections>,
}

impl Server {
    /// The addresses at which it listens, with their real ports, in the order of the lookup. asyncio:
    /// `Server.sockets`.
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// How many connections are being served.
    pub fn connections(&self) -> usize {
        self.connections.tasks.borrow().len()
    }

    /// Stops accepting; connections that were made go on.
    pub fn close(&self) {
        for task in &self.accepting {
            task.cancel();
        }
    }

    /// Does it accept connections?
    pub fn is_serving(&self) -> bool {
        !self.connections.closed.get()
    }

    /// Waits until the server was closed. Dropping the future changes nothing.
    ///
    /// # Panics
    /// If polled outside an event loop.
    #[track_caller]
    pub fn serve_forever(&self) -> ServerWait<'_> {
        self.waiting("serve_forever", |connections| connections.closed.get())
    }

    /// Waits until the server was closed and the task of its last connection has ended. Dropping the future
    /// changes nothing. What such a task has written, it waits for itself
    /// ([`StreamWriter::wait_closed`]); what it has not, is sent for as long as the loop runs.
    ///
    /// # Panics
    /// If polled outside an event loop.
    #[track_caller]
    pub fn wait_closed(&self) -> ServerWait<'_> {
        self.waiting("wait_closed", Connections::is_over)
    }

    /// Cancels the tasks of all connections. What their writers have in their buffers is sent for as long as the loop
    /// runs.
    pub fn close_clients(&self) {
        // By a list of its own: each task that ends takes itself out of the other.
        let tasks = self.connections.tasks.borrow();
        let list: Vec<_> = tasks.iter().filter_map(|(_, task)| task.clone()).collect();
        drop(tasks);
        for task in list {
            task.cancel();
        }
    }

    #[track_caller]
    fn waiting(&self, what: &'static str, is_over: fn(&Connections) -> bool) -> ServerWait<'_> {
        let waiter = self.connections.changed.waiter();
        ServerWait { server: self, is_over, waiter, what, place: Location::caller() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

/// The future of [`Server::serve_forever`] and [`Server::wait_closed`].
#[must_use = "futures do nothing unless awaited"]
pub struct ServerWait<'a> {
    server: &'a Server,
    is_over: fn(&Connections) -> bool,
    waiter: Waiter,
    what: &'static str,
    place: Place,
}

impl Future for ServerWait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if (self.is_over)(&self.server.connections) {
            return Poll::Ready(());
        }
        self.waiter.wait(context.waker());
        running_loop("a server").waits_for(WaitFor::Other(self.what), self.place);
        Poll::Pending
    }
}
