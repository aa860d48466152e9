//! `cargo ex export`: a repository for a class. It has the exercises, their harness and texts, and the runtime; neither
//! solutions nor wrong answers, nor the tests that need heavy packages. It builds without a network.

use std::{
    env, fs,
    io::{self, ErrorKind},
    path::Path,
    process::Command,
};

use crate::{
    Options,
    course::{exercises, package, root},
    language::Language,
    say,
};

/// What a class gets, as it is.
const COPIED: [&str; 11] = [
    ".cargo/config.toml",
    ".devcontainer",
    ".gitattributes",
    ".gitignore",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "README.zh-CN.md",
    "docs",
    "src",
];

/// The packages among the examples: one needs others from outside, and one is copied by itself.
const LEFT_OUT: [&str; 3] = ["target", "interop", "exercises"];

pub fn export(folder: &Path, options: &Options) -> io::Result<()> {
    let language = options.language;
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        let text = language.is_not_empty(folder);
        return Err(io::Error::new(ErrorKind::AlreadyExists, text));
    }
    for name in COPIED {
        copy(&root().join(name), &folder.join(name), &|_| true)?;
    }
    copy(&root().join("examples"), &folder.join("examples"), &|name| !LEFT_OUT.contains(&name))?;
    fs::write(
        folder.join("Cargo.toml"),
        manifest(&fs::read_to_string(root().join("Cargo.toml"))?),
    )?;
    copy_exercises(folder)?;
    let tests = folder.join(".github/classroom/autograding.json");
    write(&tests, &autograding(language)?)?;
    if !options.no_vendor {
        vendor(folder, language)?;
    }
    say(language.was_exported(folder))
}

/// The package of the exercises, each with the answer that one begins with.
pub fn copy_exercises(folder: &Path) -> io::Result<()> {
    let to = folder.join("examples/exercises");
    let is_ours = |name: &str| name != "target" && name != "tests" && !name.contains("answer.rs");
    copy(package(), &to, &is_ours)?;
    for exercise in exercises()? {
        let beginning = fs::read_to_string(exercise.beginning())?;
        write(&to.join("src/bin").join(&exercise.name).join("answer.rs"), &beginning)?;
        let start = format!("tests/exercises/ex{:02}/start.rs", exercise.number);
        write(&folder.join(start), &beginning)?;
    }
    Ok(())
}

/// The project's manifest, without the tests and the packages that a class does not get: those of the feature `tls` are
/// four times as large as all others.
fn manifest(ours: &str) -> String {
    let is_test = |section: &&str| section.trim_start().starts_with("[[test]]");
    let sections = ours.split("\n\n").filter(|section| !is_test(section)).map(|section| {
        match section.contains("\nmembers = ") {
            true => "[workspace]\nmembers = [\"examples/exercises\"]\ndefault-members = [\".\"]"
                .to_string(),
            false => section.to_string(),
        }
    });
    let text = sections.collect::<Vec<_>>().join("\n\n");
    let is_tls = |line: &&str| line.starts_with("rustls") || line.starts_with("tls =");
    let lines = text.lines().filter(|line| !is_tls(line)).map(|line| format!("{line}\n"));
    // The sources still ask for the feature that is not there any more.
    lines
        .collect::<String>()
        .replace("check-cfg = [", "check-cfg = [\"cfg(feature, values(\\\"tls\\\"))\", ")
}

/// Copies a file, or a folder with what is in it.
fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<()> {
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        return fs::copy(from, to).map(drop);
    }
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        if wanted(&name.to_string_lossy()) {
            copy(&from.join(&name), &to.join(&name), wanted)?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, text)
}

/// The sources of all packages, and the settings by which cargo finds them.
fn vendor(folder: &Path, language: Language) -> io::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let vendored = Command::new(cargo).args(["vendor", "vendor"]).current_dir(folder).output()?;
    if !vendored.status.success() {
        let said = String::from_utf8_lossy(&vendored.stderr).into_owned();
        return Err(io::Error::other(language.could_not_vendor(&said)));
    }
    let config = folder.join(".cargo/config.toml");
    let settings = String::from_utf8_lossy(&vendored.stdout).into_owned();
    fs::write(&config, format!("{}\n{settings}", fs::read_to_string(&config)?))
}

/// The tests for GitHub Classroom: a point for each exercise.
fn autograding(language: Language) -> io::Result<String> {
    let test = |(number, title): (u32, String)| {
        format!(
            "    {{\n      \"name\": {title:?},\n      \"setup\": \"\",\n      \"run\": \"cargo ex {number} --lang {}\",\n      \
             \"input\": \"\",\n      \"output\": \"\",\n      \"comparison\": \"included\",\n      \"timeout\": 5,\n      \
             \"points\": 1\n    }}",
            language.name()
        )
    };
    let all = exercises()?.into_iter().map(|it| (it.number, it.title(language)));
    Ok(format!("{{\n  \"tests\": [\n{}\n  ]\n}}\n", all.map(test).collect::<Vec<_>>().join(",\n")))
}
