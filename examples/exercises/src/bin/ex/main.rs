//! `cargo ex`: the exercises, which of them are solved, their hints, and the check of each; and what a teacher needs.
//!
//! Each exercise is a separate program, so an answer that does not compile yet breaks only its own check.

mod about;
mod check;
mod class;
mod course;
mod doctor;
mod grade;
mod watch;
mod words;

#[path = "../../harness/language.rs"]
mod language;

use std::{
    env,
    io::{self, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use course::Exercise;
use language::Language;

/// What is wished.
enum Wish {
    Help,
    List,
    /// Without a number: the first that is not solved.
    Check(Option<u32>),
    Hint(Option<u32>),
    Reset(u32),
    Watch(Option<u32>),
    Doctor,
    Export(PathBuf),
    Grade(Vec<PathBuf>),
}

/// How it is wished.
struct Options {
    language: Language,
    story: bool,
    html: Option<String>,
    /// A class repository without the sources of the packages that it needs.
    no_vendor: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let done = parse(&words).and_then(|(wish, options)| grant(wish, &options));
    match done {
        Ok(code) => code,
        // Somebody reads the list through `head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cargo ex: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[String]) -> io::Result<(Wish, Options)> {
    let language = language(words);
    let lacks = |word: &str| invalid(language.lacks(word));
    let misunderstood = |word: &str| invalid(language.misunderstood(word));
    let numbered = |word: &str| word.parse().map_err(|_| misunderstood(word));
    let mut options = Options { language, story: false, html: None, no_vendor: false };
    let (mut plain, mut hint, mut help) = (Vec::new(), false, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| lacks(word));
        match word.as_str() {
            "--help" | "-h" | "help" => help = true,
            "--hint" => hint = true,
            "--story" => options.story = true,
            "--html" => options.html = Some(value()?.clone()),
            "--lang" => {
                // `language` has taken it already, unless it is none.
                let name = value()?;
                Language::named(name).ok_or_else(|| misunderstood(name))?;
            }
            "--no-vendor" => options.no_vendor = true,
            word if word.starts_with('-') => return Err(misunderstood(word)),
            word => plain.push(word),
        }
    }
    if help {
        return Ok((Wish::Help, options));
    }
    let wish = match &plain[..] {
        [] if !hint && !options.shows() => Wish::List,
        ["next"] if hint => Wish::Hint(None),
        ["next"] => Wish::Check(None),
        ["watch"] => Wish::Watch(None),
        ["watch", number] => Wish::Watch(Some(numbered(number)?)),
        ["reset", number] => Wish::Reset(numbered(number)?),
        ["doctor"] => Wish::Doctor,
        ["export", folder] => Wish::Export(folder.into()),
        ["grade", folders @ ..] if !folders.is_empty() => {
            Wish::Grade(folders.iter().map(PathBuf::from).collect())
        }
        [word @ ("reset" | "export" | "grade")] => return Err(lacks(word)),
        [number] if hint => Wish::Hint(Some(numbered(number)?)),
        [number] => Wish::Check(Some(numbered(number)?)),
        [.., other] => return Err(misunderstood(other)),
        [] => return Err(lacks(words.last().map_or("", String::as_str))),
    };
    Ok((wish, options))
}

impl Options {
    /// Is the run to be shown?
    fn shows(&self) -> bool {
        self.story || self.html.is_some()
    }
}

/// As `--lang` says, wherever it is: an error is in this language, too.
fn language(words: &[String]) -> Language {
    let mut pairs = words.windows(2).rev();
    let named = pairs.find(|pair| pair[0] == "--lang").and_then(|pair| Language::named(&pair[1]));
    named.unwrap_or_else(Language::of_locale)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, message)
}

fn grant(wish: Wish, options: &Options) -> io::Result<ExitCode> {
    let language = options.language;
    match wish {
        Wish::Help => say(language.usage())?,
        Wish::List => course::list(language)?,
        Wish::Check(number) => match wished(number, language)? {
            Some(exercise) => return check::check(&exercise, options),
            None => say(language.all_solved())?,
        },
        Wish::Hint(number) => match wished(number, language)? {
            Some(exercise) => exercise.show_hint(language)?,
            None => say(language.all_solved())?,
        },
        Wish::Reset(number) => Exercise::numbered(number, language)?.put_back(language)?,
        Wish::Watch(number) => {
            let exercise = number.map(|it| Exercise::numbered(it, language)).transpose()?;
            watch::watch(exercise, options)?;
        }
        Wish::Doctor => return doctor::look(language),
        Wish::Export(folder) => class::export(&folder, options)?,
        Wish::Grade(folders) => grade::grade(&folders, language)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The exercise with this number, or the first that is not solved.
fn wished(number: Option<u32>, language: Language) -> io::Result<Option<Exercise>> {
    match number {
        Some(number) => Exercise::numbered(number, language).map(Some),
        None => course::next(),
    }
}

/// Prints a line, or says that nobody reads it.
fn say(text: impl std::fmt::Display) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}
