//! The stories that exercise 14 asks about are those that their programs tell.

use std::{
    cell::RefCell,
    env, fs,
    path::PathBuf,
    rc::Rc,
    sync::mpsc::{self, Receiver},
};

use glassloop::{
    EventLoop,
    trace::{Record, What},
    views,
};

#[path = "exercises/ex14/account.rs"]
mod account;
#[path = "exercises/ex14/deadline.rs"]
mod deadline;
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
#[path = "exercises/ex14/mail.rs"]
mod mail;

/// Runs a program under virtual time, in which each run is like the other. What it does on a thread may begin when
/// the loop has gone to sleep, so that it always ends a sleep.
fn story_of(program: impl FnOnce(EventLoop, Receiver<()>)) -> String {
    let list = Rc::new(RefCell::new(Vec::new()));
    let records = list.clone();
    let (begin, begun) = mpsc::channel();
    let mut has_job = false;
    let builder = EventLoop::builder().unwatched().virtual_time();
    let observed = builder.observer(move |record: &Record| {
        has_job |= matches!(record.what, What::JobQueued { .. });
        if has_job && matches!(record.what, What::Parked { .. }) {
            let _ = begin.send(());
        }
        list.borrow_mut().push(record.clone());
    });
    program(observed.build().expect("a loop can be made"), begun);
    views::story(&records.borrow())
}

fn path_of(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("examples/exercises/src/bin/ex14_stories").join(name)
}

/// A story as the exercise shows it.
fn shown(name: &str) -> String {
    fs::read_to_string(path_of(name)).expect("it can be read").replace("\r\n", "\n")
}

/// Where the variable `RECORD` is set, what is told now is what the exercise shows from now on.
fn record(name: &str, told: &str) {
    if env::var_os("RECORD").is_some() {
        fs::write(path_of(name), told).expect("it can be written");
    }
}

#[test]
fn the_first_story_is_that_of_the_account() {
    let told = story_of(|event_loop, _| account::run(event_loop));
    record("first.txt", &told);
    assert_eq!(told, shown("first.txt"));
}

#[test]
fn the_second_story_is_that_of_the_deadline() {
    let told = story_of(|event_loop, _| deadline::run(event_loop));
    record("second.txt", &told);
    assert_eq!(told, shown("second.txt"));
}

/// Of the third story all but the sleeps: with sockets and a thread there may be one more or less of them. With
/// epoll alone: other systems report sockets in other portions.
#[test]
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
fn the_third_story_is_that_of_the_mail() {
    let without_sleeps = |story: &str| {
        let lines =
            story.lines().filter(|line| !line.contains("──") && !line.contains("loop ends"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let told = story_of(mail::run);
    record("third.txt", &told);
    assert_eq!(without_sleeps(&told), without_sleeps(&shown("third.txt")));
}
