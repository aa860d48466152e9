//! What the operating system knows of this program, where safe code can ask for it: on Linux, in
//! `/proc`.

use std::{fs, path::Path, thread, time::Duration};

/// The name of the thread on which the hosts run. It does not count.
pub const HOSTS: &str = "hosts";

/// What the threads of this program, but for that of the hosts, have used.
pub struct Usage {
    pub cpu: Duration,
    /// How often one has gone to sleep.
    pub sleeps: u64,
    pub threads: usize,
}

impl Usage {
    /// Up to now. `None`: nobody can say.
    pub fn now() -> Option<Usage> {
        if !cfg!(target_os = "linux") {
            return None; // a `/proc` there is somebody else's
        }
        let mut usage = Usage { cpu: Duration::ZERO, sleeps: 0, threads: 0 };
        let threads: Vec<_> = fs::read_dir("/proc/self/task").ok()?.flatten().collect();
        let mut folders: Vec<_> = threads.iter().map(|thread| thread.path()).collect();
        folders.retain(|folder| read(folder, "comm").is_some_and(|name| name.trim() != HOSTS));
        for folder in &folders {
            usage.sleeps += sleeps(folder)?;
        }
        // A thread's time is added to its account when the thread goes to sleep, and hardly before.
        thread::sleep(Duration::from_millis(1));
        for folder in &folders {
            usage.cpu += cpu(folder)?;
        }
        usage.threads = folders.len();
        Some(usage)
    }

    /// What came on top of an earlier one.
    pub fn since(this: Option<Usage>, before: Option<Usage>) -> Option<Usage> {
        let (this, before) = (this?, before?);
        Some(Usage {
            cpu: this.cpu.saturating_sub(before.cpu),
            // One of them is that of `now`.
            sleeps: this.sleeps.saturating_sub(before.sleeps + 1),
            threads: this.threads,
        })
    }
}

fn read(folder: &Path, file: &str) -> Option<String> {
    fs::read_to_string(folder.join(file)).ok()
}

fn cpu(folder: &Path) -> Option<Duration> {
    let nanoseconds = read(folder, "schedstat")?.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn sleeps(folder: &Path) -> Option<u64> {
    let status = read(folder, "status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}
