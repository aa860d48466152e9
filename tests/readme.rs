//! The page in front of the house, in both languages: it names each example, and the story on it is one that the
//! program tells.

use std::{fs, path::Path};

use programs::{example, stderr};

#[path = "common/programs.rs"]
mod programs;

const PAGES: [(&str, &str); 2] = [
    ("README.md", include_str!("../README.md")),
    ("README.zh-CN.md", include_str!("../README.zh-CN.md")),
];

/// A line of a story without what differs from run to run: a time is `T`, also the one in front.
fn without_times(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_unit = |word: Option<&&str>| {
        word.is_some_and(|word| {
            matches!(word.trim_end_matches(','), "ns" | "µs" | "ms" | "s" | "%")
        })
    };
    let is_time = |at: usize| at == 0 || is_unit(words.get(at + 1));
    let times = words
        .iter()
        .enumerate()
        .map(|(at, word)| if is_time(at) && word.parse::<f64>().is_ok() { "T" } else { word });
    let line: Vec<&str> = times.filter(|word| !is_unit(Some(word))).collect();
    line.join(" ")
}

/// The story on a page; "…" stands for lines that were left out.
fn story_on(page: &str) -> Vec<String> {
    let (_, rest) = page.split_once("```text\n").expect("a story");
    let (story, _) = rest.split_once("```").expect("its end");
    story.lines().filter(|line| line.trim() != "…").map(without_times).collect()
}

#[test]
fn the_story_is_one_that_wget_tells() {
    let stories = PAGES.map(|(_, page)| story_on(page));
    assert_eq!(stories[0], stories[1], "the same in both languages");
    assert_eq!(stories[0].len(), 10);
    // Which sockets become ready together is up to the system. So it is not told like this each time.
    let is_told = (0..50).any(|_| {
        let output = example("wget").env("GLASSLOOP", "story").output().unwrap();
        let told = stderr(&output);
        let mut told = told.lines().map(without_times);
        stories[0].iter().all(|line| told.any(|it| it == *line))
    });
    assert!(is_told, "wget never tells {:#?}", stories[0]);
}

/// What teachers are told to run.
const COURSE: [(&str, &str); 2] = [
    ("docs/course/README.md", include_str!("../docs/course/README.md")),
    ("docs/course/zh/README.md", include_str!("../docs/course/zh/README.md")),
];

#[test]
fn each_example_is_named_and_each_that_is_named_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (file, page) in PAGES.iter().filter(|_| path.extension().is_some()) {
            let is_named = [" ", "`"].iter().any(|end| page.contains(&format!("`{name}{end}")));
            assert!(is_named, "{file} does not name the example {name}");
        }
    }
    for (file, page) in PAGES.iter().chain(&COURSE) {
        for command in page.split("--example ").skip(1) {
            let name = command.split([' ', '`', '\n']).next().unwrap_or_default();
            let is_there = folder.join(format!("{name}.rs")).exists();
            let is_folder = folder.join(name).join("main.rs").exists();
            assert!(is_there || is_folder, "{file} names the example {name:?}");
        }
    }
}
