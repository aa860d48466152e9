//! TCP on readiness: try, wait for the socket, try again; names; and connecting to whichever address answers.

mod connect;
mod error;
mod listener;
mod resolve;
mod source;
mod tcp;

pub use connect::{Connect, connect};
pub use error::ConnectError;
pub use listener::{Accept, TcpListener};
pub(crate) use resolve::Hosts;
pub use resolve::{LookupHost, ToHost, lookup_host};
pub use source::{Interest, Source};
pub use tcp::{Connecting, ReadSome, TcpStream, WriteSome};
