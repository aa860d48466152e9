//! Whom a session trusts: the authorities that the system knows, and those that were added.
//!
//! The system's, and not a list that is built in: it knows the school's own authority, and forgets one that was
//! broken into, without a new version of this crate. Where a system has none (a slim container), the error says so.

use std::{cell::OnceCell, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_native_certs::load_native_certs;

use super::{Error, Reason};
use crate::{sync::Lock, waits::to_thread};

/// Whom a session trusts.
pub(super) struct Trust {
    added: RootCertStore,
    config: OnceCell<Arc<ClientConfig>>,
    loading: Lock,
}

impl Default for Trust {
    fn default() -> Trust {
        let (added, config, loading) = (RootCertStore::empty(), OnceCell::new(), Lock::new());
        Trust { added, config, loading }
    }
}

impl Trust {
    /// Trusts an authority more: its certificate, in PEM (then there may be several) or in DER.
    pub(super) fn add(&mut self, certificate: &[u8]) -> Result<(), Error> {
        let wrong = |why: String| {
            Error::new(Reason::Request(format!("the root certificate can't be used: {why}")))
        };
        let begin = b"-----BEGIN ";
        let is_pem = certificate.windows(begin.len()).any(|window| window == begin);
        let certificates = match is_pem {
            true => CertificateDer::pem_slice_iter(certificate).collect::<Result<Vec<_>, _>>(),
            false => Ok(vec![CertificateDer::from(certificate.to_vec())]),
        };
        let certificates = certificates.map_err(|error| wrong(error.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong("there is none in this PEM".to_string()));
        }
        for certificate in certificates {
            self.added.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
        Ok(())
    }

    /// What rustls has to know for each connection. It also keeps the tickets by which a server knows us again.
    pub(super) async fn config(&self) -> Result<Arc<ClientConfig>, Error> {
        // Of many first requests at once, one loads, and the others wait for it.
        let _guard = self.loading.acquire().await;
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        // A hundred certificates in as many files: not on the loop's thread.
        let system = to_thread(load_native_certs).await;
        let mut roots = self.added.clone();
        roots.add_parsable_certificates(system.certs);
        if roots.is_empty() {
            let errors: Vec<_> = system.errors.iter().map(|error| format!(" ({error})")).collect();
            return Err(Error::new(Reason::Tls(format!(
                "no certificate can be trusted: this system has no root certificates. Install its package \
                 ca-certificates, or name some by SSL_CERT_FILE or SessionBuilder::root_certificate{}",
                errors.concat()
            ))));
        }
        let config = Arc::new(with_roots(roots)?);
        Ok(self.config.get_or_init(|| config).clone())
    }
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Error::new(Reason::Tls(error.to_string())))?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    // Servers that speak HTTP/2 as well must not choose it. A request of HTTP/1.0 is one that HTTP/1.1 understands.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
