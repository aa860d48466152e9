//! Step 2 of 7: all hosts at once, with reads that do not block, again and again.
//!
//! ```text
//! cargo run --example step2_busy
//! ```
//!
//! Step 1 waited for one host while it could have waited for all, since a read that blocks holds the
//! thread. Here no read blocks: one that finds nothing says `WouldBlock`, and the loop goes on to the
//! next host. So all of them work for us at the same time, and the job takes as long as the slowest.
//!
//! **What is wrong with it.** It asks again and again instead of waiting for news.
//! Nearly every read is in vain (`reads in vain`), and the processor is always busy
//! (`CPU time`), but gets nothing done. This is a busy-wait. Next: `step3_callbacks.rs`.

use std::{
    io::{self, Write},
    net::TcpStream,
    process::ExitCode,
};

use ladder::{Host, socket};

#[path = "ladder/mod.rs"]
mod ladder;

struct Fetch {
    host: Host,
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Fetch {
    fn start(host: Host) -> io::Result<Fetch> {
        // std can only connect by waiting for it. Only then can the socket be told not to block.
        let mut stream = TcpStream::connect(host.address())?;
        stream.write_all(host.request.as_bytes())?;
        stream.set_nonblocking(true)?;
        Ok(Fetch { host, stream, answer: Vec::new() })
    }

    /// Reads what is there. Returns whether that was the end.
    fn try_read(&mut self) -> io::Result<bool> {
        match socket::receive(&self.stream, &mut self.answer) {
            Ok(length) => Ok(length == 0),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false), // not yet
            Err(error) => Err(error),
        }
    }
}

fn main() -> ExitCode {
    ladder::run(|hosts| {
        let mut fetches: Vec<Fetch> =
            hosts.into_iter().map(Fetch::start).collect::<io::Result<_>>()?;
        while !fetches.is_empty() {
            for index in (0..fetches.len()).rev() {
                if fetches[index].try_read()? {
                    let done = fetches.swap_remove(index);
                    done.host.show(&done.answer)?;
                }
            }
        }
        Ok(())
    })
}
