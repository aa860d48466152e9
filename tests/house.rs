//! The house is as its plan says: layers that use only those below them, a small machine, small files.
//!
//! The sources are read as text. Tests in them, comments and doc links are left out: what counts is what the library
//! itself is made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The folders of `src/`, from the ground up, and which of those before it each may use.
const LAYERS: [(&str, &[&str]); 13] = [
    ("trace", &[]),
    ("runtime", &["trace"]),
    ("views", &["trace"]),
    ("waits", &["trace", "runtime"]),
    ("sync", &["trace", "runtime"]),
    ("net", &["trace", "runtime", "waits"]),
    ("tasks", &["trace", "runtime", "sync"]),
    ("handle", &["trace", "runtime", "views", "waits", "tasks", "net"]),
    ("streams", &["trace", "runtime", "waits", "sync", "net", "tasks"]),
    ("fs", &["trace", "runtime", "waits"]),
    ("signal", &["trace", "runtime", "waits"]),
    ("futures_io", &["trace", "net"]),
    ("http", &["trace", "runtime", "waits", "sync", "net", "streams", "fs"]),
];

/// How many lines of code the machine may have, and a file.
const MACHINE: usize = 1_100;
const FILE: usize = 400;

/// A source file: its path within `src/`, and its code.
struct Source {
    path: String,
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        Source { path: path.replace('\\', "/"), code: code_of(text) }
    }

    /// The folder of `src/` that it is in; without one, it lies loose.
    fn folder(&self) -> Option<&str> {
        self.path.split_once('/').map(|(folder, _)| folder)
    }

    fn lines(&self) -> usize {
        self.code.lines().filter(|line| !line.trim().is_empty()).count()
    }
}

/// The text without its comments and its tests.
fn code_of(text: &str) -> String {
    let without_tests = match text.split_once("#[cfg(test)]\nmod tests {") {
        // It is the last thing in a file, as rustfmt and clippy want it.
        Some((before, _)) => before,
        None => text,
    };
    let uncommented = |line: &str| match line.trim_start().starts_with("//") {
        true => String::new(),
        false => line.split(" // ").next().unwrap_or_default().to_string(),
    };
    without_tests.lines().map(|line| uncommented(line) + "\n").collect()
}

/// All source files of the library.
fn library() -> Vec<Source> {
    fn read(folder: &Path, root: &Path, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).expect("a folder can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                read(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("it is in there").to_string_lossy();
                found.push(Source::new(&name, &fs::read_to_string(&path).expect("it is text")));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    read(&root, &root, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands first behind each `crate::`: one name, or several in braces.
fn imports(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(list) = rest.strip_prefix('{') else {
            names.insert(rest.chars().take_while(|c| is_name(*c)).collect());
            continue;
        };
        let (mut depth, mut name) = (1, String::new());
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth > 1 => depth -= 1,
                ',' if depth > 1 => {}
                ',' | '}' => {
                    let head = name.trim().split("::").next().unwrap_or_default().to_string();
                    names.insert(head);
                    name.clear();
                }
                _ if depth == 1 => name.push(c),
                _ => {}
            }
            if c == '}' && depth == 1 && name.is_empty() {
                break;
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// What is wrong with the imports: one from a layer above or beside, or one that names no layer.
fn wrong_imports(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source.path != "lib.rs") {
        let Some(folder) = source.folder() else { continue };
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == folder) else {
            wrong.push(format!("{}: the folder {folder} has no place in the house", source.path));
            continue;
        };
        for name in imports(&source.code) {
            if name != folder && !allowed.contains(&&*name) {
                wrong.push(format!("{}: {folder} may not use {name}", source.path));
            }
        }
        // By `super`, too, a file may climb out of its folder.
        let depth = source.path.matches('/').count() - usize::from(source.path.ends_with("mod.rs"));
        if source.code.contains(&"super::".repeat(depth + 1)) {
            wrong.push(format!("{}: `super` leads out of {folder}", source.path));
        }
    }
    wrong
}

/// The types that each folder defines.
fn types(sources: &[Source]) -> BTreeMap<&str, BTreeSet<String>> {
    let mut types: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        for line in source.code.lines() {
            let line = line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            let line = line.trim_start_matches("pub(super) ");
            for word in ["struct ", "enum ", "trait ", "type "] {
                if let Some(rest) = line.strip_prefix(word) {
                    let name = rest.chars().take_while(|c| is_name(*c)).collect();
                    types.entry(source.folder().unwrap_or_default()).or_default().insert(name);
                }
            }
        }
    }
    types
}

/// The types for which this code has an inherent `impl`.
fn inherent_impls(code: &str) -> Vec<String> {
    let blocks = code.split("\nimpl").skip(1).filter_map(|rest| rest.split_once('{'));
    let heads = blocks.map(|(head, _)| head).filter(|head| !head.contains(" for "));
    let name = |head: &str| {
        // Behind the generics of the `impl` itself.
        let mut depth = 0;
        let behind = head.find(|c| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth == 0 && c != '>'
        });
        let path = head[behind.unwrap_or(0)..].trim();
        let path: String = path.chars().take_while(|c| is_name(*c) || *c == ':').collect();
        path.rsplit("::").next().unwrap_or_default().to_string()
    };
    heads.map(name).collect()
}

/// Methods that one layer gives to the type of another.
fn foreign_impls(sources: &[Source]) -> Vec<String> {
    let types = types(sources);
    let mut wrong = Vec::new();
    for source in sources {
        let folder = source.folder().unwrap_or_default();
        for name in inherent_impls(&source.code) {
            let is_own = types.get(folder).is_some_and(|own| own.contains(&name));
            let owner = types.iter().find(|(_, theirs)| theirs.contains(&name));
            if let (false, Some((owner, _))) = (is_own, owner) {
                wrong.push(format!("{}: methods for {name}, which is of {owner}", source.path));
            }
        }
    }
    wrong
}

fn loose_files(sources: &[Source]) -> Vec<String> {
    let loose = |source: &&Source| source.folder().is_none() && source.path != "lib.rs";
    sources.iter().filter(loose).map(|source| source.path.clone()).collect()
}

fn long_files(sources: &[Source]) -> Vec<String> {
    let long = |source: &&Source| source.lines() > FILE;
    let told = |source: &Source| format!("{}: {} lines of code", source.path, source.lines());
    sources.iter().filter(long).map(told).collect()
}

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_layer_uses_only_those_below_it() {
    for (number, (name, allowed)) in LAYERS.iter().enumerate() {
        let below: Vec<_> = LAYERS[..number].iter().map(|(name, _)| *name).collect();
        assert!(allowed.iter().all(|used| below.contains(used)), "{name} uses what is above it");
    }
    assert_none(wrong_imports(&library()));
}

#[test]
fn nobody_adds_methods_to_the_types_of_another_layer() {
    assert_none(foreign_impls(&library()));
}

#[test]
fn nothing_lies_loose_in_src_but_lib_rs() {
    assert_none(loose_files(&library()));
}

#[test]
fn no_file_is_long() {
    assert_none(long_files(&library()));
}

#[test]
fn the_machine_is_small() {
    let library = library();
    let machine = library.iter().filter(|source| source.folder() == Some("runtime"));
    let lines: usize = machine.map(Source::lines).sum();
    assert!(lines <= MACHINE, "{lines} lines of code, {MACHINE} at most");
}

/// What the checks find in a house in which each rule is broken once, each time in another way.
#[test]
fn a_house_that_breaks_a_rule_is_told_of() {
    let source = |(path, text): (&str, &str)| Source::new(path, text);
    let found = |check: fn(&[Source]) -> Vec<String>, files: &[(&str, &str)]| {
        check(&files.iter().copied().map(source).collect::<Vec<_>>())
    };

    for text in [
        "use crate::waits::sleep;\n",
        "use crate::{\n    trace::{Trace, record::Cause},\n    waits::{sleep, timeout},\n};\n",
        "fn f() -> crate::waits::Sleep {}\n",
    ] {
        let wrong = found(wrong_imports, &[("runtime/task.rs", text)]);
        assert_eq!(wrong, ["runtime/task.rs: runtime may not use waits"], "{text}");
    }
    let by_the_root = [("tasks/wait.rs", "use crate::{EventLoop, sync::Waiters};\n")];
    assert_eq!(found(wrong_imports, &by_the_root), ["tasks/wait.rs: tasks may not use EventLoop"]);
    let climbs = [("views/chrome/mod.rs", "use super::super::runtime::Core;\n")];
    assert_eq!(found(wrong_imports, &climbs), ["views/chrome/mod.rs: `super` leads out of views"]);
    let unknown = [("extra/mod.rs", "")];
    assert_eq!(found(wrong_imports, &unknown).len(), 1);
    let only_in_tests = "#[cfg(test)]\nmod tests {\n    use crate::EventLoop;\n}\n";
    let only_said = "/// See [`crate::EventLoop`].\nfn f() {}\n";
    let innocent = [("trace/mod.rs", only_in_tests), ("trace/emit.rs", only_said)];
    assert_none(found(wrong_imports, &innocent));

    for text in
        ["\nimpl Core {\n", "\nimpl<'a, T: Fn<(u8,)>> Core<'a, T> {\n", "\nimpl runtime::Core {\n"]
    {
        let files =
            [("runtime/event_loop.rs", "pub(crate) struct Core {}\n"), ("tasks/cell.rs", text)];
        let wrong = found(foreign_impls, &files);
        assert_eq!(wrong, ["tasks/cell.rs: methods for Core, which is of runtime"], "{text}");
    }
    let own = "struct Core;\nimpl Core {}\nimpl Drop for Elsewhere {}\n";
    let files = [("fs/mod.rs", own), ("trace/mod.rs", "pub struct Elsewhere;\n")];
    assert_none(found(foreign_impls, &files));

    assert_eq!(found(loose_files, &[("lib.rs", ""), ("time.rs", "")]), ["time.rs"]);
    let long = "fn f() {}\n\n// a comment\n".repeat(FILE + 1);
    assert_eq!(found(long_files, &[("fs/mod.rs", &long)]), ["fs/mod.rs: 401 lines of code"]);
    assert_none(found(long_files, &[("fs/mod.rs", &long["fn f() {}\n".len()..])]));
}

#[test]
fn the_machine_reports_at_few_points_and_no_more_than_two_a_function() {
    let mut points = 0;
    for source in library().iter().filter(|source| source.folder() == Some("runtime")) {
        for function in source.code.split(" fn ") {
            let here = function.matches("trace.emit(").count();
            let name = function.split('(').next().unwrap_or_default();
            assert!(here <= 2, "{}: {name} reports at {here} points", source.path);
            points += here;
        }
    }
    assert!((15..=30).contains(&points), "{points} points");
}

#[test]
fn the_timelines_page_is_small() {
    let empty = glassloop::views::timeline(&[]);
    assert!(empty.len() <= 120_000, "{} bytes", empty.len());
}
