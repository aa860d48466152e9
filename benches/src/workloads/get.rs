//! GETs of a small page from nginx, 100 at once, over connections that are kept.

use super::{Better, Contender, Metric, Workload};
use crate::{
    Result, measure,
    peers::{
        http::{Load, bare, hyper, reqwest, session},
        python_gets,
    },
    servers::{SMALL, nginx},
};

pub const WORKLOAD: Workload = Workload {
    name: "get",
    title: "GETs of 1 KiB, 100 at once",
    metrics: METRICS,
    size: 20_000,
    quick: 5_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop Session", |size| run(size, session::get)),
        Contender::peer("hyper-util", |size| run(size, hyper::get)),
        Contender::peer("reqwest", |size| run(size, reqwest::get)),
        Contender::peer("aiohttp", |size| with_nginx(size, |load| python_gets("get", load))),
        Contender::floor("bare mio", |size| run(size, bare::get)),
    ],
};

pub(super) const METRICS: &[Metric] = &[
    Metric { unit: "thousand GETs a second", better: Better::More },
    Metric { unit: "CPU seconds of the client", better: Better::Less },
];

pub(super) fn run(size: u64, get: fn(&Load) -> Result<()>) -> Result<Vec<f64>> {
    with_nginx(size, |load| {
        let start = measure::start();
        get(load)?;
        let thousands = load.times as f64 / 1e3;
        Ok(vec![thousands / start.elapsed().as_secs_f64(), start.processor().as_secs_f64()])
    })
}

pub(super) fn with_nginx(
    size: u64,
    run: impl FnOnce(&Load) -> Result<Vec<f64>>,
) -> Result<Vec<f64>> {
    let server = nginx()?;
    let (page, length) = SMALL;
    run(&Load { address: server.address, page, length, times: size, at_once: 100 })
}
