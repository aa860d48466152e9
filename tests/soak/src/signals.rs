//! Scenario `signals`: a storm of them, while clients ask; and Ctrl-C, which is heard each time.

use std::{net::SocketAddr, process::Command};

use glassloop::{create_task, to_thread};

use crate::{
    clients::behave,
    hub::Hub,
    random::Random,
    scenario::{Done, Part, Scenario, at_once},
};

/// How many signals a round is, without Ctrl-C.
const A_ROUND: u64 = 400;
const STORM: &str = "n=0; while [ $n -lt 200 ]; do kill -USR1 $0; kill -CHLD $0; n=$((n+1)); done";

/// How often Ctrl-C is pressed in a round.
const PRESSED: u64 = 3;

pub struct Signals {
    hub: Hub,
    sent: u64,
}

impl Scenario for Signals {
    async fn begin() -> Result<Signals, String> {
        Ok(Signals { hub: Hub::start("")?, sent: 0 })
    }

    async fn round(&mut self, _: &mut Random) -> Result<Done, String> {
        let done = ask_while(self.hub.address, run(self.hub.child.script(STORM))).await?;
        for _ in 0..PRESSED {
            run(self.hub.child.script("kill -INT $0")).await?;
            self.hub.child.hear("interrupted")?;
        }
        self.sent += A_ROUND + PRESSED;
        Ok(done)
    }

    async fn half(&mut self) -> Result<(), String> {
        self.hub.half()
    }

    async fn end(self) -> Result<String, String> {
        let well = self.hub.end(self.sent)?;
        Ok(format!("{well}, {} signals", self.sent))
    }
}

/// Runs a script to its end.
pub async fn run(mut script: Command) -> Result<(), String> {
    let ended = to_thread(move || script.status()).await;
    match ended {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("fails: the shell ended with {other:?}")),
    }
}

/// Clients ask again and again while this is going on, and at least once.
pub async fn ask_while(
    address: SocketAddr,
    going_on: impl Future<Output = Result<(), String>> + 'static,
) -> Result<Done, String> {
    let going_on = create_task(going_on);
    let mut all = Done::default();
    loop {
        let clients = [100, 1_000, 100_000].into_iter().cycle().take(12);
        let ask = |length| -> Part { Box::pin(behave(address, length)) };
        all += at_once(clients.map(ask).collect()).await?;
        if going_on.done() {
            going_on.await.map_err(|error| error.to_string())??;
            return Ok(all);
        }
    }
}
