//! TLS over a socket: rustls knows what the bytes mean, and this knows when to wait for more of them.
//!
//! rustls touches no socket: it takes what has come (`read_tls`), says what is to be sent (`write_tls`), and between
//! the two turns secrets into plain bytes. So the reactor's rule holds here as for a bare socket: try until it
//! would block, then wait. Only in which direction, rustls says: a handshake writes and reads by turns.

use std::{
    future::poll_fn,
    io::{self, Read, Write},
    mem,
    panic::Location,
    task::{Context, Poll, ready},
};

use rustls::{CertificateError, ClientConnection, pki_types::ServerName};

use super::{Error, Reason, trust::Trust, url::Origin};
use crate::net::{Interest, TcpStream};

/// How many reads' worth of unasked bytes, such as tickets, an idle connection may have to be used again.
const MOST_UNASKED: usize = 16;

/// A connection that is encrypted, to a server whose certificate was verified.
pub(super) struct Tls {
    stream: TcpStream,
    session: ClientConnection,
    /// So many bytes rustls has taken to encrypt, and not all of what became of them is sent.
    accepted: usize,
    /// Why no more comes. What came before that is to be read first.
    failure: Option<io::Error>,
}

impl Tls {
    /// Shakes hands: agrees upon keys, and verifies that the server is whom the URL names.
    pub(super) async fn connect(
        stream: TcpStream,
        origin: &Origin,
        trust: &Trust,
    ) -> Result<Tls, Error> {
        let failed = |error: &rustls::Error| Error::new(Reason::Tls(explain(origin, error)));
        let name = ServerName::try_from(origin.host.to_string()).map_err(|_| {
            Error::new(Reason::Tls(format!("no certificate can be for {:?}", origin.host)))
        })?;
        let config = trust.config().await?;
        let session = ClientConnection::new(config, name).map_err(|error| failed(&error))?;
        let mut tls = Tls { stream, session, accepted: 0, failure: None };
        let place = Location::caller();
        let (mut reading, mut writing) =
            (tls.stream.read_interest(place), tls.stream.write_interest(place));
        let shaken = poll_fn(|context| tls.poll_handshake(&mut reading, &mut writing, context));
        shaken.await.map_err(|error| match error.get_ref().and_then(|any| any.downcast_ref()) {
            Some(error) => failed(error),
            None => Error::io("shaking hands (TLS)", error),
        })?;
        Ok(tls)
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn poll_handshake(
        &mut self,
        reading: &mut Interest,
        writing: &mut Interest,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            // Also the last flight: the server waits for it while we wait for the reply.
            ready!(self.poll_send(writing, context))?;
            if !self.session.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            if ready!(self.poll_receive(reading, context))? == 0 {
                let error = "the server closed the connection";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, error)));
            }
        }
    }

    /// Reads plain bytes. 0 is an end that the server has announced. One that it has not is an `UnexpectedEof`:
    /// anybody on the way could have cut the connection there, to shorten what it says.
    pub(super) fn poll_read(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.session.reader().read(room) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
            if let Some(failure) = self.failure.take() {
                return Poll::Ready(Err(failure));
            }
            self.failure = ready!(self.poll_receive(interest, context)).err();
        }
    }

    /// Writes plain bytes. Ready when what became of them is sent, so that nothing is left to flush. Pending, it
    /// wants to be called with the same bytes again.
    pub(super) fn poll_write(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.accepted == 0 {
            self.accepted = self.session.writer().write(bytes)?;
        }
        ready!(self.poll_send(interest, context))?;
        Poll::Ready(Ok(mem::take(&mut self.accepted)))
    }

    /// Has the server neither closed the connection nor said anything, while nothing was asked? Tickets for a later
    /// handshake, which come when it likes, do not count. They are read here, or what follows them stayed unseen.
    pub(super) fn is_quiet(&mut self) -> bool {
        for _ in 0..MOST_UNASKED {
            match self.session.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 => {}
                _ => return false,
            }
            match self.session.read_tls(&mut &**self.stream.source()) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        false
    }

    /// Sends all that rustls wants to be sent.
    fn poll_send(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let Tls { stream, session, .. } = self;
        while session.wants_write() {
            ready!(interest.poll_io(context, || session.write_tls(&mut &**stream.source())))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Receives once, and has rustls look at it. 0 is the end of the bytes.
    fn poll_receive(
        &mut self,
        interest: &mut Interest,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let Tls { stream, session, .. } = self;
        let received =
            ready!(interest.poll_io(context, || session.read_tls(&mut &**stream.source())))?;
        match session.process_new_packets() {
            Ok(_) => Poll::Ready(Ok(received)),
            Err(error) => {
                // An alert tells the server why. Whether it gets there makes no difference here.
                let _ = session.write_tls(&mut &**stream.source());
                Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)))
            }
        }
    }
}

impl Drop for Tls {
    /// Announces the end, as a client must (RFC 9112, section 9.8), if that can be done without waiting.
    fn drop(&mut self) {
        self.session.send_close_notify();
        let _ = self.session.write_tls(&mut &**self.stream.source());
    }
}

fn explain(origin: &Origin, error: &rustls::Error) -> String {
    let Origin { host, port, .. } = origin;
    match error {
        rustls::Error::InvalidCertificate(why) => {
            format!("the certificate of {host} is not trusted: {}", distrust(why))
        }
        rustls::Error::InvalidMessage(_) => {
            format!("what {host} says at port {port} is not TLS; is it http, not https? ({error})")
        }
        error => format!("the TLS handshake with {host} failed: {error}"),
    }
}

fn distrust(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "nobody knows who issued it. SessionBuilder::root_certificate trusts a private authority"
                .to_string()
        }
        CertificateError::BadSignature => "the issuer that it names has not signed it".to_string(),
        why => why.to_string(),
    }
}
