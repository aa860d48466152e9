//! An HTTP client: aiohttp's `ClientSession` on this loop. It sends HTTP/1.0.
//!
//! ```no_run
//! use glassloop::{gather, http::Session, run};
//!
//! run(async {
//!     let session = Session::new();
//!     let pages = ["http://example.com/", "http://example.org/"];
//!     let fetch = |url: &'static str| {
//!         let session = session.clone();
//!         async move { session.get(url).await?.error_for_status()?.text().await }
//!     };
//!     for text in gather(pages.map(fetch)).await? {
//!         println!("{} bytes", text.len());
//!     }
//!     Ok::<(), glassloop::http::Error>(())
//! })
//! # .unwrap();
//! ```
//!
//! Read it in this order: [`url`](Url) (where to), `connection` (the bytes), `head` and `framing` (where a head and a
//! body end), `body`, `pool` with `idle`. Then read what connects them: `request`, `response`, `session`.
//!
//! Requests are HTTP/1.0, with a `Host`, and ask to keep the connection. All replies are understood: 1.0, 1.1, chunks,
//! trailers, interim replies. A body that is too short is always an error.
//!
//! Four features add what the web uses and a first program does not need. Each has its dependency: `tls` (https, in
//! `tls` and `trust`), `gzip` (asks for compressed bodies and decodes them, in `coding` and `gzip`), `charset`
//! ([`Response::text`] of pages that are not UTF-8, in `charset` and `meta`), `json` (`Response::json`).
//!
//! Left out on purpose: a store for cookies, proxies (`http_proxy` is ignored), passwords in a URL, uploads in
//! several parts, HTTP/2.

mod body;
mod charset;
#[cfg(feature = "gzip")]
mod coding;
mod connection;
mod content;
mod error;
mod fields;
mod framing;
#[cfg(feature = "gzip")]
mod gzip;
mod head;
mod idle;
#[cfg(feature = "charset")]
mod meta;
mod operation;
mod pool;
mod request;
mod response;
mod session;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod trust;
mod url;

/// The type of a whole body: that of the crate `bytes`.
pub use bytes::Bytes;
/// The types of status, headers, methods and versions: those of the crate `http`.
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};

pub use error::{Error, Reason};
pub use operation::Operation;
pub use request::Request;
pub use response::Response;
pub use session::{Session, SessionBuilder};
pub use url::Url;
