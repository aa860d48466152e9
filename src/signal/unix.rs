//! Ctrl-C by signals: the handler writes a byte into a pair of sockets, and a thread sleeps until it reads one.

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    process, thread,
};

use signal_hook::{
    consts::SIGINT,
    low_level::{emulate_default_handler, pipe},
};

use super::ctrl_c::pressed;

pub(super) fn install() -> io::Result<()> {
    let (mut incoming, outgoing) = UnixStream::pair()?;
    let listen = move || {
        while incoming.read_exact(&mut [0]).is_ok() {
            pressed();
        }
    };
    // The thread first: were it missing, Ctrl-C would be caught and nobody would hear of it.
    thread::Builder::new().name("glassloop-ctrl-c".into()).spawn(listen)?;
    pipe::register(SIGINT, outgoing).map(drop)
}

/// Dies of the signal, so that a shell sees that it was one, and stops the script.
pub(super) fn end_the_program() -> ! {
    let _ = emulate_default_handler(SIGINT);
    process::exit(130);
}
