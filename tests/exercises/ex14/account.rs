//! The program whose story is `first.txt`: three payments from one account, one after the other.

use std::time::Duration;

use glassloop::{EventLoop, create_task, sleep, sync::Lock};

async fn pay(account: Lock, milliseconds: u64) {
    let _guard = account.acquire().await;
    // The bank takes its time, and the account is locked meanwhile.
    sleep(Duration::from_millis(milliseconds)).await;
}

pub fn run(event_loop: EventLoop) {
    event_loop.run(async {
        let account = Lock::new();
        let payments = [("rent", 30), ("food", 20), ("books", 10)].map(|(name, milliseconds)| {
            let payment = create_task(pay(account.clone(), milliseconds));
            payment.set_name(name);
            payment
        });
        for payment in payments {
            let _ = payment.await;
        }
    });
}
