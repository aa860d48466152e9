//! The hub: the examples' site in a process of its own, which is stopped, interrupted, and kept short of descriptors.
//! It counts what it holds itself. Whoever started it says on its input when the first half is over, and when all is.

use std::{
    future::poll_fn,
    io::stdin,
    net::SocketAddr,
    pin::Pin,
    process::exit,
    sync::{Arc, atomic::AtomicBool},
    task::Poll,
    time::Duration,
};

use glassloop::{
    create_task,
    signal::{CtrlC, ctrl_c},
    to_thread,
};
use signal_hook::{
    consts::{SIGCHLD, SIGUSR1},
    flag,
};

use crate::{
    census::Judge,
    child::Child,
    guard::Guard,
    site::{Site, serve as serve_site},
};

pub const NAME: &str = "hub";

/// As long as a run may last. Who judges by the clock would cut off clients that the machine has held up.
const PATIENCE: Duration = Duration::from_secs(1_000_000);

/// The site in another process, as who asks it sees it.
pub struct Hub {
    pub child: Child,
    pub address: SocketAddr,
}

impl Hub {
    pub fn start(limits: &str) -> Result<Hub, String> {
        let mut child = Child::start(limits, NAME).map_err(|error| error.to_string())?;
        let address = child.hear("at")?.parse().map_err(|_| "it has no address".to_string())?;
        Ok(Hub { child, address })
    }

    pub fn half(&mut self) -> Result<(), String> {
        self.child.say("half").map_err(|error| error.to_string())?;
        self.child.hear("noted").map(drop)
    }

    /// Ends it, and has it judge itself. It was interrupted so often.
    pub fn end(mut self, interruptions: u64) -> Result<String, String> {
        self.child.say(&format!("end {interruptions}")).map_err(|error| error.to_string())?;
        Ok(format!("; the other process: {}", self.child.hear("well:")?))
    }
}

/// What the process does.
pub fn serve() -> bool {
    let guard = Guard::start();
    let (event_loop, judge) = Judge::new();
    let verdict = event_loop.run(until_the_end(judge, &guard));
    match &verdict {
        Ok(well) => println!("well: {well}"),
        Err(wrong) => println!("the other process {wrong}"),
    }
    verdict.is_ok()
}

async fn until_the_end(mut judge: Judge, guard: &Guard) -> Result<String, String> {
    let told = |error: std::io::Error| error.to_string();
    // They would end the process, or not interrupt it.
    for signal in [SIGUSR1, SIGCHLD] {
        flag::register(signal, Arc::new(AtomicBool::new(false))).map_err(told)?;
    }
    let mut waiting = ctrl_c();
    listen(&mut waiting).await.map_err(told)?;
    judge.before();
    let site = Site { seats: 16, patience: PATIENCE, delay: Duration::ZERO };
    let server = serve_site(("127.0.0.1", 0), site).await.map_err(told)?;
    let hearing = create_task(hear_ctrl_c(waiting));
    judge.between().await;
    println!("at {}", server.local_addrs()[0]);
    let interruptions = loop {
        match to_thread(hear).await.as_str() {
            "half" => {
                judge.half().await?;
                println!("noted");
            }
            end => break end.trim_start_matches("end ").parse().unwrap_or(0),
        }
    };
    guard.begin("hub: the end", "cargo run -p soak --release");
    hearing.cancel();
    drop(server);
    judge.end(interruptions).await
}

/// The next line of the input, on a thread. If whoever started this is gone, nobody would end a loop that hangs.
fn hear() -> String {
    match stdin().lines().next() {
        Some(Ok(line)) => line,
        _ => exit(1),
    }
}

/// Polls it once: from then on Ctrl-C is heard.
async fn listen(waiting: &mut CtrlC) -> std::io::Result<()> {
    poll_fn(|context| match Pin::new(&mut *waiting).poll(context) {
        Poll::Ready(ended) => Poll::Ready(ended),
        Poll::Pending => Poll::Ready(Ok(())),
    })
    .await
}

/// Says each time that Ctrl-C was pressed. By then the next one is listened for: one that nobody listens for would end
/// the process.
async fn hear_ctrl_c(mut waiting: CtrlC) {
    loop {
        if waiting.await.is_err() {
            return;
        }
        waiting = ctrl_c();
        if listen(&mut waiting).await.is_err() {
            return;
        }
        println!("interrupted");
    }
}
