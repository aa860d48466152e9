//! Clients of the site: one that behaves well, and those that don't.

use std::{io, net::SocketAddr, time::Duration};

use glassloop::{StreamReader, StreamWriter, open_connection, sleep, yield_now};

use crate::{random::Random, scenario::Done};

/// What a client does that does not behave well, or not as others do.
#[derive(Clone, Copy)]
pub enum Misbehaviour {
    /// Connects, and closes at once.
    GoesAtOnce,
    /// Resets the connection in the middle of its request.
    ResetsRequest,
    /// Resets it in the middle of the answer.
    ResetsAnswer,
    /// Says the end in the middle of its request, and waits.
    EndsEarly,
    /// Says the end behind its request. The answer is to come all the same.
    EndsItsHalf,
    /// The same, and the answer takes its time. Meanwhile nothing happens at the connection.
    WaitsAtHalf,
    /// Sends its request a byte at a time.
    Dribbles,
    /// Sends what is no request.
    Garbage,
}

pub const ALL: [Misbehaviour; 8] = [
    Misbehaviour::GoesAtOnce,
    Misbehaviour::ResetsRequest,
    Misbehaviour::ResetsAnswer,
    Misbehaviour::EndsEarly,
    Misbehaviour::EndsItsHalf,
    Misbehaviour::WaitsAtHalf,
    Misbehaviour::Dribbles,
    Misbehaviour::Garbage,
];

/// A request whose answer is the request itself, so that each byte of it is known.
fn request(length: usize) -> Vec<u8> {
    let head = format!("POST /anything HTTP/1.0\r\nHost: soak\r\nContent-Length: {length}\r\n\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend((0..length).map(|n| ((n * n) >> 7) as u8));
    bytes
}

/// Asks, and takes the whole answer.
pub async fn behave(address: SocketAddr, length: usize) -> Result<Done, String> {
    let told = |error: io::Error| format!("has lost an answer of {length} bytes: {error}");
    let (reader, writer) = open_connection(address).await.map_err(told)?;
    writer.write(&request(length)).map_err(told)?;
    whole_answer(reader, length).await
}

async fn whole_answer(mut reader: StreamReader, length: usize) -> Result<Done, String> {
    let answer = reader.read_to_end().await;
    let answer =
        answer.map_err(|error| format!("has lost an answer of {length} bytes: {error}"))?;
    let wanted = request(length);
    if !answer.starts_with(b"HTTP/1.1 200 OK\r\n") || !answer.ends_with(&wanted) {
        let came = answer.len();
        return Err(format!("has lost an answer of {length} bytes: {came} bytes have come"));
    }
    Ok(Done { connections: 1, bytes: (answer.len() + wanted.len()) as u64 })
}

/// Goes wrong. What comes of the connection is nobody's concern; only where an answer is due is it an error if it does
/// not come.
pub async fn misbehave(
    how: Misbehaviour,
    address: SocketAddr,
    mut random: Random,
) -> Result<Done, String> {
    let Ok((mut reader, writer)) = open_connection(address).await else {
        return Err("has lost a connection".into());
    };
    let length = random.below(200);
    let bytes = request(length);
    let cut = random.below(bytes.len() - 1) + 1;
    match how {
        Misbehaviour::GoesAtOnce => {}
        Misbehaviour::ResetsRequest => {
            let _ = writer.write(&bytes[..cut]);
            give_way(&mut random).await;
            writer.abort();
        }
        Misbehaviour::ResetsAnswer => {
            let _ = writer.write(&request(1_000_000));
            let _ = reader.read(cut).await;
            writer.abort();
        }
        Misbehaviour::EndsEarly => {
            let _ = writer.write(&bytes[..cut]);
            let _ = writer.write_eof();
            let _ = reader.read_to_end().await;
        }
        Misbehaviour::EndsItsHalf => {
            let _ = writer.write(&bytes);
            let _ = writer.write_eof();
            return whole_answer(reader, length).await;
        }
        Misbehaviour::WaitsAtHalf => {
            let _ = writer.write(b"GET /delay/0.1 HTTP/1.0\r\n\r\n");
            let _ = writer.write_eof();
            let answer = reader.read_to_end().await.unwrap_or_default();
            if !answer.ends_with(b"<h1>After 0.1 s</h1>\n") {
                return Err("has lost an answer that took its time".into());
            }
        }
        Misbehaviour::Dribbles => {
            for byte in &bytes {
                let _ = writer.write(&[*byte]);
                yield_now().await;
            }
            return whole_answer(reader, length).await;
        }
        Misbehaviour::Garbage => {
            let garbage: Vec<u8> = (0..cut).map(|_| random.number() as u8).collect();
            let _ = writer.write(&garbage);
            let _ = writer.write(b"\r\n\r\n");
            let _ = reader.read_to_end().await;
        }
    }
    Ok(Done { connections: 1, bytes: cut as u64 })
}

/// Lets the other side come to meet what was sent, or not.
async fn give_way(random: &mut Random) {
    for _ in 0..random.below(4) {
        yield_now().await;
    }
}

/// Connects, says nothing for a while, and goes.
pub async fn hold(address: SocketAddr) -> Result<Done, String> {
    let Ok(_connection) = open_connection(address).await else {
        return Err("has lost a connection".into());
    };
    sleep(Duration::from_millis(200)).await;
    Ok(Done { connections: 1, bytes: 0 })
}

/// Begins a request and never ends it. It goes on until the server has had enough.
pub async fn slowloris(address: SocketAddr) -> Result<Done, String> {
    let Ok((mut reader, writer)) = open_connection(address).await else {
        return Err("has lost a connection".into());
    };
    let _ = writer.write(b"GET / HTTP/1.1\r\nHost: ");
    let _ = reader.read_to_end().await;
    Ok(Done { connections: 1, bytes: 0 })
}

/// Asks for more than a connection holds, and never reads. It goes on until the server has had enough.
pub async fn never_read(address: SocketAddr) -> Result<Done, String> {
    let Ok((_reader, writer)) = open_connection(address).await else {
        return Err("has lost a connection".into());
    };
    let one = request(1_000_000);
    let again =
        [b"POST /anything HTTP/1.1\r\n", &one[b"POST /anything HTTP/1.0\r\n".len()..]].concat();
    for _ in 0..8 {
        let _ = writer.write(&again);
    }
    while !has_failed(&writer) {
        sleep(Duration::from_millis(5)).await;
    }
    Ok(Done { connections: 1, bytes: 8 * again.len() as u64 })
}

/// Whoever does not read learns of the end of a connection when it writes.
fn has_failed(writer: &StreamWriter) -> bool {
    writer.write(b"x").is_err()
}
