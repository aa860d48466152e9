//! The list of what is measured, and on what.

mod dropped_sleeps;
mod echo;
mod first_build;
mod get;
mod get_at_once;
mod get_close;
mod get_large;
mod memory;
mod ping_pong;
mod sleeps;
mod spawn;
mod to_thread;
mod wake;
mod yields;

pub use self::yields::yields;

use crate::Result;

/// Something to do, many times.
pub struct Workload {
    pub name: &'static str,
    pub title: &'static str,
    pub metrics: &'static [Metric],
    /// How many times; and how many in a hurry.
    pub size: u64,
    pub quick: u64,
    /// How many runs are enough, where five would take minutes.
    pub most_runs: Option<usize>,
    pub contenders: &'static [Contender],
}

/// What is measured. A run gives one figure for each.
pub struct Metric {
    pub unit: &'static str,
    pub better: Better,
}

#[derive(Clone, Copy, Debug)]
pub enum Better {
    Less,
    More,
}

/// One that does it. `run` is told how many times.
pub struct Contender {
    pub name: &'static str,
    pub role: Role,
    pub run: fn(u64) -> Result<Vec<f64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Ours,
    Peer,
    /// The least that must be done at all, without what makes it a runtime.
    Floor,
}

impl Contender {
    pub const fn ours(name: &'static str, run: fn(u64) -> Result<Vec<f64>>) -> Contender {
        Contender { name, role: Role::Ours, run }
    }

    pub const fn peer(name: &'static str, run: fn(u64) -> Result<Vec<f64>>) -> Contender {
        Contender { name, role: Role::Peer, run }
    }

    pub const fn floor(name: &'static str, run: fn(u64) -> Result<Vec<f64>>) -> Contender {
        Contender { name, role: Role::Floor, run }
    }
}

pub const NANOSECONDS: &[Metric] = &[Metric { unit: "ns each", better: Better::Less }];

/// All workloads, in the order of the table.
pub fn all() -> &'static [&'static Workload] {
    &[
        &spawn::WORKLOAD,
        &yields::ONE,
        &yields::MANY,
        &yields::OWN,
        &ping_pong::WORKLOAD,
        &sleeps::WORKLOAD,
        &dropped_sleeps::WORKLOAD,
        &memory::WORKLOAD,
        &echo::WORKLOAD,
        &get::WORKLOAD,
        &get_close::WORKLOAD,
        &get_large::WORKLOAD,
        &get_at_once::WORKLOAD,
        &wake::WORKLOAD,
        &to_thread::WORKLOAD,
        &first_build::WORKLOAD,
    ]
}
