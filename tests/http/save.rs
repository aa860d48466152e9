//! `save`: all of a body in a file, or nothing at all.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use glassloop::{
    create_task,
    http::{Error, Reason, Session},
    sleep, timeout,
};

use crate::peer::{Server, ask, run, said};

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("glassloop-save-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("file")
    }

    /// The names of the files in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Saves the body of this reply.
async fn save(reply: &str, path: &Path) -> Result<u64, Error> {
    let server = Server::new();
    let asking = ask(Session::new().get(&server.url("/")));
    server.accept().await.answer(reply).await;
    asking.await.unwrap()?.save(path).await
}

#[test]
fn a_body_is_saved_in_place_of_what_was_there() {
    let folder = Folder::new();
    run(async {
        for body in ["the first body", "", "another"] {
            let size = save(&format!("HTTP/1.1 200 OK\r\n\r\n{body}"), &folder.file()).await;
            assert_eq!(size.unwrap(), body.len() as u64);
            assert_eq!(fs::read_to_string(folder.file()).unwrap(), body);
            assert_eq!(folder.names(), ["file"]);
        }
    });
}

#[test]
fn what_does_not_come_whole_leaves_no_file_and_one_that_was_there_as_it_was() {
    run(async {
        let truncated = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n15 bytes or so.";
        for before in [None, Some("before")] {
            let folder = Folder::new();
            if let Some(before) = before {
                fs::write(folder.file(), before).unwrap();
            }
            let error = save(truncated, &folder.file()).await.unwrap_err();
            assert_eq!(said(&error), "the body ended too early: received 15 of 50 bytes");
            assert_eq!(fs::read_to_string(folder.file()).ok().as_deref(), before);
            assert_eq!(folder.names().len(), before.iter().count());
        }
    });
}

#[test]
fn a_body_that_was_read_whole_is_saved_all_the_same() {
    let folder = Folder::new();
    run(async {
        for (limit, expected) in [(100, Ok("a body".to_string())), (3, Err(()))] {
            let server = Server::new();
            let asking = ask(Session::new().get(&server.url("/")).max_body(limit));
            server.accept().await.answer("HTTP/1.1 200 OK\r\n\r\na body").await;
            let mut response = asking.await.unwrap().unwrap();
            assert_eq!(response.text().await.map_err(drop), expected);
            assert_eq!(response.save(folder.file()).await.unwrap(), 6);
            assert_eq!(fs::read_to_string(folder.file()).unwrap(), "a body");
            fs::remove_file(folder.file()).unwrap();
        }
    });
}

#[test]
fn a_file_is_never_replaced_by_what_is_not_there() {
    let folder = Folder::new();
    fs::write(folder.file(), "before").unwrap();
    run(async {
        let server = Server::new();
        let asking = ask(Session::new().get(&server.url("/")));
        server.accept().await.answer("HTTP/1.1 200 OK\r\n\r\na body").await;
        let mut response = asking.await.unwrap().unwrap();
        assert_eq!(response.chunk().await.unwrap().unwrap(), b"a body");
        let error = response.save(folder.file()).await.unwrap_err();
        assert_eq!(said(&error), "the body was handed out in pieces, and they are not kept");

        // A copy that is fresh, a head alone: what they tell of is not in them.
        for (method, status) in [("GET", 304), ("GET", 204), ("GET", 101), ("HEAD", 200)] {
            let asking = ask(Session::new().request(method.parse().unwrap(), &server.url("/")));
            let reply = format!("HTTP/1.1 {status} So\r\nContent-Length: 6\r\n\r\n");
            server.accept().await.answer(reply).await;
            let error = asking.await.unwrap().unwrap().save(folder.file()).await.unwrap_err();
            assert!(matches!(error.reason(), Reason::NoBody(_)), "{error:?}");
            assert_eq!(said(&error), "such a reply has no body that could be saved");
        }
    });
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), "before");
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn one_that_is_dropped_leaves_nothing_wherever_it_was() {
    let folder = Folder::new();
    run(async {
        for turns in 0..40 {
            let server = Server::new();
            let asking = ask(Session::new().get(&server.url("/")));
            let mut peer = server.accept().await;
            peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n15 bytes or so.").await;
            let saving = create_task(asking.await.unwrap().unwrap().save(folder.file()));
            for _ in 0..turns {
                glassloop::yield_now().await;
            }
            saving.cancel();
            peer.closed().await;
        }
        // What a thread was doing when it was cancelled, it ends. Virtual time goes on only when it has.
        sleep(Duration::from_millis(1)).await;
    });
    // The loop has waited for its threads.
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn one_that_times_out_leaves_nothing() {
    let folder = Folder::new();
    run(async {
        let server = Server::new();
        let asking = ask(Session::new().get(&server.url("/")));
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n15 bytes or so.").await;
        let saving = asking.await.unwrap().unwrap().save(folder.file());
        assert!(timeout(Duration::from_secs(9), saving).await.is_err());
        assert_eq!(folder.names(), [""; 0]);
    });
}

#[test]
fn two_that_save_to_one_path_do_not_mix_and_spare_the_files_beside_it() {
    let folder = Folder::new();
    let beside = folder.0.join("file.part1");
    fs::write(&beside, "mine").unwrap();
    run(async {
        let server = Server::new();
        let mut peers = Vec::new();
        let mut saving = Vec::new();
        for _ in 0..2 {
            let asking = ask(Session::new().get(&server.url("/")));
            let mut peer = server.accept().await;
            peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").await;
            peers.push(peer);
            saving.push(create_task(asking.await.unwrap().unwrap().save(folder.file())));
        }
        for (peer, bytes) in [(0, "a"), (1, "bb"), (0, "aaa")] {
            peers[peer].say(bytes).await;
            glassloop::yield_now().await;
        }
        saving.remove(0).await.unwrap().unwrap();
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), "aaaa");
        peers[1].say("bb").await;
        saving.remove(0).await.unwrap().unwrap();
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), "bbbb");
    });
    assert_eq!(fs::read_to_string(beside).unwrap(), "mine");
    assert_eq!(folder.names(), ["file", "file.part1"]);
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let folder = Folder::new();
    run(async {
        let path = folder.0.join("none/file");
        let error = save("HTTP/1.1 200 OK\r\n\r\n!", &path).await.unwrap_err();
        assert!(matches!(error.reason(), Reason::File(_)), "{error:?}");
        assert!(error.to_string().contains("none"), "{error}");
        // A folder can't be replaced by a file.
        let error = save("HTTP/1.1 200 OK\r\n\r\n!", &folder.0).await.unwrap_err();
        assert!(matches!(error.reason(), Reason::File(_)), "{error:?}");
        let part = folder.0.with_extension("part1");
        assert!(!part.exists());
    });
}
