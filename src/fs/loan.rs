//! A file that is lent to a thread for one operation, and always comes back.
//!
//! Between two operations a file is at home, and the loop's thread may look into its buffer. For an operation it
//! goes to a thread, as a [`Loan`]. Dropping the loan brings it home: when the work is done, when it panics, or
//! when the job is withdrawn before a thread has taken it. There is one file, so there is one operation at a time,
//! and no lock around the work. If the future that lent the file is dropped in the middle, the file is away until
//! the work is done. The next operation waits for it: none overtakes another.

use std::{
    io, mem,
    panic::Location,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use super::{Errand, inner::Inner, returned};
use crate::{
    trace::record::Place,
    waits::{Job, Pool},
};

/// Where a file is when nobody uses it.
pub(super) struct Home {
    stay: Mutex<Stay>,
    /// Rings when the file has come home or was closed.
    came: Condvar,
}

enum Stay {
    Here(Inner),
    Away,
    Closed,
}

impl Home {
    pub(super) fn new(inner: Inner) -> Arc<Home> {
        Arc::new(Home { stay: Mutex::new(Stay::Here(inner)), came: Condvar::new() })
    }

    /// Held for moments only, by loop and threads. Nothing that could panic runs under it.
    fn lock(&self) -> MutexGuard<'_, Stay> {
        self.stay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(*self.lock(), Stay::Closed)
    }

    /// Looks into the file, if it is here.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        match &mut *self.lock() {
            Stay::Here(inner) => Some(look(inner)),
            Stay::Away | Stay::Closed => None,
        }
    }

    fn lend(self: &Arc<Self>) -> Lent {
        let mut stay = self.lock();
        match mem::replace(&mut *stay, Stay::Away) {
            Stay::Here(inner) => Lent::Here(Loan { inner: Some(inner), home: self.clone() }),
            Stay::Away => Lent::Away,
            Stay::Closed => {
                *stay = Stay::Closed;
                Lent::Closed
            }
        }
    }

    /// Waits, on a thread, until the file is not away.
    fn wait(&self) {
        let away = |stay: &mut Stay| matches!(stay, Stay::Away);
        drop(self.came.wait_while(self.lock(), away).unwrap_or_else(PoisonError::into_inner));
    }
}

enum Lent {
    Here(Loan),
    Away,
    Closed,
}

/// A file on its way. `None`: whoever had it has closed it.
pub(super) struct Loan {
    pub(super) inner: Option<Inner>,
    home: Arc<Home>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        *self.home.lock() = self.inner.take().map_or(Stay::Closed, Stay::Here);
        self.home.came.notify_all();
    }
}

type Work<T> = Box<dyn FnOnce(&mut Loan) -> io::Result<T> + Send>;

/// One operation on a file, from asking for the file to its answer.
pub(super) struct Lending<T: Send + 'static> {
    home: Arc<Home>,
    errand: Errand,
    place: Place,
    /// Until the file was here to be lent.
    work: Option<Work<T>>,
    /// It is there to close the file: this is its answer if the file is closed already.
    if_closed: Option<fn() -> T>,
    step: Step<T>,
}

enum Step<T: Send + 'static> {
    Ask,
    /// An operation whose future was dropped is still at work.
    Await(Job<()>),
    /// `None`: it failed, and the error came home with the file.
    Use(Job<Option<T>>),
    Over,
}

impl<T: Send + 'static> Lending<T> {
    /// An operation that may close the file.
    #[track_caller]
    pub(super) fn new(
        home: &Arc<Home>,
        errand: Errand,
        work: impl FnOnce(&mut Loan) -> io::Result<T> + Send + 'static,
    ) -> Lending<T> {
        let (home, work) = (home.clone(), Some(Box::new(work) as Work<T>));
        let (place, step) = (Location::caller(), Step::Ask);
        Lending { home, errand, place, work, if_closed: None, step }
    }

    /// An operation on the open file.
    #[track_caller]
    pub(super) fn on(
        home: &Arc<Home>,
        errand: Errand,
        work: impl FnOnce(&mut Inner) -> io::Result<T> + Send + 'static,
    ) -> Lending<T> {
        Lending::new(home, errand, |loan| match &mut loan.inner {
            Some(inner) => work(inner),
            None => Err(closed()),
        })
    }

    pub(super) fn closing(self, if_closed: fn() -> T) -> Lending<T> {
        Lending { if_closed: Some(if_closed), ..self }
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        loop {
            match &mut self.step {
                Step::Ask => match self.ask() {
                    Ok(step) => self.step = step,
                    Err(answer) => return self.over(answer),
                },
                Step::Await(job) => {
                    let waited = returned(ready!(Pin::new(job).poll(context)));
                    self.step = Step::Ask;
                    if let Err(error) = waited {
                        return self.over(Err(self.errand.failed(error)));
                    }
                }
                Step::Use(job) => {
                    let answer = returned(ready!(Pin::new(job).poll(context)));
                    let answer = answer.map_err(|error| self.errand.failed(error));
                    return self.over(answer.and_then(|answer| answer.ok_or_else(|| self.error())));
                }
                Step::Over => panic!("a finished operation on a file was polled again"),
            }
        }
    }

    fn over(&mut self, answer: io::Result<T>) -> Poll<io::Result<T>> {
        self.step = Step::Over;
        Poll::Ready(answer)
    }

    /// The next step; or the answer, if there is none.
    fn ask(&mut self) -> Result<Step<T>, io::Result<T>> {
        let mut loan = match self.home.lend() {
            Lent::Here(loan) => loan,
            Lent::Away => {
                let home = self.home.clone();
                return Ok(Step::Await(Job::new(move || home.wait(), Pool::Work, self.place)));
            }
            Lent::Closed => {
                return Err(self.if_closed.map(|answer| answer()).ok_or_else(|| self.closed()));
            }
        };
        if let Some(error) = loan.inner.as_mut().and_then(|inner| inner.failed.take()) {
            if self.if_closed.is_some() {
                drop(loan.inner.take());
            }
            let message = format!("an earlier operation, dropped while under way, failed: {error}");
            return Err(Err(io::Error::new(error.kind(), message)));
        }
        let Some(work) = self.work.take() else { panic!("the work on a file was begun twice") };
        let errand = self.errand.clone();
        let use_it = move || use_file(loan, work, &errand);
        Ok(Step::Use(Job::new(use_it, Pool::Work, self.place)))
    }

    /// Why this operation failed.
    fn error(&self) -> io::Error {
        let failed = self.home.with(|inner| inner.failed.take()).flatten();
        failed.unwrap_or_else(|| self.closed())
    }

    fn closed(&self) -> io::Error {
        self.errand.failed(closed())
    }
}

fn closed() -> io::Error {
    io::Error::other("file is closed")
}

/// Does the work, on a thread. An error goes home with the file: should nobody wait for this operation any
/// more, the next one tells of it. Returned by the job, it would be dropped there, in silence.
fn use_file<T>(mut loan: Loan, work: Work<T>, errand: &Errand) -> Option<T> {
    let error = match work(&mut loan) {
        Ok(answer) => return Some(answer),
        Err(error) => errand.failed(error),
    };
    if let Some(inner) = &mut loan.inner {
        inner.failed = Some(error);
    }
    None
}

#[cfg(test)]
mod tests {
    use std::{fs::File, future::poll_fn, panic::AssertUnwindSafe};

    use super::*;

    /// No work of this crate panics, so it can't be tested from outside.
    #[test]
    fn a_panic_at_work_resumes_in_the_awaiter_and_the_file_comes_home() {
        let file = File::open("Cargo.toml");
        let home = Home::new(Inner::new(file.unwrap()));
        let errand = || Errand::new("try", "this");
        let mut panics = Lending::<()>::on(&home, errand(), |_| panic!("at work"));
        let run = AssertUnwindSafe(|| crate::run(poll_fn(|context| panics.poll(context))));
        let payload = std::panic::catch_unwind(run).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"at work"));
        let mut works = Lending::on(&home, errand(), |inner| inner.tell());
        assert_eq!(crate::run(poll_fn(|context| works.poll(context))).unwrap(), 0);
    }
}
