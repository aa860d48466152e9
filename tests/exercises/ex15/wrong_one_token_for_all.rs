//! told: not-woken

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    future::{Future, poll_fn},
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use mio::{Events, Interest, Token, net::TcpStream};

pub fn wget(hosts: &[(&str, SocketAddr)], print: &mut dyn FnMut(String)) {
    let reactor = Reactor::new();
    let print = RefCell::new(print);
    let ask = |&(host, address)| ask(host, address, &reactor, &print);
    let tasks = hosts.iter().map(|host| Box::pin(ask(host)) as BoxFuture<'_>).collect();
    run(tasks, &reactor);
}

async fn ask(host: &str, address: SocketAddr, reactor: &Reactor, print: &Print<'_>) {
    if let Err(error) = print_head(host, address, reactor, print).await {
        print.borrow_mut()(format!("{host} failed: {error}"));
    }
}

type Print<'a> = RefCell<&'a mut dyn FnMut(String)>;

async fn print_head(
    host: &str,
    address: SocketAddr,
    reactor: &Reactor,
    print: &Print<'_>,
) -> io::Result<()> {
    let connection = Connection::open(address, reactor).await?;
    let request = format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n");
    let mut unsent = request.as_bytes();
    while !unsent.is_empty() {
        let n = connection.when_ready(|mut stream| stream.write(unsent)).await?;
        unsent = &unsent[n..];
    }
    let (mut line, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let n = connection.when_ready(|mut stream| stream.read(&mut buffer)).await?;
        if n == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "closed before the blank line"));
        }
        for &byte in &buffer[..n] {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            line.pop_if(|last| *last == b'\r');
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            if text.is_empty() {
                return Ok(());
            }
            print.borrow_mut()(format!("{host} header > {text}"));
        }
    }
}

type BoxFuture<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

fn run(futures: Vec<BoxFuture<'_>>, reactor: &Reactor) {
    let ready = Arc::new(ReadyQueue::default());
    let mut tasks: Vec<_> = futures.into_iter().map(Some).collect();
    let wakers: Vec<_> = (0..tasks.len()).map(|task| TaskWaker::new(task, &ready)).collect();
    wakers.iter().for_each(TaskWaker::wake_by_ref);
    while tasks.iter().any(Option::is_some) {
        while let Some(task) = ready.next() {
            let Some(future) = &mut tasks[task] else { continue };
            wakers[task].is_queued.store(false, SeqCst);
            let waker = Waker::from(wakers[task].clone());
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                tasks[task] = None;
            }
        }
        if tasks.iter().any(Option::is_some) {
            reactor.wait();
        }
    }
}

#[derive(Default)]
struct ReadyQueue(Mutex<VecDeque<usize>>);

impl ReadyQueue {
    fn next(&self) -> Option<usize> {
        self.0.lock().unwrap().pop_front()
    }
}
struct TaskWaker {
    task: usize,
    is_queued: AtomicBool,
    ready: Arc<ReadyQueue>,
}

impl TaskWaker {
    fn new(task: usize, ready: &Arc<ReadyQueue>) -> Arc<TaskWaker> {
        Arc::new(TaskWaker { task, is_queued: AtomicBool::new(false), ready: ready.clone() })
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, SeqCst) {
            self.ready.0.lock().unwrap().push_back(self.task);
        }
    }
}
struct Reactor {
    poll: RefCell<mio::Poll>,
    waiting: RefCell<HashMap<Token, Waker>>,
    next_token: Cell<usize>,
}

impl Reactor {
    fn new() -> Reactor {
        let poll = mio::Poll::new().expect("the operating system tells of readiness");
        Reactor { poll: RefCell::new(poll), waiting: RefCell::default(), next_token: Cell::new(0) }
    }
    fn wait(&self) {
        let mut events = Events::with_capacity(128);
        match self.poll.borrow_mut().poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return,
            polled => polled.expect("the operating system tells of readiness"),
        }
        for event in &events {
            let waker = self.waiting.borrow_mut().remove(&event.token());
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

struct Connection<'a> {
    stream: TcpStream,
    token: Token,
    reactor: &'a Reactor,
}

impl<'a> Connection<'a> {
    async fn open(address: SocketAddr, reactor: &'a Reactor) -> io::Result<Connection<'a>> {
        let mut stream = TcpStream::connect(address)?;
        let token = Token(reactor.next_token.get());
        let both = Interest::READABLE | Interest::WRITABLE;
        reactor.poll.borrow().registry().register(&mut stream, token, both)?;
        let connection = Connection { stream, token, reactor };
        let is_connected = |stream: &TcpStream| match (stream.take_error()?, stream.peer_addr()) {
            (Some(error), _) => Err(error),
            (None, Err(error)) if error.kind() == ErrorKind::NotConnected => {
                Err(ErrorKind::WouldBlock.into())
            }
            (None, peer) => peer,
        };
        connection.when_ready(is_connected).await?;
        Ok(connection)
    }
    async fn when_ready<T>(
        &self,
        mut attempt: impl FnMut(&TcpStream) -> io::Result<T>,
    ) -> io::Result<T> {
        poll_fn(|context| {
            loop {
                match attempt(&self.stream) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    result => return Poll::Ready(result),
                }
            }
            let waker = context.waker().clone();
            self.reactor.waiting.borrow_mut().insert(self.token, waker);
            Poll::Pending
        })
        .await
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.reactor.waiting.borrow_mut().remove(&self.token);
        let _ = self.reactor.poll.borrow().registry().deregister(&mut self.stream);
    }
}
