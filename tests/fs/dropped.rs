//! Operations that are dropped before a thread has begun them: nothing was done, and nothing is
//! left. (`pipes` has those that were begun.)

#[cfg(target_os = "linux")]
use std::path::Path;
use std::{
    fs as blocking,
    io::{ErrorKind, SeekFrom},
    sync::{Arc, mpsc},
};

use super::{tempdir, text};
use crate::common::{CountingWaker, assert_nothing_left, poll_with};
use glassloop::{EventLoop, create_task, fs, to_thread, yield_now};

/// A loop under virtual time with one thread, which a test can thus keep busy.
fn one_thread() -> EventLoop {
    EventLoop::builder().unwatched().virtual_time().max_threads(1).build().unwrap()
}

/// Keeps the one thread of a loop busy until it is told to go on.
fn busy_thread() -> (mpsc::Sender<()>, impl Future<Output = ()>) {
    let (go_on, gate) = mpsc::channel::<()>();
    let job = to_thread(move || {
        let _ = gate.recv();
    });
    (go_on, job)
}

#[test]
fn an_operation_that_no_thread_has_begun_does_nothing_when_it_is_dropped() {
    let folder = tempdir();
    let (path, other) = (folder.file("0123"), folder.join("other"));
    let event_loop = one_thread();
    event_loop.run_until_complete(async {
        let mut file = fs::open(&path).read(true).write(true).await.unwrap();
        file.read(2).await.unwrap();
        let (go_on, busy) = busy_thread();
        let busy = create_task(busy);
        yield_now().await;

        let (_count, waker) = CountingWaker::new();
        assert!(poll_with(&mut file.write(b"xx"), &waker).is_pending());
        assert!(poll_with(&mut file.close(), &waker).is_pending());
        assert!(poll_with(&mut file.readexactly(99), &waker).is_pending());
        assert!(poll_with(&mut fs::write(&other, "x"), &waker).is_pending());
        assert!(poll_with(&mut fs::open(&path).write(true).truncate(true), &waker).is_pending());
        drop(file.write(b"never polled"));

        go_on.send(()).unwrap();
        busy.await.unwrap();
        assert!(!file.is_closed());
        assert_eq!(text(file.read(9).await.unwrap()), "23");
        assert!(!fs::exists(&other).await.unwrap());
    });
    assert_nothing_left(&event_loop);
    assert_eq!(blocking::read(&path).unwrap(), b"0123");
}

#[test]
fn a_dropped_operation_takes_its_waker_back() {
    let folder = tempdir();
    let path = folder.file("0123");
    let event_loop = one_thread();
    event_loop.run_until_complete(async {
        let mut file = fs::open(&path).await.unwrap();
        let (go_on, busy) = busy_thread();
        let busy = create_task(busy);
        yield_now().await;
        let ((old, first), (new, latest)) = (CountingWaker::new(), CountingWaker::new());
        let mut read = file.read(1);
        assert!(poll_with(&mut read, &first).is_pending());
        assert!(poll_with(&mut read, &latest).is_pending());
        drop((first, latest));
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 2), "only the latest");
        drop(read);
        assert_eq!(Arc::strong_count(&new), 1);
        go_on.send(()).unwrap();
        busy.await.unwrap();
    });
    assert_nothing_left(&event_loop);
}

#[cfg(target_os = "linux")]
#[test]
fn a_cancelled_task_closes_its_file() {
    let folder = tempdir();
    let path = folder.file("0123");
    let event_loop = one_thread();
    event_loop.run_until_complete(async {
        let file = fs::open(&path).await.unwrap();
        let (go_on, busy) = busy_thread();
        let busy = create_task(busy);
        let reader = create_task(async move {
            let mut file = file;
            file.read(1).await
        });
        yield_now().await;
        assert_eq!(open_files(&path), 1);
        reader.cancel();
        assert_eq!(open_files(&path), 0);
        go_on.send(()).unwrap();
        busy.await.unwrap();
    });
    assert_nothing_left(&event_loop);
}

/// How often this program has a file open.
#[cfg(target_os = "linux")]
fn open_files(path: &Path) -> usize {
    let path = path.canonicalize().unwrap();
    let descriptors = blocking::read_dir("/proc/self/fd").unwrap().flatten();
    descriptors.filter(|fd| blocking::read_link(fd.path()).is_ok_and(|to| to == path)).count()
}

#[test]
fn a_file_belongs_to_no_loop() {
    let folder = tempdir();
    let path = folder.file("0123");
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let mut file = event_loop.run_until_complete(fs::open(&path)).unwrap();
    event_loop.close();
    assert_eq!(super::run(file.read(2)).unwrap(), b"01");
    assert_eq!(super::run(file.tell()).unwrap(), 2);
}

#[test]
fn an_error_that_nobody_was_told_comes_before_what_is_in_the_buffer() {
    let folder = tempdir();
    let path = folder.file("one\ntwo\n");
    one_thread().run(async {
        let mut file = fs::open(&path).await.unwrap();
        file.readline().await.unwrap();
        // While the thread is busy the operation can't be over before it is polled a second time.
        let (go_on, busy) = busy_thread();
        let busy = create_task(busy);
        yield_now().await;
        let (count, waker) = CountingWaker::new();
        let mut seek = file.seek(SeekFrom::Current(-99));
        assert!(poll_with(&mut seek, &waker).is_pending());
        go_on.send(()).unwrap();
        while count.wakes() == 0 {
            yield_now().await;
        }
        drop(seek);
        let error = file.readline().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(text(file.readline().await.unwrap()), "two\n");
        busy.await.unwrap();
    });
}
