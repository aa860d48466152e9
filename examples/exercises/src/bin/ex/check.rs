//! The check of an answer: builds the exercise's own program and runs it.

use std::{
    env::{self, consts::EXE_SUFFIX},
    fs, io,
    process::{Command, ExitCode},
};

use crate::{
    Options,
    course::{Exercise, Standing, next, package, target},
    say,
};

pub fn check(exercise: &Exercise, options: &Options) -> io::Result<ExitCode> {
    let answer = fs::read(exercise.answer()).unwrap_or_default();
    let builds = builds(exercise, options)?;
    if builds && program(exercise, options)?.status()?.success() {
        is_solved(exercise, &answer, options)?;
        return Ok(ExitCode::SUCCESS);
    }
    is_not_solved(exercise, builds, options)?;
    Ok(ExitCode::FAILURE)
}

/// Builds the exercise's program; the compiler says what is wrong.
pub fn builds(exercise: &Exercise, options: &Options) -> io::Result<bool> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--bin", &exercise.name, "--manifest-path"])
        .arg(package().join("Cargo.toml"))
        .status()?;
    if !built.success() {
        say(options.language.does_not_compile(&exercise.answer()))?;
    }
    Ok(built.success())
}

/// The exercise's program. `cargo run` would print the compiler's warnings a second time.
pub fn program(exercise: &Exercise, options: &Options) -> io::Result<Command> {
    let program = target()?.join(format!("{}{EXE_SUFFIX}", exercise.name));
    let mut command = Command::new(program);
    command.args(["--lang", options.language.name()]);
    if options.story {
        command.arg("--story");
    }
    if let Some(file) = &options.html {
        command.args(["--html", file]);
    }
    Ok(command)
}

/// Keeps that the answer is right, and says how to go on.
pub fn is_solved(exercise: &Exercise, answer: &[u8], options: &Options) -> io::Result<()> {
    exercise.keep_as_solved(answer)?;
    say(options.language.can_do_now(exercise))?;
    match next()? {
        Some(next) => say(options.language.goes_on_with(&next)),
        None => say(options.language.all_solved()),
    }
}

pub fn is_not_solved(exercise: &Exercise, was_run: bool, options: &Options) -> io::Result<()> {
    if exercise.standing() == Standing::Edited {
        say(options.language.was_right_before())?;
    }
    let tells = was_run && !options.story && ![2, 14].contains(&exercise.number); // those have no story
    say(options.language.ask_for_hint(exercise.number, &exercise.answer(), tells))
}
