//! What a reader promises, checked against all that the peer says: each result is the next piece of it, and the piece
//! that was asked for. A read that was given up has taken nothing.

use glassloop::ReadError;

use super::script::Asked;

pub const SEPARATOR: &[u8] = b";;";

pub struct Promise {
    stream: Vec<u8>,
    limit: usize,
    /// Where the reader stands. Where a line was too long it may be in one of two places: its end is dropped with it
    /// if it had come by then.
    places: Vec<usize>,
}

type Outcome = Result<Vec<u8>, ReadError>;

impl Promise {
    pub fn new(stream: Vec<u8>, limit: usize) -> Promise {
        Promise { stream, limit, places: vec![0] }
    }

    /// Checks what a read has brought.
    pub fn check(&mut self, asked: Asked, outcome: &Outcome) -> Result<(), String> {
        let places = self.places.iter().flat_map(|place| self.after(*place, asked, outcome));
        let places: Vec<_> = places.collect();
        match places.is_empty() {
            false => {
                self.places = places;
                Ok(())
            }
            true => Err(self.told(&format!("`{asked}`"), outcome)),
        }
    }

    /// Checks the rest of the stream.
    pub fn check_rest(&self, rest: &Outcome) -> Result<(), String> {
        let is_rest = |place: &usize| rest.as_ref().is_ok_and(|it| *it == self.stream[*place..]);
        match self.places.iter().any(is_rest) {
            true => Ok(()),
            false => Err(self.told("the rest", rest)),
        }
    }

    fn told(&self, asked: &str, outcome: &Outcome) -> String {
        let shown = |bytes: &[u8]| bytes[..bytes.len().min(80)].escape_ascii().to_string();
        let outcome = match outcome {
            Ok(bytes) => shown(bytes),
            Err(error) => format!("{error:?}"),
        };
        let next = self.places.iter().map(|place| shown(&self.stream[*place..]));
        let next = next.collect::<Vec<_>>().join("\nor\n  ");
        format!("{asked} brings\n  {outcome}\nwhere the stream goes on with\n  {next}")
    }

    /// Where the reader stands after this outcome, if it may come of what begins at this place.
    fn after(&self, place: usize, asked: Asked, outcome: &Outcome) -> Vec<usize> {
        let (rest, limit) = (&self.stream[place..], self.limit);
        let taken = match outcome {
            Ok(bytes) if rest.starts_with(bytes) => bytes.len(),
            Err(ReadError::Incomplete { partial, .. }) if partial == rest => rest.len(),
            Err(ReadError::LimitOverrun { limit: said, consumed }) if *said == limit => *consumed,
            _ => return vec![],
        };
        let is_fine = match (asked, outcome) {
            (Asked::AtMost(size), Ok(_)) => {
                taken <= size && (taken > 0 || size == 0 || rest.is_empty())
            }
            (Asked::Exactly(size), Ok(_)) => taken == size,
            (Asked::Exactly(size), Err(ReadError::Incomplete { .. })) => rest.len() < size,
            (Asked::Line, Ok(_)) => {
                let line = find(rest, b"\n").map_or(rest.len(), |end| end + 1);
                taken == line && find(rest, b"\n").is_none_or(|end| end <= limit)
            }
            (Asked::Separator, Ok(_)) => {
                find(rest, SEPARATOR).is_some_and(|end| taken == end + 2 && end <= limit)
            }
            (Asked::Separator, Err(ReadError::Incomplete { .. })) => {
                find(rest, SEPARATOR).is_none()
            }
            (Asked::Line, Err(ReadError::LimitOverrun { .. })) => {
                is_over(rest, b"\n", taken, limit)
            }
            (Asked::Separator, Err(ReadError::LimitOverrun { .. })) => {
                is_over(rest, SEPARATOR, taken, limit)
            }
            _ => false,
        };
        match (is_fine, asked, outcome) {
            (false, ..) => vec![],
            (true, Asked::Separator, Err(ReadError::LimitOverrun { .. })) => vec![place],
            (true, Asked::Line, Err(_)) if rest.get(taken) == Some(&b'\n') => {
                vec![place + taken, place + taken + 1]
            }
            (true, ..) => vec![place + taken],
        }
    }
}

/// Is it true that no separator begins within so many bytes, and that this is more than the limit?
fn is_over(rest: &[u8], separator: &[u8], before: usize, limit: usize) -> bool {
    before > limit && before <= rest.len() && find(rest, separator).is_none_or(|at| at >= before)
}

fn find(bytes: &[u8], separator: &[u8]) -> Option<usize> {
    bytes.windows(separator.len()).position(|window| window == separator)
}
