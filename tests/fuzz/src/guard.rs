//! What one input may cost: a minute, and a gigabyte for all of the program. Beyond that it is told and the program ends.

use std::{
    fs,
    process::exit,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// A hang is told of after this. No input takes a hundredth of it.
const MOST_TIME: Duration = Duration::from_secs(60);
const MOST_MEMORY: u64 = 1024 * 1024 * 1024;

/// What Linux counts memory by, nearly everywhere.
const PAGE: u64 = 4096;

/// A thread that looks at the clock and at the memory.
pub struct Guard(Arc<Mutex<Option<Trying>>>);

struct Trying {
    target: &'static str,
    what: String,
    since: Instant,
}

impl Guard {
    pub fn start() -> Guard {
        let trying = Arc::new(Mutex::new(None));
        let watched = trying.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(50));
                look(&watched);
            }
        });
        Guard(trying)
    }

    /// From now on this is tried.
    pub fn begin(&self, target: &'static str, what: &str) {
        let trying = Trying { target, what: what.to_string(), since: Instant::now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(trying);
    }

    pub fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn look(trying: &Mutex<Option<Trying>>) {
    let trying = trying.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(Trying { target, what, since }) = &*trying else { return };
    let memory = memory();
    let wrong = match since.elapsed() > MOST_TIME {
        true => format!("hangs: it has taken {MOST_TIME:?}"),
        false if memory > MOST_MEMORY => format!("takes too much memory: {memory} bytes"),
        false => return,
    };
    println!("{target}: {what} {wrong}");
    println!("again: cargo run -p fuzz --release -- --target {target}, with that seed or corpus");
    exit(1);
}

/// How much memory the program has, where the system says so.
fn memory() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE
}
