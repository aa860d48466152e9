//! The content of a response: the body as it is asked for, as a whole, by pieces, by lines, or into a file.

use std::{io, path::Path};

use bytes::Bytes;

use super::{
    Error, Reason,
    body::{Body, STRAIGHT},
};
use crate::{
    fs::{self, Replacement},
    streams::Buffer,
    waits::to_thread,
};

/// How much is read at once, where nobody says how much.
pub(super) const PIECE: usize = 64 * 1024;

/// For how much of a body, at most, room is made before it comes.
const MOST_EXPECTED: u64 = 1024 * 1024;

pub(super) struct Content {
    body: Body,
    /// What was read and not handed out: behind a line, or for an operation that was dropped or failed.
    rest: Buffer,
    /// All of the body, once it was asked for.
    whole: Option<Bytes>,
    /// Some of it was handed out, and is not kept.
    is_streamed: bool,
    max_body: u64,
}

impl Content {
    pub(super) fn new(body: Body, max_body: u64) -> Content {
        Content { body, rest: Buffer::default(), whole: None, is_streamed: false, max_body }
    }

    /// All of it, which is kept.
    pub(super) async fn all(&mut self) -> Result<Bytes, Error> {
        if let Some(whole) = &self.whole {
            return Ok(whole.clone());
        }
        self.check_not_streamed()?;
        // A server may say what it likes of the length, so no more than a little is made ready for that.
        let expected = self.body.remaining().unwrap_or(0).min(MOST_EXPECTED);
        self.rest.reserve(expected as usize);
        loop {
            self.check_size(self.rest.len())?;
            if !self.body_next(STRAIGHT).await? {
                let whole = Bytes::from(self.rest.take_all());
                return Ok(self.whole.insert(whole).clone());
            }
        }
    }

    /// What has come, or comes next; it is not kept.
    pub(super) async fn piece(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        self.check_not_whole()?;
        let piece = self.some(most).await?;
        self.is_streamed |= !piece.is_empty();
        Ok(piece)
    }

    async fn some(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        if self.rest.is_empty() {
            self.body_next(most).await?;
        }
        match most >= self.rest.len() {
            true => Ok(self.rest.take_all()),
            false => Ok(self.rest.take(most)),
        }
    }

    /// The next line, its end included.
    pub(super) async fn line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.check_not_whole()?;
        let line = self.some_line().await?;
        self.is_streamed |= line.is_some();
        Ok(line)
    }

    async fn some_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut searched = 0;
        loop {
            let end = self.rest.filled()[searched..].iter().position(|byte| *byte == b'\n');
            let length = end.map(|end| searched + end + 1);
            self.check_size(length.unwrap_or(self.rest.len()))?;
            if let Some(length) = length {
                return Ok(Some(self.rest.take(length)));
            }
            searched = self.rest.len();
            if !self.body_next(PIECE).await? {
                return Ok(Some(self.rest.take_all()).filter(|line| !line.is_empty()));
            }
        }
    }

    /// Puts the next bytes of the body to the rest. Returns whether there were any.
    async fn body_next(&mut self, most: usize) -> Result<bool, Error> {
        let before = self.rest.len();
        self.body.next(&mut self.rest, most).await?;
        Ok(self.rest.len() > before)
    }

    /// All of the body can't be had where some of it has gone. The tempting way is to give what is left: nothing, most
    /// often, which looks like an empty page.
    fn check_not_streamed(&self) -> Result<(), Error> {
        self.check(!self.is_streamed, "the body was handed out in pieces, and they are not kept")
    }

    fn check_not_whole(&self) -> Result<(), Error> {
        let is_there = self.whole.as_ref().is_none_or(Bytes::is_empty);
        self.check(is_there, "the body was read whole: `bytes` and `text` give it again")
    }

    fn check_is_there(&self) -> Result<(), Error> {
        self.check_not_streamed()?;
        self.check(!self.body.is_absent(), "such a reply has no body that could be saved")
    }

    fn check(&self, is_fine: bool, why: &'static str) -> Result<(), Error> {
        match is_fine {
            true => Ok(()),
            false => Err(Error::new(Reason::NoBody(why))),
        }
    }

    fn check_size(&self, bytes: usize) -> Result<(), Error> {
        match bytes as u64 > self.max_body {
            true => Err(Error::new(Reason::TooLarge { limit: self.max_body })),
            false => Ok(()),
        }
    }

    /// Writes all of it to a file: beside it first, and in its place at the end. Returns how many bytes it was.
    pub(super) async fn save(&mut self, path: &Path) -> Result<u64, Error> {
        self.check_is_there()?;
        if let Some(whole) = self.whole.take() {
            self.rest.extend(&whole);
        }
        let failed = |error: io::Error| Error::new(Reason::File(error.into()));
        let place = path.to_path_buf();
        // Should nobody wait for it any more, what was begun is undone on the thread.
        let begun = to_thread(move || Replacement::begin(&place)).await;
        let (file, replacement) = begun.map_err(failed)?;
        let mut file = fs::File::new(file, path.into());
        let mut size = 0;
        loop {
            let piece = self.some(PIECE).await?;
            if piece.is_empty() {
                break;
            }
            file.write(&piece).await.map_err(failed)?;
            size += piece.len() as u64;
        }
        file.close().await.map_err(failed)?;
        to_thread(move || replacement.finish()).await.map_err(failed)?;
        Ok(size)
    }

    /// Reads on, if what is left is small, so that the connection can be used again.
    pub(super) async fn discard(self, most: usize) {
        self.body.discard(most).await;
    }
}
