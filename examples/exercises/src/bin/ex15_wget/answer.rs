//! Exercise 15: a loop of your own, and `wget` on it.
//! The task is in `docs/course/ex15.md` (中文：`docs/course/zh/ex15.md`).

#![allow(unused_variables, dead_code)]

use std::net::SocketAddr;

/// Asks all hosts at once for the head of their front page, on this thread, with std and mio alone. Returns when
/// all hosts are done.
///
/// Sends `GET / HTTP/1.0`, `Host: HOST` and an empty line, each line ended by `\r\n`. Prints `HOST header > LINE` for
/// each line of the reply as soon as it has come, up to the empty line that ends the head: then this host is done. If
/// a host cannot be asked, or closes the connection before, prints `HOST failed: REASON`, and goes on with the others.
pub fn wget(hosts: &[(&str, SocketAddr)], print: &mut dyn FnMut(String)) {
    todo!()
}
