//! Records as text: what the page of the timeline draws, and what is told of it.

use std::{
    collections::HashMap,
    fmt::{self, Write},
};

use super::super::{
    json::string,
    lint::Finding,
    story::{Sentence, Storyteller},
    summary::Summary,
};
use crate::trace::{birth_name, record::*};

/// Lost time of so many nanoseconds is drawn.
const VISIBLE: u64 = 20_000;

/// Records of a loop as text, one after the other; with the sentences and findings about them.
pub(in crate::views) struct Text {
    tables: Tables,
    /// How many there are by now.
    length: usize,
    /// The records come first: most of the text, which is not moved again.
    out: String,
    lost: String,
    story: String,
    findings: String,
    /// Of the loop.
    name: Option<String>,
}

impl Text {
    pub(in crate::views) fn new() -> Text {
        let [lost, story, findings] = [const { String::new() }; 3];
        let (tables, out) = (Tables::default(), String::from("{\"records\":[\n"));
        Text { tables, length: 0, out, lost, story, findings, name: None }
    }

    pub(in crate::views) fn add(&mut self, record: &Record, teller: &mut Storyteller) {
        let index = self.length;
        self.length += 1;
        self.tables.record(&mut self.out, record);
        if let (None, What::LoopStarted { name: Some(name), .. }) = (&self.name, &record.what) {
            self.name = Some(name.to_string());
        }
        let Lost { watching, preempted } = record.lost;
        if record.lost.total() >= VISIBLE {
            add(&mut self.lost, format_args!("[{index},{watching},{preempted}],\n"));
        }
        for Sentence { glyph, task, text, place, .. } in teller.tell(record) {
            let (task, place) = (OrNull(task), OrNull(place.map(|it| self.tables.place(it))));
            let (glyph, text) = (string(glyph), string(&text));
            add(&mut self.story, format_args!("[{index},{glyph},{task},{text},{place}],\n"));
        }
        for Finding { lint, task, text } in &teller.findings {
            let (lint, text, task) = (string(lint), string(text), OrNull(*task));
            add(&mut self.findings, format_args!("[{index},{lint},{text},{task}],\n"));
        }
    }

    /// The places that were spoken of.
    pub(in crate::views) fn places(&self) -> &[Place] {
        &self.tables.places
    }

    /// All of it, with what its reader is to be told of records that are left out, of the program's lines, and of the
    /// whole run.
    pub(in crate::views) fn finish(self, left_out: &str, sources: &str, sums: &Summary) -> String {
        let Text { tables, mut out, lost, story, findings, name, .. } = self;
        without_last_comma(&mut out);
        for (name, list) in [("lost", lost), ("story", story), ("findings", findings)] {
            add(&mut out, format_args!("],\n\"{name}\":[\n{list}"));
            without_last_comma(&mut out);
        }
        let name = OrNull(name.as_deref().map(string));
        add(
            &mut out,
            format_args!(
                "],\n\"name\":{name},\"left_out\":{left_out},\n\"sums\":{},\n",
                sums.json()
            ),
        );
        tables.write(&mut out);
        add(&mut out, format_args!("\"sources\":{{{sources}}}}}"));
        out
    }
}

/// Writes into memory, which does not fail.
fn add(out: &mut String, text: fmt::Arguments) {
    let _ = out.write_fmt(text);
}

fn without_last_comma(out: &mut String) {
    if out.ends_with(",\n") {
        out.truncate(out.len() - 2);
    }
}

/// What may be missing, as JSON.
struct OrNull<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for OrNull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(it) => it.fmt(f),
            None => f.write_str("null"),
        }
    }
}

/// What occurs again and again is written once, and then called by its number.
#[derive(Default)]
struct Tables {
    names: Vec<String>,
    name_numbers: HashMap<String, usize>,
    places: Vec<Place>,
    place_numbers: HashMap<Place, usize>,
}

impl Tables {
    fn name(&mut self, name: &str) -> usize {
        if let Some(number) = self.name_numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_string());
        self.name_numbers.insert(name.to_string(), self.names.len() - 1);
        self.names.len() - 1
    }

    fn place(&mut self, place: Place) -> usize {
        let places = &mut self.places;
        *self.place_numbers.entry(place).or_insert_with(|| {
            places.push(place);
            places.len() - 1
        })
    }

    fn write(&self, out: &mut String) {
        let names: Vec<_> = self.names.iter().map(|name| string(name).to_string()).collect();
        let place = |place: &Place| format!("[{},{}]", string(place.file()), place.line());
        let places: Vec<_> = self.places.iter().map(place).collect();
        let (names, places) = (names.join(",\n"), places.join(","));
        add(out, format_args!("\"names\":[{names}],\n\"places\":[{places}],\n"));
    }

    /// One record, as an array: time, turn, kind, and what there is to say of that kind.
    fn record(&mut self, out: &mut String, Record { t, turn, what, .. }: &Record) {
        add(out, format_args!("[{t},{turn},"));
        let told = self.about_the_loop(out, what) || self.about_tasks(out, what);
        let told = told || self.about_sockets(out, what) || about_timers_and_jobs(out, what);
        if !told {
            add(out, format_args!("{}", string(&what.to_string())));
        }
        out.push_str("],\n");
    }

    fn about_the_loop(&mut self, out: &mut String, what: &What) -> bool {
        match what {
            What::LoopStarted { main, place, .. } => {
                add(out, format_args!("\"loop starts\",{main},{}", self.place(place)));
            }
            What::LoopEnded { main } => add(out, format_args!("\"loop ends\",{main}")),
            What::TurnEnded { polls } => add(out, format_args!("\"turn ends\",{polls}")),
            What::Parked { deadline } => add(out, format_args!("\"park\",{}", OrNull(*deadline))),
            What::Unparked { by } => {
                add(out, format_args!("\"unpark\",{}", string(&by.to_string())));
            }
            What::Deadlocked { tasks } => add(out, format_args!("\"deadlock\",{tasks}")),
            What::Stuck { tasks } => add(out, format_args!("\"stuck\",{tasks}")),
            What::Panicked { code } => {
                add(out, format_args!("\"panic\",{}", string(&code.to_string())));
            }
            _ => return false,
        }
        true
    }

    fn about_tasks(&mut self, out: &mut String, what: &What) -> bool {
        match what {
            What::TaskCreated { task, by, coroutine, place } => {
                let (by, name) = (OrNull(*by), self.name(&birth_name(coroutine)));
                add(out, format_args!("\"create\",{task},{by},{name},{}", self.place(place)));
            }
            What::TaskNamed { task, name } => {
                add(out, format_args!("\"name\",{task},{}", self.name(name)));
            }
            What::PollStarted { task, poll } => add(out, format_args!("\"poll\",{task},{poll}")),
            What::PollEnded { task, outcome, waits, .. } => {
                add(out, format_args!("\"poll ends\",{task},\"{outcome}\","));
                match waits {
                    Some(wait) => self.wait(out, *wait),
                    None => out.push_str("null"),
                }
            }
            What::Woken { task, by, outcome } => {
                add(out, format_args!("\"wake\",{task},"));
                cause(out, *by);
                out.push_str(match outcome {
                    WakeOutcome::Queued => ",\"queued\"",
                    WakeOutcome::AlreadyQueued => ",\"already queued\"",
                });
            }
            What::DeadWake { task } => add(out, format_args!("\"dead wake\",{task}")),
            What::Cancelled { task, by } => {
                add(out, format_args!("\"cancel\",{task},{}", OrNull(*by)));
            }
            What::Dropped { task } => add(out, format_args!("\"drop\",{task}")),
            What::Retrieved { task } => add(out, format_args!("\"retrieve\",{task}")),
            What::NeverRetrieved { task, failure, .. } => {
                let how = match failure {
                    Failure::Panicked => "panicked",
                    Failure::ReturnedError => "returned an error",
                };
                add(out, format_args!("\"never retrieved\",{task},\"{how}\""));
            }
            What::CallbacksRun { task, callbacks } => {
                add(out, format_args!("\"callbacks\",{task},{callbacks}"));
            }
            _ => return false,
        }
        true
    }

    fn wait(&mut self, out: &mut String, Wait { what, place }: Wait) {
        let (kind, number) = match what {
            WaitFor::Sleep { timer, .. } => ("timer", Some(timer)),
            WaitFor::Socket { socket, .. } => ("socket", Some(socket)),
            WaitFor::Task(task) => ("task", Some(task.0)),
            WaitFor::Job(job) => ("job", Some(job)),
            WaitFor::Turn => ("turn", None),
            WaitFor::Other(_) => ("other", None),
        };
        let (number, words) = (OrNull(number), what.to_string());
        let (words, place) = (string(&words), self.place(place));
        add(out, format_args!("[\"{kind}\",{number},{words},{place}]"));
    }

    fn about_sockets(&mut self, out: &mut String, what: &What) -> bool {
        match what {
            What::Registered { socket, address } => {
                let address = address.map(|address| self.name(&address.to_string()));
                add(out, format_args!("\"register\",{socket},{}", OrNull(address)));
            }
            What::Tried { socket, operation, outcome } => {
                let (word, bytes) = match outcome {
                    Attempt::Done { bytes } => ("done", *bytes),
                    Attempt::WouldBlock | Attempt::Drained => ("would block", None),
                    Attempt::Failed(_) => ("failed", None),
                };
                let (bytes, words) = (OrNull(bytes), outcome.to_string());
                let words = string(&words);
                let operation = format!("\"try\",{socket},\"{operation}\"");
                add(out, format_args!("{operation},\"{word}\",{bytes},{words}"));
            }
            What::Armed { socket, direction } => {
                add(out, format_args!("\"arm\",{socket},\"{direction}\""));
            }
            What::Ready { socket, readable, writable, error } => {
                let [readable, writable, error] =
                    [readable, writable, error].map(|it| u8::from(*it));
                add(out, format_args!("\"event\",{socket},{readable},{writable},{error}"));
            }
            What::Disarmed { socket, direction } => {
                add(out, format_args!("\"disarm\",{socket},\"{direction}\""));
            }
            What::Deregistered { socket } => add(out, format_args!("\"deregister\",{socket}")),
            What::Unsent { socket, bytes } => add(out, format_args!("\"unsent\",{socket},{bytes}")),
            _ => return false,
        }
        true
    }
}

fn about_timers_and_jobs(out: &mut String, what: &What) -> bool {
    match what {
        What::TimerArmed { timer, deadline } => {
            add(out, format_args!("\"arm timer\",{timer},{deadline}"));
        }
        What::TimerFired { timer, late } => add(out, format_args!("\"fire timer\",{timer},{late}")),
        What::TimerCancelled { timer } => add(out, format_args!("\"cancel timer\",{timer}")),
        What::JobQueued { job } => add(out, format_args!("\"queue job\",{job}")),
        What::JobDone { job, thread, started, ended } => {
            add(out, format_args!("\"done job\",{job},{thread},{started},{ended}"));
        }
        _ => return false,
    }
    true
}

fn cause(out: &mut String, cause: Cause) {
    match cause {
        Cause::Task(task) => add(out, format_args!("[\"task\",{task}]")),
        Cause::Socket { socket, direction } => {
            add(out, format_args!("[\"socket\",{socket},\"{direction}\"]"));
        }
        Cause::Timer(timer) => add(out, format_args!("[\"timer\",{timer}]")),
        Cause::Job { job, thread } => add(out, format_args!("[\"job\",{job},{thread}]")),
        Cause::Outside => out.push_str("[\"outside\"]"),
    }
}
