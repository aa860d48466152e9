//! Scenario `crawler`: clients, by hand and of the feature `http`, among servers that misbehave.

use std::{io, net::SocketAddr, time::Duration};

use glassloop::{
    Server, StreamReader, StreamWriter,
    http::{Reason, Session},
    open_connection, timeout,
};

use crate::{
    random::Random,
    scenario::{Done, Part, Scenario, at_once},
    servers::{Due, PATHS, body, serve},
};

/// How long is waited for what never comes; and for the rest, which is never too late. Each has a timer.
const SHORT: Duration = Duration::from_millis(40);
const LONG: Duration = Duration::from_secs(1_000_000);

/// More than a connection holds whose other end does not read.
const MUCH: usize = 12 << 20;

pub struct Crawler(Server);

/// What came of a request.
#[derive(Debug)]
enum Came {
    Body(Vec<u8>),
    Error(#[allow(dead_code, reason = "it is for the eye")] String),
    Timeout,
}

impl Scenario for Crawler {
    async fn begin() -> Result<Crawler, String> {
        serve().await.map(Crawler).map_err(|error| format!("can't listen: {error}"))
    }

    async fn round(&mut self, _: &mut Random) -> Result<Done, String> {
        let address = self.0.local_addrs()[0];
        let session = Session::builder().connect_timeout(LONG).read_timeout(LONG).build();
        let mut asked: Vec<Part> = Vec::new();
        for (path, due) in PATHS {
            let session = session.clone();
            asked.push(Box::pin(async move {
                check("by the session", path, due, by_session(&session, address, path, due).await)
            }));
            asked.push(Box::pin(async move {
                check("by hand", path, due, by_hand(address, path, due).await)
            }));
        }
        at_once(asked).await
    }
}

fn check(how: &str, path: &str, due: Due, came: Came) -> Result<Done, String> {
    let bytes = match (&came, due) {
        (Came::Body(bytes), Due::Whole) if *bytes == body() => bytes.len(),
        (Came::Error(_), Due::Error) | (Came::Timeout, Due::Timeout) => 0,
        (Came::Body(bytes), _) => {
            return Err(format!("takes {} bytes for the whole of {path}, {how}", bytes.len()));
        }
        _ => return Err(format!("has lost {path}, {how}: {came:?}")),
    };
    Ok(Done { connections: 1, bytes: bytes as u64 })
}

async fn by_session(session: &Session, address: SocketAddr, path: &str, due: Due) -> Came {
    let url = format!("http://{address}{path}");
    let request = match path {
        "/never-reads" => session.post(&url).body(vec![0; MUCH]),
        _ => session.get(&url),
    };
    let came = async { request.timeout(patience(due)).send().await?.bytes().await };
    match came.await {
        Ok(bytes) => Came::Body(bytes.to_vec()),
        Err(error) if matches!(error.reason(), Reason::Timeout { .. }) => Came::Timeout,
        Err(error) => Came::Error(error.to_string()),
    }
}

async fn by_hand(address: SocketAddr, path: &str, due: Due) -> Came {
    let (mut reader, writer) = match open_connection(address).await {
        Ok(connection) => connection,
        Err(error) => return Came::Error(error.to_string()),
    };
    let asked = ask(&mut reader, &writer, path);
    match timeout(patience(due), asked).await {
        Ok(Ok(body)) => Came::Body(body),
        Ok(Err(error)) => Came::Error(error.to_string()),
        Err(_) => {
            // What is left for a server that never reads would be kept for as long as the loop runs.
            writer.abort();
            Came::Timeout
        }
    }
}

fn patience(due: Due) -> Duration {
    if due == Due::Timeout { SHORT } else { LONG }
}

/// A request by hand, as in the examples.
async fn ask(reader: &mut StreamReader, writer: &StreamWriter, path: &str) -> io::Result<Vec<u8>> {
    if path == "/never-reads" {
        writer
            .write(format!("POST {path} HTTP/1.0\r\nContent-Length: {MUCH}\r\n\r\n").as_bytes())?;
        writer.write(&vec![0; MUCH])?;
        writer.drain().await?;
    }
    writer.write(format!("GET {path} HTTP/1.0\r\nHost: soak\r\n\r\n").as_bytes())?;
    let head = reader.readuntil(b"\r\n\r\n").await?;
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let length = length.and_then(|length| length.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(reader.readexactly(length).await?)
}
