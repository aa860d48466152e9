//! Time, processor time and memory of this process.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::{
    thread::{CpuSet, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

use crate::Result;

/// A moment, by two clocks.
pub struct Start {
    moment: Instant,
    processor: Duration,
}

/// Starts both clocks.
pub fn start() -> Start {
    Start { moment: Instant::now(), processor: processor_time() }
}

impl Start {
    /// How long ago it was.
    pub fn elapsed(&self) -> Duration {
        self.moment.elapsed()
    }

    /// How much the processors have worked for this process since.
    pub fn processor(&self) -> Duration {
        processor_time() - self.processor
    }

    /// The one figure that most workloads give: nanoseconds for each of so many.
    pub fn nanoseconds_each(&self, count: u64) -> Result<Vec<f64>> {
        Ok(vec![self.elapsed().as_nanos() as f64 / count as f64])
    }

    /// The same in microseconds, for what goes by way of the operating system.
    pub fn microseconds_each(&self, count: u64) -> Result<Vec<f64>> {
        Ok(vec![self.elapsed().as_secs_f64() * 1e6 / count as f64])
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// How much the processors have worked for the processes that this one has started and seen end.
pub fn processor_of_children() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The second field is a name in parentheses, which may hold anything.
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: Vec<u64> =
        fields.skip(13).take(2).map(str::parse).collect::<std::result::Result<_, _>>()?;
    let seconds = ticks.iter().sum::<u64>() as f64 / rustix::param::clock_ticks_per_second() as f64;
    Ok(Duration::from_secs_f64(seconds))
}

/// How many bytes of memory this process occupies.
pub fn resident() -> Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = pages.split(' ').nth(1).ok_or("statm without a second number")?.parse()?;
    Ok(pages * rustix::param::page_size() as u64)
}

/// How many bytes it has occupied at most.
pub fn peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// Keeps this thread, and those that it starts from now on, on one processor.
pub fn stay_on(processor: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(processor);
    Ok(sched_setaffinity(None, &set)?)
}
