//! Files: aiofiles' behaviours, std's errors, and what is left of an operation that was dropped.

mod common;

use std::{
    fs as blocking,
    io::{ErrorKind, SeekFrom},
    ops::Deref,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use common::{CountingWaker, assert_nothing_left, poll_with, virtual_and_recorded};
use glassloop::{
    EventLoop,
    fs::{self, File},
};

#[path = "fs/dropped.rs"]
mod dropped;
#[path = "fs/paths.rs"]
mod paths;
#[cfg(unix)]
#[path = "fs/pipes.rs"]
mod pipes;

/// A folder of the test's own, removed with all that is in it when this is dropped.
struct TempDir(PathBuf);

fn tempdir() -> TempDir {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let name = format!("glassloop-fs-{}-{}", process::id(), COUNTER.fetch_add(1, Relaxed));
    let path = std::env::temp_dir().join(name);
    blocking::create_dir(&path).unwrap();
    TempDir(path)
}

impl TempDir {
    /// A file in it with this in it.
    fn file(&self, contents: &str) -> PathBuf {
        let path = self.join("test.txt");
        blocking::write(&path, contents).unwrap();
        path
    }
}

impl Deref for TempDir {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = blocking::remove_dir_all(&self.0);
    }
}

/// Runs to the end, and nothing is left.
fn run<F: Future>(future: F) -> F::Output {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let output = event_loop.run_until_complete(future);
    assert_nothing_left(&event_loop);
    output
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_file_is_opened_for_reading_unless_told_otherwise() {
    let folder = tempdir();
    let path = folder.file("0123456789");
    run(async {
        let mut file = fs::open(&path).await.unwrap();
        assert_eq!(text(file.read_to_end().await.unwrap()), "0123456789");
        assert!(file.write(b"x").await.is_err());
        let mut file = File::open(&path).await.unwrap();
        assert_eq!(text(file.read(4).await.unwrap()), "0123");
        let mut file = fs::open(&path).write(true).await.unwrap();
        assert!(file.read(1).await.is_err());
    });
}

#[test]
fn the_modes_of_python() {
    let folder = tempdir();
    let (old, new) = (folder.file("0123456789"), folder.join("new.txt"));
    run(async {
        // "r+"
        let mut file = fs::open(&old).read(true).write(true).await.unwrap();
        file.write(b"ab").await.unwrap();
        assert_eq!(text(file.read_to_end().await.unwrap()), "23456789");
        // "a", "a+"
        let mut file = fs::open(&old).read(true).append(true).create(true).await.unwrap();
        file.write(b"!").await.unwrap();
        file.seek(SeekFrom::Start(0)).await.unwrap();
        assert_eq!(text(file.read_to_end().await.unwrap()), "ab23456789!");
        // "x"
        fs::open(&new).write(true).create_new(true).await.unwrap();
        let error = fs::open(&new).write(true).create_new(true).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        // "w"
        let mut file = File::create(&old).await.unwrap();
        file.write(b"fresh").await.unwrap();
    });
    assert_eq!(blocking::read(&old).unwrap(), b"fresh");
}

#[test]
fn an_open_that_makes_no_sense_is_the_error_of_std() {
    let folder = tempdir();
    let path = folder.file("");
    let error = run(fs::open(&path).read(true).truncate(true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn lines_come_one_by_one_and_the_last_needs_no_end() {
    let folder = tempdir();
    let path = folder.file("one\n\ntwo\r\nthree");
    run(async {
        let mut file = fs::open(&path).await.unwrap();
        for line in ["one\n", "\n", "two\r\n", "three", "", ""] {
            assert_eq!(text(file.readline().await.unwrap()), line);
        }
        let mut file = fs::open(&path).await.unwrap();
        for line in ["one", "", "two", "three"] {
            assert_eq!(file.next_line().await.unwrap().unwrap(), line);
        }
        assert_eq!(file.next_line().await.unwrap(), None);
        assert_eq!(file.next_line().await.unwrap(), None);
    });
}

#[test]
fn a_line_may_be_longer_than_what_is_read_ahead_at_once() {
    let folder = tempdir();
    let long = "x".repeat(200_000);
    let path = folder.file(&format!("{long}\nshort\n"));
    run(async {
        let mut file = fs::open(&path).await.unwrap();
        assert_eq!(file.next_line().await.unwrap().unwrap(), long);
        assert_eq!(file.next_line().await.unwrap().unwrap(), "short");
        assert_eq!(file.next_line().await.unwrap(), None);
    });
}

#[test]
fn lines_that_were_read_ahead_cost_no_job_and_still_let_the_others_go() {
    let folder = tempdir();
    let path = folder.file(&"line\n".repeat(1000));
    let (event_loop, lines) = virtual_and_recorded();
    event_loop.run_until_complete(async {
        let mut file = fs::open(&path).await.unwrap();
        lines.take();
        while file.next_line().await.unwrap().is_some() {}
    });
    let lines = lines.take();
    let count = |word: &str| lines.iter().filter(|line| line.starts_with(word)).count();
    assert_eq!(count("queue job"), 2, "one for the lines, one for the end: {lines:?}");
    assert!(count("pending 0: its next turn") >= 7, "128 at most in a poll: {lines:?}");
}

#[test]
fn read_gives_as_much_as_was_asked_for_and_less_only_at_the_end() {
    let folder = tempdir();
    let path = folder.file("line1\nline2");
    run(async {
        let mut file = fs::open(&path).await.unwrap();
        assert_eq!(text(file.read(0).await.unwrap()), "");
        assert_eq!(text(file.readline().await.unwrap()), "line1\n");
        assert_eq!(text(file.read(2).await.unwrap()), "li");
        assert_eq!(text(file.read(10).await.unwrap()), "ne2");
        assert_eq!(text(file.read(10).await.unwrap()), "");
        assert_eq!(text(file.read_to_end().await.unwrap()), "");
        file.seek(SeekFrom::Start(0)).await.unwrap();
        assert_eq!(text(file.read(usize::MAX).await.unwrap()), "line1\nline2");
    });
}

#[test]
fn a_file_that_has_grown_can_be_read_on() {
    let folder = tempdir();
    let path = folder.file("one\n");
    run(async {
        let mut log = fs::open(&path).append(true).await.unwrap();
        let mut file = fs::open(&path).await.unwrap();
        assert_eq!(file.next_line().await.unwrap().unwrap(), "one");
        assert_eq!(file.next_line().await.unwrap(), None);
        log.write(b"two\n").await.unwrap();
        assert_eq!(file.next_line().await.unwrap().unwrap(), "two");
    });
}

#[test]
fn readexactly_at_the_end_is_an_error_and_reads_nothing() {
    let folder = tempdir();
    let path = folder.file("0123456789ABCDEFGH");
    run(async {
        let mut file = fs::open(&path).await.unwrap();
        let error = file.readexactly(36).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let end = "18 bytes read on a total of 36 expected bytes";
        assert_eq!(error.to_string(), format!("cannot read \"{}\": {end}", path.display()));
        assert_eq!(text(file.readexactly(10).await.unwrap()), "0123456789");
        assert_eq!(text(file.readexactly(8).await.unwrap()), "ABCDEFGH");
        assert_eq!(file.readexactly(0).await.unwrap(), b"");
    });
}

#[test]
fn large_files_come_and_go_whole() {
    let folder = tempdir();
    let path = folder.join("large");
    let large: Vec<u8> = (0..300_000_u32).map(|n| n as u8 ^ (n >> 8) as u8).collect();
    run(async {
        let mut file = File::create(&path).await.unwrap();
        file.write(&large).await.unwrap();
        let mut file = fs::open(&path).await.unwrap();
        let mut read = file.read(7).await.unwrap();
        for n in [100, 70_000, 65_536, 1] {
            read.extend(file.read(n).await.unwrap());
        }
        assert_eq!(read.len(), 135_644);
        read.extend(file.read_to_end().await.unwrap());
        assert!(read == large);
    });
}

#[test]
fn seek_and_tell_count_from_where_the_program_is_not_from_what_was_read_ahead() {
    let folder = tempdir();
    let path = folder.file("one\ntwo\nthree\n");
    run(async {
        let mut file = fs::open(&path).await.unwrap();
        assert_eq!(file.tell().await.unwrap(), 0);
        file.readline().await.unwrap();
        assert_eq!(file.tell().await.unwrap(), 4);
        assert_eq!(file.seek(SeekFrom::Current(2)).await.unwrap(), 6);
        assert_eq!(text(file.readline().await.unwrap()), "o\n");
        assert_eq!(file.seek(SeekFrom::Current(-4)).await.unwrap(), 4);
        assert_eq!(text(file.readline().await.unwrap()), "two\n");
        assert_eq!(file.seek(SeekFrom::End(-6)).await.unwrap(), 8);
        assert_eq!(text(file.read_to_end().await.unwrap()), "three\n");
        assert_eq!(file.seek(SeekFrom::Start(1)).await.unwrap(), 1);
        assert_eq!(text(file.read(2).await.unwrap()), "ne");
        assert_eq!(file.seek(SeekFrom::Start(99)).await.unwrap(), 99);
        assert_eq!(file.read(1).await.unwrap(), b"");
    });
}

#[test]
fn a_seek_before_the_start_is_an_error_and_the_place_stays() {
    let folder = tempdir();
    let path = folder.file("0123456789");
    run(async {
        let mut file = fs::open(&path).await.unwrap();
        file.read(3).await.unwrap();
        for offset in [-4, i64::MIN] {
            let error = file.seek(SeekFrom::Current(offset)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        assert_eq!(text(file.read(3).await.unwrap()), "345");
    });
}

#[test]
fn writing_after_reading_begins_where_reading_ended() {
    let folder = tempdir();
    let path = folder.file("one\ntwo\nthree\n");
    run(async {
        let mut file = fs::open(&path).read(true).write(true).await.unwrap();
        file.readline().await.unwrap();
        file.write(b"TWO\n").await.unwrap();
        assert_eq!(text(file.readline().await.unwrap()), "three\n");
    });
    assert_eq!(blocking::read(&path).unwrap(), b"one\nTWO\nthree\n");
}

#[test]
fn truncating_cuts_off_what_was_read_ahead_too_and_the_place_stays() {
    let folder = tempdir();
    let path = folder.file("0123456789");
    run(async {
        let mut file = fs::open(&path).read(true).write(true).await.unwrap();
        file.read(2).await.unwrap();
        file.set_len(4).await.unwrap();
        assert_eq!(text(file.read(10).await.unwrap()), "23");
        file.set_len(6).await.unwrap();
        assert_eq!(file.read(10).await.unwrap(), [0, 0]);
        file.set_len(0).await.unwrap();
        assert_eq!(file.tell().await.unwrap(), 6);
        assert_eq!(file.metadata().await.unwrap().len(), 0);
        file.sync_all().await.unwrap();
    });
}

#[test]
fn what_is_written_is_there_at_once() {
    let folder = tempdir();
    let path = folder.join("new");
    run(async {
        let mut file = File::create(&path).await.unwrap();
        file.write(b"one").await.unwrap();
        file.write(b"").await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"one");
        file.write(b"two").await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"onetwo");
    });
}

#[test]
fn use_after_close_is_an_error() {
    let folder = tempdir();
    let path = folder.file("one\ntwo\n");
    run(async {
        let mut file = fs::open(&path).read(true).write(true).await.unwrap();
        file.readline().await.unwrap();
        assert_eq!(format!("{file:?}"), format!("<File open \"{}\">", path.display()));
        file.close().await.unwrap();
        assert!(file.is_closed());
        assert_eq!(format!("{file:?}"), format!("<File closed \"{}\">", path.display()));
        let closed = |what: &str| format!("cannot {what} \"{}\": file is closed", path.display());
        let errors = [
            ("read", file.read(1).await.err()),
            ("read", file.read_to_end().await.err()),
            ("read", file.readexactly(1).await.err()),
            ("read", file.next_line().await.err()),
            ("write", file.write(b"x").await.err()),
            ("seek in", file.seek(SeekFrom::Start(0)).await.err()),
            ("seek in", file.tell().await.err()),
            ("truncate", file.set_len(0).await.err()),
            ("sync", file.sync_all().await.err()),
            ("look at", file.metadata().await.err()),
        ];
        for (what, error) in errors {
            assert_eq!(error.unwrap().to_string(), closed(what));
        }
        file.close().await.unwrap(); // closing twice is not one
    });
}

#[test]
fn a_hundred_orders_of_ten_tasks_with_a_file_each() {
    let folder = tempdir();
    for seed in 0..100 {
        let builder = EventLoop::builder().unwatched().virtual_time().shuffle(seed);
        let event_loop = builder.max_threads(4).build().unwrap();
        let tasks = (0..10).map(|n| {
            let path = folder.join(format!("{seed}-{n}"));
            event_loop.create_task(async move {
                let mut file = File::create(&path).await?;
                for word in ["one\n", "two\n", "three\n"] {
                    file.write(word.as_bytes()).await?;
                }
                file.close().await?;
                let mut file = fs::open(&path).await?;
                let mut lines = Vec::new();
                while let Some(line) = file.next_line().await? {
                    lines.push(line);
                }
                std::io::Result::Ok(lines)
            })
        });
        let tasks: Vec<_> = tasks.collect();
        event_loop.run_until_complete(async {
            for task in tasks {
                assert_eq!(task.await.unwrap().unwrap(), ["one", "two", "three"]);
            }
        });
        assert_nothing_left(&event_loop);
    }
}

#[test]
#[should_panic(expected = "polled outside of an event loop")]
fn outside_of_a_loop_an_operation_panics_with_a_clear_message() {
    let (_count, waker) = CountingWaker::new();
    let _ = poll_with(&mut fs::read("x"), &waker);
}
