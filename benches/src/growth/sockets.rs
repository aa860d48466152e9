//! Sockets beside others: what it takes a server to send a message back, while all other connections are silent.
//!
//! Both ends are in one process, which may have 20,000 files open here: hence no more than 9,000.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process, thread,
};

use super::{measured, scattered};
use crate::{
    Result, measure,
    peers::{Echoes, Glassloop, Smol, Tokio},
    workloads::{Contender, NANOSECONDS, Workload},
};

pub const WORKLOAD: Workload = Workload {
    name: "growth-socket",
    title: "a message goes there and back, on any connection",
    metrics: NANOSECONDS,
    size: 9_000,
    quick: 9_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", run::<Glassloop>),
        Contender::peer("tokio", run::<Tokio>),
        Contender::peer("smol", run::<Smol>),
    ],
};

/// The server has one processor, whoever asks it the other.
fn run<P: Echoes>(connections: u64) -> Result<Vec<f64>> {
    measure::stay_on(0)?;
    P::echo(move |address| {
        thread::spawn(move || match ask(address, connections) {
            Ok(nanoseconds) => measured(&[nanoseconds]),
            Err(error) => {
                eprintln!("{error}");
                process::exit(1);
            }
        });
    })?;
    Err("the server ended before it was asked".into())
}

fn ask(address: SocketAddr, connections: u64) -> Result<f64> {
    const TIMES: u64 = 20_000;
    measure::stay_on(1)?;
    let mut streams = Vec::new();
    for _ in 0..connections {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        // Now the server has it, and waits for more.
        there_and_back(&mut stream)?;
        streams.push(stream);
    }
    let start = measure::start();
    for n in 0..TIMES {
        there_and_back(&mut streams[scattered(n, connections) as usize])?;
    }
    Ok(start.elapsed().as_nanos() as f64 / TIMES as f64)
}

fn there_and_back(stream: &mut TcpStream) -> Result<()> {
    let mut message = [7; 64];
    stream.write_all(&message)?;
    Ok(stream.read_exact(&mut message)?)
}
