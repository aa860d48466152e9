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

use replace::{Replacement, is_plain};

use super::{chrome, recording::Recording, timeline};

#[allow(clippy::duplicate_mod, reason = "`fs` has it too, and this layer may not use `fs`")]
#[path = "../fs/replace.rs"]
mod replace;

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
    is_plain: bool,
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
        let is_plain = is_plain(&path);
        let mut chapter = Chapter { format, path, number, is_plain, failed: false };
        if is_plain {
            // Whoever has mistyped a folder should not learn of it at the end of a long run.
            let append = fs::OpenOptions::new().append(true).create(true).open(&chapter.path);
            chapter.check(append.map(drop));
        }
        chapter
    }

    /// It can't be written while the loop runs.
    pub(super) fn waits_for_the_end(&self) -> bool {
        (!self.is_plain || self.number > CHAPTERS) && !self.failed
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
        let written = write(&self.path, &text);
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

/// All of it or nothing. Another program may be writing the same file just now, such as a child process that has our
/// `GLASSLOOP`.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let (mut file, replacement) = Replacement::begin(path)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    replacement.finish()
}
