//! Wakes by two threads at the same moment. A race that was not hit proves nothing, so it is tried many times.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    hint,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use super::super::answer::Executor;
use crate::harness::{Verdict, ensure};

/// Tasks, all of which are woken in each try.
const TASKS: usize = 200;

/// So many tries, and no more time than this: a busy machine makes fewer of them, and is not to blame.
const TRIES: u32 = 2_000;
const TIME: Duration = Duration::from_millis(300);

/// Says that there is no more to do.
const OVER: u32 = u32::MAX;

/// What the two threads tell each other: the number of the try that has begun, and of the one that the helper has done.
#[derive(Default)]
struct Progress {
    begun: AtomicU32,
    done: AtomicU32,
}

/// Waits for what the other thread does next. It is mostly a matter of microseconds.
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let mut looks = 0_u32;
    while !is_so() {
        looks += 1;
        match looks % 4_096 {
            0 => thread::yield_now(),
            _ => hint::spin_loop(),
        }
    }
}

/// The other thread: wakes them all in each try.
fn help(progress: &Progress, wakers: &[Waker]) {
    for number in 1.. {
        wait_until(|| progress.begun.load(SeqCst) >= number);
        if progress.begun.load(SeqCst) == OVER {
            return;
        }
        wakers.iter().for_each(Waker::wake_by_ref);
        progress.done.store(number, SeqCst);
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

    /// Both threads wake; or the executor runs meanwhile, and afterwards no wake may have been lost for good.
    fn try_once(&self, number: u32, progress: &Progress) -> Verdict {
        let is_done = || progress.done.load(SeqCst) >= number;
        if number % 2 == 0 {
            self.wake_all();
            wait_until(is_done);
        } else {
            wait_until(|| {
                self.executor.run_until_idle();
                is_done()
            });
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
    let progress = Arc::new(Progress::default());
    let (there, wakers) = (progress.clone(), crowd.wakers.clone());
    thread::spawn(move || help(&there, &wakers));
    let end = Instant::now() + TIME;
    let mut verdict = Ok(());
    for number in 1..=TRIES {
        progress.begun.store(number, SeqCst);
        verdict = crowd.try_once(number, &progress);
        if verdict.is_err() || Instant::now() > end {
            break;
        }
    }
    progress.begun.store(OVER, SeqCst);
    verdict
}
