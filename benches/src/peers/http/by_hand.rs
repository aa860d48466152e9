//! GETs by hand, each over a connection of its own: connect, send the request, read to the end.

use std::{io, rc::Rc};

use monoio::{
    buf::IoBufMut as _,
    io::{AsyncReadRent as _, AsyncWriteRentExt as _},
};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Load;
use crate::{
    Result,
    peers::{Glassloop, Monoio, Peer, Smol, Tokio},
};

/// Room for a whole reply: used again for each.
const ROOM: usize = 2 * 1024;

/// Whoever connects by TCP.
pub trait Connects: Peer {
    /// Gets the page as often as one of those does that are at work at once.
    fn work(load: Rc<Load>) -> impl Future<Output = io::Result<()>> + 'static;
}

pub fn get<P: Connects>(load: &Load) -> Result<()> {
    let load = Rc::new(load.clone());
    P::run(async move {
        let workers: Vec<_> = (0..load.at_once).map(|_| P::spawn(P::work(load.clone()))).collect();
        for worker in workers {
            worker.await?;
        }
        Ok(())
    })
}

impl Connects for Glassloop {
    async fn work(load: Rc<Load>) -> io::Result<()> {
        let request = load.request_to_close();
        for _ in 0..load.times_each() {
            let (mut reader, writer) = glassloop::open_connection(load.address).await?;
            writer.write(&request)?;
            load.check_reply(&reader.read_to_end().await?)?;
        }
        Ok(())
    }
}

/// glassloop's sockets, without streams around them.
pub struct GlassloopSockets;

impl Peer for GlassloopSockets {
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
        Glassloop::run(future)
    }

    fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> impl Future<Output = T> + 'static {
        Glassloop::spawn(future)
    }
}

impl Connects for GlassloopSockets {
    async fn work(load: Rc<Load>) -> io::Result<()> {
        let request = load.request_to_close();
        let mut reply = vec![0; ROOM];
        for _ in 0..load.times_each() {
            let stream = glassloop::net::TcpStream::connect(load.address).await?;
            let mut unsent = &request[..];
            while !unsent.is_empty() {
                unsent = &unsent[stream.write(unsent).await?..];
            }
            let mut filled = 0;
            loop {
                match stream.read(&mut reply[filled..]).await? {
                    0 => break,
                    more => filled += more,
                }
            }
            load.check_reply(&reply[..filled])?;
        }
        Ok(())
    }
}

impl Connects for Tokio {
    async fn work(load: Rc<Load>) -> io::Result<()> {
        let request = load.request_to_close();
        let mut reply = Vec::with_capacity(ROOM);
        for _ in 0..load.times_each() {
            let mut stream = tokio::net::TcpStream::connect(load.address).await?;
            stream.set_nodelay(true)?;
            stream.write_all(&request).await?;
            reply.clear();
            stream.read_to_end(&mut reply).await?;
            load.check_reply(&reply)?;
        }
        Ok(())
    }
}

impl Connects for Smol {
    async fn work(load: Rc<Load>) -> io::Result<()> {
        let request = load.request_to_close();
        let mut reply = Vec::with_capacity(ROOM);
        for _ in 0..load.times_each() {
            let mut stream = smol::net::TcpStream::connect(load.address).await?;
            stream.set_nodelay(true)?;
            stream.write_all(&request).await?;
            reply.clear();
            stream.read_to_end(&mut reply).await?;
            load.check_reply(&reply)?;
        }
        Ok(())
    }
}

impl Connects for Monoio {
    async fn work(load: Rc<Load>) -> io::Result<()> {
        // Buffers are lent to the runtime for each operation, and come back with its end.
        let mut request = load.request_to_close();
        let mut reply = vec![0; ROOM];
        for _ in 0..load.times_each() {
            let mut stream = monoio::net::TcpStream::connect(load.address).await?;
            stream.set_nodelay(true)?;
            let (written, lent) = stream.write_all(request).await;
            request = lent;
            written?;
            let mut filled = 0;
            loop {
                let (read, lent) = stream.read(reply.slice_mut(filled..)).await;
                reply = lent.into_inner();
                match read? {
                    0 => break,
                    more => filled += more,
                }
            }
            load.check_reply(&reply[..filled])?;
        }
        Ok(())
    }
}
