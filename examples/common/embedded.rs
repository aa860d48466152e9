//! The site that an example asks if it got no other address.

use std::net::SocketAddr;

use super::{
    arguments::Arguments,
    ending::give_up,
    host::Host,
    output::say_line,
    site::{Site, embed},
};

impl Arguments {
    /// Starts the site in this program, since something was not given. Returns its address.
    pub fn embedded_site(&self, missing: &str) -> SocketAddr {
        let site = embed(Site { delay: self.delay, ..Site::default() }).unwrap_or_else(give_up);
        say_line(&format!("no {missing} given: asking the site that is embedded here, at {site}"));
        site
    }

    /// All hosts that were given; without one, the embedded site under three names, to each of which it answers as
    /// another portal.
    pub fn hosts_or_portals(&mut self, names: [&str; 3]) -> Vec<Host> {
        let mut hosts = Vec::new();
        while let Some(word) = self.word() {
            hosts.push(Host::parse(&word).unwrap_or_else(|problem| self.wrong(&problem)));
        }
        if hosts.is_empty() {
            let site = embed(Site::default()).unwrap_or_else(give_up);
            say_line(&format!("no host given: asking three that are embedded here, at {site}"));
            hosts.extend(names.map(|name| Host::at(name, site)));
        }
        hosts
    }
}
