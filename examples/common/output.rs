//! How an example prints: where nobody reads, and where a server could command the terminal.

use std::{io, process};

use super::ending::give_up;

/// As the `println!` of std, which panics where nobody reads any more, as in `wget | head -1`. This one ends the
/// program, without a word.
macro_rules! println {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        $crate::common::printed(std::writeln!(std::io::stdout(), $($words)*))
    }};
}

/// As the `eprintln!` of std, which panics where nothing can be said. Here there is nobody to say it to.
macro_rules! eprintln {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = std::writeln!(std::io::stderr(), $($words)*);
    }};
}

pub(crate) use eprintln;
#[cfg(not(test))]
pub(crate) use println;
#[cfg(test)]
pub(crate) use std::println; // what a test prints is caught in there

/// Ends the program where something could not be printed.
pub fn printed(result: io::Result<()>) {
    match result {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => process::exit(1),
        Err(error) => give_up(format!("cannot print: {error}")),
    }
}

/// What a server sends is not to be trusted with a terminal: control characters come out as escapes.
pub fn printable(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    let keep = |c: char| matches!(c, '"' | '\'' | '\\');
    let escape = |c: char| if keep(c) { c.to_string() } else { c.escape_debug().to_string() };
    line.trim_end().chars().map(escape).collect()
}
