//! smol: its `LocalExecutor`, with the timers and sockets of async-io.

use std::{io, net::SocketAddr, rc::Rc, time::Duration};

use smol::{
    LocalExecutor, Timer, future,
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{BUFFER, Echoes, HasThreads, Peer, Sleeps, YieldsItself};
use crate::Result;

pub struct Smol;

thread_local! {
    static EXECUTOR: Rc<LocalExecutor<'static>> = Rc::default();
}

impl Peer for Smol {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        let executor = EXECUTOR.with(Rc::clone);
        smol::block_on(executor.run(future))
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        EXECUTOR.with(|executor| executor.spawn(future))
    }
}

impl Sleeps for Smol {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        let timer = Timer::after(length);
        async {
            timer.await;
        }
    }
}

impl YieldsItself for Smol {
    fn yield_now() -> impl Future<Output = ()> + 'static {
        future::yield_now()
    }
}

impl HasThreads for Smol {
    fn to_thread(work: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + 'static {
        smol::unblock(work)
    }
}

impl Echoes for Smol {
    fn echo(started: impl FnOnce(SocketAddr) + 'static) -> Result<()> {
        Smol::run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            started(listener.local_addr()?);
            loop {
                let (mut stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let echo = async move {
                    let mut buffer = [0; BUFFER];
                    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
                        stream.write_all(&buffer[..bytes]).await?;
                    }
                    io::Result::Ok(())
                };
                EXECUTOR.with(|executor| executor.spawn(echo)).detach();
            }
        })
    }
}
