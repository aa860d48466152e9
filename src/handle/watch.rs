//! `GLASSLOOP`: which views of a run its user wants to see.

use std::{
    cell::RefCell,
    env,
    io::{self, Write},
    path, process,
    rc::Rc,
    time::Duration,
};

use crate::{
    trace::{Clock, Observer, Record},
    views::{Format, Live, LiveWish, LoopState, Recorder, Step, Story, Tree, Warnings, Watchdog},
};

/// Each view: the word for it, and what it does.
const KNOWN: [(&str, &str); 11] = [
    ("story", "tells in the terminal what happens"),
    ("all", "makes the story leave nothing out"),
    ("notime", "makes the story print no times"),
    ("html=FILE", "writes a timeline, to be opened in a browser"),
    ("live", "shows the timeline in a browser while the program runs; live=ADDRESS: there"),
    ("nowait", "lets live wait for no browser, neither at the start nor at the end"),
    ("chrome=FILE", "writes a trace for ui.perfetto.dev or chrome://tracing"),
    ("tree", "shows who made whom and who waits for whom, while it runs"),
    ("step", "stops before each event and waits for a command"),
    ("lint", "names mistakes; on by itself in debug builds"),
    ("help", "prints this list, and ends the program"),
];

/// Those who watch a loop.
#[derive(Default)]
pub(super) struct Watchers {
    pub(super) observers: Vec<Box<dyn Observer>>,
    /// The state of the loop, where a view keeps account of it.
    pub(super) state: Option<Rc<RefCell<LoopState>>>,
}

/// What the words say.
#[derive(Debug, Default, PartialEq)]
struct Wishes {
    story: bool,
    all: bool,
    notime: bool,
    tree: bool,
    step: bool,
    lint: bool,
    help: bool,
    files: Vec<(Format, String)>,
    live: Option<LiveWish>,
    nowait: bool,
}

impl Watchers {
    pub(super) fn new(observers: Vec<Box<dyn Observer>>) -> Watchers {
        Watchers { observers, state: None }
    }

    /// Adds the views that the environment variable `GLASSLOOP` asks for, separated by commas. In debug builds the
    /// lints are always on: they find the mistakes of learners.
    ///
    /// A user who asks for help wants to read it, not to run the program. So the program ends here, though usually a
    /// library should not do that. Without it, there would be an error that no loop was made, and no help.
    pub(super) fn add_those_asked_for(
        &mut self,
        clock: &Rc<Clock>,
        slow_poll: Duration,
    ) -> io::Result<()> {
        let words = match env::var("GLASSLOOP") {
            Ok(words) => words,
            Err(env::VarError::NotPresent) => String::new(),
            Err(env::VarError::NotUnicode(words)) => return Err(unknown(&words.to_string_lossy())),
        };
        let wishes = parse(&words)?;
        if wishes.help {
            let _ = io::stdout().write_all(help().as_bytes()); // nobody may read it: then it ends all the same
            process::exit(0);
        }
        self.add(wishes, clock, slow_poll);
        Ok(())
    }

    fn add(&mut self, wishes: Wishes, clock: &Rc<Clock>, slow_poll: Duration) {
        let lint = wishes.lint || cfg!(debug_assertions);
        let state = (lint || wishes.tree || wishes.step).then(Rc::<RefCell<LoopState>>::default);
        if let Some(state) = &state {
            let follow = state.clone();
            self.watch(move |record: &Record| follow.borrow_mut().record(record));
            if lint {
                self.watch(Warnings::new(state.clone(), slow_poll));
                // With `step`, the user stops in the middle of polls.
                if !wishes.step {
                    self.watch(Watchdog::new());
                }
            }
            if wishes.tree {
                self.watch(Tree::on_stderr(state.clone()));
            }
        }
        if wishes.story {
            self.watch(Story::on_stderr(wishes.all, !wishes.notime, slow_poll));
        }
        if !wishes.files.is_empty() {
            self.watch(Recorder::new(wishes.files, slow_poll));
        }
        if let Some(wish) = &wishes.live {
            let is_virtual = clock.is_virtual();
            self.watch(clock.stopped(|| Live::open(wish, is_virtual, slow_poll)));
        }
        if let Some(state) = state.as_ref().filter(|_| wishes.step) {
            self.watch(Step::on_the_terminal(state.clone(), clock.clone()));
        }
        self.state = state;
    }

    fn watch(&mut self, observer: impl Observer + 'static) {
        self.observers.push(Box::new(observer));
    }
}

/// Do two names mean the same file, as far as names tell?
fn is_same(one: &str, other: &str) -> bool {
    let absolute = |name: &str| path::absolute(name).unwrap_or_else(|_| name.into());
    absolute(one) == absolute(other)
}

fn parse(words: &str) -> io::Result<Wishes> {
    let mut wishes = Wishes::default();
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let (view, file) = word.split_once('=').unwrap_or((word, ""));
        match (&*view.to_ascii_lowercase(), file) {
            ("story", "") => wishes.story = true,
            ("all", "") => (wishes.story, wishes.all) = (true, true),
            ("notime", "") => (wishes.story, wishes.notime) = (true, true),
            ("tree", "") => wishes.tree = true,
            ("step", "") => wishes.step = true,
            ("lint", "") => wishes.lint = true,
            ("help", "") => wishes.help = true,
            ("nowait", "") => wishes.nowait = true,
            ("live", "") => wishes.live = wishes.live.or(Some(LiveWish::default())),
            ("live", address) if has_port(address) => {
                wishes.live =
                    Some(LiveWish { address: Some(address.to_string()), ..LiveWish::default() });
            }
            ("live", address) => return Err(without_port(address)),
            (view @ ("html" | "chrome"), "") => return Err(without_file(view)),
            ("html" | "chrome", file) if wishes.files.iter().any(|(_, it)| is_same(it, file)) => {
                return Err(file_twice(file));
            }
            ("html", file) => wishes.files.push((Format::Html, file.to_string())),
            ("chrome", file) => wishes.files.push((Format::Chrome, file.to_string())),
            _ => return Err(unknown(word)),
        }
    }
    if wishes.nowait {
        let wish = wishes.live.get_or_insert_default();
        (wish.waits, wish.lingers) = (false, false);
    }
    // Whoever steps through a run waits anyway, and has other uses for Enter.
    if let (Some(wish), true) = (&mut wishes.live, wishes.step) {
        wish.waits = false;
    }
    Ok(wishes)
}

fn help() -> String {
    let lines = KNOWN.map(|(word, meaning)| format!("  {word:<12} {meaning}\n"));
    format!("GLASSLOOP=VIEW,VIEW,... lets you watch a loop:\n{}", lines.concat())
}

fn without_file(view: &str) -> io::Error {
    let error = format!("GLASSLOOP={view} needs to know where to write: GLASSLOOP={view}=FILE");
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

fn has_port(address: &str) -> bool {
    let parts = address.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

fn without_port(address: &str) -> io::Error {
    let error = format!(
        "GLASSLOOP=live={address} is no address with a port, such as GLASSLOOP=live=127.0.0.1:8000"
    );
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

fn file_twice(file: &str) -> io::Error {
    let error = format!("GLASSLOOP names {file:?} for two views; each needs its own file");
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

fn unknown(word: &str) -> io::Error {
    let known = KNOWN.map(|(word, _)| word).join(", ");
    let error = format!("GLASSLOOP knows no view {word:?}; it knows {known}");
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_view_is_an_error_that_names_the_known_ones() {
        for words in ["story,tory", "story=1", "lint=x", "=", "html=a=b,tory"] {
            let error = parse(words).expect_err("it has an unknown view").to_string();
            assert!(error.contains("story, all, notime, html=FILE"), "{error}");
        }
    }

    #[test]
    fn a_file_without_a_name_is_an_error_that_says_how_to_give_one() {
        let error = parse("html").expect_err("there is no file").to_string();
        assert!(error.ends_with("GLASSLOOP=html=FILE"), "{error}");
        assert!(parse("chrome=").is_err());
    }

    #[test]
    fn no_word_is_no_view_and_several_words_are_several() {
        assert_eq!(parse(" , ").unwrap(), Wishes::default());
        let wishes = parse(" story , notime,html=a=b.html").unwrap();
        assert!(wishes.story && wishes.notime && !wishes.all && !wishes.step);
        assert_eq!(wishes.files, [(Format::Html, "a=b.html".to_string())]);
    }

    #[test]
    fn a_word_may_be_in_capitals_and_a_file_keeps_its_own() {
        let wishes = parse("STORY,Html=Run.html,cHROME=b").unwrap();
        let files = [(Format::Html, "Run.html".to_string()), (Format::Chrome, "b".to_string())];
        assert_eq!((wishes.story, wishes.files), (true, files.to_vec()));
        assert!(parse("TORY").unwrap_err().to_string().contains("no view \"TORY\""));
    }

    #[test]
    fn help_names_each_view_in_a_line() {
        let help = help();
        assert!(KNOWN.iter().all(|(word, _)| help.lines().any(|line| line.contains(word))));
    }
}
