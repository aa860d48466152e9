//! Named pipes, whose opening and reading takes as long as a test wants: what goes on meanwhile,
//! and what is left of an operation that was dropped while a thread was at work on it. Under the
//! real clock, since virtual time stands still while a job runs.

use std::{
    fs as blocking,
    io::{ErrorKind, Read, SeekFrom, Write},
    path::PathBuf,
    process::Command,
    thread,
    time::Duration,
};

use super::{TempDir, tempdir, text};
use crate::common::{CountingWaker, assert_nothing_left, poll_with};
use glassloop::{
    EventLoop, create_task,
    fs::{self, File},
    sleep, timeout, yield_now,
};

const MS: Duration = Duration::from_millis(1);

fn pipe(folder: &TempDir) -> PathBuf {
    let path = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo can be run").success());
    path
}

/// Both ends: ours, and the peer's.
async fn reading(path: &PathBuf) -> (File, blocking::File) {
    let peer = path.clone();
    let peer = thread::spawn(move || blocking::OpenOptions::new().write(true).open(peer).unwrap());
    (fs::open(path).await.unwrap(), peer.join().unwrap())
}

async fn writing(path: &PathBuf) -> (File, blocking::File) {
    let peer = path.clone();
    let peer = thread::spawn(move || blocking::File::open(peer).unwrap());
    (fs::open(path).write(true).await.unwrap(), peer.join().unwrap())
}

/// Has a thread begin an operation: `met` returns only once it has.
fn begun<F: Future + Unpin>(mut operation: F, met: impl FnOnce()) -> F {
    let (_count, waker) = CountingWaker::new();
    assert!(poll_with(&mut operation, &waker).is_pending());
    met();
    operation
}

/// Runs to the end, and closes: a thread that has given its result may have still to sign off.
fn run<F: Future>(future: F) -> F::Output {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let output = event_loop.run_until_complete(future);
    event_loop.close();
    assert_nothing_left(&event_loop);
    output
}

#[test]
fn a_slow_open_leaves_the_loop_live() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let reader = create_task(fs::open(path.clone()));
        for _ in 0..100 {
            yield_now().await;
        }
        sleep(MS * 2).await;
        assert!(fs::exists(&path).await.unwrap());
        assert!(!reader.done());
        let mut writer = fs::open(&path).write(true).await.unwrap();
        let mut reader = reader.await.unwrap().unwrap();
        writer.write(b"through").await.unwrap();
        writer.close().await.unwrap();
        assert_eq!(text(reader.read_to_end().await.unwrap()), "through");
    });
}

#[test]
fn an_open_that_is_dropped_closes_what_a_thread_has_opened() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let mut peer = None;
        let open = begun(fs::open(&path), || {
            peer = Some(blocking::OpenOptions::new().write(true).open(&path).unwrap());
        });
        drop(open);
        let error = loop {
            match peer.as_ref().unwrap().write_all(b"?") {
                Ok(()) => sleep(MS).await,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_line_comes_as_soon_as_it_is_there() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let (mut file, mut peer) = reading(&path).await;
        peer.write_all(b"one\ntw").unwrap();
        assert_eq!(file.next_line().await.unwrap().unwrap(), "one");
        assert_eq!(text(file.read(2).await.unwrap()), "tw");
        let (write, read) = (peer.write_all(b"o\n"), file.readline().await);
        assert_eq!((write.unwrap(), text(read.unwrap())), ((), "o\n".to_string()));
    });
}

#[test]
fn read_waits_for_as_much_as_was_asked_for() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let (mut file, mut peer) = reading(&path).await;
        let read = begun(file.read(4), || peer.write_all(b"ab").unwrap());
        sleep(MS * 5).await; // it has found two bytes, most probably
        peer.write_all(b"cd").unwrap();
        assert_eq!(text(read.await.unwrap()), "abcd");
    });
}

/// More than a pipe takes at once.
const MUCH: usize = 300_000;

#[test]
fn a_read_that_is_dropped_loses_no_byte_and_the_next_one_waits_for_it() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let (mut file, mut peer) = reading(&path).await;
        drop(begun(file.read(2 * MUCH), || peer.write_all(&[b'a'; MUCH]).unwrap()));
        assert!(timeout(MS, file.readline()).await.is_err());
        peer.write_all(&[b'b'; MUCH]).unwrap();
        peer.write_all(b"\nthree").unwrap();
        let line = file.readline().await.unwrap();
        assert_eq!(line.len(), 2 * MUCH + 1);
        assert_eq!(line[MUCH - 1..=MUCH], *b"ab");
        drop(peer);
        assert_eq!(text(file.read_to_end().await.unwrap()), "three");
    });
}

#[test]
fn a_write_that_a_thread_has_begun_is_written_whole_and_none_overtakes_it() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let (mut file, mut peer) = writing(&path).await;
        let write = file.write(&[b'a'; MUCH]);
        drop(begun(write, || peer.read_exact(&mut [0; 1]).unwrap()));
        assert!(timeout(MS, file.write(b"never begun")).await.is_err());
        let read = thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).unwrap();
            all
        });
        file.write(b"end").await.unwrap();
        file.close().await.unwrap();
        let read = glassloop::to_thread(|| read.join().unwrap()).await;
        assert_eq!(read.len(), MUCH - 1 + 3);
        assert_eq!(read[MUCH - 1..], *b"end");
    });
}

#[test]
fn the_error_of_a_dropped_write_is_what_the_next_operation_returns() {
    let folder = tempdir();
    let path = pipe(&folder);
    let named = path.display();
    run(async {
        let (mut file, mut peer) = writing(&path).await;
        let write = file.write(&[b'a'; MUCH]);
        drop(begun(write, || peer.read_exact(&mut [0; 1]).unwrap()));
        drop(peer);
        let error = file.write(b"next").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        let begin = format!(
            "an earlier operation, dropped while under way, failed: cannot write \"{named}\": "
        );
        assert!(error.to_string().starts_with(&begin), "{error}");
        assert!(error.to_string().ends_with(&format!(" of {MUCH} bytes")), "{error}");
        // Said once. The file is usable, as far as a pipe without a reader is.
        let own = file.write(b"next").await.unwrap_err().to_string();
        assert!(own.starts_with(&format!("cannot write \"{named}\": ")), "{own}");
        file.close().await.unwrap();
    });
}

#[test]
fn close_tells_of_the_error_of_a_dropped_write_and_closes() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let (mut file, mut peer) = writing(&path).await;
        let write = file.write(&[b'a'; MUCH]);
        drop(begun(write, || peer.read_exact(&mut [0; 1]).unwrap()));
        drop(peer);
        assert_eq!(file.close().await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert!(file.is_closed());
        file.close().await.unwrap();
    });
}

#[test]
fn a_file_that_is_dropped_while_a_thread_is_at_work_on_it_is_closed_after_that() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let (mut file, mut peer) = writing(&path).await;
        let write = file.write(&[b'a'; MUCH]);
        drop(begun(write, || peer.read_exact(&mut [0; 1]).unwrap()));
        drop(file);
        let read = glassloop::to_thread(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).map(|_| all.len()).unwrap()
        });
        assert_eq!(read.await, MUCH - 1);
    });
}

#[test]
fn a_pipe_can_be_neither_sought_nor_cut() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let (mut file, mut peer) = reading(&path).await;
        peer.write_all(b"one\ntwo\n").unwrap();
        file.readline().await.unwrap();
        let error = file.seek(SeekFrom::Start(0)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSeekable, "{error}");
        assert!(file.tell().await.is_err());
        assert!(file.set_len(0).await.is_err());
        assert_eq!(text(file.readline().await.unwrap()), "two\n");
    });
}

/// Opened for both, which Linux allows: it has no place to go back to, and no need for one.
#[cfg(target_os = "linux")]
#[test]
fn writing_to_a_pipe_keeps_what_was_read_ahead_from_it() {
    let folder = tempdir();
    let path = pipe(&folder);
    run(async {
        let mut file = fs::open(&path).read(true).write(true).await.unwrap();
        file.write(b"one\ntwo\n").await.unwrap();
        assert_eq!(text(file.readline().await.unwrap()), "one\n");
        file.write(b"three\n").await.unwrap();
        assert_eq!(text(file.readline().await.unwrap()), "two\n");
        assert_eq!(text(file.readline().await.unwrap()), "three\n");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_of_the_write_and_not_of_the_close() {
    run(async {
        let mut file = fs::open("/dev/full").write(true).await.unwrap();
        let error = file.write(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        file.close().await.unwrap();
    });
}
