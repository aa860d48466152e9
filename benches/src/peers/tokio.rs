//! tokio: its runtime for one thread, with a `LocalSet`, so that tasks need not be `Send`.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    runtime::Builder,
    task, time,
};

use super::{BUFFER, Echoes, HasThreads, Peer, Sleeps, YieldsItself};
use crate::Result;

pub struct Tokio;

impl Peer for Tokio {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        task::LocalSet::new().block_on(&runtime, future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        let task = task::spawn_local(future);
        async { task.await.expect("a task that ends") }
    }
}

impl Sleeps for Tokio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        time::sleep(length)
    }
}

impl YieldsItself for Tokio {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        task::yield_now()
    }
}

impl HasThreads for Tokio {
    fn to_thread(work: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + 'static {
        let work = task::spawn_blocking(work);
        async { work.await.expect("work that ends") }
    }
}

impl Echoes for Tokio {
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()> {
        Tokio::run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            started(listener.local_addr()?);
            loop {
                let (mut stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                task::spawn_local(async move {
                    let mut buffer = [0; BUFFER];
                    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
                        stream.write_all(&buffer[..bytes]).await?;
                    }
                    io::Result::Ok(())
                });
            }
        })
    }
}
