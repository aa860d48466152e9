//! The embedded site: the pages that the examples fetch, served by this crate's own `start_server`.
//!
//! The examples run it on a thread of its own with a loop of its own, so that a story shows the client alone.
//! `request` reads what a client sends, `pages` answers it.

mod images;
mod pages;
pub mod request;

use std::{io, net::SocketAddr, sync::mpsc, thread, time::Duration};

use glassloop::{
    EventLoop, Server, StreamReader, StreamWriter, net::ToHost, start_server, timeout,
};
use pages::Reply;
use request::Request;

/// How long a client may take to send its next request.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the site can be told.
#[derive(Clone, Copy)]
pub struct Site {
    /// How long the slow pages take.
    pub delay: Duration,
}

impl Default for Site {
    fn default() -> Site {
        Site { delay: Duration::from_secs(1) }
    }
}

/// Serves the site on the running loop, for as long as the server lives.
pub async fn serve(address: impl ToHost, site: Site) -> io::Result<Server> {
    start_server(address, move |reader, writer| async move {
        // A client that goes away in the middle is no concern of the others.
        let _ = answer(reader, writer, site).await;
    })
    .await
}

/// Serves the site at a free port of this machine, from a thread of its own, until the program ends.
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
async fn answer(mut reader: StreamReader, writer: StreamWriter, site: Site) -> io::Result<()> {
    loop {
        let (reply, is_head, keep_alive) =
            match timeout(PATIENCE, Request::read(&mut reader)).await? {
                Ok(Some(request)) => {
                    let reply = pages::reply(&request, site).await;
                    (reply, request.method == "HEAD", request.keep_alive)
                }
                Ok(None) => break,
                // Where the next request would begin is anybody's guess.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    (Reply::page("400 Bad Request", "That was no request"), false, false)
                }
                Err(error) => return Err(error),
            };
        reply.send(&writer, is_head, keep_alive).await?;
        if !keep_alive {
            break;
        }
    }
    writer.close();
    writer.wait_closed().await
}
