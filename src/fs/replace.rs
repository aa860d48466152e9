//! A file that replaces another at once, so that it is never half there: it is written under another name, and renamed.
//!
//! Two layers write such files, and neither may use the other: `http` writes what it saves, the views write what they
//! draw. So this file uses nothing from the crate, and both `fs` and `views` include it as their own module.

use std::{
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
};

/// How many links are followed one after the other: as many as Linux follows.
const MOST_LINKS: usize = 40;

/// How many letters of a name its temporary one begins with: a name that is as long as names can be takes no more.
const LETTERS: usize = 30;

/// A file that is being written. Dropping this before [`finish`](Replacement::finish) leaves what was there.
pub(crate) struct Replacement {
    target: PathBuf,
    /// The name until the end. What is no plain file has none: it is written through.
    temporary: Option<PathBuf>,
}

impl Replacement {
    /// Opens what is to be written: a new file beside the one at `path`, with the mode and the owner of that; or what
    /// is there, if it is no plain file. A link stays, and what it leads to is replaced.
    pub(crate) fn begin(path: &Path) -> io::Result<(File, Replacement)> {
        // What may not be written to may not be replaced either, though its folder would let us. And whether a link
        // may be followed is the system's to say: in `/tmp` it may have been planted.
        // A descriptor is somebody's, who may have written to it: what comes is added.
        let mut options = File::options();
        match is_descriptor(&target(path)) {
            true => options.append(true),
            false => options.write(true),
        };
        let there = match options.open(path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("open", path, &error)),
        };
        let mut replacement = Replacement { target: target(path), temporary: None };
        if !is_plain(path)
            && let Some(file) = there
        {
            return Ok((file, replacement));
        }
        let (file, temporary) = create_beside(&replacement.target, there.is_some())?;
        replacement.temporary = Some(temporary);
        if let Some(there) = there {
            let taken = there.metadata().and_then(|old| take_after(&file, &old));
            taken.map_err(|error| failed("keep the mode of", path, &error))?;
        }
        Ok((file, replacement))
    }

    /// Puts the file in its place. It should be closed by now: Windows renames none that is open.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)
                .map_err(|error| failed("replace", &self.target, &error))?;
            self.temporary = None;
        }
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // To remove a file is quick, and a destructor can't wait.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Is this a plain file, or could it become one? A link is what it leads to. A folder counts as well: what is wrong
/// with it, opening it says.
pub(crate) fn is_plain(path: &Path) -> bool {
    let is_file = fs::metadata(path).map_or(true, |it| it.is_file() || it.is_dir());
    is_file && !is_descriptor(&target(path))
}

/// Where a path leads, over all links, also to what is not there yet.
fn target(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(link) if !is_descriptor(&path) => {
                path = path.parent().unwrap_or(Path::new("")).join(link);
            }
            _ => break,
        }
    }
    path
}

/// `/dev/stdout` leads to such a name. It looks like a link to a file, and means one that is open: to replace the
/// file would leave the descriptor with the old one.
fn is_descriptor(path: &Path) -> bool {
    cfg!(unix) && (path.starts_with("/proc") || path.starts_with("/dev/fd"))
}

/// Makes a new file in the same folder, under a name that nobody has: also no link that somebody has planted there.
fn create_beside(target: &Path, is_private: bool) -> io::Result<(File, PathBuf)> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().take(LETTERS).collect();
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        // Until it has the mode of the old one. Who opened it before could read on.
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private; // there a file has no mode
    let mut number = 1;
    loop {
        let path = target.with_file_name(format!("{name}.part{number}"));
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(failed("create", &path, &error)),
        }
    }
}

/// Gives a new file the owner of the old one, where that is allowed, and its mode.
fn take_after(file: &File, old: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    file.set_permissions(old.permissions())
}

fn failed(what: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what} \"{}\": {error}", path.display()))
}
