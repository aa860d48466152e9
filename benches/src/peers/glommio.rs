//! glommio, which needs io_uring.

use std::{io, net::SocketAddr, time::Duration};

use futures::{AsyncReadExt, AsyncWriteExt};
use glommio::{LocalExecutorBuilder, net::TcpListener};

use super::{BUFFER, Echoes, HasThreads, Peer, Sleeps, YieldsItself};
use crate::Result;

pub struct Glommio;

impl Peer for Glommio {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let executor = LocalExecutorBuilder::default().make().expect("io_uring");
        executor.run(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        glommio::spawn_local(future)
    }
}

impl Sleeps for Glommio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        glommio::timer::sleep(length)
    }
}

impl YieldsItself for Glommio {
    async fn yield_now() {
        glommio::executor().yield_task_queue_now().await;
    }
}

impl HasThreads for Glommio {
    fn to_thread(work: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + 'static {
        glommio::executor().spawn_blocking(work)
    }
}

impl Echoes for Glommio {
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()> {
        Glommio::run(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            started(listener.local_addr()?);
            loop {
                let mut stream = listener.accept().await?;
                stream.set_nodelay(true)?;
                let echo = async move {
                    let mut buffer = [0; BUFFER];
                    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
                        stream.write_all(&buffer[..bytes]).await?;
                    }
                    io::Result::Ok(())
                };
                glommio::spawn_local(echo).detach();
            }
        })
    }
}
