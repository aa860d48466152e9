//! The embedded site: the pages that the examples fetch, served by this crate's own `start_server`.
//!
//! The examples run it on a thread of its own with a loop of its own, so that a story shows the client alone.

use std::{io, net::SocketAddr, sync::mpsc, thread, time::Duration};

use glassloop::{
    EventLoop, Server, StreamReader, StreamWriter, net::ToHost, sleep, start_server, timeout,
};

/// How long a client may take to send its request.
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

struct Reply {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    fn page(status: &'static str, title: &str) -> Reply {
        let body = format!("<!doctype html><title>{title}</title><h1>{title}</h1>\n");
        Reply { status, headers: vec![("Content-Type", "text/html; charset=utf-8".into())], body }
    }
}

async fn answer(mut reader: StreamReader, writer: StreamWriter, site: Site) -> io::Result<()> {
    let request = timeout(PATIENCE, Request::read(&mut reader)).await??;
    let reply = match &request {
        Some(request) => request.reply(site).await,
        None => Reply::page("400 Bad Request", "That was no request"),
    };
    let mut head = format!("HTTP/1.1 {}\r\nServer: glassloop\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", reply.body.len()));
    writer.write(head.as_bytes())?;
    if request.is_none_or(|request| request.method != "HEAD") {
        writer.write(reply.body.as_bytes())?;
    }
    writer.close();
    writer.wait_closed().await
}

/// As much of a request as the site needs.
struct Request {
    method: String,
    path: String,
    host: String,
}

impl Request {
    /// Reads the head of a request. `None`, if it is not one.
    async fn read(reader: &mut StreamReader) -> io::Result<Option<Request>> {
        let head = reader.readuntil(b"\r\n\r\n").await?;
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut request = httparse::Request::new(&mut headers);
        let (Ok(_), Some(method), Some(path)) =
            (request.parse(&head), request.method, request.path)
        else {
            return Ok(None);
        };
        let host = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("host"));
        let host = host.map_or(String::new(), |host| String::from_utf8_lossy(host.value).into());
        Ok(Some(Request { method: method.into(), path: path.into(), host }))
    }

    async fn reply(&self, site: Site) -> Reply {
        let path = self.path.split('?').next().unwrap_or("");
        match path.trim_start_matches('/').split_once('/') {
            None if path == "/" => self.portal(),
            Some(("delay", seconds)) => match seconds.parse().map(Duration::try_from_secs_f64) {
                Ok(Ok(delay)) if delay <= PATIENCE => {
                    sleep(delay).await;
                    Reply::page("200 OK", &format!("After {seconds} s"))
                }
                _ => Reply::page("400 Bad Request", "/delay/N wants at most 30 seconds"),
            },
            Some(("detail", number)) if (1..=100).any(|n: u32| number == n.to_string()) => {
                sleep(site.delay).await;
                Reply::page("200 OK", &format!("Movie {number}"))
            }
            _ => Reply::page("404 Not Found", "There is no such page"),
        }
    }

    /// The front page of a portal. The big ones send everybody who comes without TLS elsewhere.
    fn portal(&self) -> Reply {
        let host = self.host.split(':').next().unwrap_or("");
        let elsewhere = format!("https://{host}/");
        let (status, location) = match host {
            "www.sina.com.cn" => ("302 Moved Temporarily", Some(elsewhere)),
            "www.sohu.com" => ("307 Temporary Redirect", Some(elsewhere)),
            "www.163.com" => ("301 Moved Permanently", Some(elsewhere)),
            _ => ("200 OK", None),
        };
        let mut reply = Reply::page(status, "Portal");
        reply.headers.extend(location.map(|location| ("Location", location)));
        reply.headers.push(("Cache-Control", "max-age=60".into()));
        reply.headers.push(("X-Via", "1.1 glassloop".into()));
        reply
    }
}
