//! Gives jobs to threads and holds them there by a gate; looks at who is woken, when, and what a poll finds then.

use std::{
    panic::{self, AssertUnwindSafe},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    task::{Poll, Wake, Waker},
    thread,
    time::Duration,
};

use glassloop::{create_task, sleep};

use super::answer::{Job, unblock};
use crate::harness::{
    CountingWaker, Exercise, Failure, Message, Verdict, ensure, event_loop, fail, poll_once,
};

pub const EXERCISE: Exercise = Exercise { number: 12, messages: MESSAGES, check };

/// How long is waited for what a right answer does at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many jobs are given that are done in no time.
const QUICK_JOBS: u32 = 200;

const MESSAGES: &[Message] = &[
    Message {
        id: "own-thread",
        en: "the work was done on the thread that called unblock and polled: while it blocks, no other task runs. \
             Give it to a thread of its own.",
        zh: "工作是在调用 unblock 并轮询的那个线程上做的：它阻塞期间，别的 Task 都不能运行。请把它交给另一个线程。",
    },
    Message {
        id: "stood-still",
        en: "the loop stood still while the job ran: the job waits at a gate that another task would open, and the \
             poll did not return before it was over. A poll looks whether the result is there; if it is not, it \
             leaves its waker and returns Pending.",
        zh: "作业运行期间，事件循环停住了：作业在等一道由另一个 Task 打开的门，而这次轮询直到作业结束才返回。轮询只看\
             结果到了没有；没有到，就留下唤醒器 (Waker)，返回 Pending。",
    },
    Message {
        id: "spinning",
        en: "the waker was called in the poll itself, {0} times, with the job still at its gate: the loop would poll \
             again and again (busy waiting). The thread calls the waker, once the result is there.",
        zh: "作业还停在门前，轮询自己就调用了 {0} 次唤醒器：事件循环会一遍又一遍地轮询，这是忙等待。应当等结果到了，\
             由做完工作的线程来调用唤醒器。",
    },
    Message {
        id: "no-wake",
        en: "the job was done (number {0}), and nobody called the waker: its task would sleep for ever. The thread \
             calls it when the result is there. And to look for the result and to leave the waker must be one step, \
             or the thread can finish between the two.",
        zh: "作业（第 {0} 个）做完了，却没有人调用唤醒器：它的 Task 会永远睡下去，这就是丢失唤醒。结果到了之后，线程要\
             调用唤醒器。另外，查看结果和留下唤醒器必须是一个整体，否则线程可能恰好在这两步之间做完。",
    },
    Message {
        id: "old-waker",
        en: "the future was polled with two wakers, and the first was called: only that of the latest poll counts, \
             since the task may have moved under another one",
        zh: "这个 future 先后用两个唤醒器轮询过，被调用的却是第一个：只有最近一次轮询的唤醒器才算数，因为 future 可能\
             已经换到另一个 Task 里了",
    },
    Message {
        id: "woken-too-early",
        en: "the waker was called, and the poll that it led to returned Pending: the result was not there yet. Put \
             the result in its place first, then wake: the loop may poll before wake() has even returned.",
        zh: "唤醒器被调用了，随后的轮询却返回 Pending：那时结果还没有到位。要先放好结果，再唤醒：wake() 还没有返回，\
             事件循环就可能已经开始轮询了。",
    },
    Message {
        id: "poll-waits",
        en: "the poll waited for the thread that was still in the call of the waker. Either the thread holds a lock \
             while it wakes, or the poll joins the thread. Take the waker out, let go of the lock, then wake.",
        zh: "轮询在等那个还没有从唤醒器调用中返回的线程：要么线程是拿着锁去唤醒的，要么轮询里 join 了这个线程。请先取出\
             唤醒器，放开锁，再唤醒。",
    },
    Message {
        id: "panic-lost",
        en: "the work panicked, and nobody was woken: whoever awaits the job would wait for ever. Catch the panic on \
             the thread (std::panic::catch_unwind); it is a result like any other.",
        zh: "工作 panic 了，却没有人被唤醒：等待这个作业的 Task 会永远等下去。请在线程上接住 panic\
             （std::panic::catch_unwind）；它和别的结果一样，也是一种结果。",
    },
    Message {
        id: "panic-leaves",
        en: "the work panicked, and then the poll of its future panicked as well: that would take the whole loop \
             along. The job's panic is returned as Err.",
        zh: "工作 panic 了，接着它的 future 在轮询时也 panic 了：整个事件循环都会被带倒。作业的 panic 应当作为 Err 返回。",
    },
    Message {
        id: "wrong-result",
        en: "the job ended with {0}, expected: {1}",
        zh: "作业的结果是 {0}，应当是 {1}",
    },
];

fn check() -> Verdict {
    runs_elsewhere()?;
    returns_while_the_job_waits()?;
    is_woken_once_it_is_done()?;
    wakes_the_latest_waker()?;
    loses_no_wake()?;
    hands_on_a_panic()?;
    leaves_the_loop_to_others()
}

/// The work is not done where the loop runs.
fn runs_elsewhere() -> Verdict {
    let mut job = pin!(unblock(|| thread::current().id()));
    match poll_once(job.as_mut(), Waker::noop()) {
        Poll::Ready(Ok(id)) => ensure(id != thread::current().id(), "own-thread", &[]),
        // It isn't there yet. That it comes is for the others to see.
        _ => Ok(()),
    }
}

/// With the gate shut, a poll returns; and it asks nobody to poll again.
fn returns_while_the_job_waits() -> Verdict {
    let (gate, is_open) = Gate::new();
    let mut job = pin!(unblock(is_open));
    let counting = CountingWaker::new();
    let first = poll_once(job.as_mut(), &counting.waker());
    ensure(first.is_pending(), "stood-still", &[])?;
    ensure(counting.wakes() == 0, "spinning", &[&counting.wakes()])?;
    gate.await_the_job();
    let second = poll_once(job.as_mut(), &counting.waker());
    ensure(second.is_pending(), "stood-still", &[])?;
    gate.open();
    Ok(())
}

fn is_woken_once_it_is_done() -> Verdict {
    let (gate, is_open) = Gate::new();
    let mut job = pin!(unblock(move || (is_open(), "done")));
    let mut door = Door::new();
    let pending = poll_once(job.as_mut(), &door.bell(0)).is_pending();
    ensure(pending, "stood-still", &[])?;
    gate.open();
    let (result, _) = door.answer(job.as_mut(), 1)?;
    expect(result.ok(), Some((true, "done")))
}

fn wakes_the_latest_waker() -> Verdict {
    let (gate, is_open) = Gate::new();
    let mut job = pin!(unblock(is_open));
    let mut door = Door::new();
    for name in [0, 1] {
        ensure(poll_once(job.as_mut(), &door.bell(name)).is_pending(), "stood-still", &[])?;
    }
    gate.open();
    let (result, name) = door.answer(job.as_mut(), 1)?;
    ensure(name == 1, "old-waker", &[])?;
    expect(result.ok(), Some(true))
}

/// A job may end while its future is polled for the first time. No wake is lost then.
fn loses_no_wake() -> Verdict {
    for n in 1..=QUICK_JOBS {
        let mut job = pin!(unblock(move || n));
        let mut door = Door::new();
        let result = match poll_once(job.as_mut(), &door.bell(0)) {
            Poll::Ready(result) => result,
            Poll::Pending => door.answer(job.as_mut(), n)?.0,
        };
        expect(result.ok(), Some(n))?;
    }
    Ok(())
}

/// What the work panics with comes out as it is; neither the thread nor the poll swallows it.
fn hands_on_a_panic() -> Verdict {
    let (gate, is_open) = Gate::new();
    let job: Job<()> = unblock(move || {
        is_open();
        panic::panic_any(404_u32)
    });
    let mut job = pin!(job);
    let mut door = Door::new();
    ensure(poll_once(job.as_mut(), &door.bell(0)).is_pending(), "stood-still", &[])?;
    gate.open();
    let polled = panic::catch_unwind(AssertUnwindSafe(|| door.answer(job.as_mut(), 1)));
    let Ok(answered) = polled else { return fail("panic-leaves", &[]) };
    let Ok((result, _)) = answered else { return fail("panic-lost", &[]) };
    let payload = result.err().and_then(|payload| payload.downcast_ref::<u32>().copied());
    let words = |payload: Option<u32>| match payload {
        Some(payload) => format!("Err({payload})"),
        None => "something else".to_string(),
    };
    let is_right = payload == Some(404);
    ensure(is_right, "wrong-result", &[&words(payload), &words(Some(404))])
}

/// In a real loop: one task awaits the job, another one opens its gate.
fn leaves_the_loop_to_others() -> Verdict {
    let result = event_loop().run(async {
        let (gate, is_open) = Gate::new();
        let waiter = create_task(async { unblock(is_open).await });
        let opener = create_task(async move {
            sleep(Duration::from_millis(1)).await; // by then the other one has been polled
            gate.open();
        });
        let _ = opener.await;
        waiter.await
    });
    let is_open = result.ok().and_then(Result::ok);
    ensure(is_open == Some(true), "stood-still", &[])
}

fn expect<T: PartialEq + std::fmt::Debug>(result: Option<T>, expected: Option<T>) -> Verdict {
    let words = |result: &Option<T>| match result {
        Some(value) => format!("Ok({value:?})"),
        None => "Err".to_string(),
    };
    ensure(result == expected, "wrong-result", &[&words(&result), &words(&expected)])
}

/// Where a job waits until it is let go.
struct Gate {
    open: Sender<()>,
    arrived: Receiver<()>,
}

impl Gate {
    /// A gate, and the work that waits there and says whether somebody has opened it.
    fn new() -> (Gate, impl FnOnce() -> bool + Send + 'static) {
        let (open, opened) = mpsc::channel();
        let (arrive, arrived) = mpsc::channel();
        let work = move || {
            let _ = arrive.send(());
            opened.recv_timeout(PATIENCE).is_ok()
        };
        (Gate { open, arrived }, work)
    }

    /// Returns once the job is at the gate. One that never comes is for others to tell.
    fn await_the_job(&self) {
        let _ = self.arrived.recv_timeout(PATIENCE);
    }

    fn open(&self) {
        let _ = self.open.send(());
    }
}

/// Where wakers ring. Whoever calls one is kept there until the future was polled for it: so it can be seen what a
/// poll finds that comes before `wake` has returned.
struct Door {
    /// Until the last bell was made. From then on only bells have it: when all of them are gone, nobody can ring.
    ring: Option<Sender<Ring>>,
    rings: Receiver<Ring>,
}

struct Ring {
    name: u32,
    /// To be dropped once the future was polled.
    polled: Sender<()>,
    lost_patience: Arc<AtomicBool>,
}

/// A waker that rings at the door.
struct Bell {
    name: u32,
    ring: Sender<Ring>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let (polled, was_polled) = mpsc::channel();
        let lost_patience = Arc::new(AtomicBool::new(false));
        let ring = Ring { name: self.name, polled, lost_patience: lost_patience.clone() };
        let is_heard = self.ring.send(ring).is_ok();
        if is_heard && was_polled.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            lost_patience.store(true, SeqCst);
        }
    }
}

impl Door {
    fn new() -> Door {
        let (ring, rings) = mpsc::channel();
        Door { ring: Some(ring), rings }
    }

    fn bell(&self, name: u32) -> Waker {
        let ring = self.ring.clone().expect("bells are made before anybody answers");
        Waker::from(Arc::new(Bell { name, ring }))
    }

    /// Waits for a ring and polls, while whoever rings still stands at the door: what the job number `n` has come
    /// to, and which bell it was.
    fn answer<T: Send + 'static>(
        &mut self,
        job: Pin<&mut Job<T>>,
        n: u32,
    ) -> Result<(thread::Result<T>, u32), Failure> {
        self.ring = None;
        let Ok(ring) = self.rings.recv_timeout(PATIENCE) else { return fail("no-wake", &[&n]) };
        let polled = poll_once(job, Waker::noop());
        drop(ring.polled);
        ensure(!ring.lost_patience.load(SeqCst), "poll-waits", &[])?;
        match polled {
            Poll::Ready(result) => Ok((result, ring.name)),
            Poll::Pending => fail("woken-too-early", &[]),
        }
    }
}
