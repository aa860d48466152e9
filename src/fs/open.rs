//! `open`: how a file is opened, and the future that does it.

use std::{
    fs::OpenOptions,
    io,
    panic::Location,
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{Errand, File, Operation};
use crate::{
    trace::record::Place,
    waits::{Job, Pool},
};

/// Opens a file, by default for reading.
///
/// aiofiles: `open`. The modes of Python are: `"r"` none; `"r+"` `.read(true).write(true)`; `"w"`
/// `.write(true).create(true).truncate(true)`; `"a"` `.append(true).create(true)`; `"x"`
/// `.write(true).create_new(true)`.
///
/// Dropping the future closes what a thread may have opened by then.
///
/// # Errors
/// Those of [`std::fs::OpenOptions::open`].
///
/// # Panics
/// If polled outside an event loop.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("glassloop-open-{}", std::process::id()));
/// # let also = path.clone();
/// glassloop::run(async move {
///     let mut log = glassloop::fs::open(&path).append(true).create(true).await?;
///     log.write(b"started\n").await?;
///     log.close().await
/// })
/// # .unwrap();
/// # std::fs::remove_file(also).unwrap();
/// ```
#[track_caller]
#[doc(alias = "OpenOptions")]
pub fn open(path: impl AsRef<Path>) -> Open {
    Open {
        errand: Errand::new("open", path),
        options: OpenOptions::new(),
        chosen: false,
        place: Location::caller(),
        operation: None,
    }
}

/// How a file is to be opened, and the future that opens it. Made by [`open`].
#[must_use = "futures do nothing unless awaited"]
pub struct Open {
    errand: Errand,
    options: OpenOptions,
    /// Has anybody said whether it is for reading or writing?
    chosen: bool,
    place: Place,
    operation: Option<Operation<std::fs::File>>,
}

impl Open {
    /// For reading. So is a file that is opened neither for writing nor for appending.
    pub fn read(mut self, read: bool) -> Open {
        self.options.read(read);
        self.chosen = true;
        self
    }

    /// For writing, from its start, over what is there.
    pub fn write(mut self, write: bool) -> Open {
        self.options.write(write);
        self.chosen = true;
        self
    }

    /// For writing, each time at its end, wherever that is by then.
    pub fn append(mut self, append: bool) -> Open {
        self.options.append(append);
        self.chosen = true;
        self
    }

    /// Empties a file that is opened for writing.
    pub fn truncate(mut self, truncate: bool) -> Open {
        self.options.truncate(truncate);
        self
    }

    /// Makes the file if there is none.
    pub fn create(mut self, create: bool) -> Open {
        self.options.create(create);
        self
    }

    /// Makes the file, and fails if there is one.
    pub fn create_new(mut self, create_new: bool) -> Open {
        self.options.create_new(create_new);
        self
    }

    fn begin(&self) -> Operation<std::fs::File> {
        let (errand, mut options) = (self.errand.clone(), self.options.clone());
        if !self.chosen {
            options.read(true);
        }
        let path = errand.path.clone();
        let job = Job::new(move || options.open(path), Pool::Work, self.place);
        Operation { errand, job }
    }
}

impl Future for Open {
    type Output = io::Result<File>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<File>> {
        let this = &mut *self;
        let mut operation = this.operation.take().unwrap_or_else(|| this.begin());
        let opened = Pin::new(&mut operation).poll(context);
        this.operation = Some(operation);
        Poll::Ready(Ok(File::new(ready!(opened)?, this.errand.path.clone())))
    }
}
