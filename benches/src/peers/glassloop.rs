//! glassloop, as a user has it.

use std::{io, net::SocketAddr, time::Duration};

use glassloop::{StreamReader, StreamWriter, create_task, net::TcpListener, start_server};

use super::{BUFFER, Echoes, HasThreads, Peer, Sleeps, YieldsItself};
use crate::Result;

pub struct Glassloop;

/// Its sockets by themselves, without the streams above them.
pub struct GlassloopSockets;

impl Peer for Glassloop {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        glassloop::run(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        let task = create_task(future);
        async { task.await.expect("a task that ends") }
    }
}

impl Sleeps for Glassloop {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        glassloop::sleep(length)
    }
}

impl YieldsItself for Glassloop {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        glassloop::yield_now()
    }
}

impl HasThreads for Glassloop {
    fn to_thread(work: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + 'static {
        glassloop::to_thread(work)
    }
}

impl Echoes for Glassloop {
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()> {
        let echo = |mut reader: StreamReader, writer: StreamWriter| async move {
            loop {
                let bytes = reader.read(BUFFER).await?;
                if bytes.is_empty() {
                    return io::Result::Ok(());
                }
                writer.write(&bytes)?;
                writer.drain().await?;
            }
        };
        Glassloop::run(async move {
            let server = start_server("127.0.0.1:0", echo).await?;
            started(server.local_addrs()[0]);
            server.serve_forever().await;
            Ok(())
        })
    }
}

impl Echoes for GlassloopSockets {
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()> {
        Glassloop::run(async {
            let listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
            started(listener.local_addr()?);
            loop {
                let (stream, _) = listener.accept().await?;
                let echo = async move {
                    let mut buffer = [0; BUFFER];
                    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
                        let mut sent = 0;
                        while sent < bytes {
                            sent += stream.write(&buffer[sent..bytes]).await?;
                        }
                    }
                    io::Result::Ok(())
                };
                drop(create_task(echo)); // detached
            }
        })
    }
}
