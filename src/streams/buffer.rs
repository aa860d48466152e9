//! A buffer of bytes that is filled at its end and emptied at its start.

use std::mem;

/// How much room is made at least, and how much more at once at the most.
const LEAST: usize = 2 * 1024;
const MOST: usize = 64 * 1024;

/// The bytes between `start` and `end` are in it; those behind `end` are room, zeroed once and for all.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The last filling took all the room: there was probably more to come.
    was_filled: bool,
}

impl Buffer {
    pub(crate) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Room at the end, at least one byte; more of it, the more each filling has brought.
    #[inline]
    pub(crate) fn room(&mut self) -> &mut [u8] {
        let more = match self.was_filled {
            true => (self.bytes.len() * 2).clamp(LEAST, MOST),
            false => 1,
        };
        self.make_room(more);
        &mut self.bytes[self.end..]
    }

    /// Room for so many bytes at the end, and for no more than them.
    #[cfg(feature = "http")]
    pub(crate) fn room_for(&mut self, bytes: usize) -> &mut [u8] {
        let needed = self.end + bytes;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
        &mut self.bytes[self.end..needed]
    }

    /// So many bytes of the room are filled now.
    pub(crate) fn fill(&mut self, filled: usize) {
        self.was_filled = filled == self.bytes.len() - self.end;
        self.end += filled;
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.move_to_front();
        self.bytes.truncate(self.end);
        self.bytes.extend_from_slice(bytes);
        self.end = self.bytes.len();
    }

    /// So many bytes more are expected.
    #[cfg(feature = "http")]
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Drops bytes from the start. An empty buffer that has been large gives its memory back.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start += bytes;
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
            if self.bytes.len() > 4 * MOST {
                *self = Buffer::default();
            }
        }
    }

    /// Takes bytes from the start.
    pub(crate) fn take(&mut self, bytes: usize) -> Vec<u8> {
        let taken = self.filled()[..bytes].to_vec();
        self.consume(bytes);
        taken
    }

    pub(crate) fn take_all(&mut self) -> Vec<u8> {
        // Much is handed over where it stands; of little the room behind it would be the larger part.
        if self.start == 0 && self.end > self.bytes.len() / 2 {
            let Buffer { mut bytes, end, .. } = mem::take(self);
            bytes.truncate(end);
            return bytes;
        }
        self.take(self.len())
    }

    #[inline]
    fn make_room(&mut self, room: usize) {
        if self.bytes.len() - self.end >= room {
            return;
        }
        self.move_to_front();
        let needed = self.end + room;
        if self.bytes.len() < needed {
            let doubled = (self.bytes.len() * 2).clamp(LEAST, self.bytes.len() + MOST);
            self.bytes.resize(needed.max(doubled), 0);
        }
    }

    /// Moves what is in the buffer to its front, if that is the smaller part of it. Else the buffer may as well
    /// grow: so each byte is moved a bounded number of times.
    fn move_to_front(&mut self) {
        if self.start > 0 && self.start >= self.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filling_that_takes_all_the_room_makes_more_of_it_also_where_the_buffer_is_emptied() {
        let mut buffer = Buffer::default();
        let mut rooms = Vec::new();
        for _ in 0..8 {
            rooms.push(buffer.room().len());
            buffer.fill(rooms[rooms.len() - 1]);
            buffer.consume(buffer.len());
        }
        assert_eq!(rooms, [2, 4, 8, 16, 32, 64, 64, 64].map(|kib| kib * 1024));
    }
}
