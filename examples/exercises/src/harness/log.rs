//! What the probes write down: the records of a trace, of which a story is told and a timeline drawn.

use std::{
    backtrace::Backtrace,
    env,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use glassloop::{
    trace::{Record, What},
    views::story,
};

use super::{child::STORY, scene};

/// For so many records the line of the answer is known: to look it up takes a millisecond each.
const LOOKED_UP: usize = 400;

/// What the probes have seen: the records of a trace.
#[derive(Clone)]
pub struct Log {
    noted: Arc<Mutex<Vec<Noted>>>,
    /// How many came before those.
    left_out: Arc<AtomicUsize>,
    start: Instant,
}

/// A record, and how it came to be.
pub(super) struct Noted {
    pub(super) record: Record,
    /// Where the program was then, if that is to be told.
    frames: Option<Backtrace>,
}

/// The logs of this process that can be shown: the longest of those that are complete, and the last.
static LOGS: Mutex<(Option<Log>, Option<Log>)> = Mutex::new((None, None));

/// What happened in the check, to be shown: of several scenarios the last one, where it was found wanting; the one in
/// which most happened, where all went well. Where the check keeps no log, what its wakers have seen.
pub fn shown_run(passed: bool) -> Option<Log> {
    let logs = LOGS.lock().unwrap_or_else(PoisonError::into_inner);
    let (longest, last) = (logs.0.clone(), logs.1.clone());
    match (longest, last) {
        (Some(longest), Some(last)) if passed && longest.len() > last.len() => Some(longest),
        (longest, last) => last.or(longest).or_else(scene::shown),
    }
}

impl Default for Log {
    fn default() -> Log {
        let log = Log::unseen();
        let mut logs = LOGS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = logs.1.replace(log.clone())
            && logs.0.as_ref().is_none_or(|longest| longest.len() < last.len())
        {
            logs.0 = Some(last);
        }
        log
    }
}

impl Log {
    /// One that is not shown by itself.
    pub(super) fn unseen() -> Log {
        Log { noted: Arc::default(), left_out: Arc::default(), start: Instant::now() }
    }

    /// Writes down that something has happened, now.
    pub fn note(&self, what: What) {
        self.note_at(self.start.elapsed(), 1, what);
    }

    /// The same, at a time that is not the clock's.
    pub fn note_at(&self, t: Duration, turn: u64, what: What) {
        let t = u64::try_from(t.as_nanos()).unwrap_or(u64::MAX);
        let is_shown = env::var_os(STORY).is_some() && self.len() < LOOKED_UP;
        let frames = is_shown.then(Backtrace::force_capture);
        let mut noted = self.locked();
        // Several threads may write, and the time of a record never decreases.
        let t = noted.last().map_or(t, |last| last.record.t.max(t));
        noted.push(Noted { record: Record::new(t, turn, what), frames });
    }

    pub fn records(&self) -> Vec<Record> {
        self.locked().iter().map(|noted| noted.record.clone()).collect()
    }

    /// Lets go of the first half, where there are so many.
    pub(super) fn keep_the_last(&self, most: usize) {
        let mut noted = self.locked();
        if noted.len() >= most {
            let gone = noted.drain(..most / 2).count();
            self.left_out.fetch_add(gone, SeqCst);
        }
    }

    pub fn story(&self) -> String {
        match self.left_out.load(SeqCst) {
            0 => self.told(),
            gone => format!("         … {gone} events came before\n{}", self.told()),
        }
    }

    fn told(&self) -> String {
        let noted = self.locked();
        let records: Vec<Record> = noted.iter().map(|noted| noted.record.clone()).collect();
        if noted.iter().all(|noted| noted.frames.is_none()) {
            return story(&records);
        }
        // A sentence may come of several records; it belongs to the last line that one of them was noted at.
        let (mut told, mut lines, mut at) = (String::new(), 0, String::new());
        for (index, Noted { frames, .. }) in noted.iter().enumerate().take(LOOKED_UP) {
            at = frames.as_ref().and_then(line_of_the_answer).unwrap_or(at);
            let until = story(&records[..=index]);
            for new in until.lines().skip(lines) {
                told += &format!("{}\n", format!("{new:<88} {at}").trim_end());
            }
            if until.lines().count() > lines {
                (lines, at) = (until.lines().count(), String::new());
            }
        }
        story(&records).lines().skip(lines).fold(told, |told, line| told + line + "\n")
    }

    fn len(&self) -> usize {
        self.locked().len()
    }

    pub(super) fn locked(&self) -> MutexGuard<'_, Vec<Noted>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `answer.rs:23`, if the answer is among those who called.
fn line_of_the_answer(frames: &Backtrace) -> Option<String> {
    let frames = frames.to_string();
    let mut places = frames.lines().filter_map(|line| line.trim().strip_prefix("at "));
    let line = places.find_map(|place| place.split_once("answer.rs:")?.1.split(':').next())?;
    Some(format!("answer.rs:{line}"))
}
