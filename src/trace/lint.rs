//! Lints: mistakes that show in the records, each said in a sentence, once.
//!
//! They are on by themselves in debug builds, elsewhere by `GLASSLOOP=lint`. A lint sees nothing but the
//! stream, and accuses nobody wrongly.

use std::io::{self, Write};

use super::{Observer, record::*};

/// Looks for mistakes and says what it finds.
pub(super) struct Lints {
    out: Box<dyn Write>,
}

impl Lints {
    pub(super) fn on_stderr() -> Lints {
        Lints { out: Box::new(io::stderr()) }
    }

    /// `glassloop: NAME: FINDING (task "…", made at file.rs:1)`
    fn say(&mut self, lint: &str, finding: &str, task: &str, place: Place) {
        let (task, file, line) = (task.escape_debug(), place.file(), place.line());
        // Somebody may have closed stderr; the program goes on.
        let _ = writeln!(
            self.out,
            "glassloop: {lint}: {finding} (task \"{task}\", made at {file}:{line})"
        );
    }
}

impl Observer for Lints {
    fn record(&mut self, record: &Record) {
        if let What::NeverRetrieved { task, failure, name, place } = &record.what {
            let how = match failure {
                Failure::Panicked => "panicked",
                Failure::ReturnedError => "returned an error",
            };
            let finding = format!("task {task} {how} and nobody looked at its result");
            self.say("never retrieved", &finding, name, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, panic::Location, rc::Rc};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Rc<RefCell<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_failure_that_nobody_looked_at_is_said_with_name_and_line() {
        let (page, place) = (Page::default(), Location::caller());
        let mut lints = Lints { out: Box::new(page.clone()) };
        let (task, name) = (TaskId(4), "the \x1b[31mthird".into());
        let what = What::NeverRetrieved { task, failure: Failure::Panicked, name, place };
        lints.record(&Record { t: 0, turn: 1, what });
        let expected = format!(
            "glassloop: never retrieved: task 4 panicked and nobody looked at its result \
             (task \"the \\u{{1b}}[31mthird\", made at {}:{})\n",
            place.file(),
            place.line()
        );
        assert_eq!(String::from_utf8(page.0.take()).unwrap(), expected);
    }
}
