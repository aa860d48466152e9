//! What the HTTP client promises, against servers that say each byte as the test wants it.

#[path = "http/bodies.rs"]
mod bodies;
#[path = "http/dropped.rs"]
mod dropped;
#[path = "http/framing.rs"]
mod framing;
#[path = "http/heads.rs"]
mod heads;
#[path = "http/peer.rs"]
mod peer;
#[path = "http/pool.rs"]
mod pool;
#[path = "http/random.rs"]
mod random;
#[path = "http/redirects.rs"]
mod redirects;
#[path = "http/replies.rs"]
mod replies;
#[path = "http/requests.rs"]
mod requests;
#[path = "http/save.rs"]
mod save;
#[path = "http/timeouts.rs"]
mod timeouts;

mod common;
