//! The embedded site: the pages that the examples fetch, served by this crate's own `start_server`.
//!
//! The examples run it on another thread with another loop, so that a story shows only the client.
//! `request` reads what a client sends, `pages` answers it.

mod images;
mod pages;
pub mod request;

use std::{io, net::SocketAddr, sync::mpsc, thread, time::Duration};

use glassloop::{
    EventLoop, Server, StreamReader, StreamWriter, net::ToHost, start_server, sync::Semaphore,
    timeout,
};
use pages::Reply;
use request::Request;

/// What the site can be told.
#[derive(Clone, Copy)]
pub struct Site {
    /// How long the slow pages take.
    pub delay: Duration,
    /// How many clients are served at a time. More wait in line.
    pub seats: usize,
    /// How long a client may take to send its next request, or to read on in an answer.
    pub patience: Duration,
}

impl Default for Site {
    fn default() -> Site {
        Site { delay: Duration::from_secs(1), seats: 1_000, patience: Duration::from_secs(30) }
    }
}

/// Serves the site on the running loop, for as long as the server lives.
pub async fn serve(address: impl ToHost, site: Site) -> io::Result<Server> {
    let seats = Semaphore::new(site.seats);
    start_server(address, move |reader, writer| {
        let seats = seats.clone();
        async move {
            let _seat = seats.acquire().await;
            // If a client goes away in the middle, the others go on.
            let _ = answer(reader, &writer, site).await;
            writer.close();
            // If a client never reads, its bytes must not be kept for as long as the loop runs.
            if timeout(site.patience, writer.wait_closed()).await.is_err() {
                writer.abort();
            }
        }
    })
    .await
}

/// Serves the site at a free port of this machine, from another thread, until the program ends.
pub fn embed(site: Site) -> io::Result<SocketAddr> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("site".into()).spawn(move || {
        let run = || -> io::Result<()> {
            let event_loop = EventLoop::builder().unwatched().build()?;
            event_loop.run(async {
                let server = serve(("127.0.0.1", 0), site).await?;
                let _ = sender.send(Ok(server.local_addrs()[0]));
                server.serve_forever().await;
                Ok(())
            })
        };
        if let Err(error) = run() {
            let _ = sender.send(Err(error));
        }
    })?;
    receiver.recv().map_err(|_| io::Error::other("the embedded site did not start"))?
}

/// Answers one request after the other, for as long as the client wants to keep the connection.
async fn answer(mut reader: StreamReader, writer: &StreamWriter, site: Site) -> io::Result<()> {
    loop {
        let (reply, is_head, keep_alive) =
            match timeout(site.patience, Request::read(&mut reader)).await? {
                Ok(Some(request)) => {
                    let reply = pages::reply(&request, site).await;
                    (reply, request.method == "HEAD", request.keep_alive)
                }
                Ok(None) => return Ok(()),
                // Where the next request would begin is anybody's guess.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    (Reply::page("400 Bad Request", "That was no request"), false, false)
                }
                Err(error) => return Err(error),
            };
        reply.send(writer, is_head, keep_alive, site.patience).await?;
        if !keep_alive {
            return Ok(());
        }
    }
}
