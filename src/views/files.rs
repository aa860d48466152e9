//! The views that are files: the timeline and the Chrome trace.
//!
//! Several loops may run in one program, one after the other or on several threads. A file has a chapter for each.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{chrome, recording::Recording, timeline};

/// How many loops a file tells of. A test suite may make thousands.
const CHAPTERS: usize = 100;

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Format {
    Html,
    Chrome,
}

/// The files of this program: their chapters, as text.
static FILES: Mutex<BTreeMap<PathBuf, Vec<String>>> = Mutex::new(BTreeMap::new());

/// One loop's part of a file.
pub(super) struct Chapter {
    format: Format,
    path: PathBuf,
    number: usize,
    /// A pipe or a device can't be written anew: it is written once.
    is_regular: bool,
    failed: bool,
}

impl Chapter {
    pub(super) fn open(format: Format, path: &str) -> Chapter {
        // The program may go to another directory meanwhile.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let number = {
            let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
            let chapters = files.entry(path.clone()).or_default();
            chapters.push(String::new());
            chapters.len()
        };
        // A link is not replaced: `/dev/stdout` is one, and what it leads to may be a file.
        let is_regular = fs::symlink_metadata(&path).map_or(true, |it| it.is_file() || it.is_dir());
        let mut chapter = Chapter { format, path, number, is_regular, failed: false };
        if is_regular {
            // Whoever has mistyped a folder should not learn of it at the end of a long run.
            let append = fs::OpenOptions::new().append(true).create(true).open(&chapter.path);
            chapter.check(append.map(drop));
        }
        chapter
    }

    /// It can't be written while the loop runs.
    pub(super) fn waits_for_the_end(&self) -> bool {
        (!self.is_regular || self.number > CHAPTERS) && !self.failed
    }

    /// Writes the file, with this chapter as it is now.
    pub(super) fn write(&mut self, recording: &Recording, is_last: bool) {
        if self.failed || (!is_last && self.waits_for_the_end()) {
            return;
        }
        let text = match self.format {
            _ if self.number > CHAPTERS => String::new(),
            Format::Html => timeline::chapter(recording),
            Format::Chrome => chrome::chapter(recording, self.number),
        };
        let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
        let chapters = files.entry(self.path.clone()).or_default();
        chapters[self.number - 1] = text;
        let told = chapters.iter().filter(|chapter| !chapter.is_empty());
        let more = chapters.len().saturating_sub(CHAPTERS);
        let text = match self.format {
            Format::Html => timeline::page(told, more),
            Format::Chrome => chrome::document(told),
        };
        let written = match self.is_regular {
            true => replace(&self.path, &text),
            false => fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&self.path)
                .and_then(|mut file| file.write_all(text.as_bytes())),
        };
        drop(files);
        self.check(written);
    }

    fn check(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.failed = true;
            let (path, view) = (self.path.display(), self.format.name());
            // Somebody may have closed stderr too; the program goes on.
            let _ = writeln!(
                io::stderr(),
                "glassloop: {view}={path} cannot be written: {error}; the program goes on without it"
            );
        }
    }
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Chrome => "chrome",
        }
    }
}

/// Puts a file in the place of another at once, so that there is no moment at which half of it is there.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    // Another program may be writing the same file just now, such as a child process that has our `GLASSLOOP`.
    beside.push(format!(".{}.part", std::process::id()));
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
