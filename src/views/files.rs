//! The views that are files: the timeline and the Chrome trace.
//!
//! Several loops may run in one program, one after another or on several threads. A file has a chapter for each.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use replace::{Replacement, is_plain};

use super::{
    chrome, farewell::expect_the_end_of_this_thread, recording::Recording, stderr::print,
    style::count, timeline,
};

#[allow(clippy::duplicate_mod, reason = "`fs` has it too, and this layer may not use `fs`")]
#[path = "../fs/replace.rs"]
mod replace;

/// How many loops a file can have. A test suite may make thousands.
const CHAPTERS: usize = 100;

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Format {
    Html,
    Chrome,
}

/// The files of this program.
static FILES: Mutex<BTreeMap<PathBuf, File>> = Mutex::new(BTreeMap::new());

struct File {
    format: Format,
    /// As the user has named it.
    name: String,
    /// Those of the loops, as text.
    chapters: Vec<String>,
    /// How many events each of them tells of.
    events: Vec<u64>,
    is_written: bool,
}

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
    pub(super) fn open(format: Format, name: &str) -> Chapter {
        // The program may go to another directory meanwhile.
        let path = std::path::absolute(name).unwrap_or_else(|_| name.into());
        let number = {
            let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
            let file = files.entry(path.clone()).or_insert_with(|| File::new(format, name));
            file.chapters.push(String::new());
            file.events.push(0);
            file.chapters.len()
        };
        expect_the_end_of_this_thread();
        let is_plain = is_plain(&path);
        let mut chapter = Chapter { format, path, number, is_plain, failed: false };
        if is_plain {
            // If the user mistyped a folder, they should not learn it only at the end of a long run. This try
            // leaves nothing behind: an empty file is not a complete one.
            chapter.check(Replacement::begin(&chapter.path).map(drop));
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
        let Some(file) = files.get_mut(&self.path) else { return };
        file.events[self.number - 1] = recording.events();
        file.chapters[self.number - 1] = text;
        let told = file.chapters.iter().filter(|chapter| !chapter.is_empty());
        let more = file.chapters.len().saturating_sub(CHAPTERS);
        let (before, after) = match self.format {
            Format::Html => timeline::frame(more),
            Format::Chrome => chrome::frame(),
        };
        let between = |(place, chapter)| [if place == 0 { "" } else { ",\n" }, chapter];
        let told = told.map(String::as_str).enumerate().flat_map(between);
        let written = write(&self.path, [&*before].into_iter().chain(told).chain([&*after]));
        // Who reads a pipe or a device has it already.
        file.is_written = written.is_ok() && self.is_plain;
        drop(files);
        self.check(written);
    }

    fn check(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.failed = true;
            let (path, view) = (self.path.display(), self.format.name());
            let goes_on = "the program goes on without it";
            print(&format!("glassloop: {view}={path} cannot be written: {error}; {goes_on}\n"));
        }
    }
}

impl File {
    fn new(format: Format, name: &str) -> File {
        let (chapters, events) = (Vec::new(), Vec::new());
        File { format, name: name.to_string(), chapters, events, is_written: false }
    }

    /// `timeline: run.html, 64 events; open it in a browser`
    fn last_word(&self) -> String {
        let (what, how) = match self.format {
            Format::Html => ("timeline", "open it in a browser"),
            Format::Chrome => ("trace", "open it at https://ui.perfetto.dev"),
        };
        let loops = match self.events.iter().filter(|events| **events > 0).count() {
            0 | 1 => String::new(),
            several => format!("{several} loops, "),
        };
        let events = count(self.events.iter().sum::<u64>(), "event");
        format!("{what}: {}, {loops}{events}; {how}\n", self.name)
    }
}

/// Says it on stderr, of each file.
pub(super) fn say_what_was_written() {
    // A thread may just be writing, and the program ending in the middle of that.
    let Ok(files) = FILES.try_lock() else { return };
    let written = files.values().filter(|file| file.is_written);
    written.for_each(|file| print(&file.last_word()));
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
fn write<'a>(path: &Path, mut pieces: impl Iterator<Item = &'a str>) -> io::Result<()> {
    let (mut file, replacement) = Replacement::begin(path)?;
    pieces.try_for_each(|piece| file.write_all(piece.as_bytes()))?;
    drop(file);
    replacement.finish()
}
