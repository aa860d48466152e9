//! The embedded site, run by itself: `cargo run --example site 127.0.0.1:8080`.

use common::{
    Arguments, give_up, println,
    site::{Site, serve},
};

#[path = "../common/mod.rs"]
mod common;

fn main() {
    let mut arguments = Arguments::read(USAGE);
    let address = arguments.last_word("address").unwrap_or("127.0.0.1:8080".into());
    let site = Site { delay: arguments.delay, ..Site::default() };
    glassloop::run(async {
        let server = serve(address, site).await.unwrap_or_else(give_up);
        for address in server.local_addrs() {
            println!("serving at http://{address}/ until you press Ctrl-C");
        }
        server.serve_forever().await;
    });
}

const USAGE: &str = "\
usage: site [HOST:PORT] [--delay SECONDS]

Serves the pages that the examples fetch; at 127.0.0.1:8080, unless told otherwise.
  --delay SECONDS  how long the slow pages take (1)";
