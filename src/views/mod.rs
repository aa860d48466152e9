//! The views of a run: story, lints, tree, timeline and the others. Each is a function of the records.
//!
//! `GLASSLOOP=story,html=run.html` turns them on for any program, and the lints are always on in debug builds. The
//! functions here make views of records that you have: the records of a run, of a part of it, or of your own
//! runtime. The runtime does not use this module, and this module does not use the runtime.

mod afterwards;
mod chrome;
mod farewell;
mod files;
mod fit;
mod json;
mod lint;
mod live;
mod recorder;
mod recording;
mod state;
mod stderr;
mod step;
mod story;
mod style;
mod summary;
mod terminal;
mod timeline;
mod tree;
mod watchdog;
mod why;
mod words;

pub use afterwards::{chrome, lint, story, timeline, tree};
pub(crate) use files::Format;
pub(crate) use lint::{SLOW_POLL, all_wait};
pub(crate) use live::{Live, LiveWish};
pub(crate) use recorder::Recorder;
pub(crate) use state::LoopState;
pub(crate) use stderr::{Tree, Warnings, print};
pub(crate) use step::Step;
pub(crate) use terminal::Story;
pub(crate) use watchdog::Watchdog;
pub use why::why;
