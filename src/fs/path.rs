//! Operations on a path: each is the function of `std::fs` with the same name, on a thread.

use std::{
    ffi::OsStr,
    fs::{self, FileType, Metadata},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Errand, Operation};

/// Reads a whole file.
///
/// Example: [`write`](write()).
///
/// # Errors
/// Those of [`std::fs::read`].
#[track_caller]
pub fn read(path: impl AsRef<Path>) -> Operation<Vec<u8>> {
    Operation::new(Errand::new("read", path), |path| fs::read(path))
}

/// Reads a whole file as text.
///
/// Example: [`write`](write()).
///
/// # Errors
/// Those of [`std::fs::read_to_string`]; of the kind `InvalidData` if the file is not UTF-8.
#[track_caller]
pub fn read_to_string(path: impl AsRef<Path>) -> Operation<String> {
    Operation::new(Errand::new("read", path), |path| fs::read_to_string(path))
}

/// Makes `contents` the whole content of a file. If there is no file, it is made. A `Vec` or `String` is not copied.
///
/// Dropping the future leaves the file as it was. But if a thread has begun, it writes everything.
///
/// # Errors
/// Those of [`std::fs::write`].
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("glassloop-write-{}", std::process::id()));
/// # std::fs::create_dir(&folder).unwrap();
/// use glassloop::{fs, run};
///
/// run(async {
///     let (draft, poem) = (folder.join("draft.txt"), folder.join("poem.txt"));
///     fs::write(&draft, "roses").await?;
///     fs::rename(&draft, &poem).await?;
///     assert!(!fs::exists(&draft).await?);
///     fs::copy(&poem, &draft).await?;
///     assert_eq!(fs::read(&draft).await?, b"roses");
///     fs::remove_file(&draft).await?;
///     assert_eq!(fs::read_to_string(&poem).await?, "roses");
///     fs::remove_dir_all(&folder).await
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn write(path: impl AsRef<Path>, contents: impl Into<Vec<u8>>) -> Operation<()> {
    let contents = contents.into();
    Operation::new(Errand::new("write", path), move |path| fs::write(path, contents))
}

/// Makes a folder in one that exists.
///
/// aiofiles: `os.mkdir`.
///
/// Example: [`read_dir`].
///
/// # Errors
/// Those of [`std::fs::create_dir`]; of the kind `AlreadyExists` if it exists.
#[track_caller]
#[doc(alias = "mkdir")]
pub fn create_dir(path: impl AsRef<Path>) -> Operation<()> {
    Operation::new(Errand::new("create folder", path), |path| fs::create_dir(path))
}

/// Makes a folder, and the folders around it that do not exist yet.
///
/// aiofiles: `os.makedirs`.
///
/// Example: [`fs`](super).
///
/// # Errors
/// Those of [`std::fs::create_dir_all`].
#[track_caller]
#[doc(alias = "makedirs")]
pub fn create_dir_all(path: impl AsRef<Path>) -> Operation<()> {
    Operation::new(Errand::new("create folder", path), |path| fs::create_dir_all(path))
}

/// Removes a file.
///
/// aiofiles: `os.remove`.
///
/// Example: [`write`](write()).
///
/// # Errors
/// Those of [`std::fs::remove_file`].
#[track_caller]
#[doc(alias = "unlink")]
pub fn remove_file(path: impl AsRef<Path>) -> Operation<()> {
    Operation::new(Errand::new("remove", path), |path| fs::remove_file(path))
}

/// Removes an empty folder.
///
/// aiofiles: `os.rmdir`.
///
/// Example: [`read_dir`].
///
/// # Errors
/// Those of [`std::fs::remove_dir`]; of the kind `DirectoryNotEmpty` if it is not empty.
#[track_caller]
#[doc(alias = "rmdir")]
pub fn remove_dir(path: impl AsRef<Path>) -> Operation<()> {
    Operation::new(Errand::new("remove folder", path), |path| fs::remove_dir(path))
}

/// Removes a folder and all that is in it. What has gone before an error stays gone.
///
/// Example: [`read_dir`].
///
/// # Errors
/// Those of [`std::fs::remove_dir_all`].
#[track_caller]
#[doc(alias = "rmtree")]
pub fn remove_dir_all(path: impl AsRef<Path>) -> Operation<()> {
    Operation::new(Errand::new("remove folder", path), |path| fs::remove_dir_all(path))
}

/// Gives a file or folder another name, within one file system. A file that had that name is gone. If both are names
/// of one file already (hard links), Unix leaves both.
///
/// aiofiles: `os.rename`.
///
/// Example: [`write`](write()).
///
/// # Errors
/// Those of [`std::fs::rename`].
#[track_caller]
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Operation<()> {
    let to: Arc<Path> = to.as_ref().into();
    let errand = Errand { to: Some(to.clone()), ..Errand::new("rename", from) };
    Operation::new(errand, move |from| fs::rename(from, to))
}

/// Copies a file and its permissions. Gives the number of bytes.
///
/// Example: [`write`](write()).
///
/// # Errors
/// Those of [`std::fs::copy`]. Also if both are one file, under one name or two; it stays as it is.
#[track_caller]
pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Operation<u64> {
    let to: Arc<Path> = to.as_ref().into();
    let errand = Errand { to: Some(to.clone()), ..Errand::new("copy", from) };
    Operation::new(errand, move |from| match are_one(from, &to) {
        // `std` would empty it before it reads from it.
        true => Err(io::Error::new(io::ErrorKind::InvalidInput, "they are the same file")),
        false => fs::copy(from, to),
    })
}

/// Do both paths lead to one file, over links of any kind?
#[cfg(unix)]
fn are_one(from: &Path, to: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
    identity(from).is_some_and(|from| identity(to) == Some(from))
}

/// Windows itself refuses to copy a file onto itself.
#[cfg(not(unix))]
fn are_one(_from: &Path, _to: &Path) -> bool {
    false
}

/// Says what a path is: file or folder, its size, its times. A link is followed.
///
/// aiofiles: `os.stat`.
///
/// Example: [`read_dir`].
///
/// # Errors
/// Those of [`std::fs::metadata`].
#[track_caller]
#[doc(alias = "stat")]
pub fn metadata(path: impl AsRef<Path>) -> Operation<Metadata> {
    Operation::new(Errand::new("look at", path), |path| fs::metadata(path))
}

/// Is there anything at this path?
///
/// aiofiles: `os.path.exists`.
///
/// Example: [`write`](write()).
///
/// # Errors
/// Those of [`std::fs::exists`]: for example, if a permission is missing.
#[track_caller]
#[doc(alias = "try_exists")]
pub fn exists(path: impl AsRef<Path>) -> Operation<bool> {
    Operation::new(Errand::new("look at", path), |path| fs::exists(path))
}

/// Lists what is in a folder, in the order of the names.
///
/// aiofiles: `os.scandir`. What is removed meanwhile may be in the list or not.
///
/// # Errors
/// Those of [`std::fs::read_dir`] and its entries.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("glassloop-list-{}", std::process::id()));
/// # std::fs::create_dir(&folder).unwrap();
/// use glassloop::{fs, run};
///
/// run(async {
///     fs::create_dir(folder.join("songs")).await?;
///     fs::write(folder.join("poem.txt"), "roses").await?;
///     let entries = fs::read_dir(&folder).await?;
///     let names: Vec<_> = entries.iter().map(|entry| entry.file_name()).collect();
///     assert_eq!(names, ["poem.txt", "songs"]);
///     assert_eq!(fs::metadata(entries[0].path()).await?.len(), 5);
///     assert!(entries[1].file_type().is_dir());
///     fs::remove_dir(entries[1].path()).await?;
///     fs::remove_dir_all(&folder).await
/// })
/// # .unwrap();
/// ```
#[track_caller]
#[doc(alias = "listdir")]
#[doc(alias = "scandir")]
pub fn read_dir(path: impl AsRef<Path>) -> Operation<Vec<Entry>> {
    Operation::new(Errand::new("list folder", path), list)
}

fn list(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type() {
            Ok(file_type) => entries.push(Entry { path: entry.path(), file_type }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {} // removed meanwhile
            Err(error) => return Err(error),
        }
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

/// Something in a folder, as [`read_dir`] found it.
///
/// Example: [`read_dir`].
#[derive(Clone, Debug)]
pub struct Entry {
    path: PathBuf,
    file_type: FileType,
}

impl Entry {
    /// The path of the folder, as it was given, and the name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name alone.
    pub fn file_name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// Is it a file, a folder or a link? A link is not followed.
    pub fn file_type(&self) -> FileType {
        self.file_type
    }
}
