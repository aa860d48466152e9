//! An HTTP client: aiohttp's `ClientSession` on this loop, HTTP/1.0 on the wire.
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
//! To be read in this order: [`url`](Url) (where to), `connection` (the bytes), `head` and `framing` (what they mean:
//! where a head and where a body ends), `body`, `pool`, and what ties them together: `request`, `response`, `session`.
//!
//! Requests are HTTP/1.0, with a `Host` and the wish to keep the connection; whatever comes back is understood: 1.0,
//! 1.1, chunks, trailers, interim replies. A body is never silently short.

mod body;
mod connection;
mod error;
mod framing;
mod head;
mod operation;
mod pool;
mod request;
mod response;
mod session;
mod url;

/// The types of status, headers, methods and versions: those of the crate `http`.
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};

pub use error::{Error, Reason};
pub use operation::Operation;
pub use request::Request;
pub use response::Response;
pub use session::{Session, SessionBuilder};
pub use url::Url;
