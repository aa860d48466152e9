//! `cargo ex watch`: checks an answer again whenever it has changed.

use std::{
    fs, io,
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use crate::{
    Options,
    check::{builds, is_not_solved, is_solved, program},
    course::{Exercise, next},
    say,
};

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_millis(150);

/// Watches this exercise, or the first that is not solved, and after it the next. It ends with Ctrl-C, or when all are
/// solved.
pub fn watch(exercise: Option<Exercise>, options: &Options) -> io::Result<()> {
    let one = exercise.is_some();
    let mut current = match exercise {
        Some(exercise) => exercise,
        None => match next()? {
            Some(exercise) => exercise,
            None => return say(options.language.all_solved()),
        },
    };
    loop {
        say(options.language.watches(&current))?;
        until_solved(&current, options)?;
        current = match next()? {
            Some(exercise) if !one => exercise,
            _ => return Ok(()),
        };
    }
}

fn until_solved(exercise: &Exercise, options: &Options) -> io::Result<()> {
    loop {
        let answer = fs::read(exercise.answer()).ok();
        let check = if builds(exercise, options)? { Some(start(exercise, options)?) } else { None };
        let was_run = check.is_some();
        let is_right = wait(check, exercise, &answer)?;
        match (is_right, &answer) {
            (Some(true), Some(answer)) => return is_solved(exercise, answer, options),
            (Some(_), _) => is_not_solved(exercise, was_run, options)?,
            (None, _) => {}
        }
        while fs::read(exercise.answer()).ok() == answer {
            thread::sleep(INTERVAL);
        }
        say("")?;
    }
}

fn start(exercise: &Exercise, options: &Options) -> io::Result<Child> {
    program(exercise, options)?.arg("--until-eof").stdin(Stdio::piped()).spawn()
}

/// Is the answer right? `None` where it has changed meanwhile; then the check is over, too.
fn wait(
    check: Option<Child>,
    exercise: &Exercise,
    answer: &Option<Vec<u8>>,
) -> io::Result<Option<bool>> {
    let Some(mut check) = check else { return Ok(Some(false)) };
    loop {
        if let Some(status) = check.try_wait()? {
            return Ok(Some(status.success()));
        }
        if fs::read(exercise.answer()).ok() != *answer {
            drop(check.stdin.take()); // it reads that, and ends, with all that it has started
            check.wait()?;
            return Ok(None);
        }
        thread::sleep(INTERVAL / 10);
    }
}
