//! An authority of the test's own, and servers whose certificates it has issued.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};

/// One side of an encrypted connection.
pub type Stream = StreamOwned<ServerConnection, TcpStream>;

/// Who issues certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    /// Its name is all by which a certificate says who issued it.
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        Authority { issuer: Issuer::new(parameters, key), certificate }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// A server's settings, with a certificate for these names.
    pub fn server(&self, names: &[&str]) -> ServerConfig {
        self.server_of(names, rustls::ALL_VERSIONS, 4000)
    }

    /// As `server`, speaking these versions, with a certificate that is valid until this year.
    pub fn server_of(
        &self,
        names: &[&str],
        versions: &[&'static SupportedProtocolVersion],
        last_year: i32,
    ) -> ServerConfig {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut parameters = CertificateParams::new(names).expect("names");
        parameters.not_after = date_time_ymd(last_year, 1, 1);
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let builder = ServerConfig::builder_with_provider(ring::default_provider().into());
        let builder = builder.with_protocol_versions(versions).expect("known versions");
        builder.with_no_client_auth().with_single_cert(chain, key).expect("they fit")
    }
}

/// Plays each connection in a thread of its own; says which one it is. Returns the port.
pub fn serve(config: ServerConfig, play: impl Fn(usize, Stream) + Send + Sync + 'static) -> u16 {
    let config = Arc::new(config);
    serve_bare(move |nth, connection| {
        let session = ServerConnection::new(config.clone()).expect("settings that fit");
        play(nth, StreamOwned::new(session, connection));
    })
}

/// As `serve`, without TLS.
pub fn serve_bare(play: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let port = listener.local_addr().expect("it is bound").port();
    let play = Arc::new(play);
    thread::spawn(move || {
        for (nth, connection) in listener.incoming().enumerate() {
            let (play, Ok(connection)) = (play.clone(), connection) else { return };
            thread::spawn(move || play(nth, connection));
        }
    });
    port
}

/// Says which connection it is, to every request on it.
pub fn say_which(nth: usize, mut stream: Stream) {
    while !read_head(&mut stream).is_empty() {
        if reply(&mut stream, &nth.to_string()).is_err() {
            return;
        }
    }
}

/// Reads as far as the empty line. What it has read, if the connection ends or breaks before that.
pub fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

pub fn reply(stream: &mut impl Write, body: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    stream.flush()
}
