//! Trace Event JSON: the file format that ui.perfetto.dev and chrome://tracing read.
//!
//! Their importers go by the order of the events, and drop without a word what breaks their rules. Events
//! are sorted by time. Of two slices that begin together the longer comes first, or the shorter one could not
//! be inside of it. The two ends of a flow are found by `cat`, `name` and `id` together, and each binds to
//! the slice that is open around it; so those ends, which last no time, come after the slices that begin with
//! them. No id occurs in two processes, since importers do not agree on whether it would be the same.

use std::{cmp::Reverse, fmt};

use crate::views::json::string;

/// A moment on a thread; the time is in nanoseconds.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) tid: usize,
    pub(super) t: u64,
}

/// More about something: a key and a value.
pub(super) type Note = (&'static str, String);

/// Something that lasts.
pub(super) struct Slice {
    pub(super) begin: u64,
    pub(super) name: String,
    pub(super) note: Option<Note>,
}

/// An asynchronous event: something that begins, has its moments, and ends, on no thread.
pub(super) struct Span {
    category: &'static str,
    name: String,
    id: u64,
}

/// The events of a process.
pub(super) struct TraceEvents {
    pid: usize,
    names: Vec<String>,
    events: Vec<Event>,
    flows: u64,
    spans: u64,
}

struct Event {
    t: u64,
    duration: u64,
    json: String,
}

impl TraceEvents {
    /// Each process counts its ids from a number of its own, so that it need not know the others.
    pub(super) fn new(pid: usize) -> TraceEvents {
        let before_first = (pid as u64).saturating_sub(1) << 32;
        let (flows, spans) = (before_first, before_first);
        TraceEvents { pid, names: Vec::new(), events: Vec::new(), flows, spans }
    }

    /// The number of the next flow. It may be asked for long before the flow is drawn, or never be drawn.
    pub(super) fn number_flow(&mut self) -> u64 {
        self.flows += 1;
        self.flows
    }

    pub(super) fn name_process(&mut self, name: &str) {
        self.describe(super::LOOP, "process_name", format_args!("\"name\":{}", string(name)));
    }

    /// Names a thread; threads are shown in the order of their numbers.
    pub(super) fn name_thread(&mut self, tid: usize, name: &str) {
        self.describe(tid, "thread_name", format_args!("\"name\":{}", string(name)));
        self.describe(tid, "thread_sort_index", format_args!("\"sort_index\":{}", tid));
    }

    fn describe(&mut self, tid: usize, what: &str, args: fmt::Arguments<'_>) {
        let pid = self.pid;
        self.names.push(format!(
            r#"{{"ph":"M","pid":{pid},"tid":{tid},"name":"{what}","args":{{{args}}}}}"#
        ));
    }

    /// A complete event: what was open from its begin until `end`, which is later.
    pub(super) fn slice(&mut self, tid: usize, slice: &Slice, end: u64) {
        let duration = end - slice.begin;
        let more = match &slice.note {
            Some((key, value)) => format!(",\"args\":{{\"{key}\":{}}}", string(value)),
            None => String::new(),
        };
        let more = format!(",\"dur\":{}{more}", Microseconds(duration));
        self.push(
            'X',
            Point { tid, t: slice.begin },
            duration,
            &slice.name,
            format_args!("{more}"),
        );
    }

    /// An arrow from the slice that is open at one point to the slice that is open at another.
    pub(super) fn flow(&mut self, name: &'static str, id: u64, from: Point, to: Point) {
        self.push('s', from, 0, name, format_args!(",\"cat\":\"{name}\",\"id\":{id}"));
        self.push('f', to, 0, name, format_args!(",\"cat\":\"{name}\",\"id\":{id},\"bp\":\"e\""));
    }

    pub(super) fn begin(&mut self, category: &'static str, name: String, at: Point) -> Span {
        self.spans += 1;
        let span = Span { category, name, id: self.spans };
        self.of_span('b', &span, at, &span.name);
        span
    }

    pub(super) fn instant(&mut self, span: &Span, at: Point, name: &str) {
        self.of_span('n', span, at, name);
    }

    pub(super) fn end(&mut self, span: &Span, at: Point) {
        self.of_span('e', span, at, &span.name);
    }

    fn of_span(&mut self, phase: char, span: &Span, at: Point, name: &str) {
        let Span { category, id, .. } = span;
        self.push(phase, at, 0, name, format_args!(",\"cat\":\"{category}\",\"id\":{id}"));
    }

    /// From now on there are so many.
    pub(super) fn counter(&mut self, name: &str, unit: &'static str, at: Point, count: usize) {
        self.push('C', at, 0, name, format_args!(",\"args\":{{\"{unit}\":{count}}}"));
    }

    fn push(
        &mut self,
        phase: char,
        at: Point,
        duration: u64,
        name: &str,
        more: fmt::Arguments<'_>,
    ) {
        let (pid, Point { tid, t }) = (self.pid, at);
        let (ts, name) = (Microseconds(t), string(name));
        let json =
            format!(r#"{{"ph":"{phase}","pid":{pid},"tid":{tid},"ts":{ts},"name":{name}{more}}}"#);
        self.events.push(Event { t, duration, json });
    }

    /// The process as a part of the file. Of slices that begin and end together, the one that was given first
    /// is the outer one.
    pub(super) fn into_json(mut self) -> String {
        self.events.sort_by_key(|event| (event.t, Reverse(event.duration)));
        let events = self.events.into_iter().map(|event| event.json);
        self.names.into_iter().chain(events).collect::<Vec<_>>().join(",\n")
    }
}

/// The file before and after its processes, between which there is a comma.
pub(super) const FRAME: (&str, &str) = ("{\"traceEvents\":[\n", "\n]}\n");

/// Nanoseconds, displayed in the unit of the format, and no digit lost.
struct Microseconds(u64);

impl fmt::Display for Microseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}
