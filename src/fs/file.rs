//! `File`: an open file, with a buffer for what was read ahead.

use std::{
    fmt,
    fs::{self, Metadata},
    io::{self, SeekFrom},
    marker::PhantomData,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{
    Errand, Open,
    inner::{Inner, ReadTo},
    loan::{Home, Lending, Loan},
    open,
};
use crate::runtime::running_loop;

/// An open file, and a place in it where the next read or write begins.
///
/// aiofiles: `AsyncBufferedReader` and similar types. Made by [`open`](super::open). There is no buffer for
/// writing: what [`write`](File::write) has written is with the operating system.
///
/// Dropping a future of a file cancels an operation that no thread has begun. An operation that has begun goes on
/// to its end, and the next operation on the file waits for it: none overtakes another. What a read has read by
/// then stays in the buffer, so no byte is lost. If such an operation fails, the next one returns its error.
///
/// Dropping the file closes it, when no thread works on it any more; so does cancelling the task that owns it.
/// [`close`](File::close) waits for that.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("glassloop-file-{}", std::process::id()));
/// # use std::io::SeekFrom;
/// use glassloop::{fs::File, run};
///
/// run(async {
///     let mut file = File::create(&path).read(true).await?;
///     file.write(b"one\ntwo three").await?;
///     file.seek(SeekFrom::Start(0)).await?;
///     assert_eq!(file.readline().await?, b"one\n");
///     assert_eq!(file.readexactly(3).await?, b"two");
///     assert_eq!(file.read_to_end().await?, b" three");
///     file.set_len(7).await?;
///     assert_eq!(file.metadata().await?.len(), 7);
///     file.close().await
/// })
/// # .unwrap();
/// # std::fs::remove_file(path).unwrap();
/// ```
pub struct File {
    home: Arc<Home>,
    path: Arc<Path>,
}

impl File {
    pub(crate) fn new(file: fs::File, path: Arc<Path>) -> File {
        File { home: Home::new(Inner::new(file)), path }
    }

    /// Opens a file for reading: [`open`](super::open) by its name in `std`.
    ///
    /// # Errors
    /// Those of [`std::fs::File::open`].
    #[track_caller]
    pub fn open(path: impl AsRef<Path>) -> Open {
        open(path)
    }

    /// Opens a file for writing: a new one, or one that is emptied.
    ///
    /// # Errors
    /// Those of [`std::fs::File::create`].
    #[track_caller]
    pub fn create(path: impl AsRef<Path>) -> Open {
        open(path).write(true).create(true).truncate(true)
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Was it closed?
    pub fn is_closed(&self) -> bool {
        self.home.is_closed()
    }

    /// Reads `n` bytes; fewer only if the file ends before, and none at its end. A file that has grown since
    /// can be read on.
    ///
    /// # Errors
    /// Those of the operating system. "file is closed", after `close`.
    #[track_caller]
    pub fn read(&mut self, n: usize) -> FileRead<'_> {
        self.reading(ReadTo::AtMost(n))
    }

    /// Reads exactly `n` bytes.
    ///
    /// # Errors
    /// Of the kind `UnexpectedEof` if the file ends before; then what there is has not been read. Those of
    /// [`read`](File::read).
    #[track_caller]
    #[doc(alias = "read_exact")]
    pub fn readexactly(&mut self, n: usize) -> FileRead<'_> {
        self.reading(ReadTo::Exactly(n))
    }

    /// Reads all that is left. aiofiles: `read()`.
    ///
    /// # Errors
    /// Those of [`read`](File::read).
    #[track_caller]
    pub fn read_to_end(&mut self) -> FileRead<'_> {
        self.reading(ReadTo::ToEnd)
    }

    /// Reads a line, its `\n` included. At the end of the file: what is left, without one; then empty.
    /// There is no limit to its length.
    ///
    /// # Errors
    /// Those of [`read`](File::read).
    #[track_caller]
    #[doc(alias = "read_line")]
    pub fn readline(&mut self) -> FileRead<'_> {
        self.reading(ReadTo::Line)
    }

    /// Reads a line as text, without its end, be that `\n` or `\r\n`. `None` at the end of the file.
    ///
    /// aiofiles: `async for line in file`, where the line keeps its end.
    ///
    /// # Errors
    /// Of the kind `InvalidData` if the line is not UTF-8; the next call reads the next line. Those of
    /// [`read`](File::read).
    #[track_caller]
    #[doc(alias = "lines")]
    pub fn next_line(&mut self) -> NextLine<'_> {
        NextLine { errand: self.errand("read"), line: self.readline() }
    }

    /// Writes all of `bytes`: at the file's place, or at its end if it was opened for appending.
    ///
    /// If the future is dropped before a thread has begun, nothing is written. After that, everything is still
    /// written.
    ///
    /// # Errors
    /// Those of the operating system; the message says how much was written, if anything was. "file is
    /// closed", after `close`.
    #[track_caller]
    #[doc(alias = "write_all")]
    pub fn write(&mut self, bytes: &[u8]) -> FileOperation<'_, ()> {
        let bytes = bytes.to_vec();
        self.operation("write", move |inner| inner.write(&bytes))
    }

    /// Goes to another place in the file and gives it, in bytes from the start. It may be behind the end.
    ///
    /// # Errors
    /// Of the kind `InvalidInput` if it would be before the start, `NotSeekable` if this is a pipe or the
    /// like; then the place is where it was. "file is closed", after `close`.
    #[track_caller]
    pub fn seek(&mut self, to: SeekFrom) -> FileOperation<'_, u64> {
        self.operation("seek in", move |inner| inner.seek(to))
    }

    /// The place in the file, in bytes from its start.
    ///
    /// # Errors
    /// Those of [`seek`](File::seek).
    #[track_caller]
    #[doc(alias = "stream_position")]
    pub fn tell(&mut self) -> FileOperation<'_, u64> {
        self.operation("seek in", |inner| inner.tell())
    }

    /// Cuts the file off at `length` bytes, or fills it up with zeros to as many. The place stays,
    /// even if it is behind the end now.
    ///
    /// aiofiles: `truncate(length)`.
    ///
    /// # Errors
    /// Those of [`std::fs::File::set_len`]. "file is closed", after `close`.
    #[track_caller]
    #[doc(alias = "truncate")]
    pub fn set_len(&mut self, length: u64) -> FileOperation<'_, ()> {
        self.operation("truncate", move |inner| inner.set_len(length))
    }

    /// Waits until all that was written is on the disk. Without it the operating system does that
    /// when it sees fit.
    ///
    /// Python: `os.fsync`.
    ///
    /// # Errors
    /// Those of [`std::fs::File::sync_all`]. "file is closed", after `close`.
    #[track_caller]
    #[doc(alias = "fsync")]
    #[doc(alias = "flush")]
    pub fn sync_all(&mut self) -> FileOperation<'_, ()> {
        self.operation("sync", |inner| inner.sync_all())
    }

    /// Returns the file's size, its times and so on.
    ///
    /// # Errors
    /// Those of [`std::fs::File::metadata`]. "file is closed", after `close`.
    #[track_caller]
    #[doc(alias = "stat")]
    pub fn metadata(&mut self) -> FileOperation<'_, Metadata> {
        self.operation("look at", |inner| inner.metadata())
    }

    /// Closes the file. Every operation after that is an error, except closing it again.
    ///
    /// Dropping the future leaves the file open if no thread has begun to close it.
    ///
    /// # Errors
    /// That of an earlier operation whose future was dropped; the file is still closed.
    #[track_caller]
    pub fn close(&mut self) -> FileOperation<'_, ()> {
        let close = |loan: &mut Loan| {
            drop(loan.inner.take());
            Ok(())
        };
        let lending = Lending::new(&self.home, self.errand("close"), close).closing(|| ());
        FileOperation { lending, file: PhantomData }
    }

    fn errand(&self, what: &'static str) -> Errand {
        Errand { what, path: self.path.clone(), to: None }
    }

    #[track_caller]
    fn operation<T: Send + 'static>(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&mut Inner) -> io::Result<T> + Send + 'static,
    ) -> FileOperation<'_, T> {
        let lending = Lending::on(&self.home, self.errand(what), work);
        FileOperation { lending, file: PhantomData }
    }

    #[track_caller]
    fn reading(&mut self, goal: ReadTo) -> FileRead<'_> {
        let lending = Lending::on(&self.home, self.errand("read"), move |inner| inner.fill(goal));
        FileRead { home: &self.home, goal, lending, lent: false }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_closed() { "closed" } else { "open" };
        write!(f, "<File {state} \"{}\">", self.path.display())
    }
}

/// The future of [`File::write`], and of all that is done with a [`File`] and is not reading.
///
/// # Panics
/// If polled outside an event loop, or again after it was ready.
#[must_use = "futures do nothing unless awaited"]
pub struct FileOperation<'a, T: Send + 'static> {
    lending: Lending<T>,
    /// One operation at a time.
    file: PhantomData<&'a mut File>,
}

impl<T: Send + 'static> Future for FileOperation<'_, T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.lending.poll(context)
    }
}

/// The future of [`File::read`], and of all that a [`File`] can be asked to read: look into the buffer; if it is not
/// there, have a thread fill the buffer, and look again.
///
/// # Panics
/// If polled outside an event loop, or again after it was ready.
#[must_use = "futures do nothing unless awaited"]
pub struct FileRead<'a> {
    home: &'a Home,
    goal: ReadTo,
    /// Fills the buffer, and tells how much of it is the answer.
    lending: Lending<usize>,
    /// The first look has not found enough.
    lent: bool,
}

impl Future for FileRead<'_> {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<Vec<u8>>> {
        let this = &mut *self;
        if !this.lent {
            let core = running_loop("a read from a file");
            ready!(core.has_budget(context, this.lending.place()));
            if let Some(bytes) = this.home.with(|inner| inner.take_if_there(this.goal)).flatten() {
                core.spend_budget();
                return Poll::Ready(Ok(bytes));
            }
            this.lent = true;
        }
        // The bytes are taken here and not on the thread: a read that is dropped leaves them in the buffer.
        let n = ready!(this.lending.poll(context))?;
        Poll::Ready(Ok(this.home.with(|inner| inner.take(n)).unwrap_or_default()))
    }
}

/// The future of [`File::next_line`].
///
/// # Panics
/// If polled outside an event loop, or again after it was ready.
#[must_use = "futures do nothing unless awaited"]
pub struct NextLine<'a> {
    errand: Errand,
    line: FileRead<'a>,
}

impl Future for NextLine<'_> {
    type Output = io::Result<Option<String>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut line = ready!(Pin::new(&mut self.line).poll(context))?;
        if line.is_empty() {
            return Poll::Ready(Ok(None));
        }
        if line.pop_if(|byte| *byte == b'\n').is_some() {
            line.pop_if(|byte| *byte == b'\r');
        }
        let not_text = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let text = String::from_utf8(line).map_err(not_text);
        Poll::Ready(text.map(Some).map_err(|error| self.errand.failed(error)))
    }
}
