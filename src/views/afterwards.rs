//! The views of a run that is over, or was never run: each is a function of a slice of records.

use super::{
    chrome as drawing,
    lint::{Lints, SLOW_POLL},
    recording::Recording,
    state::LoopState,
    style::Style,
    terminal::Story,
    timeline as page,
};
use crate::trace::{Observer, Record};

/// What the lints find in these records, each as `LINT: FINDING`.
///
/// Anyone can make records, also of a runtime of one's own:
///
/// ```
/// use std::panic::Location;
/// use glassloop::{trace::{Record, TaskId, What, record::Outcome}, views::lint};
///
/// let (task, place) = (TaskId(1), Location::caller());
/// let happened = [
///     What::TaskCreated { task, by: None, coroutine: "fetch", place },
///     What::PollStarted { task, poll: 1 },
///     What::PollEnded { task, outcome: Outcome::Pending, waits: None, wakers: 0 },
/// ];
/// let records = happened.map(|what| Record::new(0, 1, what));
/// let findings = lint(&records);
/// assert!(findings[0].starts_with("lost waker: task 1 returned Pending but nobody holds its waker"));
/// ```
pub fn lint(records: &[Record]) -> Vec<String> {
    let (mut state, mut lints) = (LoopState::default(), Lints::default());
    let look = |record| {
        state.record(record);
        lints.look(record, &state)
    };
    records.iter().flat_map(look).map(|finding| finding.to_string()).collect()
}

/// The story that these records tell, as `GLASSLOOP=story,all` prints it.
///
/// ```
/// use std::panic::Location;
/// use glassloop::{trace::{Record, TaskId, What}, views::story};
///
/// let what = What::LoopStarted { main: TaskId(0), place: Location::caller(), name: None };
/// let told = story(&[Record::new(20_000, 0, what)]);
/// assert!(told.starts_with("    0.02 loop starts: one thread, task 0 \"main\""));
/// ```
pub fn story(records: &[Record]) -> String {
    let mut story = Story::new(Vec::new(), Style::PLAIN, true, true, SLOW_POLL);
    records.iter().for_each(|record| story.record(record));
    String::from_utf8_lossy(&story.out).into_owned()
}

/// The tree of the tasks as it stood after the last of these records: who made whom, who waits for whom.
///
/// ```
/// use std::{cell::RefCell, rc::Rc, time::Duration};
/// use glassloop::{EventLoop, sleep, trace::{Record, What}, views::tree};
///
/// let list = Rc::new(RefCell::new(Vec::new()));
/// let records = list.clone();
/// let event_loop = EventLoop::builder()
///     .virtual_time()
///     .observer(move |record: &Record| list.borrow_mut().push(record.clone()))
///     .build()?;
/// event_loop.run_until_complete(sleep(Duration::from_secs(1)));
///
/// let records = records.borrow();
/// let asleep = records.iter().position(|record| matches!(record.what, What::Parked { .. })).unwrap();
/// assert!(tree(&records[..asleep]).starts_with("0 \"main\" sleeps for 1s, for 0 ns so far at "));
/// # std::io::Result::Ok(())
/// ```
pub fn tree(records: &[Record]) -> String {
    let mut state = LoopState::default();
    records.iter().for_each(|record| state.record(record));
    state.tree()
}

/// A recorded run as Trace Event JSON, for <https://ui.perfetto.dev> and `chrome://tracing`.
///
/// Any records will do, also those of a part of a run, or of a runtime of your own.
///
/// ```
/// use std::{cell::RefCell, rc::Rc, time::Duration};
/// use glassloop::{EventLoop, trace::Record, views};
///
/// let records = Rc::new(RefCell::new(Vec::new()));
/// let list = records.clone();
/// let event_loop = EventLoop::builder()
///     .observer(move |record: &Record| list.borrow_mut().push(record.clone()))
///     .build()?;
/// event_loop.run_until_complete(glassloop::sleep(Duration::from_millis(1)));
///
/// let json = views::chrome(&records.borrow());
/// assert!(json.contains("waiting: sleep 1ms"));
/// # std::io::Result::Ok(())
/// ```
pub fn chrome(records: &[Record]) -> String {
    drawing::chrome(records)
}

/// A recorded run as the timeline: a page to be opened in a browser, as `GLASSLOOP=html=FILE` writes it.
///
/// ```
/// use std::panic::Location;
/// use glassloop::{trace::{Record, TaskId, What}, views::timeline};
///
/// let what = What::LoopStarted { main: TaskId(0), place: Location::caller(), name: None };
/// let page = timeline(&[Record::new(0, 0, what)]);
/// assert!(page.starts_with("<!doctype html>") && page.contains("loop starts"));
/// ```
pub fn timeline(records: &[Record]) -> String {
    let mut recording = Recording::default();
    records.iter().for_each(|record| recording.push(record));
    let (before, after) = page::frame(0);
    [before, page::chapter(&recording), after].concat()
}
