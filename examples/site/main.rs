//! The embedded site, run by itself: `cargo run --example site 127.0.0.1:8080`.

#[allow(dead_code, reason = "the other examples use the rest of it")]
mod server;

use std::{env, process::ExitCode, time::Duration};

use server::Site;

const USAGE: &str = "\
usage: site [HOST:PORT] [--delay SECONDS]

Serves the pages that the examples fetch; at 127.0.0.1:8080, unless told otherwise.
  --delay SECONDS  how long the slow pages take (1)";

fn main() -> ExitCode {
    let (mut address, mut site) = ("127.0.0.1:8080".to_string(), Site::default());
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let seconds =
            |text: String| text.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        match word.as_str() {
            "--help" | "-h" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            "--delay" => match words.next().and_then(seconds) {
                Some(delay) => site.delay = delay,
                None => return usage("--delay wants a number of seconds, as in --delay 1"),
            },
            option if option.starts_with('-') => {
                return usage(&format!("no such option: {option}"));
            }
            _ => address = word,
        }
    }
    glassloop::run(async {
        match server::serve(address, site).await {
            Ok(server) => {
                for address in server.local_addrs() {
                    println!("serving at http://{address}/ until you press Ctrl-C");
                }
                server.serve_forever().await;
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("site: {error}");
                ExitCode::FAILURE
            }
        }
    })
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("site: {problem}\n{USAGE}");
    ExitCode::from(2)
}
