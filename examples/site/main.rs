//! The embedded site, run by itself: `cargo run --example site 127.0.0.1:8080`.

mod arguments;

use std::process::ExitCode;

use arguments::{
    Arguments, failed,
    server::{Site, serve},
};

const USAGE: &str = "\
usage: site [HOST:PORT] [--delay SECONDS]

Serves the pages that the examples fetch; at 127.0.0.1:8080, unless told otherwise.
  --delay SECONDS  how long the slow pages take (1)";

fn arguments() -> Result<(String, Site), ExitCode> {
    let mut arguments = Arguments::read(USAGE, &["--delay SECONDS"])?;
    let address = arguments.last_word("address")?.unwrap_or("127.0.0.1:8080".into());
    Ok((address, Site { delay: arguments.delay }))
}

fn main() -> ExitCode {
    let (address, site) = match arguments() {
        Ok(told) => told,
        Err(code) => return code,
    };
    glassloop::run(async {
        match serve(address, site).await {
            Ok(server) => {
                for address in server.local_addrs() {
                    println!("serving at http://{address}/ until you press Ctrl-C");
                }
                server.serve_forever().await;
                ExitCode::SUCCESS
            }
            Err(error) => failed(error),
        }
    })
}
