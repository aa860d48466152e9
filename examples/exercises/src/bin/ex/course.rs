//! The course as it lies on disk: the exercises, their texts, and what is kept of the way through.

use std::{
    env, fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use crate::{language::Language, say};

/// One exercise, as it lies in the repository.
pub struct Exercise {
    pub number: u32,
    /// `ex01_countdown`
    pub name: String,
}

/// How an answer stands.
#[derive(Clone, Copy, PartialEq)]
pub enum Standing {
    Open,
    Solved,
    /// It was right once, and was edited since.
    Edited,
}

pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn root() -> PathBuf {
    let root = package().ancestors().nth(2);
    root.expect("the package is in examples/exercises").to_path_buf()
}

/// Beside this program cargo puts those of the exercises.
pub fn target() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    Ok(program.parent().unwrap_or(&program).to_path_buf())
}

/// All exercises, in order.
pub fn exercises() -> io::Result<Vec<Exercise>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(package().join("src/bin"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix("ex").and_then(|rest| rest.split('_').next()?.parse().ok());
        found.extend(number.map(|number| Exercise { number, name }));
    }
    found.sort_by_key(|exercise| exercise.number);
    Ok(found)
}

/// The first that is not solved.
pub fn next() -> io::Result<Option<Exercise>> {
    Ok(exercises()?.into_iter().find(|exercise| exercise.standing() != Standing::Solved))
}

pub fn list(language: Language) -> io::Result<()> {
    let all = exercises()?;
    for exercise in &all {
        let mark = match exercise.standing() {
            Standing::Open => "·",
            Standing::Solved => "✓",
            Standing::Edited => "~",
        };
        say(format!("{mark} {}", language.in_the_list(exercise)))?;
    }
    let with = |standing| all.iter().filter(|it| it.standing() == standing).count();
    say(language.bar(with(Standing::Solved), all.len()))?;
    say(language.how_to_go_on(with(Standing::Solved) == all.len(), with(Standing::Edited)))
}

impl Exercise {
    pub fn numbered(number: u32, language: Language) -> io::Result<Exercise> {
        let all = exercises()?;
        let most = all.len();
        let found = all.into_iter().find(|exercise| exercise.number == number);
        found.ok_or_else(|| {
            io::Error::new(ErrorKind::NotFound, language.no_such_exercise(number, most))
        })
    }

    pub fn answer(&self) -> PathBuf {
        package().join("src/bin").join(&self.name).join("answer.rs")
    }

    pub fn beginning(&self) -> PathBuf {
        root().join(format!("tests/exercises/ex{:02}/start.rs", self.number))
    }

    /// What stands in a file of this exercise, in the language if there is one in it.
    fn text(&self, folder: &str, language: Language) -> io::Result<String> {
        let file = format!("ex{:02}.md", self.number);
        let english = root().join("docs/course").join(folder).join(&file);
        let chinese = root().join("docs/course/zh").join(folder).join(&file);
        match language {
            Language::Chinese if chinese.exists() => fs::read_to_string(chinese),
            _ => fs::read_to_string(english),
        }
    }

    /// The heading of its task.
    pub fn title(&self, language: Language) -> String {
        let text = self.text("", language).unwrap_or_default();
        let heading = text.lines().next().unwrap_or_default();
        heading.trim_start_matches("# ").to_string()
    }

    /// Where is kept what was right, and how many hints were shown.
    fn note(&self, what: &str) -> PathBuf {
        root().join("target/exercises").join(format!("{:02}.{what}", self.number))
    }

    fn keep(&self, what: &str, text: &[u8]) -> io::Result<()> {
        let note = self.note(what);
        fs::create_dir_all(note.parent().unwrap_or(&note))?;
        fs::write(note, text)
    }

    pub fn standing(&self) -> Standing {
        match (fs::read(self.note("solved")), fs::read(self.answer())) {
            (Ok(right), Ok(now)) if right == now => Standing::Solved,
            (Ok(_), _) => Standing::Edited,
            _ => Standing::Open,
        }
    }

    /// This answer is right.
    pub fn keep_as_solved(&self, answer: &[u8]) -> io::Result<()> {
        self.keep("solved", answer)
    }

    /// The next hint; after the last one the first again.
    pub fn show_hint(&self, language: Language) -> io::Result<()> {
        let text = self.text("hints", language)?;
        let hints: Vec<&str> = text.split("\n## ").skip(1).collect();
        if hints.is_empty() {
            return Err(io::Error::other(format!("exercise {} has no hints", self.number)));
        }
        let shown = fs::read_to_string(self.note("hints")).ok();
        let shown: usize = shown.and_then(|it| it.parse().ok()).unwrap_or(0);
        let number = shown % hints.len() + 1;
        let is_markup = |line: &&str| line.starts_with("```") || line.starts_with("<!--");
        for line in hints[number - 1].trim_end().lines().filter(|line| !is_markup(line)) {
            say(line)?;
        }
        say(format!("\n{}", language.hints_left(number, hints.len())))?;
        self.keep("hints", number.to_string().as_bytes())
    }

    /// Goes back to the first state. The old answer is kept.
    pub fn put_back(&self, language: Language) -> io::Result<()> {
        let (answer, beginning) = (self.answer(), fs::read(self.beginning())?);
        if fs::read(&answer).is_ok_and(|now| now == beginning) {
            return say(language.is_beginning());
        }
        if !answer.exists() {
            fs::write(&answer, beginning)?;
            return say(language.was_put_back(None));
        }
        let kept = (1..).map(|n| answer.with_extension(format!("rs.{n}")));
        let kept = kept.into_iter().find(|path| !path.exists()).expect("numbers don't end");
        fs::rename(&answer, &kept)?;
        fs::write(&answer, beginning)?;
        say(language.was_put_back(Some(&kept)))
    }
}
