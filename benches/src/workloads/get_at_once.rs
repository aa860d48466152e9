//! GETs all at once, each answered after a second: who waits for many, and what that occupies.

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{
        Glassloop, Tokio,
        http::{Load, bare, by_hand, by_hand::GlassloopSockets, hyper, reqwest, session},
    },
    servers::{LATE, late},
};

pub const WORKLOAD: Workload = Workload {
    name: "get-10k",
    title: "10,000 GETs at once, each answered after 1 s",
    metrics: &[
        Metric { unit: "seconds in all", better: Better::Less },
        Metric { unit: "MB of memory at most", better: Better::Less },
    ],
    // Each needs a descriptor, here and at the server.
    size: 10_000,
    quick: 10_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop by hand", |size| run(size, by_hand::get::<Glassloop>)),
        Contender::ours("glassloop TcpStream", |size| run(size, by_hand::get::<GlassloopSockets>)),
        Contender::ours("glassloop Session", |size| run(size, session::get)),
        Contender::peer("tokio by hand", |size| run(size, by_hand::get::<Tokio>)),
        Contender::peer("reqwest", |size| run(size, reqwest::get)),
        Contender::peer("hyper-util", |size| run(size, hyper::get)),
        Contender::floor("bare mio", |size| run(size, bare::get_and_close)),
    ],
};

fn run(size: u64, get: fn(&Load) -> Result<()>) -> Result<Vec<f64>> {
    let server = late()?;
    let (page, length) = LATE;
    let start = measure::start();
    get(&Load { address: server.address, page, length, times: size, at_once: size })?;
    Ok(vec![start.elapsed().as_secs_f64(), measure::peak()? as f64 / 1e6])
}
