//! Wakes by two threads at the same moment. A race that was not hit proves nothing, so it is tried many times.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    hint,
    rc::Rc,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use super::super::answer::Executor;
use crate::harness::{Verdict, ensure};

/// Tasks, all of which are woken in each try, and threads that do so, beside this one.
const TASKS: usize = 800;
const HELPERS: usize = 3;

/// So many tries, and no more time than this: a busy machine makes fewer of them, and is not to blame.
const TRIES: u32 = 800;
const TIME: Duration = Duration::from_secs(4);

/// How often the helpers wake all of them while the executor runs.
const LAPS: u32 = 5;

/// In this try the executor runs while the helpers wake.
fn runs_meanwhile(number: u32) -> bool {
    number % 2 == 1
}

/// What the threads share. They wait at the barrier before each try and after it.
struct Meeting {
    barrier: Barrier,
    /// How many have come out of the barrier that begins a try.
    started: AtomicUsize,
    is_over: AtomicBool,
}

impl Meeting {
    fn new() -> Arc<Meeting> {
        let (barrier, started) = (Barrier::new(HELPERS + 1), AtomicUsize::new(0));
        Arc::new(Meeting { barrier, started, is_over: AtomicBool::new(false) })
    }

    /// A try begins, when there are two who really run at the same time. Perhaps there never are; then it begins
    /// all the same.
    fn begin(&self) {
        self.barrier.wait();
        self.started.fetch_add(1, SeqCst);
        let mut looks = 0;
        while self.started.load(SeqCst) < 2 && looks < 50_000 {
            hint::spin_loop();
            looks += 1;
        }
    }

    fn end(&self) {
        self.barrier.wait();
    }

    /// Another thread: wakes all tasks in each try.
    fn help(&self, wakers: &[Waker]) {
        for number in 0.. {
            self.begin();
            if self.is_over.load(SeqCst) {
                return;
            }
            let laps = if runs_meanwhile(number) { LAPS } else { 1 };
            (0..laps).for_each(|_| wakers.iter().for_each(Waker::wake_by_ref));
            self.end();
        }
    }
}

/// An executor with tasks that wait.
struct Crowd {
    executor: Executor,
    wakers: Vec<Waker>,
    polls: Rc<[Cell<u32>; TASKS]>,
}

impl Crowd {
    fn new() -> Crowd {
        let (executor, polls) = (Executor::new(), Rc::new([const { Cell::new(0) }; TASKS]));
        let wakers = Rc::new(RefCell::new(Vec::new()));
        for task in 0..TASKS {
            let (polls, wakers) = (Rc::clone(&polls), wakers.clone());
            executor.spawn(Box::pin(poll_fn(move |context| {
                polls[task].set(polls[task].get() + 1);
                if polls[task].get() == 1 && wakers.borrow().len() == task {
                    wakers.borrow_mut().push(context.waker().clone());
                }
                Poll::Pending
            })));
        }
        executor.run_until_idle();
        Crowd { executor, wakers: wakers.take(), polls }
    }

    /// All of them have been woken since these polls were counted: each should be polled once.
    fn runs_once(&self) -> Verdict {
        self.executor.run_until_idle();
        for (task, polls) in (1..).zip(self.polls.iter()) {
            let polls = polls.replace(0);
            ensure(polls == 1, "race", &[&task, &polls])?;
        }
        Ok(())
    }

    fn wake_all(&self) {
        self.wakers.iter().for_each(Waker::wake_by_ref);
    }

    /// All threads wake; or the executor runs meanwhile, and afterwards no wake may have been lost for good.
    fn try_once(&self, number: u32, meeting: &Meeting) -> Verdict {
        meeting.started.store(0, SeqCst);
        meeting.begin();
        if !runs_meanwhile(number) {
            self.wake_all();
            meeting.end();
        } else {
            (0..20).for_each(|_| self.executor.run_until_idle());
            meeting.end();
            self.executor.run_until_idle();
            self.polls.iter().for_each(|polls| polls.set(0));
            self.wake_all();
        }
        self.runs_once()
    }
}

pub fn wakes_may_come_at_any_moment() -> Verdict {
    let crowd = Crowd::new();
    crowd.polls.iter().for_each(|polls| polls.set(0));
    let meeting = Meeting::new();
    for _ in 0..HELPERS {
        let (meeting, wakers) = (meeting.clone(), crowd.wakers.clone());
        thread::spawn(move || meeting.help(&wakers));
    }
    let end = Instant::now() + TIME;
    let mut tries = 0..TRIES;
    let mut verdict = Ok(());
    while let (Ok(()), Some(number), true) = (&verdict, tries.next(), Instant::now() < end) {
        verdict = crowd.try_once(number, &meeting);
    }
    meeting.is_over.store(true, SeqCst);
    meeting.begin();
    verdict
}
