//! `cargo ex`: the exercises, which of them are solved, their hints, and the check of each.
//!
//! Each exercise is a program of its own, so an answer that does not compile yet breaks nothing but its own check.

use std::{
    env::{self, consts::EXE_SUFFIX},
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use language::Language;

#[path = "../../harness/language.rs"]
mod language;
mod words;

const USAGE: &str = "\
usage: cargo ex                 the exercises, and which are solved
       cargo ex N               checks your answer to exercise N
       cargo ex N --hint        shows the next hint
       cargo ex N --lang zh     in Chinese; en is English; else as the locale says
       cargo ex reset N         puts the beginning back; what you have written is kept beside it";

/// One exercise, as it lies in the repository.
struct Exercise {
    number: u32,
    /// `ex01_countdown`
    name: String,
}

impl Exercise {
    fn answer(&self) -> PathBuf {
        package().join("src/bin").join(&self.name).join("answer.rs")
    }

    fn beginning(&self) -> PathBuf {
        root().join(format!("tests/exercises/ex{:02}/start.rs", self.number))
    }

    /// The task and its hints.
    fn text(&self, language: Language) -> io::Result<String> {
        let english = root().join("docs/course").join(format!("ex{:02}.md", self.number));
        let chinese = root().join("docs/course/zh").join(format!("ex{:02}.md", self.number));
        match language {
            Language::Chinese if chinese.exists() => fs::read_to_string(chinese),
            _ => fs::read_to_string(english),
        }
    }

    fn title(&self, language: Language) -> String {
        let text = self.text(language).unwrap_or_default();
        let heading = text.lines().next().unwrap_or_default();
        heading.trim_start_matches("# ").to_string()
    }

    /// Where is kept what was right, and how many hints were shown.
    fn note(&self, what: &str) -> PathBuf {
        root().join("target/exercises").join(format!("{:02}.{what}", self.number))
    }

    /// Is the answer as it was when it was right?
    fn is_solved(&self) -> bool {
        let (right, now) = (fs::read(self.note("solved")), fs::read(self.answer()));
        right.is_ok() && right.ok() == now.ok()
    }
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn root() -> PathBuf {
    package().join("../..")
}

/// All exercises, in order.
fn exercises() -> io::Result<Vec<Exercise>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(package().join("src/bin"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix("ex").and_then(|rest| rest.split('_').next()?.parse().ok());
        found.extend(number.map(|number| Exercise { number, name }));
    }
    found.sort_by_key(|exercise| exercise.number);
    Ok(found)
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match run(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo ex: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> io::Result<ExitCode> {
    let mut language = Language::of_locale();
    let (mut hint, mut reset, mut number) = (false, false, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--hint" => hint = true,
            "reset" => reset = true,
            "--lang" => {
                language = rest.next().and_then(|it| Language::named(it)).ok_or_else(usage)?
            }
            word => number = Some(word.parse::<u32>().map_err(|_| usage())?),
        }
    }
    let Some(number) = number else {
        if hint || reset {
            return Err(usage());
        }
        return list(language);
    };
    let all = exercises()?;
    let exercise = all.iter().find(|exercise| exercise.number == number).ok_or_else(|| {
        let numbers = format!("there are exercises 1 to {}", all.len());
        io::Error::new(ErrorKind::NotFound, format!("no exercise {number}: {numbers}"))
    })?;
    match (hint, reset) {
        (true, _) => show_hint(exercise, language),
        (_, true) => put_back(exercise, language),
        _ => check(exercise, language),
    }
}

fn usage() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("that is not understood\n{USAGE}"))
}

fn list(language: Language) -> io::Result<ExitCode> {
    let all = exercises()?;
    for exercise in &all {
        let mark = if exercise.is_solved() { "✓" } else { "·" };
        println!("{mark} {}", exercise.title(language));
    }
    let solved = all.iter().filter(|exercise| exercise.is_solved()).count();
    println!("{}", language.solved_of(solved, all.len()));
    Ok(ExitCode::SUCCESS)
}

/// Builds the exercise's own program and runs it.
fn check(exercise: &Exercise, language: Language) -> io::Result<ExitCode> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = package().join("Cargo.toml");
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--bin", &exercise.name, "--manifest-path"])
        .arg(manifest)
        .status()?;
    if !built.success() {
        println!("{}", language.does_not_compile(&exercise.answer()));
        return Ok(ExitCode::FAILURE);
    }
    let answer = fs::read(exercise.answer())?;
    // It was built beside this program. `cargo run` would print the compiler's warnings a second time.
    let program = env::current_exe()?.with_file_name(format!("{}{EXE_SUFFIX}", exercise.name));
    let checked = Command::new(program).args(["--lang", language.name()]).status()?;
    if !checked.success() {
        println!("{}", language.ask_for_hint(exercise.number, &exercise.answer()));
        return Ok(ExitCode::FAILURE);
    }
    let solved = exercise.note("solved");
    fs::create_dir_all(solved.parent().unwrap_or(&solved))?;
    fs::write(solved, answer)?;
    Ok(ExitCode::SUCCESS)
}

/// The next hint; after the last one the first again.
fn show_hint(exercise: &Exercise, language: Language) -> io::Result<ExitCode> {
    let text = exercise.text(language)?;
    let hints: Vec<&str> = text.split("\n## ").skip(1).filter(|it| language.is_hint(it)).collect();
    if hints.is_empty() {
        return Err(io::Error::other(format!("exercise {} has no hints", exercise.number)));
    }
    let note = exercise.note("hints");
    let shown: usize = fs::read_to_string(&note).ok().and_then(|it| it.parse().ok()).unwrap_or(0);
    let is_markup = |line: &&str| line.starts_with("```") || line.starts_with("<!--");
    for line in hints[shown % hints.len()].trim_end().lines().filter(|line| !is_markup(line)) {
        println!("{line}");
    }
    fs::create_dir_all(note.parent().unwrap_or(&note))?;
    fs::write(note, (shown % hints.len() + 1).to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Puts the beginning back. What was there is kept.
fn put_back(exercise: &Exercise, language: Language) -> io::Result<ExitCode> {
    let (answer, beginning) = (exercise.answer(), fs::read(exercise.beginning())?);
    if fs::read(&answer).is_ok_and(|now| now == beginning) {
        println!("{}", language.is_beginning());
        return Ok(ExitCode::SUCCESS);
    }
    let kept = (1..).map(|n| answer.with_extension(format!("rs.{n}")));
    let kept = kept.into_iter().find(|path| !path.exists()).expect("numbers don't end");
    fs::rename(&answer, &kept)?;
    fs::write(&answer, beginning)?;
    println!("{}", language.was_put_back(&kept));
    Ok(ExitCode::SUCCESS)
}
