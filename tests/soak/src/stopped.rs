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

/// So often is that.
const TIMES: u64 = 6;

pub struct Stopped {
    hub: Hub,
    stopped: u64,
}

impl Scenario for Stopped {
    async fn begin() -> Result<Stopped, String> {
        Ok(Stopped { hub: Hub::start("")?, stopped: 0 })
    }

    async fn round(&mut self, _: &mut Random) -> Result<Done, String> {
        self.stopped += TIMES;
        ask_while(self.hub.address, run(self.hub.child.script(STOP_AND_GO))).await
    }

    async fn half(&mut self) -> Result<(), String> {
        self.hub.half()
    }

    /// To go on interrupts the sleep of a loop.
    async fn end(self) -> Result<String, String> {
        self.hub.end(self.stopped)
    }
}
