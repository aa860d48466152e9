//! A census: what the process and its loop hold, and how much the loop has turned for what was done.

use std::{cell::Cell, fs, rc::Rc, time::Duration};

use glassloop::{
    Counters, EventLoop, sleep,
    trace::{Record, What, record::Attempt},
};

use crate::guard::memory;

/// How much more memory the process may have after the second half than after the first. The allocator keeps what a
/// peak has needed, and a peak may come late: in most scenarios some megabytes are under way at once. A connection
/// that leaks costs 3 KiB at the least, and there are thousands of them.
const MORE_MEMORY: u64 = 4 * 1024 * 1024;

/// How many polls, or turns, one thing that is done may take. In good runs it is never more than 2.
const MOST_EACH: u64 = 3;

/// The same for what is done once, however short the run is.
const MOST_BESIDES: u64 = 200;

/// So many looks, a millisecond apart, are waited for what is on its way out.
const LOOKS: u32 = 5_000;

/// What the loop has done. It counts instead of looking at the clock: a loop that spins turns, and does nothing.
#[derive(Clone, Default)]
pub struct Work(Rc<Counts>);

#[derive(Default)]
struct Counts {
    turns: Cell<u64>,
    polls: Cell<u64>,
    /// Bytes were moved, a connection was made, a timer went off, a job was done, a task was made.
    done: Cell<u64>,
}

impl Work {
    pub fn observe(&self, record: &Record) {
        let Counts { turns, polls, done } = &*self.0;
        match &record.what {
            What::TurnEnded { polls: more } => {
                turns.update(|turns| turns + 1);
                polls.update(|polls| polls + u64::from(*more));
            }
            // The end of a stream does not count: whoever reads it again and again does nothing.
            What::Tried { outcome: Attempt::Done { bytes: None | Some(1..) }, .. }
            | What::TaskCreated { .. }
            | What::TimerFired { .. }
            | What::JobDone { .. } => done.update(|done| done + 1),
            _ => {}
        }
    }
}

/// What is held at a moment when nothing is under way.
pub struct Census {
    descriptors: usize,
    held: [usize; 5],
}

/// The judge of a run: it compares what is held before and after.
pub struct Judge {
    event_loop: EventLoop,
    work: Work,
    before: Option<Census>,
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
        let judge = Judge { event_loop: event_loop.clone(), work, before: None, half: 0 };
        (event_loop, judge)
    }

    /// To this all must come back.
    pub fn begin(&mut self) {
        self.before = Some(self.census());
    }

    /// The first half is over.
    pub fn half(&mut self) {
        self.half = memory();
    }

    /// Waits until all is back that was under way. What stays is told: it has leaked.
    pub async fn settle(&self) -> Result<(), String> {
        let Some(before) = &self.before else { return Ok(()) };
        for _ in 0..LOOKS {
            let now = self.census();
            if now.held == before.held && now.descriptors == before.descriptors {
                return Ok(());
            }
            sleep(Duration::from_millis(1)).await;
        }
        let now = self.census();
        Err(format!(
            "leaks: of descriptors there are {}, were {}; of tasks, timers, sockets, waiting and jobs there are {:?}, \
             were {:?}",
            now.descriptors, before.descriptors, now.held, before.held
        ))
    }

    /// How it was, in words. The loop may have turned so many times more, since it was interrupted.
    pub fn judge(&self, interruptions: u64) -> Result<String, String> {
        let memory = memory();
        if memory > self.half + MORE_MEMORY {
            return Err(format!(
                "leaks memory: {memory} bytes after the second half, {} after the first",
                self.half
            ));
        }
        let Counts { turns, polls, done } = &*self.work.0;
        let (turns, polls, done) = (turns.get(), polls.get(), done.get());
        let most = MOST_EACH * done + MOST_BESIDES;
        if polls > most || turns > most + interruptions {
            return Err(format!("spins: {polls} polls in {turns} turns, for {done} things done"));
        }
        let each = |count: u64| count as f64 / done.max(1) as f64;
        Ok(format!("{:.1} polls and {:.1} turns for each thing done", each(polls), each(turns)))
    }

    fn census(&self) -> Census {
        let Counters { tasks, timers, sockets, waiting, jobs, .. } = self.event_loop.counters();
        let descriptors = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Census { descriptors, held: [tasks, timers, sockets, waiting, jobs] }
    }
}
