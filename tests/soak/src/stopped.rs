//! Scenario `stopped`: a process is stopped and goes on, again and again, while clients ask it.

use crate::{
    hub::Hub,
    random::Random,
    scenario::{Done, Scenario},
    signals::{ask_while, run},
};

/// It ends with `CONT`, whatever becomes of whoever has started it.
const STOP_AND_GO: &str =
    "for n in 1 2 3 4 5 6; do kill -STOP $0; sleep 0.005; kill -CONT $0; sleep 0.005; done";

pub struct Stopped(Hub);

impl Scenario for Stopped {
    async fn begin() -> Result<Stopped, String> {
        Hub::start("").map(Stopped)
    }

    async fn round(&mut self, _: &mut Random) -> Result<Done, String> {
        ask_while(self.0.address, run(self.0.child.script(STOP_AND_GO))).await
    }

    async fn half(&mut self) -> Result<(), String> {
        self.0.half()
    }

    /// To be continued interrupts a sleep of the loop. So often it has been, and more: the end allows for it.
    async fn end(self) -> Result<String, String> {
        self.0.end(0)
    }
}
