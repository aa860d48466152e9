//! A census: what the process and its loop hold, and how much the loop has turned for what was done.

use std::{cell::Cell, fs, rc::Rc, time::Duration};

use glassloop::{
    Counters, EventLoop, sleep,
    trace::{
        Record, What,
        record::{Attempt, Operation},
    },
};

use crate::guard::memory;

/// How much more memory the process may have after the second half than after the first. At both moments nothing is
/// under way, and in good runs it is some pages more, or none. A connection that leaks costs 2 KiB at the least; of those
/// a second has a hundred or more.
const MORE_MEMORY: u64 = 256 * 1024;

/// How many polls one thing that is done may take. In good runs it is never more than 2.
const MOST_POLLS: u64 = 3;

/// For so many things that are done the loop may turn once for nothing. In good runs it is 10 or more.
const FEWEST_FOR_A_TURN: u64 = 4;

/// The same for what is done once, however short the run is.
const MOST_BESIDES: u64 = 200;

/// So many looks, a millisecond apart, are waited for what is on its way out.
const LOOKS: u32 = 5_000;

/// How it is told that accepting has failed.
pub const TOO_FEW: &str = "too few descriptors";

/// What the loop has done. It counts instead of looking at the clock: a loop that spins turns, and does nothing.
#[derive(Clone, Default)]
pub struct Work(Rc<Counts>);

#[derive(Default)]
struct Counts {
    /// Turns in which nothing was polled.
    empty: Cell<u64>,
    polls: Cell<u64>,
    /// A connection could not be accepted.
    refused: Cell<u64>,
    /// Bytes were moved, a connection was made, a timer went off, a job was done, a task was made.
    done: Cell<u64>,
}

impl Work {
    pub fn observe(&self, record: &Record) {
        let Counts { empty, polls, refused, done } = &*self.0;
        match &record.what {
            What::TurnEnded { polls: more } => {
                empty.update(|empty| empty + u64::from(*more == 0));
                polls.update(|polls| polls + u64::from(*more));
            }
            // The end of a stream does not count: whoever reads it again and again does nothing.
            What::Tried { outcome: Attempt::Done { bytes: None | Some(1..) }, .. }
            | What::TaskCreated { .. }
            | What::TimerFired { .. }
            | What::JobDone { .. } => done.update(|done| done + 1),
            What::Tried { operation: Operation::Accept, outcome: Attempt::Failed(_), .. } => {
                refused.update(|refused| refused + 1);
            }
            _ => {}
        }
    }
}

/// What is held at a moment when nothing is under way.
#[derive(PartialEq)]
struct Census {
    descriptors: usize,
    held: [usize; 5],
}

impl Census {
    fn of(event_loop: &EventLoop) -> Census {
        let Counters { tasks, timers, sockets, waiting, jobs, .. } = event_loop.counters();
        let descriptors = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Census { descriptors, held: [tasks, timers, sockets, waiting, jobs] }
    }
}

/// The judge of a run: it compares what is held before and after.
pub struct Judge {
    event_loop: EventLoop,
    work: Work,
    /// What it held before all, and between two rounds.
    before: Census,
    between: Census,
    /// The memory after the first half.
    half: u64,
}

impl Judge {
    /// A loop, and its judge.
    pub fn new() -> (EventLoop, Judge) {
        let work = Work::default();
        let counted = work.clone();
        let observer = move |record: &Record| counted.observe(record);
        let event_loop = EventLoop::builder().unwatched().observer(observer).build();
        let event_loop = event_loop.expect("a loop can be made");
        let (before, between) = (Census::of(&event_loop), Census::of(&event_loop));
        let judge = Judge { event_loop: event_loop.clone(), work, before, between, half: 0 };
        (event_loop, judge)
    }

    /// To be called in the loop when nothing has begun yet.
    pub fn before(&mut self) {
        self.before = Census::of(&self.event_loop);
    }

    /// To be called when all has been made that the rounds share.
    pub async fn between(&mut self) {
        // What was begun waits by then: the loop sleeps only when nothing is ready.
        sleep(Duration::from_millis(1)).await;
        self.between = Census::of(&self.event_loop);
    }

    /// The first half is over.
    pub async fn half(&mut self) -> Result<(), String> {
        self.settle(&self.between).await?;
        self.half = memory();
        Ok(())
    }

    /// All is over. It may have been interrupted so often, which makes a loop turn. Says how it was, in words.
    pub async fn end(&self, interruptions: u64) -> Result<String, String> {
        self.settle(&self.before).await?;
        self.judge(interruptions)
    }

    /// Waits until all is back that was under way. What stays has leaked.
    async fn settle(&self, before: &Census) -> Result<(), String> {
        for _ in 0..LOOKS {
            if Census::of(&self.event_loop) == *before {
                return Ok(());
            }
            sleep(Duration::from_millis(1)).await;
        }
        let now = Census::of(&self.event_loop);
        Err(format!(
            "leaks: of descriptors there are {}, were {}; of tasks, timers, sockets, waiting and jobs there are {:?}, \
             were {:?}",
            now.descriptors, before.descriptors, now.held, before.held
        ))
    }

    fn judge(&self, interruptions: u64) -> Result<String, String> {
        let memory = memory();
        if memory > self.half + MORE_MEMORY {
            return Err(format!(
                "leaks memory: {memory} bytes after the second half, {} after the first",
                self.half
            ));
        }
        let Counts { empty, polls, refused, done } = &*self.work.0;
        let (empty, polls, done) = (empty.get(), polls.get(), done.get());
        let most_empty = done / FEWEST_FOR_A_TURN + MOST_BESIDES + interruptions;
        if polls > MOST_POLLS * done + MOST_BESIDES || empty > most_empty {
            return Err(format!(
                "spins: {polls} polls and {empty} empty turns, for {done} things done"
            ));
        }
        let polls = polls as f64 / done.max(1) as f64;
        let refused = match refused.get() {
            0 => String::new(),
            times => format!(", {times} times {TOO_FEW}"),
        };
        Ok(format!("{polls:.1} polls for each thing done, {empty} empty turns{refused}"))
    }
}
