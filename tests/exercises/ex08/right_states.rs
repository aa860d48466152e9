use std::{
    cell::RefCell,
    collections::LinkedList,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
};

use crate::harness::BoxFuture;

/// Where a task is. A wake in the middle of its poll is only marked.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Waits,
    Queued,
    IsPolled,
    WokenMeanwhile,
    Done,
}

type Line = Mutex<LinkedList<Arc<Body>>>;

/// What wakers share. The future is in the executor, at this place.
struct Body {
    place: usize,
    stage: Mutex<Stage>,
    line: Arc<Line>,
}

impl Body {
    fn enters(self: &Arc<Self>) {
        self.line.lock().unwrap().push_back(self.clone());
    }
}

impl Wake for Body {
    fn wake(self: Arc<Self>) {
        let mut stage = self.stage.lock().unwrap();
        match *stage {
            Stage::Waits => {
                *stage = Stage::Queued;
                self.enters();
            }
            Stage::IsPolled => *stage = Stage::WokenMeanwhile,
            Stage::Queued | Stage::WokenMeanwhile | Stage::Done => (),
        }
    }
}

#[derive(Default)]
pub struct Executor {
    line: Arc<Line>,
    futures: RefCell<Vec<Option<BoxFuture<()>>>>,
}

enum Answer {
    None,
    Awaited(Waker),
    Is(u32),
}

impl Executor {
    pub fn new() -> Executor {
        Executor::default()
    }

    pub fn spawn(&self, mut future: BoxFuture<u32>) -> Handle {
        let answer = Rc::new(RefCell::new(Answer::None));
        let there = answer.clone();
        let whole = poll_fn(move |context| {
            future.as_mut().poll(context).map(|value| {
                let before = there.replace(Answer::Is(value));
                if let Answer::Awaited(waker) = before {
                    waker.wake();
                }
            })
        });
        let mut futures = self.futures.borrow_mut();
        let (place, stage) = (futures.len(), Mutex::new(Stage::Queued));
        futures.push(Some(Box::pin(whole)));
        Arc::new(Body { place, stage, line: self.line.clone() }).enters();
        Handle { answer }
    }

    pub fn run_until_idle(&self) {
        let next = || self.line.lock().unwrap().pop_front();
        while let Some(body) = next() {
            *body.stage.lock().unwrap() = Stage::IsPolled;
            let future = self.futures.borrow_mut()[body.place].take();
            let mut future = future.expect("it is not done");
            let waker = Waker::from(body.clone());
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                *body.stage.lock().unwrap() = Stage::Done;
                drop(future);
                continue;
            }
            self.futures.borrow_mut()[body.place] = Some(future);
            let mut stage = body.stage.lock().unwrap();
            match mem::replace(&mut *stage, Stage::Waits) {
                Stage::WokenMeanwhile => {
                    *stage = Stage::Queued;
                    body.enters();
                }
                _ => (),
            }
        }
    }
}

pub struct Handle {
    answer: Rc<RefCell<Answer>>,
}

impl Future for Handle {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut answer = self.answer.borrow_mut();
        if let Answer::Is(value) = *answer {
            return Poll::Ready(value);
        }
        *answer = Answer::Awaited(context.waker().clone());
        Poll::Pending
    }
}
