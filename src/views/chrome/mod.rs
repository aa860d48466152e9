//! The view for ui.perfetto.dev and chrome://tracing: a run as slices on tracks, and arrows between them.
//!
//! A loop is a process. Its first thread is the loop itself: turns, and in them polls, sleep and dispatch. Then
//! comes a thread for each task, which is at any time scheduled, being polled, or waiting. Sockets and
//! timers live beside the threads. An arrow leads from the slice that woke a task to the poll that
//! it got for it.
//!
//! Under virtual time whole turns happen in no time, and a slice must last some: so no two records are
//! drawn at one moment. Each takes the first nanosecond that is free from its time on. That is enough for
//! everything else: what began earlier is drawn earlier, so slices nest as what they stand for did.
//!
//! A stream may begin or break off anywhere. What begins unseen is drawn from where it is seen first, and
//! what has no end ends with the stream.

mod format;
mod loop_thread;
mod task_threads;

use std::{
    collections::{BTreeMap, HashSet},
    mem,
    sync::Arc,
};

use self::{
    format::{Note, Point, Slice, Span, TraceEvents},
    loop_thread::Layer,
    task_threads::Task,
};
use super::recording::Recording;
use crate::trace::record::*;

/// Later than this nothing is drawn: 146 years. It leaves room for a nanosecond a record.
const LATEST: u64 = 1 << 62;

/// The numbers of the threads. Not 0: importers take that for the number of the process.
const LOOP: usize = 1;
const WATCHING: usize = 2;
const FIRST_TASK: usize = 3;

/// Watching that took so many nanoseconds is drawn.
const VISIBLE: u64 = 20_000;

/// One loop, for the document.
pub(super) fn chapter(recording: &Recording, number: usize) -> String {
    let mut drawing = Drawing::new(number);
    recording.first.iter().for_each(|record| drawing.record(record));
    if recording.left_out > 0 {
        drawing.leave_out(recording.left_out, recording.last.front());
    }
    recording.last.iter().for_each(|record| drawing.record(record));
    drawing.finish()
}

/// The document before and after its loops.
pub(super) fn frame() -> (String, String) {
    let (before, after) = format::FRAME;
    (before.to_string(), after.to_string())
}

/// Any records, as those of one loop.
pub(super) fn chrome(records: &[Record]) -> String {
    let mut drawing = Drawing::new(1);
    records.iter().for_each(|record| drawing.record(record));
    let (before, after) = format::FRAME;
    [before, &drawing.finish(), after].concat()
}

/// A loop that is being drawn.
struct Drawing {
    events: TraceEvents,
    number: usize,
    name: Option<Arc<str>>,
    /// Where the current record is drawn, and the first moment that is free after it.
    now: u64,
    free: u64,
    turn: u64,
    turn_has_ended: bool,
    /// The open slices of the loop's own thread, the outermost first.
    open: Vec<(Layer, Slice)>,
    tasks: BTreeMap<TaskId, Task>,
    ready: HashSet<TaskId>,
    alive: HashSet<TaskId>,
    /// `ready` and `alive`, as drawn last.
    counted: [(&'static str, usize); 2],
    /// Sockets and timers that are there.
    spans: BTreeMap<(&'static str, u64), Span>,
}

impl Drawing {
    fn new(number: usize) -> Drawing {
        Drawing {
            events: TraceEvents::new(number),
            number,
            name: None,
            now: 0,
            free: 0,
            turn: 0,
            turn_has_ended: false,
            open: Vec::new(),
            tasks: BTreeMap::new(),
            ready: HashSet::new(),
            alive: HashSet::new(),
            counted: [("ready", 0), ("alive", 0)],
            spans: BTreeMap::new(),
        }
    }

    fn record(&mut self, record: &Record) {
        self.watching(record);
        self.advance(record.t);
        self.about_turns(record);
        self.about_the_loop(&record.what);
        self.about_tasks(&record.what);
        self.about_sockets_and_timers(&record.what);
        self.count();
    }

    fn advance(&mut self, t: u64) {
        self.now = t.min(LATEST).max(self.free);
        self.free = self.now + 1;
    }

    /// What it took to watch stands on a thread of its own, so that nobody is blamed for it.
    fn watching(&mut self, record: &Record) {
        let begin = record.t.saturating_sub(record.lost.watching).max(self.free);
        if record.lost.watching >= VISIBLE && begin < record.t.min(LATEST) {
            let slice = Slice { begin, name: "watching".to_string(), note: None };
            self.events.slice(WATCHING, &slice, record.t.min(LATEST));
        }
    }

    /// This moment of the loop.
    fn here(&self) -> Point {
        Point { tid: LOOP, t: self.now }
    }

    fn slice(&self, name: impl Into<String>, note: Option<Note>) -> Slice {
        Slice { begin: self.now, name: name.into(), note }
    }

    fn count(&mut self) {
        let counts = [("ready", self.ready.len()), ("alive", self.alive.len())];
        let (before, now) = (mem::replace(&mut self.counted, counts), self.here());
        for (counted, (name, count)) in before.into_iter().zip(counts) {
            if counted != (name, count) {
                self.events.counter(name, "tasks", now, count);
            }
        }
    }

    /// Nothing more is known: all that is open ends here.
    fn end_all(&mut self) {
        self.advance(self.free);
        self.close_from(0, None);
        let open: Vec<TaskId> = self.tasks.keys().copied().collect();
        for task in open {
            self.show(task, None);
        }
        let end = self.here();
        for span in mem::take(&mut self.spans).into_values() {
            self.events.end(&span, end);
        }
    }

    /// A gap in the stream. Who was there before it may be gone; who is still there will be seen again.
    fn leave_out(&mut self, records: u64, next: Option<&Record>) {
        self.end_all();
        let gap = self.slice(format!("{records} records are left out"), None);
        self.advance(next.map_or(self.free, |record| record.t));
        self.events.slice(LOOP, &gap, self.now);
        (self.turn, self.turn_has_ended) = (0, false);
        self.ready.clear();
        self.alive.clear();
        for task in self.tasks.values_mut() {
            task.wake = None;
        }
    }

    fn finish(mut self) -> String {
        self.end_all();
        let name = self.name.as_deref().map(|name| format!(": {name}")).unwrap_or_default();
        self.events.name_process(&format!("loop {}{name}", self.number));
        self.events.name_thread(LOOP, "the loop");
        self.events.name_thread(WATCHING, "who watches");
        for (id, task) in &self.tasks {
            self.events.name_thread(task.tid, &called(*id, &task.name));
        }
        self.events.into_json()
    }
}

/// `1 sina`, or `1` while the name is not known.
fn called(task: TaskId, name: &str) -> String {
    match name {
        "" => task.to_string(),
        name => format!("{task} {name}"),
    }
}

/// Sockets and timers.
impl Drawing {
    fn about_sockets_and_timers(&mut self, what: &What) {
        let (category, number, ends) = match what {
            What::Registered { socket, .. }
            | What::Tried { socket, .. }
            | What::Armed { socket, .. }
            | What::Ready { socket, .. }
            | What::Disarmed { socket, .. }
            | What::Unsent { socket, .. } => ("socket", *socket, false),
            What::Deregistered { socket } => ("socket", *socket, true),
            What::TimerArmed { timer, .. } => ("timer", *timer, false),
            What::TimerFired { timer, .. } | What::TimerCancelled { timer } => {
                ("timer", *timer, true)
            }
            _ => return,
        };
        // Timers share a name, and by it a row of the picture: there may be thousands.
        let name = || match category {
            "socket" => format!("socket {number}"),
            _ => category.to_string(),
        };
        let (key, now) = ((category, number), self.here());
        let span = self.spans.entry(key);
        let span = span.or_insert_with(|| self.events.begin(category, name(), now));
        self.events.instant(span, now, &what.to_string());
        if ends && let Some(span) = self.spans.remove(&key) {
            self.events.end(&span, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc, time::Duration};

    use super::*;
    use crate::{EventLoop, create_task, sleep};

    /// A run in which a task sleeps for a second.
    fn run() -> Vec<Record> {
        let records = Rc::new(RefCell::new(Vec::new()));
        let list = records.clone();
        let observer = move |record: &Record| list.borrow_mut().push(record.clone());
        let builder = EventLoop::builder().unwatched().virtual_time().observer(observer);
        builder.build().expect("a loop can be made").run(async {
            let _ = create_task(sleep(Duration::from_secs(1))).await;
        });
        records.take()
    }

    fn recording(mut records: Vec<Record>, kept_first: usize, left_out: u64) -> Recording {
        let last = records.split_off(kept_first).into();
        Recording { first: records, left_out, last, ..Recording::default() }
    }

    /// The file of some loops that have done the same.
    fn file_of(loops: usize) -> String {
        let chapters: Vec<_> = (1..=loops).map(|n| chapter(&recording(run(), 5, 0), n)).collect();
        let (before, after) = frame();
        before + &chapters.join(",\n") + &after
    }

    /// The lines of the file that have all of these words.
    fn lines<'a>(json: &'a str, words: &[&str]) -> Vec<&'a str> {
        json.lines().filter(|line| words.iter().all(|word| line.contains(word))).collect()
    }

    #[test]
    fn each_loop_is_a_process_with_its_number_as_its_name() {
        let json = file_of(2);
        for pid in [1, 2] {
            let (pid, name) = (format!("\"pid\":{pid},"), format!("\"name\":\"loop {pid}\""));
            assert_eq!(lines(&json, &[&pid, "process_name", &name]).len(), 1);
            assert_eq!(lines(&json, &[&pid, "waiting: sleep 1s"]).len(), 1);
        }
    }

    #[test]
    fn no_two_loops_of_a_file_share_an_id() {
        let one = file_of(1);
        let two = file_of(2);
        for phase in ["\"ph\":\"s\"", "\"ph\":\"b\""] {
            let id = |line: &str| line.split("\"id\":").nth(1).map(str::to_string);
            let ids: HashSet<_> = lines(&two, &[phase]).into_iter().filter_map(id).collect();
            assert_eq!(ids.len(), 2 * lines(&one, &[phase]).len());
        }
    }

    #[test]
    fn what_was_open_ends_where_records_are_left_out() {
        let whole = run();
        let asleep = whole.iter().position(|record| matches!(record.what, What::Parked { .. }));
        let after = asleep.expect("it sleeps") + 1;
        let woken =
            whole[after..].iter().position(|record| record.t > 0).expect("it wakes") + after;
        let mut records = whole.clone();
        records.drain(after..=woken);
        let json = chapter(&recording(records, after, 7), 1);

        let gap = lines(&json, &["7 records are left out"]);
        let begin = format!("\"ts\":0.{after:03},");
        assert!(gap.len() == 1 && gap[0].contains(&begin), "{gap:?}");
        for slice in lines(&json, &["\"ph\":\"X\"", "\"name\":\"waiting"]) {
            assert!(slice.contains("\"dur\":0."), "{slice}");
        }
        assert_eq!(lines(&json, &["\"ph\":\"b\""]).len(), lines(&json, &["\"ph\":\"e\""]).len());
    }

    #[test]
    fn who_was_there_before_a_gap_is_there_after_it_once_it_is_seen_again() {
        let records = run();
        let woken = |record: &Record| matches!(record.what, What::Woken { .. });
        let after = records.iter().position(woken).expect("it wakes") + 1;
        let json = chapter(&recording(records, after, 1), 1);

        let wakes = lines(&json, &["\"ph\":\"s\""]).len();
        assert_eq!(wakes, 1, "a wake before the gap need not be that of the poll after it");
        let count = |line: &str| line.split("\"tasks\":").nth(1).map(|rest| rest[..1].to_string());
        let alive: Vec<_> = lines(&json, &["alive"]).into_iter().filter_map(count).collect();
        assert_eq!(alive, ["1", "2", "1", "0", "1", "0"]);
    }

    #[test]
    fn a_gap_anywhere_is_survived() {
        for after in [0, 1, run().len()] {
            let json = chapter(&recording(run(), after, u64::MAX), 1);
            assert_eq!(lines(&json, &["records are left out"]).len(), 1);
        }
        assert_eq!(file_of(0), "{\"traceEvents\":[\n\n]}\n");
    }
}
