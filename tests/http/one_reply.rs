//! A server that says what the test has written down, byte for byte.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
};

/// Answers each connection with the next of these replies, and ends it. Returns its URL, and the heads of the
/// requests as they come.
pub fn serve(replies: Vec<Vec<u8>>) -> (String, Receiver<String>) {
    serve_by(replies.len(), move |nth, connection| {
        // A client that has seen enough closes: that is its right.
        let _ = connection.write_all(&replies[nth]);
    })
}

/// As `serve`, for replies that take more than writing.
pub fn serve_by(
    connections: usize,
    reply: impl Fn(usize, &mut TcpStream) + Send + 'static,
) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let (sender, requests) = channel();
    thread::spawn(move || {
        for nth in 0..connections {
            let Ok((mut connection, _)) = listener.accept() else { return };
            let _ = sender.send(read_head(&mut connection));
            reply(nth, &mut connection);
        }
    });
    (url, requests)
}

/// Reads as far as the empty line, or the end.
pub fn read_head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(connection.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A reply with these fields, and this body with its length.
pub fn with_length(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
