//! Who runs while nobody has anything to do: what Linux counts of each thread, and tells safe code.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

/// How long the threads may take to fall asleep. On a busy machine they wait for their turn first.
const SETTLING: Duration = Duration::from_secs(1);

/// A thread that sleeps, looked at twice, has not run in between.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// What the other threads of this process did while they had nothing to do.
#[derive(Debug)]
pub struct Idle {
    /// How often one of them was given a processor.
    pub runs: u64,
    /// How long they kept it.
    pub busy: Duration,
}

#[derive(PartialEq)]
struct Thread {
    sleeps: bool,
    busy: u64,
    runs: u64,
}

/// Lets the other threads fall asleep, and looks on for so long. `None` where the operating system does not tell.
pub fn watch_idle(time: Duration) -> Option<Idle> {
    let start = Instant::now();
    let mut before = others();
    while start.elapsed() < SETTLING && before.is_some() {
        thread::sleep(BETWEEN_LOOKS);
        let now = others();
        let is_settled = now == before && now.iter().flatten().all(|(_, thread)| thread.sleeps);
        before = now;
        if is_settled {
            break;
        }
    }
    thread::sleep(time);
    let (before, after) = (before?, others()?);
    let since = |of: fn(&Thread) -> u64| -> u64 {
        let gain = |(name, thread): (&String, &Thread)| {
            of(thread).saturating_sub(before.get(name).map_or(0, of))
        };
        after.iter().map(gain).sum()
    };
    Some(Idle { runs: since(|it| it.runs), busy: Duration::from_nanos(since(|it| it.busy)) })
}

/// How many threads this process has, beside this one.
pub fn other_threads() -> Option<usize> {
    others().map(|threads| threads.len())
}

/// The threads of this process by their numbers, without this one.
fn others() -> Option<BTreeMap<String, Thread>> {
    let own = fs::read_link("/proc/thread-self").ok()?;
    let mut threads = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/task").ok()? {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?.to_string();
        if own.ends_with(&name) {
            continue;
        }
        // One that cannot be read has ended meanwhile.
        let read = |file| fs::read_to_string(path.join(file)).ok();
        let Some((stat, counts)) = read("stat").zip(read("schedstat")) else { continue };
        let sleeps = stat.rsplit_once(") ")?.1.starts_with('S');
        let mut counts = counts.split_whitespace().map(|number| number.parse().ok());
        let (busy, runs) = (counts.next()??, counts.nth(1)??);
        threads.insert(name, Thread { sleeps, busy, runs });
    }
    Some(threads)
}
