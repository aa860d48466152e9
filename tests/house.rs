//! The house is as its plan says: the machine is small, and the trace stays out of its reader's way.

use std::{fs, path::PathBuf};

/// The machine, file by file.
fn machine() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/runtime");
    let files = fs::read_dir(folder).expect("the machine has a folder");
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("it can be listed").path();
        (path.display().to_string(), fs::read_to_string(path).expect("it is text"))
    };
    files.map(file).collect()
}

#[test]
fn the_machine_is_a_thousand_lines_of_code_and_no_file_is_long() {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let code: usize = machine().iter().map(|(_, text)| text.lines().filter(is_code).count()).sum();
    let all: usize = machine().iter().map(|(_, text)| text.lines().count()).sum();
    assert!(code <= 1_000 && all <= 1_500, "{code} lines of code, {all} in all");
    for (path, text) in machine() {
        assert!(text.lines().count() <= 400, "{path} is long");
    }
}

/// The verbs by which the machine reports. `guard` is none: it runs foreign code.
fn verbs() -> Vec<String> {
    let emit = include_str!("../src/trace/emit.rs");
    let names = emit.split("pub(crate) fn ").skip(1);
    let names = names.map(|rest| rest.split(['(', '<']).next().unwrap_or_default().to_string());
    let no_verbs = ["new", "guard", "is_on", "tree"];
    names.filter(|name| !no_verbs.contains(&name.as_str())).collect()
}

#[test]
fn the_machine_reports_at_no_more_than_thirty_points_and_two_a_function() {
    let verbs = verbs();
    assert!(verbs.contains(&"woken".to_string()) && verbs.contains(&"armed".to_string()));
    let mut points = 0;
    for (path, text) in machine() {
        for function in text.split(" fn ") {
            let is_point = |verb: &String| function.matches(&format!("trace.{verb}(")).count();
            let here: usize = verbs.iter().map(is_point).sum();
            let name = function.split('(').next().unwrap_or_default();
            assert!(here <= 2, "{path}: {name} reports at {here} points");
            points += here;
        }
    }
    assert!((20..=30).contains(&points), "{points} points");
}

#[test]
fn the_timelines_page_is_small() {
    assert!(include_str!("../src/trace/timeline.html").len() <= 60_000);
}
