//! Files and folders: what `std::fs` does, done on threads.
//!
//! The operating system says when a socket is ready. It does not do so for a file: a file is always "ready", and a read
//! takes as long as the disk, or the network behind it. So each operation here is a job for a
//! [thread](crate::to_thread), and the loop goes on meanwhile. So a small operation costs much more than in `std`: read
//! and write in large pieces if you can.
//!
//! Python's standard library has nothing similar; the package `aiofiles` works in the same way.
//!
//! ```
//! # let folder = std::env::temp_dir().join(format!("glassloop-doc-{}", std::process::id()));
//! glassloop::run(async {
//!     glassloop::fs::create_dir_all(&folder).await?;
//!     let path = folder.join("poem.txt");
//!     glassloop::fs::write(&path, "one\ntwo\n").await?;
//!
//!     let mut file = glassloop::fs::open(&path).await?;
//!     let mut lines = Vec::new();
//!     while let Some(line) = file.next_line().await? {
//!         lines.push(line);
//!     }
//!     file.close().await?;
//!     assert_eq!(lines, ["one", "two"]);
//!     glassloop::fs::remove_dir_all(&folder).await
//! })
//! # .unwrap();
//! ```
//!
//! # Errors
//!
//! Each error is that of `std`, with the same [`kind`](io::ErrorKind), and names the operation and the file:
//! `cannot open "poem.txt": No such file or directory (os error 2)`.
//!
//! # Dropping
//!
//! A future that is dropped before a thread has taken its job has done nothing. A job that a thread has begun goes
//! on to its end, so that nothing is left half written, even when the loop closes.

mod file;
mod inner;
mod loan;
mod open;
mod path;
#[cfg(feature = "http")]
mod replace;

use std::{
    io,
    panic::{self, Location},
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread,
};

use crate::waits::{Job, Pool};

pub use file::{File, FileOperation, FileRead, NextLine};
pub use open::{Open, open};
pub use path::{
    Entry, copy, create_dir, create_dir_all, exists, metadata, read, read_dir, read_to_string,
    remove_dir, remove_dir_all, remove_file, rename, write,
};
#[cfg(feature = "http")]
pub(crate) use replace::Replacement;

/// The future of [`read`] and of this module's other functions: a job on a thread.
///
/// # Panics
/// If polled outside an event loop, or again after it was ready.
#[must_use = "futures do nothing unless awaited"]
pub struct Operation<T: Send + 'static> {
    errand: Errand,
    job: Job<io::Result<T>>,
}

impl<T: Send + 'static> Operation<T> {
    #[track_caller]
    fn new(errand: Errand, work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static) -> Self {
        let path = errand.path.clone();
        Operation { errand, job: Job::new(move || work(&path), Pool::Work, Location::caller()) }
    }
}

impl<T: Send + 'static> Future for Operation<T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let end = Pin::new(&mut self.job).poll(context);
        end.map(|end| {
            returned(end).and_then(|answer| answer).map_err(|error| self.errand.failed(error))
        })
    }
}

/// What a job returned. Its panic goes on in its awaiter.
fn returned<T>(end: io::Result<thread::Result<T>>) -> io::Result<T> {
    end.map(|result| result.unwrap_or_else(|payload| panic::resume_unwind(payload)))
}

/// The operation and its file, for readers: `open "poem.txt"`.
#[derive(Clone)]
struct Errand {
    what: &'static str,
    path: Arc<Path>,
    /// Where there are two.
    to: Option<Arc<Path>>,
}

impl Errand {
    fn new(what: &'static str, path: impl AsRef<Path>) -> Errand {
        Errand { what, path: path.as_ref().into(), to: None }
    }

    /// An error with a name. It keeps its kind.
    fn failed(&self, error: io::Error) -> io::Error {
        let Errand { what, path, to } = self;
        let to = to.as_ref().map_or(String::new(), |to| format!(" to \"{}\"", to.display()));
        let message = format!("cannot {what} \"{}\"{to}: {error}", path.display());
        io::Error::new(error.kind(), message)
    }
}
