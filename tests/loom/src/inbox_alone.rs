//! The inbox by itself. The loop asks it twice before it sleeps, and so would hide that one answer is wrong.

#[allow(dead_code, clippy::duplicate_mod)]
#[path = "../../../src/runtime/inbox.rs"]
mod inbox;

use std::{
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use self::{inbox::Inbox, waker::TaskWaker};

/// What a loop needs: one look before a sleep is enough, whoever comes when.
pub(crate) fn one_look_before_a_sleep() -> &'static str {
    const THREADS: usize = 2;
    let mut poll = mio::Poll::new().expect("a stand-in");
    let waker = mio::Waker::new(poll.registry(), mio::Token(0)).expect("a stand-in");
    let inbox = Arc::new(Inbox::new(waker));
    for _ in 0..THREADS {
        let inbox = inbox.clone();
        thread::spawn(move || {
            inbox.wake(&Arc::new(TaskWaker { in_inbox: AtomicBool::new(false) }));
        });
    }
    let (mut letters, mut sleeps) = (0, 0);
    while letters < THREADS {
        if inbox.prepare_to_sleep() {
            sleeps += 1;
            poll.poll(&mut mio::Events::with_capacity(1), None).expect("a stand-in");
        }
        letters += inbox.take().len();
    }
    ["no sleep", "1 sleep", "2 sleeps"][sleeps]
}

mod event_loop {
    pub(crate) use crate::runtime::Core;
}

mod waker {
    use std::sync::atomic::AtomicBool;

    /// What the inbox knows of one.
    pub(crate) struct TaskWaker {
        pub(super) in_inbox: AtomicBool,
    }
}
