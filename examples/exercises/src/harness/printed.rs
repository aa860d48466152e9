//! What an answer prints: the first of it and the last, however much there is.

use std::collections::VecDeque;

/// So many bytes are kept of the beginning, and of the end.
const KEPT: usize = 2_000;

#[derive(Default)]
pub(super) struct Printed {
    first: Vec<u8>,
    last: VecDeque<u8>,
    left_out: u64,
}

impl Printed {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.first.len()));
        self.first.extend(first);
        self.last.extend(rest);
        let over = self.last.len().saturating_sub(KEPT);
        self.left_out += self.last.drain(..over).count() as u64;
    }

    /// As text, without what a test runner prints around it.
    pub(super) fn text(&self) -> String {
        let (first, last): (_, Vec<u8>) = (&self.first, self.last.iter().copied().collect());
        let text = match self.left_out {
            0 => String::from_utf8_lossy(&[&first[..], &last].concat()).into_owned(),
            bytes => {
                let (first, last) =
                    (String::from_utf8_lossy(first), String::from_utf8_lossy(&last));
                format!("{first}\n… {bytes} bytes …\n{last}")
            }
        };
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("running "));
        lines.map(|line| format!("{line}\n")).collect()
    }
}
