//! Fetches the headers of many sites at once, over raw connections: the main job.
//!
//! All hosts are asked at the same time, by one thread. Wherever a task says `.await` and has to wait, the loop goes
//! on with another one. `GLASSLOOP=story cargo run --example wget sina.com.cn sohu.com 163.com` shows it.

use std::{io, process::ExitCode};

use common::{Arguments, Host, Step, exit_code, give_up, patiently, printable, println, succeeded};
use glassloop::{EventLoop, create_task, open_connection};

mod common;

/// Asks one host for its front page, and prints the headers.
async fn wget(host: &Host, step: &Step) -> io::Result<()> {
    println!("wget {host}...");
    let (mut reader, writer) = open_connection(host.address()).await?;
    step.set("send the request");
    let request = format!("GET / HTTP/1.0\r\nHost: {}\r\n\r\n", host.header);
    writer.write(request.as_bytes())?;
    writer.drain().await?;
    step.set("read the header");
    loop {
        let line = reader.readline().await?;
        match &line[..] {
            b"\r\n" | b"\n" => break,
            // Without this case the loop would never end: past the end there is always another empty line.
            line if !line.ends_with(b"\n") => {
                let early = "the connection was closed before the blank line that ends it";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, early));
            }
            line => println!("{host} header > {}", printable(line)),
        }
    }
    writer.close(); // the body is not of interest
    Ok(())
}

fn main() -> ExitCode {
    let mut arguments = Arguments::read(USAGE);
    let patience = arguments.patience("--timeout", 10);
    let event_loop = EventLoop::new().unwrap_or_else(give_up);
    let hosts = arguments.hosts_or_portals(["www.sina.com.cn", "www.sohu.com", "www.163.com"]);
    exit_code(event_loop.run(async {
        let mut tasks = Vec::new();
        for host in hosts {
            let task = create_task(patiently(patience, host.clone(), wget));
            task.set_name(&host.to_string());
            tasks.push(task);
        }
        let mut all_well = true;
        for task in tasks {
            all_well &= succeeded(task.await);
        }
        all_well
    }))
}

const USAGE: &str = "\
usage: wget HOST[:PORT]... [--timeout SECONDS]

Prints the headers of the front page of each host, all hosts at once.
Without a host, asks three that are embedded in this program.
  --timeout SECONDS  how long a host may take (10)";
