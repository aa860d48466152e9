//! The child, in which an answer is checked: it looks at the answer, and says once what it has found.
//!
//! What an answer prints goes the same way as the verdict. So the verdict stands between marks that the answer can't
//! know: the parent has told them to the child before the answer runs.

use std::{
    any::Any,
    env, fs,
    io::{self, BufRead, Read, Write},
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    process,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use glassloop::views;

use super::{
    Exercise, Failure, LIMIT, Language, SHOWN, Verdict, fail, log::shown_run, what_happened,
};

/// The variables by which the parent tells the child what is wished.
pub(super) const LANGUAGE: &str = "EXERCISE_LANGUAGE";
pub(super) const STORY: &str = "EXERCISE_STORY";
pub(super) const HTML: &str = "EXERCISE_HTML";

/// How a check is reported.
struct Report {
    exercise: &'static Exercise,
    language: Language,
    mark: String,
    /// Tell all of the story.
    story: bool,
    /// Write the timeline to this file.
    html: Option<String>,
    /// Once it has said something, it is held for good: nobody says more.
    said: Mutex<()>,
}

/// Checks in this process, says the verdict and ends.
pub fn child(exercise: &'static Exercise) -> ! {
    let mut mark = String::new();
    let _ = io::stdin().lock().read_line(&mut mark);
    let language = env::var(LANGUAGE).ok().and_then(|name| Language::named(&name));
    let report = Arc::new(Report {
        exercise,
        language: language.unwrap_or_else(Language::of_locale),
        mark: mark.trim().to_string(),
        story: env::var_os(STORY).is_some(),
        html: env::var(HTML).ok(),
        said: Mutex::default(),
    });
    end_with_the_parent();
    end_at_the_limit(report.clone());
    listen_for_panics(report.clone());
    let checked = panic::catch_unwind(AssertUnwindSafe(exercise.check));
    report.say(match checked {
        // Also one that nobody has missed is a fault.
        Ok(Ok(())) => first_panic().map_or(Ok(()), Err),
        Ok(Err(failure)) => Err(failure),
        Err(payload) => Err(match payload.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(_) => last_panic().unwrap_or_else(|| Failure::new("panicked", &[&"?", &"?"])),
        }),
    })
}

/// Whoever has started the check may end it at any time; then nothing of it goes on.
fn end_with_the_parent() {
    thread::spawn(|| {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        process::exit(1);
    });
}

fn end_at_the_limit(report: Arc<Report>) {
    thread::spawn(move || {
        thread::sleep(LIMIT);
        // One of the answer's threads may have panicked, and what it should have done never came.
        report.say(match first_panic() {
            Some(failure) => Err(failure),
            None => fail("time-limit", &[&LIMIT.as_secs()]),
        })
    });
}

impl Report {
    fn say(&self, verdict: Verdict) -> ! {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, mut told) = match &verdict {
            Ok(()) => ("passed", String::new()),
            Err(failure) => {
                let lines = if self.story { usize::MAX } else { SHOWN };
                (failure.id, failure.told(self.exercise, self.language, lines))
            }
        };
        let passed = verdict.is_ok();
        let is_told = verdict.is_err_and(|failure| !failure.story.is_empty());
        if self.story && !is_told {
            let story = shown_run(passed).map(|log| log.story()).unwrap_or_default();
            told += &match (story.is_empty(), self.language) {
                (true, Language::English) => "\n\nthere is no run to tell about".to_string(),
                (true, Language::Chinese) => "\n\n这里没有可以讲述的经过".to_string(),
                (false, language) => what_happened(&story, language, usize::MAX),
            };
        }
        told += &self.drawn(passed);
        let mark = &self.mark;
        let mut stdout = io::stdout().lock();
        let _ = write!(stdout, "\n{mark} {id}\n{told}\n{mark} end\n");
        let _ = stdout.flush();
        let _kept_until_the_end = said;
        process::exit(0);
    }

    /// Draws the run, where that is wished, and says where it is.
    fn drawn(&self, passed: bool) -> String {
        let Some(file) = &self.html else { return String::new() };
        let records = shown_run(passed).map(|log| log.records()).unwrap_or_default();
        let said = match (records.is_empty(), self.language) {
            (true, Language::English) => "there is no run to draw".to_string(),
            (true, Language::Chinese) => "没有可以画出来的运行".to_string(),
            (false, language) => match (fs::write(file, views::timeline(&records)), language) {
                (Ok(()), Language::English) => format!("timeline: {file}; open it in a browser"),
                (Ok(()), Language::Chinese) => format!("时间线：{file}，请用浏览器打开"),
                (Err(error), Language::English) => format!("{file} cannot be written: {error}"),
                (Err(error), Language::Chinese) => format!("写不了 {file}：{error}"),
            },
        };
        format!("\n{said}")
    }
}

/// What has panicked so far, on whatever thread.
static PANICS: Mutex<Vec<Failure>> = Mutex::new(Vec::new());

/// What the last panic of a process says: a destructor panicked that ran because of a panic.
const IN_CLEANUP: &str = "panic in a destructor during cleanup";

fn first_panic() -> Option<Failure> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
}

fn last_panic() -> Option<Failure> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
}

fn listen_for_panics(report: Arc<Report>) {
    let checking = thread::current().id();
    panic::set_hook(Box::new(move |info| {
        if let Some(failure) = info.payload().downcast_ref::<Failure>() {
            PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(failure.clone());
            if thread::current().id() != checking {
                report.say(Err(failure.clone())); // who knows whether anybody joins this thread
            }
            return;
        }
        // What a check itself panics with, on purpose, is no text.
        let Some(said) = text_of(info.payload()) else { return };
        let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        if said == IN_CLEANUP {
            // The process ends now. The last but one was the first of the two.
            panics.pop();
            let first = panics.pop().unwrap_or_else(|| panicked(info, &said));
            drop(panics);
            report.say(Err(first));
        }
        panics.push(panicked(info, &said));
    }));
}

/// What is to be told of a panic.
fn panicked(info: &PanicHookInfo, said: &str) -> Failure {
    let place = info.location().map_or_else(String::new, |place| {
        let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
        format!("{file}:{}", place.line())
    });
    match said.starts_with("not yet implemented") {
        true => Failure::new("not-written", &[&place]),
        false => Failure::new("panicked", &[&place, &said]),
    }
}

fn text_of(payload: &(dyn Any + Send)) -> Option<String> {
    let said = payload.downcast_ref::<&str>().map(|said| said.to_string());
    said.or_else(|| payload.downcast_ref::<String>().cloned())
}
