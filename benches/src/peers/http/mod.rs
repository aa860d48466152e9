//! HTTP clients, each as its documentation would have it used.

pub mod bare;
pub mod by_hand;
pub mod curl;
pub mod hyper;
pub mod reqwest;
pub mod session;

use std::{io, net::SocketAddr};

/// What a client has to get: one page, again and again, so many times at once.
#[derive(Clone, Debug)]
pub struct Load {
    pub address: SocketAddr,
    pub page: &'static str,
    /// Of the page, in bytes.
    pub length: usize,
    pub times: u64,
    pub at_once: u64,
}

impl Load {
    pub fn url(&self) -> String {
        format!("http://{}/{}", self.address, self.page)
    }

    /// How often each of those gets it that are at work at once.
    pub fn times_each(&self) -> u64 {
        self.times / self.at_once
    }

    /// A request that is answered over a connection of its own: the server closes it.
    pub fn request_to_close(&self) -> Vec<u8> {
        format!("GET /{} HTTP/1.0\r\nHost: {}\r\n\r\n", self.page, self.address).into_bytes()
    }

    pub fn request_to_keep(&self) -> Vec<u8> {
        format!("GET /{} HTTP/1.1\r\nHost: {}\r\n\r\n", self.page, self.address).into_bytes()
    }

    /// Did so many bytes of a page come?
    pub fn check(&self, length: usize) -> io::Result<()> {
        match length == self.length {
            true => Ok(()),
            false => Err(io::Error::other(format!("{length} bytes in place of {}", self.length))),
        }
    }

    /// Is this a whole reply, with the page in it?
    pub fn check_reply(&self, reply: &[u8]) -> io::Result<()> {
        if !reply.starts_with(b"HTTP/1.1 200") {
            return Err(io::Error::other("a reply other than 200"));
        }
        let head = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        self.check(head.map_or(0, |head| reply.len() - head - 4))
    }
}
