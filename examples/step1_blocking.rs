//! Step 1 of 7: one host after the other, with calls that block.
//!
//! ```text
//! cargo run --example step1_blocking
//! ```
//!
//! This is the program that everybody writes first, and it needs only std. Each call returns
//! when it has something to return; until then the operating system lets the thread sleep.
//!
//! **What is wrong with it.** It waits for one host while it could wait for all. The
//! times add up (`time`), and never more than one host works for us (`hosts asked at
//! once`). Meanwhile the processor has nothing to do (`CPU time`). Next: `step2_busy.rs`.

use std::{
    io::{self, Write},
    net::TcpStream,
    process::ExitCode,
};

use ladder::{Host, socket};

#[path = "ladder/mod.rs"]
mod ladder;

fn fetch(host: &Host) -> io::Result<()> {
    let mut stream = TcpStream::connect(host.address())?;
    stream.write_all(host.request.as_bytes())?;
    let mut answer = Vec::new();
    while socket::receive(&stream, &mut answer)? > 0 {} // here the thread sleeps
    host.show(&answer)
}

fn main() -> ExitCode {
    ladder::run(|hosts| {
        for host in &hosts {
            fetch(host)?;
        }
        Ok(())
    })
}
