//! A signal that interrupts the loop's sleep (EINTR) neither ends the loop nor loses what it waits for.
#![cfg(target_os = "linux")]

use std::{
    env, fs,
    future::poll_fn,
    io::{BufRead, BufReader, Write, stdin},
    process::{Child, Command, Stdio},
    sync::mpsc,
    task::{Poll, Waker},
    thread,
};

use glassloop::{
    EventLoop,
    trace::{Record, What},
};

/// Set in the process that is interrupted.
const INTERRUPTED: &str = "GLASSLOOP_TEST_INTERRUPTED";

#[test]
fn a_signal_during_the_sleep_is_no_error_and_ends_no_wait() {
    if env::var_os(INTERRUPTED).is_some() {
        return sleep_until_told();
    }
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_signal_during_the_sleep_is_no_error_and_ends_no_wait", "--nocapture"])
        .env(INTERRUPTED, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut lines = output.lines().map(|line| line.expect("text"));
    for _ in 0..5 {
        let parked = lines.find(|line| line.contains("parks ")).expect("the loop goes to sleep");
        let loop_thread = parked.split("parks ").last().unwrap();
        wait_until(loop_thread, 'S');
        signal(&child, "STOP");
        wait_until(loop_thread, 'T');
        signal(&child, "CONT");
        let woken = lines.find(|line| line.contains("wakes ")).expect("the loop looks around");
        assert!(woken.ends_with("unpark by nothing in particular"), "{woken}");
    }
    lines.find(|line| line.contains("parks ")).expect("the loop goes on");
    child.stdin.take().unwrap().write_all(b"enough\n").unwrap();
    assert!(lines.any(|line| line.contains("told enough")), "what it waited for has come");
    assert!(child.wait().unwrap().success());
}

/// In the process that is interrupted: a loop that says when it goes to sleep.
fn sleep_until_told() {
    let thread = fs::read_link("/proc/thread-self").unwrap();
    let watch = move |record: &Record| {
        if let What::Parked { .. } = record.what {
            println!("parks {}", thread.display());
        }
        if let What::Unparked { .. } = record.what {
            println!("wakes {}", record.what);
        }
    };
    let event_loop = EventLoop::builder().unwatched().observer(watch).build().unwrap();
    // A thread of our own: a loop that failed would wait for a job before it told us.
    let (waiting, waiter) = mpsc::channel::<Waker>();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        stdin().read_line(&mut line).unwrap();
        tell.send(line).unwrap();
        waiter.recv().unwrap().wake();
    });
    let line = event_loop.run_until_complete(poll_fn(|context| match told.try_recv() {
        Ok(line) => Poll::Ready(line),
        Err(_) => {
            waiting.send(context.waker().clone()).unwrap();
            Poll::Pending
        }
    }));
    println!("told {line}");
}

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Waits until the thread (`PID/task/TID`) is asleep (`S`) or stopped (`T`).
fn wait_until(thread: &str, wanted: char) {
    let state = || {
        let stat = fs::read_to_string(format!("/proc/{thread}/stat")).expect("the process lives");
        stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next())
    };
    while state() != Some(wanted) {
        thread::yield_now();
    }
}
