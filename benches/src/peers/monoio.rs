//! monoio, on epoll.

use std::{io, net::SocketAddr, time::Duration};

use monoio::{
    LegacyDriver, RuntimeBuilder,
    blocking::DefaultThreadPool,
    io::{AsyncReadRent, AsyncWriteRentExt},
    net::{TcpListener, TcpStream},
};

use super::{BUFFER, Echoes, HasThreads, Peer, Sleeps, YieldsItself};
use crate::Result;

pub struct Monoio;

impl Peer for Monoio {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        // It has no threads of its own; without any, `spawn_blocking` would block.
        let threads = Box::new(DefaultThreadPool::new(1));
        let builder = RuntimeBuilder::<LegacyDriver>::new().enable_timer();
        let mut runtime = builder.attach_thread_pool(threads).build().expect("a runtime");
        runtime.block_on(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        monoio::spawn(future)
    }
}

impl Sleeps for Monoio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        monoio::time::sleep(length)
    }
}

impl YieldsItself for Monoio {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        // It has none that the outside can see; this is what its documentation does.
        let mut yielded = false;
        std::future::poll_fn(move |context| {
            if std::mem::replace(&mut yielded, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
    }
}

impl HasThreads for Monoio {
    fn to_thread(work: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + 'static {
        let work = monoio::spawn_blocking(work);
        async { work.await.expect("a pool of threads") }
    }
}

impl Echoes for Monoio {
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()> {
        Monoio::run(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            started(listener.local_addr()?);
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                monoio::spawn(serve(stream));
            }
        })
    }
}

/// The operations own the buffer meanwhile, and give it back.
async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(BUFFER);
    loop {
        let (read, filled) = stream.read(buffer).await;
        if read? == 0 {
            return Ok(());
        }
        let (written, sent) = stream.write_all(filled).await;
        written?;
        buffer = sent;
    }
}
