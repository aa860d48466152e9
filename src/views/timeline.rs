//! The timeline: a page that shows a run in the browser, opened from disk.
//!
//! The page is in the folder `timeline`, a file for each of its parts, put together here; this writes the data that
//! it draws: the records, the story's sentences, what the lints found, and the lines of the program that are spoken
//! of. All of it is data, text as JSON, in which no `<` occurs: what a peer has sent can't become a part of the page.

mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::PathBuf,
};

pub(super) use self::text::Text;
use super::{json::string, recording::Recording, story::Storyteller};
use crate::trace::record::*;

const PAGE: &str = include_str!("timeline/page.html");
const STYLE: &str = include_str!("timeline/page.css");

/// One program, in the order in which one reads it.
const SCRIPT: &str = concat!(
    include_str!("timeline/words.js"),
    include_str!("timeline/tools.js"),
    include_str!("timeline/run.js"),
    include_str!("timeline/axis.js"),
    include_str!("timeline/lanes.js"),
    include_str!("timeline/paint.js"),
    include_str!("timeline/head.js"),
    include_str!("timeline/loop.js"),
    include_str!("timeline/tasks.js"),
    include_str!("timeline/bars.js"),
    include_str!("timeline/arrows.js"),
    include_str!("timeline/legend.js"),
    include_str!("timeline/machine.js"),
    include_str!("timeline/play.js"),
    include_str!("timeline/why.js"),
    include_str!("timeline/guide.js"),
    include_str!("timeline/panel.js"),
    include_str!("timeline/keys.js"),
    include_str!("timeline/start.js"),
);

/// How a page from disk begins.
const FILE: &str = include_str!("timeline/file.js");

/// What the page of a program that still runs has beside that.
const LIVE: &str = concat!(
    include_str!("timeline/live/words.js"),
    include_str!("timeline/live/growth.js"),
    include_str!("timeline/live/axis.js"),
    include_str!("timeline/live/follow.js"),
    include_str!("timeline/live/save.js"),
    include_str!("timeline/live/live.js"),
);

/// What a page may do: nothing but what stands in it.
const POLICY: &str = "style-src 'unsafe-inline'";

/// How many lines around a line of the program are shown.
const AROUND: u32 = 4;

/// The page before and after its chapters; `more` loops are left out.
pub(super) fn frame(more: usize) -> (String, String) {
    let run = format!(
        "{{\"version\":1,\"program\":{},\"more_loops\":{more},\"loops\":[\n",
        string(&program())
    );
    let page = PAGE.replace("{{STYLE}}", STYLE).replace("{{SCRIPT}}", &(SCRIPT.to_owned() + FILE));
    let (before, after) = page.split_once("{{RUN}}").expect("it has a place for the run");
    (format!("{before}{run}"), format!("\n]}}{after}"))
}

/// The page of a program that still runs. It asks this server for the records, and has what a file consists of, to
/// save them.
pub(super) fn live_page() -> String {
    let (before, after) = frame(0);
    let run = format!(
        "{{\"program\":{},\"file\":[{},{}]}}",
        string(&program()),
        string(&before),
        string(&after)
    );
    let page = PAGE.replace(POLICY, &format!("{POLICY}; connect-src 'self'"));
    let page = page.replace("{{STYLE}}", STYLE).replace("{{SCRIPT}}", &(SCRIPT.to_owned() + LIVE));
    page.replace("{{RUN}}", &run)
}

/// What it is called.
fn program() -> String {
    let program = env::args_os().next().map(PathBuf::from);
    let program = program.as_ref().and_then(|path| path.file_stem()).unwrap_or_default();
    program.to_string_lossy().into_owned()
}

/// One loop.
pub(super) fn chapter(recording: &Recording) -> String {
    let mut text = Text::new();
    let mut teller = Storyteller::new(true, true, recording.slow_poll);
    let after = recording.first.len();
    for (index, record) in recording.iter().enumerate() {
        if recording.left_out > 0 && index == after {
            teller.leave_out(record.t, recording.before_last);
        }
        text.add(record, &mut teller);
    }
    let left_out = match recording.left_out {
        0 => "null".to_string(),
        records => format!("{{\"after\":{after},\"records\":{records}}}"),
    };
    let sources = sources(text.places());
    text.finish(&left_out, &sources, &teller.summary)
}

/// The lines around each place, by file; without the files that are not there any more, or never were.
pub(super) fn sources(places: &[Place]) -> String {
    let mut wanted: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for place in places {
        let around = place.line().saturating_sub(AROUND).max(1)..=place.line() + AROUND;
        wanted.entry(place.file()).or_default().extend(around);
    }
    let files = wanted.into_iter().filter_map(|(file, numbers)| {
        let text = read_source(file)?;
        let lines: Vec<&str> = text.lines().collect();
        let lines = numbers.into_iter().filter_map(|number| {
            let line = lines.get(number as usize - 1)?;
            Some(format!("\"{number}\":{}", string(line)))
        });
        Some(format!("{}:{{{}}}", string(file), lines.collect::<Vec<_>>().join(",")))
    });
    files.collect::<Vec<_>>().join(",\n")
}

/// A place names its file from where the compiler was called: the workspace's root, where the lock file is. Cargo says
/// where the package is, and the root is there or further up. The folder where the user happens to be may have a file
/// of that name, too: it is asked only if nothing better is known.
fn read_source(file: &str) -> Option<String> {
    let Some(package) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        return fs::read_to_string(file).ok();
    };
    let roots = package.ancestors().filter(|folder| folder.join("Cargo.lock").exists());
    roots.map(|root| root.join(file)).find_map(|path| fs::read_to_string(path).ok())
}
