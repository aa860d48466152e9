//! A scenario: rounds of misbehaviour. Here they are run, in two halves, and judged.

use std::{
    ops::AddAssign,
    pin::Pin,
    time::{Duration, Instant},
};

use glassloop::gather;

use crate::{census::Judge, guard::Guard, random::Random};

/// What misbehaves, and what must come out right all the same.
pub trait Scenario: Sized {
    /// Makes what all rounds share.
    async fn begin() -> Result<Self, String>;

    /// Goes wrong in all ways at once. An error says what was lost.
    async fn round(&mut self, random: &mut Random) -> Result<Done, String>;

    /// The first half is over.
    async fn half(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Says what else there is to be said.
    async fn end(self) -> Result<String, String> {
        Ok(String::new())
    }
}

/// What was done, for the figures.
#[derive(Clone, Copy, Default)]
pub struct Done {
    pub connections: u64,
    pub bytes: u64,
}

impl AddAssign for Done {
    fn add_assign(&mut self, more: Done) {
        self.connections += more.connections;
        self.bytes += more.bytes;
    }
}

/// A part of a round.
pub type Part = Pin<Box<dyn Future<Output = Result<Done, String>>>>;

/// Does all of them at once.
pub async fn at_once(parts: Vec<Part>) -> Result<Done, String> {
    let mut all = Done::default();
    for done in gather(parts).await? {
        all += done;
    }
    Ok(all)
}

/// Runs a scenario for so long, and tells how it was. Returns whether all was well.
pub fn soak<S: Scenario>(name: &str, time: Duration) -> bool {
    let guard = Guard::start();
    let (event_loop, judge) = Judge::new();
    match event_loop.run(rounds::<S>(name, time, &guard, judge)) {
        Ok(well) => println!("{name}: {well}"),
        Err(wrong) => {
            println!("{name} {wrong}");
            return false;
        }
    }
    true
}

async fn rounds<S: Scenario>(
    name: &str,
    time: Duration,
    guard: &Guard,
    mut judge: Judge,
) -> Result<String, String> {
    let again = format!("cargo run -p soak --release -- --target {name}");
    let begin = |what: &str| guard.begin(&format!("{name}: {what}"), &again);
    begin("beginning");
    let mut random = Random::new(1);
    judge.before();
    let mut scenario = S::begin().await?;
    judge.between().await;
    let (start, mut done, mut rounds) = (Instant::now(), Done::default(), 0);
    for half in [time / 2, time] {
        // At least one each: where the machine is slow, it takes longer.
        loop {
            rounds += 1;
            begin(&format!("round {rounds}"));
            done += scenario.round(&mut random).await?;
            if start.elapsed() >= half {
                break;
            }
        }
        if half < time {
            begin("the half");
            judge.half().await?;
            scenario.half().await?;
        }
    }
    begin("the end");
    let more = scenario.end().await?;
    let how = judge.end(0).await?;
    guard.end();
    let Done { connections, bytes } = done;
    let (seconds, megabytes) = (start.elapsed().as_secs_f64(), bytes as f64 / 1e6);
    Ok(format!(
        "{rounds} rounds, {connections} connections and {megabytes:.0} MB in {seconds:.1} s; {how}{more}"
    ))
}
