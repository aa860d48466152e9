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

#[test]
fn a_name_that_is_as_long_as_names_can_be_is_saved_under() {
    let folder = Folder::new();
    let name = "画".repeat(85); // 255 bytes
    run(async {
        save("HTTP/1.1 200 OK\r\n\r\nbody", &folder.0.join(&name)).await.unwrap();
    });
    assert_eq!(folder.names(), [name]);
}

#[cfg(unix)]
mod no_plain_files {
    use std::{
        os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink},
        process::Command,
        thread,
    };

    use super::*;

    const BODY: &str = "HTTP/1.1 200 OK\r\n\r\nbody";
    const TRUNCATED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbody";

    /// Makes a node by the program of that name. Not everybody may make each kind: then there is none.
    fn made(program: &str, path: &Path, words: &[&str]) -> bool {
        Command::new(program).arg(path).args(words).output().unwrap().status.success()
    }

    #[test]
    fn a_pipe_is_written_through_and_stays() {
        let folder = Folder::new();
        let (pipe, link) = (folder.0.join("pipe"), folder.file());
        assert!(made("mkfifo", &pipe, &[]));
        symlink("pipe", &link).unwrap();
        for path in [&pipe, &link] {
            let from = pipe.clone();
            let reading = thread::spawn(move || fs::read_to_string(from).unwrap());
            assert_eq!(run(save(BODY, path)).unwrap(), 4);
            assert_eq!(reading.join().unwrap(), "body");
        }
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(folder.names(), ["file", "pipe"]);
    }

    /// As root this once made a file of `/dev/null`. Here it is a node of our own; who may not make one tests nothing.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_through_and_stays() {
        let folder = Folder::new();
        let null = folder.file();
        if !made("mknod", &null, &["c", "1", "3"]) {
            return;
        }
        for reply in [BODY, TRUNCATED] {
            let _ = run(save(reply, &null));
            assert!(fs::symlink_metadata(&null).unwrap().file_type().is_char_device());
            assert_eq!(folder.names(), ["file"]);
        }
    }

    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced_or_left_as_it_was() {
        let folder = Folder::new();
        let target = folder.0.join("elsewhere/target");
        fs::create_dir(folder.0.join("elsewhere")).unwrap();
        symlink("elsewhere/target", folder.0.join("next")).unwrap();
        symlink("next", folder.file()).unwrap(); // a link to a link, to what is not there yet
        for (reply, expected) in
            [(TRUNCATED, None), (BODY, Some("body")), (TRUNCATED, Some("body"))]
        {
            let saved = run(save(reply, &folder.file()));
            assert_eq!(saved.is_ok(), reply == BODY);
            assert_eq!(fs::read_to_string(&target).ok().as_deref(), expected);
            assert_eq!(folder.names(), ["elsewhere", "file", "next"]);
        }
        assert_eq!(fs::read_link(folder.file()).unwrap(), Path::new("next"));
        assert_eq!(fs::read_dir(folder.0.join("elsewhere")).unwrap().count(), 1);
    }

    #[test]
    fn links_in_a_circle_are_an_error() {
        let folder = Folder::new();
        symlink("file", folder.file()).unwrap();
        let error = run(save(BODY, &folder.file())).unwrap_err();
        assert!(matches!(error.reason(), Reason::File(_)), "{error:?}");
        assert_eq!(fs::read_link(folder.file()).unwrap(), Path::new("file"));
    }

    #[test]
    fn the_mode_and_the_owner_stay() {
        let folder = Folder::new();
        fs::write(folder.file(), "before").unwrap();
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o604)).unwrap();
        // Only root may give a file away.
        let _ = std::os::unix::fs::chown(folder.file(), Some(1234), Some(1234));
        let before = fs::metadata(folder.file()).unwrap();
        run(save(BODY, &folder.file())).unwrap();
        let after = fs::metadata(folder.file()).unwrap();
        let kept = |it: &fs::Metadata| (it.mode(), it.uid(), it.gid());
        assert_eq!(kept(&after), kept(&before));
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), "body");
    }

    /// A file that may not be written to may not be replaced either, though its folder would allow that. Root may all.
    #[test]
    fn a_file_that_may_not_be_written_to_is_left_as_it_was() {
        let folder = Folder::new();
        fs::write(folder.file(), "before").unwrap();
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o444)).unwrap();
        let may_all = fs::OpenOptions::new().write(true).open(folder.file()).is_ok();
        let saved = run(save(BODY, &folder.file()));
        assert_eq!(saved.is_ok(), may_all);
        let now = fs::read_to_string(folder.file()).unwrap();
        assert_eq!(now, if may_all { "body" } else { "before" });
        assert_eq!(folder.names(), ["file"]);
    }

    #[test]
    fn a_link_that_somebody_planted_beside_it_is_not_followed() {
        let folder = Folder::new();
        fs::write(folder.0.join("victim"), "mine").unwrap();
        symlink("victim", folder.0.join("file.part1")).unwrap();
        symlink("nowhere", folder.0.join("file.part2")).unwrap();
        run(save(BODY, &folder.file())).unwrap();
        assert_eq!(fs::read_to_string(folder.0.join("victim")).unwrap(), "mine");
        assert_eq!(folder.names(), ["file", "file.part1", "file.part2", "victim"]);
    }

    /// To replace the file would leave the descriptor, and whoever has it, with the old one. To empty it would lose
    /// what a program has printed before, if its output goes to a file.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_goes_to_a_descriptors_name_is_added_though_it_leads_to_a_plain_file() {
        use std::os::fd::AsRawFd;

        let folder = Folder::new();
        fs::write(folder.file(), "printed before, ").unwrap();
        let open = fs::File::open(folder.file()).unwrap();
        let name = format!("/proc/self/fd/{}", open.as_raw_fd());
        symlink(&name, folder.0.join("link")).unwrap();
        for added in ["printed before, body", "body"] {
            let path: PathBuf =
                if added == "body" { folder.0.join("link") } else { (&name).into() };
            run(save(BODY, &path)).unwrap();
            assert_eq!(std::io::read_to_string(&open).unwrap(), added);
            assert_eq!(folder.names(), ["file", "link"]);
        }
    }
}
