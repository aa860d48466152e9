//! Under wine a connection that was reset is read as one that has ended. With std alone.

use std::{io::Read, net::*, thread};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let peer = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        peer.read_exact(&mut [0]).unwrap();
        // It closes with a byte unread: that is a reset.
    });
    let mut stream = TcpStream::connect(address).unwrap();
    std::io::Write::write_all(&mut stream, b"ab").unwrap();
    peer.join().unwrap();
    let read = stream.read(&mut [0]);
    assert!(read.is_err(), "a reset was read as {read:?}");
}
