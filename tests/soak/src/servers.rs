//! Servers that misbehave: a path for each way.

use std::{io, time::Duration};

use glassloop::{Server, StreamReader, StreamWriter, sleep, start_server, yield_now};

use crate::random::Random;

/// What is at each path, and what comes of it for a client that asks in good order.
pub const PATHS: [(&str, Due); 12] = [
    ("/whole", Due::Whole),
    ("/dribbles", Due::Whole),
    ("/ends-its-half", Due::Whole),
    ("/half", Due::Error),
    ("/resets", Due::Error),
    ("/resets-at-once", Due::Error),
    ("/closes-at-once", Due::Error),
    ("/garbage", Due::Error),
    ("/endless-head", Due::Error),
    ("/never-answers", Due::Timeout),
    ("/never-goes-on", Due::Timeout),
    ("/never-reads", Due::Timeout),
];

#[derive(Clone, Copy, PartialEq)]
pub enum Due {
    /// Each byte of the answer.
    Whole,
    /// It can't be taken for whole.
    Error,
    /// Only the client's own patience ends it.
    Timeout,
}

/// The body of a good answer.
pub fn body() -> Vec<u8> {
    (0..20_000_usize).map(|n| ((n * n) >> 7) as u8).collect()
}

pub async fn serve() -> io::Result<Server> {
    start_server(("127.0.0.1", 0), async |reader, writer| {
        // A client that goes away is none of its concern.
        let _ = answer(reader, &writer).await;
    })
    .await
}

async fn answer(mut reader: StreamReader, writer: &StreamWriter) -> io::Result<()> {
    let line = reader.readline().await?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let path = line.split(' ').nth(1).unwrap_or_default();
    match path {
        "/resets-at-once" => {
            writer.abort();
            return Ok(());
        }
        "/closes-at-once" => return Ok(()),
        "/never-reads" => {
            // Not until the client has gone, which is to be heard of where one does not read: it is a reset.
            while writer.write(b"HTTP/1.0 100 Continue\r\n\r\n").is_ok() {
                sleep(Duration::from_millis(5)).await;
            }
            return Ok(());
        }
        _ => drop(reader.readuntil(b"\r\n\r\n").await?),
    }
    let body = body();
    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let whole = [head.as_bytes(), &body].concat();
    match path {
        "/whole" => writer.write(&whole)?,
        "/ends-its-half" => {
            writer.write(&whole)?;
            writer.write_eof()?;
            reader.read_to_end().await?;
        }
        "/dribbles" => {
            let (first, rest) = whole.split_at(500);
            for byte in first {
                writer.write(&[*byte])?;
                yield_now().await;
            }
            writer.write(rest)?;
        }
        "/half" => writer.write(&whole[..whole.len() / 2])?,
        "/resets" => {
            writer.write(&whole[..whole.len() / 2])?;
            yield_now().await;
            writer.abort();
        }
        "/garbage" => {
            let mut random = Random::new(7);
            let garbage: Vec<u8> = (0..1_000).map(|_| random.number() as u8 | 0x80).collect();
            writer.write(&garbage)?;
        }
        "/endless-head" => {
            writer.write(b"HTTP/1.0 200 OK\r\n")?;
            loop {
                writer.write(&b"X-More: and more\r\n".repeat(1_000))?;
                writer.drain().await?;
            }
        }
        "/never-goes-on" => {
            writer.write(&whole[..whole.len() / 2])?;
            reader.read_to_end().await?;
        }
        _ => drop(reader.read_to_end().await?),
    }
    writer.close();
    writer.wait_closed().await
}
