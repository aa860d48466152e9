//! The first line of an answer, over a blocking socket.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read},
    net::TcpStream,
    time::Duration,
};

/// The longest line that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// Reads the first line that comes, or what there is of it at the end. No read may take longer than this.
pub fn first_line(stream: TcpStream, patience: Duration) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(patience))?;
    let mut line = Vec::new();
    match BufReader::new(stream.take(LIMIT)).read_until(b'\n', &mut line) {
        Ok(_) => Ok(line),
        // Of a read that took too long, Unix only says that it "would block".
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Err(io::Error::new(ErrorKind::TimedOut, "timed out"))
        }
        Err(error) => Err(error),
    }
}
