//! The body of a reply, as it comes.

use super::{
    Error, Reason,
    connection::Patience,
    framing::{Framing, Step},
    pool::Lease,
};

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
}

impl Body {
    pub(super) fn new(
        lease: Lease,
        framing: Framing,
        keep_alive: bool,
        patience: Patience,
    ) -> Body {
        let mut body =
            Body { lease: Some(lease), keep_alive, framing, received: 0, patience, failure: None };
        body.finish_if_done();
        body
    }

    /// The next bytes, at most so many; empty at the end. What failed once fails again.
    pub(super) async fn next(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if most == 0 {
            return Ok(Vec::new());
        }
        let next = self.read(most).await;
        if let Err(failure) = &next {
            (self.failure, self.lease) = (Some(failure.clone()), None);
        }
        next
    }

    async fn read(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        loop {
            let Some(lease) = &mut self.lease else { return Ok(Vec::new()) };
            let buffer = &mut lease.connection.buffer;
            match self.framing.step(buffer, most)? {
                Step::Bytes(count) => {
                    let bytes = buffer.take(count);
                    self.received += count as u64;
                    self.finish_if_done();
                    return Ok(bytes);
                }
                Step::Done => self.finish_if_done(),
                Step::More => {
                    if lease.connection.fill("reading the body", &self.patience).await? == 0 {
                        self.ended()?;
                    }
                }
            }
        }
    }

    /// The server has closed the connection.
    fn ended(&mut self) -> Result<(), Error> {
        if self.framing != Framing::ToEnd {
            let received = self.received;
            let expected = self.framing.remaining().map(|left| received + left);
            return Err(Error::new(Reason::Truncated { received, expected }));
        }
        self.lease = None;
        Ok(())
    }

    fn finish_if_done(&mut self) {
        if let Some(lease) = self.lease.take_if(|_| self.framing.is_done())
            && self.keep_alive
        {
            lease.give_back();
        }
    }

    /// Reads on, if what is left is small, so that the connection can be used again.
    pub(super) async fn discard(mut self, most: usize) {
        let mut left = most;
        while left > 0 && self.keep_alive && self.lease.is_some() {
            match self.next(left).await {
                Ok(bytes) => left -= bytes.len(),
                Err(_) => return,
            }
        }
    }
}
