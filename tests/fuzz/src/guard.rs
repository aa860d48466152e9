//! What one input may cost: a minute, and a gigabyte for all of the program. Beyond that it is told, and the program
//! ends.

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
    what: String,
    /// The command that tries it again.
    again: String,
    since: Instant,
}

impl Guard {
    pub fn start() -> Guard {
        let trying = Arc::new(Mutex::new(None));
        let watched = trying.clone();
        let watch = move || {
            loop {
                thread::sleep(Duration::from_millis(50));
                look(&watched);
            }
        };
        // A small stack, for where there is room for none of the usual size.
        let thread = thread::Builder::new().stack_size(128 * 1024).spawn(watch);
        thread.expect("there is room for one thread");
        Guard(trying)
    }

    /// From now on this is tried.
    pub fn begin(&self, what: &str, again: &str) {
        let (what, again) = (what.to_string(), again.to_string());
        let trying = Trying { what, again, since: Instant::now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(trying);
    }

    pub fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn look(trying: &Mutex<Option<Trying>>) {
    let trying = trying.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(Trying { what, again, since }) = &*trying else { return };
    let memory = memory();
    let wrong = match since.elapsed() > MOST_TIME {
        true => format!("hangs: it has taken {MOST_TIME:?}"),
        false if memory > MOST_MEMORY => format!("takes too much memory: {memory} bytes"),
        false => return,
    };
    println!("{what} {wrong}\nagain: {again}");
    exit(1);
}

/// How much memory the program has, where the system says so.
pub fn memory() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE
}
