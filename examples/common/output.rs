//! How an example prints: where nobody reads, and where a server would command the terminal.

use std::{
    io::{self, Write},
    ops::RangeInclusive,
    process,
};

use super::ending::give_up;

/// As the `println!` of std, which panics where nobody reads any more, as in `wget | head -1`. This one ends the
/// program, without a word. And whatever it is given, nothing of it commands the terminal.
macro_rules! println {
    ($($words:tt)*) => {
        $crate::common::print_line(&std::format!($($words)*))
    };
}

/// As the `eprintln!` of std, which panics where nothing can be said. Here there is nobody to say it to.
macro_rules! eprintln {
    ($($words:tt)*) => {
        $crate::common::say_line(&std::format!($($words)*))
    };
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

/// Prints a line, or several.
pub fn print_line(text: &str) {
    printed(writeln!(io::stdout(), "{}", escaped(text, |c| is_command(c) && c != '\n')));
}

/// Says a line, or several, on stderr.
pub fn say_line(text: &str) {
    let _ = writeln!(io::stderr(), "{}", escaped(text, |c| is_command(c) && c != '\n'));
}

/// What a server sends is not to be trusted with a terminal, and what it calls a line is to be one.
pub fn printable(line: &[u8]) -> String {
    escaped(String::from_utf8_lossy(line).trim_end(), is_command)
}

/// What turns the direction of writing, so that all around it reads as something else, and what ends a line.
const TURNS: [RangeInclusive<char>; 4] = [
    '\u{61C}'..='\u{61C}',
    '\u{200E}'..='\u{200F}',
    '\u{2028}'..='\u{202E}',
    '\u{2066}'..='\u{2069}',
];

/// Does a terminal obey it instead of showing it? A control character begins what moves the cursor or names the
/// window.
fn is_command(c: char) -> bool {
    c.is_control() || TURNS.iter().any(|range| range.contains(&c))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let shown = |c: char| if is_escaped(c) { c.escape_debug().to_string() } else { c.into() };
    text.chars().map(shown).collect()
}
