//! Scenarios `full-disk` and `file-size`: files where there is no room for them. No error is swallowed, nothing that
//! was there is lost, and what has room is written whole.

use std::{
    io::{self, ErrorKind},
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

use glassloop::{
    Server, fs,
    http::{Reason, Session},
    start_server,
};

use crate::{
    random::Random,
    scenario::{Done, Scenario},
};

/// A disk of 64 KiB, in memory. It is mounted for this process alone, and gone with it.
pub const SMALL_DISK: &str = "mount -t tmpfs -o size=64k soak .";

/// More than the disk holds, and than a file may.
const LARGE: usize = 256 * 1024;
const SMALL: usize = 1024;

fn mounted(folder: &Path, then: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c"]);
    command.arg(format!("{SMALL_DISK} && cd \"$PWD\" && {then}")).current_dir(folder);
    command
}

/// May this process mount one, in a name space of its own?
pub fn can_mount(folder: &Path) -> bool {
    let status = mounted(folder, "true").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs a command on such a disk.
pub fn on_small_disk(command: &Command, folder: &Path) -> io::Result<ExitStatus> {
    let mut mounted = mounted(folder, "exec \"$0\" \"$@\"");
    for (name, value) in command.get_envs() {
        mounted.env(name, value.unwrap_or_default());
    }
    mounted.arg(command.get_program()).args(command.get_args()).status()
}

pub struct Files(Server);

impl Scenario for Files {
    async fn begin() -> Result<Files, String> {
        let server = start_server(("127.0.0.1", 0), async |mut reader, writer| {
            let _ = reader.readuntil(b"\r\n\r\n").await;
            let _ = writer
                .write(format!("HTTP/1.0 200 OK\r\nContent-Length: {LARGE}\r\n\r\n").as_bytes());
            let _ = writer.write(&vec![b'x'; LARGE]);
            writer.close();
            let _ = writer.wait_closed().await;
        });
        server.await.map(Files).map_err(|error| error.to_string())
    }

    async fn round(&mut self, _: &mut Random) -> Result<Done, String> {
        let told = |error: io::Error| format!("has lost a file: {error}");
        no_room("fs::write", fs::write("large", vec![b'x'; LARGE]).await)?;
        fs::remove_file("large").await.map_err(told)?;

        no_room("File::write", in_pieces().await)?;
        fs::remove_file("pieces").await.map_err(told)?;

        fs::write("kept", "as it was").await.map_err(told)?;
        let url = format!("http://{}/", self.0.local_addrs()[0]);
        match Session::new().get(&url).await.map_err(|error| error.to_string())?.save("kept").await
        {
            Ok(_) => return Err("swallows an error: save".into()),
            Err(error) => match error.reason() {
                Reason::File(error) => {
                    no_room("save", Err(io::Error::new(error.kind(), error.to_string())))?
                }
                other => return Err(format!("has lost the error of save: {other:?}")),
            },
        }
        if fs::read_to_string("kept").await.map_err(told)? != "as it was" {
            return Err("has lost what was there before save".into());
        }
        fs::write("small", vec![b'y'; SMALL]).await.map_err(told)?;
        if fs::read("small").await.map_err(told)? != vec![b'y'; SMALL] {
            return Err("has lost bytes for which there was room".into());
        }
        fs::remove_file("small").await.map_err(told)?;
        let left = fs::read_dir(".").await.map_err(told)?;
        match &left[..] {
            [one] if one.file_name() == "kept" => {}
            _ => {
                return Err(format!(
                    "leaves {} files beside the one that was there",
                    left.len() - 1
                ));
            }
        }
        Ok(Done { connections: 1, bytes: (3 * LARGE + SMALL) as u64 })
    }
}

async fn in_pieces() -> io::Result<()> {
    let mut file = fs::File::create("pieces").await?;
    for _ in 0..LARGE / SMALL {
        file.write(&[b'x'; SMALL]).await?;
    }
    file.close().await
}

/// There was no room, and this must have said so.
fn no_room(what: &str, written: io::Result<()>) -> Result<(), String> {
    match written.map_err(|error| error.kind()) {
        Err(ErrorKind::StorageFull | ErrorKind::FileTooLarge) => Ok(()),
        Err(other) => Err(format!("has lost the error of {what}: {other:?}")),
        Ok(()) => Err(format!("swallows an error: {what}")),
    }
}
