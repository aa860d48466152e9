//! The rules by which ui.perfetto.dev and chrome://tracing import Trace Event JSON, as a check of a file.

use std::collections::{BTreeMap, BTreeSet};

use super::json::Json;

/// An event of the file, checked. Times are nanoseconds.
#[derive(Debug)]
pub struct Event {
    pub phase: String,
    pub name: String,
    pub pid: u64,
    pub tid: u64,
    pub ts: u64,
    pub duration: u64,
    pub category: Option<String>,
    pub id: Option<u64>,
    pub args: Option<Json>,
    binds_to_enclosing: bool,
}

impl Event {
    pub fn end(&self) -> u64 {
        self.ts + self.duration
    }

    fn thread(&self) -> (u64, u64) {
        (self.pid, self.tid)
    }

    fn holds(&self, inner: &Event) -> bool {
        self.thread() == inner.thread() && self.ts <= inner.ts && inner.ts < self.end()
    }
}

/// Checks a file and returns its events, in its order.
///
/// # Panics
/// If it breaks a rule.
#[track_caller]
pub fn check(file: &str) -> Vec<Event> {
    let json = Json::parse(file).unwrap_or_else(|error| panic!("{error}"));
    let Some(Json::List(list)) = json.get("traceEvents") else { panic!("no list of events") };
    let events: Vec<Event> = list.iter().map(event).collect();
    check_order(&events);
    check_names(&events);
    let parents = check_nesting(&events);
    check_flows(&events, &parents);
    check_spans(&events);
    check_counters(&events);
    events
}

/// The events of these phases.
pub fn of_phase<'a>(events: &'a [Event], phase: &str) -> Vec<&'a Event> {
    events.iter().filter(|event| event.phase == phase).collect()
}

#[track_caller]
fn event(json: &Json) -> Event {
    let text = |key: &str| json.get(key).and_then(Json::text).map(str::to_string);
    let integer = |key: &str| {
        let value = json.get(key)?;
        Some(value.integer().unwrap_or_else(|| panic!("{key} is no integer: {json:?}")))
    };
    let phase = text("ph").unwrap_or_else(|| missing(json, "ph"));
    assert!("MXsfbneC".contains(&phase) && phase.len() == 1, "{json:?}");
    let time = |key: &str| nanoseconds(json.get(key).unwrap_or_else(|| missing(json, key)));
    let duration = if phase == "X" { time("dur") } else { 0 };
    assert!(phase != "X" || duration >= 1, "lasts no time: {json:?}");
    Event {
        name: text("name").unwrap_or_else(|| missing(json, "name")),
        pid: integer("pid").unwrap_or_else(|| missing(json, "pid")),
        tid: integer("tid").unwrap_or_else(|| missing(json, "tid")),
        ts: if phase == "M" { 0 } else { time("ts") },
        duration,
        category: text("cat"),
        id: integer("id"),
        args: json.get("args").cloned(),
        binds_to_enclosing: text("bp").as_deref() == Some("e"),
        phase,
    }
}

#[track_caller]
fn missing(json: &Json, key: &str) -> ! {
    panic!("no {key}: {json:?}")
}

/// Microseconds with exactly three decimals.
#[track_caller]
fn nanoseconds(json: &Json) -> u64 {
    let digits = json.digits().unwrap_or_else(|| panic!("no number: {json:?}"));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(decimals.len() == 3, "three decimals: {digits}");
    format!("{whole}{decimals}").parse().unwrap_or_else(|_| panic!("no time: {digits}"))
}

/// Each process by itself: two loops have two clocks.
#[track_caller]
fn check_order(events: &[Event]) {
    let mut last: BTreeMap<u64, &Event> = BTreeMap::new();
    for event in events {
        let Some(before) = last.insert(event.pid, event).filter(|before| before.phase != "M")
        else {
            continue;
        };
        let in_order =
            before.ts < event.ts || (before.ts == event.ts && before.duration >= event.duration);
        let is_sound = in_order && event.phase != "M";
        assert!(is_sound, "by time, then longer first: {before:?}, {event:?}");
    }
}

#[track_caller]
fn check_names(events: &[Event]) {
    let arg =
        |event: &Event, key: &str| event.args.as_ref().and_then(|args| args.get(key)).cloned();
    let mut named = BTreeMap::new();
    for event in of_phase(events, "M") {
        let has_value = match event.name.as_str() {
            "process_name" | "thread_name" => matches!(arg(event, "name"), Some(Json::Text(_))),
            "thread_sort_index" => matches!(arg(event, "sort_index"), Some(Json::Number(_))),
            _ => false,
        };
        let before = named.insert((event.name.as_str(), event.thread()), ());
        assert!(has_value && before.is_none(), "{event:?}");
    }
    for event in events {
        let process = named.contains_key(&("process_name", (event.pid, 1)));
        let thread = ["thread_name", "thread_sort_index"]
            .iter()
            .all(|what| named.contains_key(&(what, event.thread())));
        assert!(process && thread, "on a track without a name: {event:?}");
        // Importers take thread 0 for the process' own number: two tracks would become one.
        assert!(event.tid > 0, "on thread 0: {event:?}");
    }
}

/// Slices of a thread lie in one another or apart. Returns which slice each event is in, if any: the innermost.
#[track_caller]
fn check_nesting(events: &[Event]) -> Vec<Option<&Event>> {
    let mut open: BTreeMap<(u64, u64), Vec<&Event>> = BTreeMap::new();
    let mut parent_of = |event| {
        let stack = open.entry(Event::thread(event)).or_default();
        while stack.pop_if(|slice| slice.end() <= event.ts).is_some() {}
        let parent = stack.last().copied();
        if event.phase == "X" {
            let fits = parent.is_none_or(|parent| event.end() <= parent.end());
            assert!(fits, "overlaps: {event:?} and {parent:?}");
            assert!(
                event.tid == 1 || parent.is_none(),
                "a task does one thing at a time: {event:?}"
            );
            stack.push(event);
        }
        parent
    };
    events.iter().map(&mut parent_of).collect()
}

#[track_caller]
fn check_flows(events: &[Event], parents: &[Option<&Event>]) {
    let mut begun: BTreeMap<u64, &Event> = BTreeMap::new();
    let mut ended = BTreeSet::new();
    for (event, parent) in
        events.iter().zip(parents).filter(|(event, _)| "sf".contains(&event.phase))
    {
        let id = event.id.expect("a flow has an id");
        assert!(event.name == "wake" && event.category.as_deref() == Some("wake"), "{event:?}");
        let slice = parent.unwrap_or_else(|| panic!("no slice around {event:?}"));
        assert!(slice.holds(event));
        if event.phase == "s" {
            assert!(begun.insert(id, event).is_none(), "begins twice: {event:?}");
        } else {
            let begin = begun.get(&id).unwrap_or_else(|| panic!("has not begun: {event:?}"));
            assert!(begin.ts <= event.ts && event.binds_to_enclosing && ended.insert(id));
            assert!(slice.name.starts_with("poll #") && slice.ts == event.ts, "{slice:?}");
        }
    }
    assert_eq!(begun.len(), ended.len(), "each flow has two ends");
}

#[track_caller]
fn check_spans(events: &[Event]) {
    let mut open = BTreeMap::new();
    let mut closed = BTreeSet::new();
    for event in events.iter().filter(|event| "bne".contains(&event.phase)) {
        let key = (event.category.clone().expect("a category"), event.id.expect("an id"));
        match event.phase.as_str() {
            "b" => {
                let is_fresh = !closed.contains(&key);
                assert!(open.insert(key, &event.name).is_none() && is_fresh, "again: {event:?}");
            }
            "n" => assert!(open.contains_key(&key), "is not open: {event:?}"),
            _ => {
                assert_eq!(open.remove(&key), Some(&event.name), "is not open: {event:?}");
                closed.insert(key);
            }
        }
    }
    assert!(open.is_empty(), "have no end: {open:?}");
}

#[track_caller]
fn check_counters(events: &[Event]) {
    for event in of_phase(events, "C") {
        assert!(["ready", "alive"].contains(&event.name.as_str()), "{event:?}");
        let Some(Json::Object(args)) = &event.args else { panic!("counts nothing: {event:?}") };
        let counts: Vec<_> = args.values().map(Json::integer).collect();
        assert!(matches!(counts[..], [Some(_)]), "{event:?}");
    }
}
