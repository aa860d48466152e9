//! The body of a reply, as it comes.

use std::time::Duration;

use super::{
    Error, Reason,
    connection::Patience,
    framing::{Framing, Step},
    pool::Lease,
};
#[cfg(feature = "gzip")]
use super::{
    coding::{Decoded, Decoder},
    head::Head,
};
#[cfg(feature = "gzip")]
use crate::waits::yield_now;
use crate::{streams::Buffer, waits::timeout};

/// So long the rest of a body that nobody wants is waited for.
const WORTH_WAITING: Duration = Duration::from_secs(1);

/// Who takes so much at once has it read to where it is wanted, and not into the buffer and then copied. No more at
/// once: room is made ready for it, and a server may announce what never comes.
pub(super) const STRAIGHT: usize = 256 * 1024;

/// How much is received at once to be decoded, and decoded at once.
#[cfg(feature = "gzip")]
const PIECE: usize = 64 * 1024;

/// A body that is being read. When it is whole, its connection goes back to the pool; dropped before, the
/// connection is closed.
pub(super) struct Body {
    /// `None`, once the body is whole or has failed.
    lease: Option<Lease>,
    keep_alive: bool,
    framing: Framing,
    received: u64,
    pub(super) patience: Patience,
    failure: Option<Error>,
    #[cfg(feature = "gzip")]
    decoder: Option<Decoder>,
}

impl Body {
    pub(super) fn new(
        lease: Lease,
        framing: Framing,
        keep_alive: bool,
        patience: Patience,
    ) -> Body {
        let mut body = Body {
            lease: Some(lease),
            keep_alive,
            framing,
            received: 0,
            patience,
            failure: None,
            #[cfg(feature = "gzip")]
            decoder: None,
        };
        body.finish_if_done();
        body
    }

    /// The same body, to be decoded as this head says.
    #[cfg(feature = "gzip")]
    pub(super) fn coded_as_in(self, head: &Head) -> Body {
        Body { decoder: Decoder::of(head), ..self }
    }

    /// Puts the next bytes into a buffer, at most so many; none at the end. What failed once fails again.
    pub(super) async fn next(&mut self, into: &mut Buffer, most: usize) -> Result<(), Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if most == 0 {
            return Ok(());
        }
        let patience = self.patience;
        let next = patience.in_all(self.read(into, most)).await;
        if let Err(failure) = &next {
            (self.failure, self.lease) = (Some(failure.clone()), None);
        }
        next
    }

    /// Has such a reply no body, whatever its head says?
    pub(super) fn is_absent(&self) -> bool {
        self.framing == Framing::Absent
    }

    /// How many bytes are still to come, where that is known.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.framing.remaining()
    }

    #[cfg(not(feature = "gzip"))]
    async fn read(&mut self, into: &mut Buffer, most: usize) -> Result<(), Error> {
        self.receive(into, most).await
    }

    #[cfg(feature = "gzip")]
    async fn read(&mut self, into: &mut Buffer, most: usize) -> Result<(), Error> {
        loop {
            let Some(decoder) = &mut self.decoder else { return self.receive(into, most).await };
            // Decoding needs no socket, so no socket ends it. Before, not after: whoever gives up here must not lose
            // what was decoded.
            self.patience.take_turn().await?;
            if decoder.was_costly() {
                yield_now().await;
            }
            match decoder.next(most.min(PIECE))? {
                Decoded::Bytes(bytes) => {
                    into.extend(&bytes);
                    return Ok(());
                }
                Decoded::End => return Ok(()),
                Decoded::Nothing => continue,
                Decoded::More => {}
            }
            let mut come = Buffer::default();
            self.receive(&mut come, PIECE).await?;
            if let Some(decoder) = &mut self.decoder {
                decoder.feed(come.filled());
            }
        }
    }

    /// Puts the next bytes, as they were sent, into a buffer.
    async fn receive(&mut self, into: &mut Buffer, most: usize) -> Result<(), Error> {
        if self.lease.is_some() {
            // What came at once may be thousands of chunks, and nobody waits for a socket in between.
            self.patience.take_turn().await?;
        }
        loop {
            let Some(lease) = &mut self.lease else { return Ok(()) };
            let buffer = &mut lease.connection.buffer;
            match self.framing.step(buffer, most)? {
                Step::Bytes(count) => {
                    into.extend(&buffer.filled()[..count]);
                    buffer.consume(count);
                    self.came(count);
                    return Ok(());
                }
                Step::Done => self.finish_if_done(),
                Step::More => {
                    let left = self.framing.remaining().filter(|_| most >= STRAIGHT);
                    let room = left.map(|left| left.min(STRAIGHT as u64) as usize);
                    let past = room.map(|room| (&mut *into, room));
                    let filling = lease.connection.fill(past, "reading the body", &self.patience);
                    match filling.await {
                        Ok(0) => self.ended()?,
                        Ok(count) if room.is_some() => {
                            self.framing.take(count);
                            self.came(count);
                            return Ok(());
                        }
                        Err(error) if error.is_cut() => return Err(self.truncated()),
                        filled => drop(filled?),
                    }
                }
            }
        }
    }

    fn came(&mut self, count: usize) {
        self.received += count as u64;
        self.finish_if_done();
    }

    /// The server has closed the connection.
    fn ended(&mut self) -> Result<(), Error> {
        if self.framing != Framing::ToEnd {
            return Err(self.truncated());
        }
        self.lease = None;
        Ok(())
    }

    fn truncated(&self) -> Error {
        let received = self.received;
        let expected = self.framing.remaining().map(|left| received + left);
        Error::new(Reason::Truncated { received, expected })
    }

    fn finish_if_done(&mut self) {
        if let Some(lease) = self.lease.take_if(|_| self.framing.is_done())
            && self.keep_alive
        {
            lease.give_back();
        }
    }

    /// Reads on, if what is left is small and comes soon, so that the connection can be used again.
    pub(super) async fn discard(mut self, most: usize) {
        let reading_on = async move {
            let mut read = Buffer::default();
            while read.len() < most && self.keep_alive && self.lease.is_some() {
                let left = most - read.len();
                if self.receive(&mut read, left).await.is_err() {
                    return;
                }
            }
        };
        // Else the connection is closed with the body: a new one is made sooner than that.
        let _ = timeout(WORTH_WAITING, reading_on).await;
    }
}
