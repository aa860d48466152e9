//! A bar that shows how far a download is.

use std::{
    cell::Cell,
    io::{self, IsTerminal, Write},
};

use glassloop::http::Response;

use super::output::{print_line, say_line};

/// A bar on stderr, if that is a terminal: `[#####---------------] 12 of 48 KB`. One line that is written again and
/// again from its beginning, to which a carriage return leads back, needs no crate.
pub struct Progress {
    is_shown: bool,
    received: Cell<u64>,
    expected: Cell<u64>,
}

impl Progress {
    const STEPS: u64 = 20;
    /// Longer than the bar ever is.
    const WIDTH: usize = 70;

    pub fn new() -> Progress {
        let is_shown = io::stderr().is_terminal();
        Progress { is_shown, received: Cell::new(0), expected: Cell::new(0) }
    }

    /// A body is to come. How long it is, not every server says.
    pub fn expect(&self, response: &Response) {
        let length = response.headers().get("content-length").and_then(|value| value.to_str().ok());
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        self.expected.set(self.expected.get().saturating_add(length));
    }

    /// So many bytes more have come.
    pub fn receive(&self, bytes: usize) {
        self.received.set(self.received.get() + bytes as u64);
        self.draw();
    }

    /// Prints a line above the bar.
    pub fn say(&self, line: &str) {
        self.clear();
        print_line(line);
        self.draw();
    }

    /// Says on stderr what went wrong, above the bar.
    pub fn complain(&self, line: &str) {
        self.clear();
        say_line(line);
        self.draw();
    }

    fn draw(&self) {
        let received = self.received.get();
        let expected = self.expected.get().max(received).max(1);
        let done = (received.saturating_mul(Self::STEPS) / expected).min(Self::STEPS) as usize;
        let (done, left) = ("#".repeat(done), "-".repeat(Self::STEPS as usize - done));
        self.show(&format!("[{done}{left}] {} of {} KB", received / 1000, expected / 1000));
    }

    fn clear(&self) {
        self.show("");
    }

    fn show(&self, bar: &str) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r{bar:width$}\r", width = Self::WIDTH);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
