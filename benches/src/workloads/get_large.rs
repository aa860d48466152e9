//! GETs of a large page from nginx, 20 at once.

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{
        http::{Load, bare, curl, hyper, reqwest, session},
        python_gets,
    },
    servers::{LARGE, nginx},
};

pub const WORKLOAD: Workload = Workload {
    name: "get-1mib",
    title: "GETs of 1 MiB, 20 at once",
    metrics: &[
        Metric { unit: "GB/s", better: Better::More },
        Metric { unit: "CPU seconds of the client", better: Better::Less },
    ],
    size: 1_000,
    quick: 200,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop Session", |size| run(size, session::get)),
        Contender::ours("Session, by pieces", |size| run(size, session::get_pieces)),
        Contender::peer("hyper-util", |size| run(size, hyper::get)),
        Contender::peer("hyper-util, by pieces", |size| run(size, hyper::get_pieces)),
        Contender::peer("reqwest", |size| run(size, reqwest::get)),
        Contender::peer("curl", |size| run(size, curl::get)),
        Contender::peer("aiohttp", |size| with_nginx(size, |load| python_gets("get", load))),
        Contender::floor("bare mio", |size| run(size, bare::get)),
    ],
};

fn run(size: u64, get: fn(&Load) -> Result<()>) -> Result<Vec<f64>> {
    with_nginx(size, |load| {
        let start = measure::start();
        get(load)?;
        let gigabytes = (load.times * load.length as u64) as f64 / 1e9;
        // curl works in a process of its own.
        let processor = start.processor() + measure::processor_of_children()?;
        Ok(vec![gigabytes / start.elapsed().as_secs_f64(), processor.as_secs_f64()])
    })
}

fn with_nginx(size: u64, run: impl FnOnce(&Load) -> Result<Vec<f64>>) -> Result<Vec<f64>> {
    let server = nginx()?;
    let (page, length) = LARGE;
    run(&Load { address: server.address, page, length, times: size, at_once: 20 })
}
