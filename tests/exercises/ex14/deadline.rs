//! The program whose story is `second.txt`: an answer that does not come in time, and a clock that ticks meanwhile.

use std::time::Duration;

use glassloop::{EventLoop, create_task, sleep, timeout};

const fn milliseconds(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Asks far away, for so long; then near by.
async fn ask() -> &'static str {
    let far = async {
        sleep(milliseconds(50)).await;
        "from far away"
    };
    if let Ok(answer) = timeout(milliseconds(20), far).await {
        return answer;
    }
    sleep(milliseconds(5)).await;
    "from near by"
}

async fn tick() {
    loop {
        sleep(milliseconds(15)).await;
    }
}

pub fn run(event_loop: EventLoop) {
    event_loop.run(async {
        let question = create_task(ask());
        let clock = create_task(tick());
        let _ = question.await;
        clock.cancel();
    });
}
