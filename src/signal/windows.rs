//! Ctrl-C by a console handler, which Windows runs on a thread as it is; `ctrlc` has one more, for what follows.
//! Ctrl-Break, too, is one there.

use std::{io, process};

use super::ctrl_c::pressed;

/// What a program that has not asked for Ctrl-C exits with.
const STATUS_CONTROL_C_EXIT: u32 = 0xC000_013A;

pub(super) fn install() -> io::Result<()> {
    ctrlc::try_set_handler(pressed).map_err(io::Error::other)
}

pub(super) fn end_the_program() -> ! {
    process::exit(STATUS_CONTROL_C_EXIT.cast_signed());
}
