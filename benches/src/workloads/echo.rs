//! Echo: 64 connections, on each of them one message of 64 bytes on its way there and back.
//!
//! The server is what is measured: it has a process and a processor of its own. `load.rs` is on the other one,
//! and the same for all.

use std::{
    env,
    net::SocketAddr,
    process::{self, Child, Command, Stdio},
    thread,
};

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{Echoes, Glassloop, GlassloopSockets, Glommio, Mio, Monoio, Smol, Tokio, python},
};

pub const WORKLOAD: Workload = Workload {
    name: "echo",
    title: "a message of 64 bytes goes to the server and back, 64 at a time",
    metrics: &[
        Metric { unit: "thousand trips a second", better: Better::More },
        Metric { unit: "CPU µs a trip of the server", better: Better::Less },
    ],
    size: 150_000,
    quick: 30_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", run::<Glassloop>),
        Contender::ours("glassloop TcpStream", run::<GlassloopSockets>),
        Contender::peer("tokio", run::<Tokio>),
        Contender::peer("smol", run::<Smol>),
        Contender::peer("monoio", run::<Monoio>),
        Contender::peer("glommio", run::<Glommio>),
        Contender::peer("asyncio Protocol", |size| {
            measure::stay_on(0)?;
            python("echo", size / 5)
        }),
        Contender::floor("bare mio", run::<Mio>),
    ],
};

/// A server serves for ever. When the load has done its work, this process ends, and the server with it.
fn run<P: Echoes>(size: u64) -> Result<Vec<f64>> {
    measure::stay_on(0)?;
    P::echo(move |address| {
        let start = measure::start();
        thread::spawn(move || match start_load(address, size).and_then(seconds) {
            Ok(seconds) => {
                let trips = size as f64;
                let processor = start.processor().as_secs_f64();
                println!("[{}, {}]", trips / seconds / 1e3, processor / trips * 1e6);
                process::exit(0);
            }
            Err(error) => {
                eprintln!("{error}");
                process::exit(1);
            }
        });
    })?;
    Err("the server ended before its load".into())
}

/// It needs no guard: it ends by itself as soon as a connection does, and all of them do when this process ends.
fn start_load(address: SocketAddr, size: u64) -> Result<Child> {
    let mut load = Command::new(env::current_exe()?);
    load.args(["--load", &address.to_string(), &size.to_string()]);
    Ok(load.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
}

/// How long the load took.
fn seconds(load: Child) -> Result<f64> {
    let output = load.wait_with_output()?;
    match String::from_utf8_lossy(&output.stdout).trim().parse() {
        Ok(seconds) => Ok(seconds),
        Err(_) => Err(String::from_utf8_lossy(&output.stderr).trim().into()),
    }
}
