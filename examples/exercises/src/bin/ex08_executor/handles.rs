//! Polls handles by hand, and has tasks await them.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Poll, Wake, Waker},
};

use super::{
    super::answer::Handle,
    tasks::{Seen, Stage, Within, within},
};
use crate::harness::{CountingWaker, Verdict, ensure, fail, poll_once};

pub fn are_futures_of_results() -> Verdict {
    the_last_waker_counts()?;
    the_result_is_there_before_the_wake()?;
    tasks_may_await_them()?;
    results_are_kept()
}

fn poll(handle: &mut Pin<Box<Handle>>, waker: &Waker) -> Poll<u32> {
    within(Within::Handle, || poll_once(handle.as_mut(), waker))
}

/// A task that is done when it is polled again, and its handle.
fn second_poll_returns(stage: &Stage, task: u64, value: u32) -> (Rc<Seen>, Pin<Box<Handle>>) {
    let (future, seen) = stage.task(task, move |seen, _| match seen.polls.get() {
        1 => Poll::Pending,
        _ => Poll::Ready(value),
    });
    let handle = Box::pin(stage.spawn(future));
    (seen, handle)
}

fn is_result(got: Poll<u32>, value: u32) -> Verdict {
    match got {
        Poll::Ready(got) => ensure(got == value, "handle-value", &[&value, &got]),
        Poll::Pending => fail("handle-pending", &[&value]),
    }
}

fn the_last_waker_counts() -> Verdict {
    let stage = Stage::new();
    let (seen, mut handle) = second_poll_returns(&stage, 1, 7);
    stage.run();
    let (first, second) = (CountingWaker::new(), CountingWaker::new());
    for counting in [&first, &second] {
        if let Poll::Ready(got) = poll(&mut handle, &counting.waker()) {
            return fail("handle-value", &[&"nothing yet", &got]);
        }
        ensure(counting.wakes() == 0, "handle-wakes-itself", &[])?;
    }
    seen.wake();
    stage.run();
    if second.wakes() == 0 {
        let id = if first.wakes() > 0 { "handle-old-waker" } else { "handle-not-woken" };
        return stage.told(fail(id, &[&1]));
    }
    is_result(poll(&mut handle, Waker::noop()), 7)
}

thread_local! {
    /// The handle that is polled in the middle of its waker's call, and what came of it.
    static AWAITED: RefCell<Option<Pin<Box<Handle>>>> = const { RefCell::new(None) };
    static GOT: Cell<Option<Poll<u32>>> = const { Cell::new(None) };
}

/// Polls a handle before it returns. Nobody should, but a waker may do anything.
struct PollsAtOnce;

impl Wake for PollsAtOnce {
    fn wake(self: Arc<Self>) {
        let handle = AWAITED.take();
        if let Some(mut handle) = handle {
            let got = within(Within::Awaiter, || poll_once(handle.as_mut(), Waker::noop()));
            GOT.set(Some(got));
        }
    }
}

fn the_result_is_there_before_the_wake() -> Verdict {
    let stage = Stage::new();
    let (seen, mut handle) = second_poll_returns(&stage, 1, 7);
    stage.run();
    let waker = Waker::from(Arc::new(PollsAtOnce));
    let _is_pending = poll(&mut handle, &waker);
    AWAITED.set(Some(handle));
    seen.wake();
    stage.run();
    match GOT.take() {
        None => fail("handle-not-woken", &[&1]),
        Some(Poll::Pending) => fail("handle-woken-early", &[]),
        Some(got) => is_result(got, 7),
    }
}

fn tasks_may_await_them() -> Verdict {
    let stage = Stage::new();
    let awaited = [7, 8].map(|value| {
        let (seen, mut handle) = second_poll_returns(&stage, u64::from(value), value);
        let got = Rc::new(Cell::new(None));
        let told = got.clone();
        stage.start(u64::from(value) + 10, move |_, context| {
            let poll = poll(&mut handle, context.waker());
            told.set(Some(poll));
            poll
        });
        (value, seen, got)
    });
    stage.run();
    for (_, seen, got) in &awaited {
        got.set(None);
        seen.wake();
    }
    stage.run();
    for (value, _, got) in awaited {
        match got.get() {
            None => stage.told(fail("handle-not-woken", &[&value]))?,
            Some(got) => stage.told(is_result(got, value))?,
        }
    }
    Ok(())
}

fn results_are_kept() -> Verdict {
    for value in [9, 0, u32::MAX] {
        let stage = Stage::new();
        let mut handle = Box::pin(stage.spawn(stage.task(1, move |_, _| Poll::Ready(value)).0));
        stage.run();
        is_result(poll(&mut handle, Waker::noop()), value)?;
    }
    Ok(())
}
