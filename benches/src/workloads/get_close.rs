//! GETs of a small page from nginx, 100 at once, a connection each.

use super::{
    Contender, Workload,
    get::{METRICS, run, with_nginx},
};
use crate::peers::{
    Glassloop, Monoio, Smol, Tokio,
    http::{bare, by_hand, by_hand::GlassloopSockets},
    python_gets,
};

pub const WORKLOAD: Workload = Workload {
    name: "get-close",
    title: "GETs of 1 KiB by hand, 100 at once, a connection each",
    metrics: METRICS,
    size: 20_000,
    quick: 5_000,
    most_runs: None,
    contenders: &[
        Contender::ours("glassloop", |size| run(size, by_hand::get::<Glassloop>)),
        Contender::ours("glassloop TcpStream", |size| run(size, by_hand::get::<GlassloopSockets>)),
        Contender::peer("tokio", |size| run(size, by_hand::get::<Tokio>)),
        Contender::peer("smol", |size| run(size, by_hand::get::<Smol>)),
        Contender::peer("monoio", |size| run(size, by_hand::get::<Monoio>)),
        Contender::peer("asyncio", |size| with_nginx(size, |load| python_gets("get-close", load))),
        Contender::floor("bare mio", |size| run(size, bare::get_and_close)),
    ],
};
