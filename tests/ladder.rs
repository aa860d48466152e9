//! The seven steps of the ladder do the same job, and the counts that each prints show what its text
//! says.
//!
//! No count that is asserted here depends on speed, if only a host takes longer to answer than this
//! thread takes from sending a request to its first try to read.

use std::{
    collections::HashMap,
    io::Read,
    process::{Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use programs::{example, stderr, stdout};

#[path = "common/programs.rs"]
mod programs;
#[path = "ladder/runtime.rs"]
mod runtime;

const STEPS: [&str; 7] = [
    "step1_blocking",
    "step2_busy",
    "step3_callbacks",
    "step4_future",
    "step5_block_on",
    "step6_executor",
    "step7_reactor",
];

/// What a step has printed.
struct Report {
    /// Its rows: a name, and what stands behind it.
    rows: Vec<(String, String)>,
    pages: Vec<String>,
    text: String,
}

/// Runs a step; one that never ends must not hang the test.
#[track_caller]
fn run(step: &str, words: &[&str]) -> Output {
    let mut command = example(step);
    command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let (sender, receiver) = mpsc::channel();
    let (mut out, mut err) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
    thread::spawn(move || {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        out.read_to_end(&mut stdout).and_then(|_| err.read_to_end(&mut stderr)).unwrap();
        sender.send((stdout, stderr))
    });
    let Ok((stdout, stderr)) = receiver.recv_timeout(Duration::from_secs(60)) else {
        process.kill().unwrap();
        panic!("{step} does not end");
    };
    Output { status: process.wait().unwrap(), stdout, stderr }
}

impl Report {
    /// Runs a step with so many hosts, each of which answers after 300 ms.
    fn of(step: &str, hosts: usize) -> Report {
        let output = run(step, &["--hosts", &hosts.to_string(), "--delay", "0.3"]);
        assert!(output.status.success(), "{step}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{step}");
        let text = stdout(&output);
        let (above, rows) = text.split_once("\n\n").expect("a report below an empty line");
        let pages = above.lines().filter(|line| line.starts_with("host ")).map(String::from);
        let row = |line: &str| {
            let (name, value) = line.split_once("   ").expect("a name, spaces, a value");
            (name.to_string(), value.trim().to_string())
        };
        let (pages, rows) = (pages.collect(), rows.lines().map(row).collect());
        Report { rows, pages, text }
    }

    /// A count, or `None` where the step says that it does not know.
    fn known(&self, name: &str) -> Option<u64> {
        let row = self.rows.iter().find(|row| row.0 == name);
        let (_, value) = row.unwrap_or_else(|| panic!("no row {name:?}: {}", self.text));
        (value != "unknown").then(|| value.parse().expect("a number"))
    }

    #[track_caller]
    fn count(&self, name: &str) -> u64 {
        self.known(name).expect("a count of the step's own is always known")
    }

    /// Some counts, by name.
    #[track_caller]
    fn counts<const N: usize>(&self, names: [&str; N]) -> [u64; N] {
        names.map(|name| self.count(name))
    }

    fn milliseconds(&self) -> f64 {
        let (_, time) = &self.rows[0];
        time.strip_suffix(" ms").and_then(|time| time.parse().ok()).expect("time in ms")
    }

    /// Where the operating system can be asked, it says that the step has so many threads.
    #[track_caller]
    fn assert_threads(&self, threads: u64) {
        assert_eq!(self.known("threads").unwrap_or(threads), threads);
        assert!(self.known("threads").is_some() || !cfg!(target_os = "linux"));
    }
}

#[test]
fn each_step_fetches_each_page_once_and_prints_the_same_rows() {
    let reports = STEPS.map(|step| Report::of(step, 4));
    for (report, step) in reports.iter().zip(STEPS) {
        let head = format!("{step}: 4 hosts, each answers after 300 ms\n");
        assert!(report.text.starts_with(&head), "{}", report.text);
        let mut pages = report.pages.clone();
        pages.sort();
        let page = |n: u32| format!("host {n}   HTTP/1.1 200 OK, 171 bytes, \"Movie {n}\"");
        assert_eq!(pages, [1, 2, 3, 4].map(page), "{step}");
        assert!(report.milliseconds() >= 300.0, "{}", report.text);
        let names = |report: &Report| -> Vec<_> {
            report.rows.iter().map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(names(report), names(&reports[0]), "{step}");
    }
}

#[test]
fn step_1_asks_one_host_at_a_time_so_the_times_add_up() {
    let report = Report::of("step1_blocking", 3);
    assert!(report.milliseconds() >= 900.0);
    let names = ["hosts asked at once", "reads in vain", "events", "polls", "wakes"];
    assert_eq!(report.counts(names), [1, 0, 0, 0, 0]);
    report.assert_threads(1);
}

#[test]
fn step_2_asks_all_hosts_at_once_and_reads_in_vain() {
    let report = Report::of("step2_busy", 3);
    let [reads, in_vain] = report.counts(["reads", "reads in vain"]);
    // Of the head, of the body, of the end: no more than three reads of a host can come to something.
    assert!(in_vain > 0 && reads - in_vain <= 9, "{}", report.text);
    let names = ["hosts asked at once", "events", "polls", "wakes"];
    assert_eq!(report.counts(names), [3, 0, 0, 0]);
    report.assert_threads(1);
}

#[test]
fn step_3_tries_only_when_it_was_told_to() {
    let report = Report::of("step3_callbacks", 3);
    let [in_vain, events] = report.counts(["reads in vain", "events"]);
    // Each event leads to reads until one is in vain, but for the last one of a host, which leads to its end.
    assert!(in_vain > 0 && in_vain + 3 <= events, "{}", report.text);
    assert_eq!(report.counts(["hosts asked at once", "polls", "wakes"]), [3, 0, 0]);
    report.assert_threads(1);
}

#[test]
fn step_4_polls_all_at_each_event_and_most_of_it_is_in_vain() {
    let report = Report::of("step4_future", 20);
    let [events, polls, in_vain] = report.counts(["events", "polls", "polls in vain"]);
    // A poll that comes to something has connected, or read the head, the body or the end.
    assert!(in_vain > events && polls - in_vain <= 4 * 20, "{}", report.text);
    assert_eq!(report.counts(["hosts asked at once", "wakes"]), [20, 0]);
    report.assert_threads(1);
}

#[test]
fn step_4_says_how_large_the_two_futures_are() {
    let report = Report::of("step4_future", 2);
    let size = |how: &str| -> Option<usize> {
        let before = format!("a fetch {how} is a future of ");
        let line = report.text.lines().find_map(|line| line.strip_prefix(&before))?;
        line.strip_suffix(" bytes")?.parse().ok()
    };
    let (by_hand, by_compiler) = (size("by hand"), size("as an async fn"));
    assert!(by_hand.is_some_and(|size| (50..500).contains(&size)), "{}", report.text);
    assert!(by_compiler.is_some_and(|size| (50..1000).contains(&size)), "{}", report.text);
}

#[test]
fn step_5_is_woken_by_another_thread_and_the_times_add_up_again() {
    let report = Report::of("step5_block_on", 3);
    assert!(report.milliseconds() >= 900.0);
    let [polls, wakes, across] = report.counts(["polls", "wakes", "wakes across threads"]);
    // One poll a future, and no more than one a wake: it does not spin.
    assert!(wakes >= 3 && across == wakes && polls <= 3 + wakes, "{}", report.text);
    assert_eq!(report.count("hosts asked at once"), 1);
    report.assert_threads(2);
}

#[test]
fn step_6_serves_all_hosts_on_one_thread_and_each_wake_crosses_from_the_other() {
    let report = Report::of("step6_executor", 20);
    let [polls, wakes, across] = report.counts(["polls", "wakes", "wakes across threads"]);
    assert!(wakes >= 20 && across == wakes, "{}", report.text);
    // One poll a task, and one a wake, but for a wake that comes when the task is done already.
    assert!((40..=20 + wakes).contains(&polls), "{}", report.text);
    assert_eq!(report.count("hosts asked at once"), 20);
    report.assert_threads(2);
}

#[test]
fn step_7_has_one_thread_no_wake_across_threads_and_no_poll_in_vain() {
    for hosts in [3, 50] {
        let report = Report::of("step7_reactor", hosts);
        let hosts = hosts as u64;
        let [polls, in_vain] = report.counts(["polls", "polls in vain"]);
        let [wakes, across] = report.counts(["wakes", "wakes across threads"]);
        assert_eq!((in_vain, across), (0, 0), "{}", report.text);
        // One poll a task, the main one included, and one a wake: none too many, and no wake is lost.
        assert_eq!(polls, 1 + hosts + wakes, "{}", report.text);
        // One try before each wait, and no second one: for each read in vain there was a wake.
        assert!(report.count("reads in vain") <= wakes, "{}", report.text);
        assert_eq!(report.count("hosts asked at once"), hosts);
        report.assert_threads(1);
    }
}

#[test]
fn a_step_says_what_is_wrong_with_its_arguments() {
    for (words, problem) in [
        (&["--hosts", "0"][..], "--hosts wants a number from 1 to 100"),
        (&["--hosts", "many"], "--hosts wants a number from 1 to 100"),
        (&["--hosts"], "--hosts wants N behind it"),
        (&["--delay", "31"], "--delay wants a number of seconds from 0 to 30, as in --delay 1"),
        (&["--fast"], "no such option: \"--fast\""),
        (&["localhost"], "there is nothing to name: the hosts are embedded"),
    ] {
        for step in STEPS {
            let output = run(step, words);
            let expected =
                format!("{step}: {problem}\nusage: {step} [--hosts N] [--delay SECONDS]\n");
            assert!(stderr(&output).starts_with(&expected), "{}", stderr(&output));
            assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
        }
    }
}

#[test]
fn each_step_names_the_next_one() {
    for pair in STEPS.windows(2) {
        let path = format!("{}/examples/{}.rs", env!("CARGO_MANIFEST_DIR"), pair[0]);
        let text = std::fs::read_to_string(path).unwrap();
        let opening: Vec<_> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let opening = opening.join("\n");
        assert!(opening.contains("**What is wrong with it.**"), "{opening}");
        assert!(opening.contains(&format!("`{}.rs`", pair[1])), "{opening}");
    }
}

/// The lines of code of step 7, by the names of its parts.
fn parts_of_step_7() -> HashMap<&'static str, usize> {
    let parts = include_str!("../examples/step7_reactor.rs").split("// ───── ").skip(1);
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let part = |part: &'static str| {
        let (name, text) = part.split_once([':', '─']).expect("a name");
        (name.trim(), text.lines().skip(1).filter(is_code).count())
    };
    parts.map(part).collect()
}

#[test]
fn the_machine_of_step_7_is_about_200_lines_in_the_files_of_the_real_one() {
    let machine: Vec<_> =
        parts_of_step_7().into_iter().filter(|(name, _)| name.ends_with(".rs")).collect();
    let lines: usize = machine.iter().map(|(_, lines)| lines).sum();
    assert!((150..=220).contains(&lines), "{lines}: {machine:?}");
    for (name, _) in machine {
        let path = format!("{}/src/runtime/{name}", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&path).exists(), "{path}");
    }
}
