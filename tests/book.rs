//! The book in `docs/` is true: what it quotes is in the sources, what it prints is what programs print, its
//! programs run, its links lead somewhere, its table of contents is complete, its sentences are short.
//!
//! A block of code says by the line above it where it comes from:
//!
//! | line above | the block |
//! |---|---|
//! | `<!-- source: PATH -->` | is in that file, line by line |
//! | `<!-- output: NAME=VALUE… EXAMPLE WORD… -->` | is what the example prints |
//! | `<!-- not compared: WHY -->` | is output that differs from run to run |
//! | `<!-- drawing -->` | is a picture, or a sketch of a program |
//! | none, and it is Rust | is run by `cargo test`, as a doctest of the page |

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use page::{Block, Page, Sentence};
use programs::{example, stderr, stdout};

#[path = "book/page.rs"]
mod page;
#[path = "common/programs.rs"]
mod programs;

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files in a folder whose names end so, and in the folders below it.
fn markdown_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(markdown_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The pages of the book, with its table of contents.
fn book() -> Vec<Page> {
    markdown_below(&root().join("docs")).into_iter().map(Page::read).collect()
}

/// The pages in the root folder: the README in each language, and others.
fn in_front() -> Vec<Page> {
    let entries = fs::read_dir(root()).expect("a folder");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    paths.filter(is_page).map(Page::read).collect()
}

fn readmes() -> Vec<Page> {
    in_front().into_iter().filter(|page| page.name().starts_with("README")).collect()
}

/// Each block of the book of which `wanted` makes something, and where it stands. The Chinese pages have the blocks of
/// the English ones, as `tests/chinese.rs` holds.
fn blocks<T>(wanted: impl Fn(&Page, &Block) -> Option<T>) -> Vec<(String, T)> {
    let mut found = Vec::new();
    for page in book().into_iter().filter(|page| !page.name().starts_with("docs/zh/")) {
        for block in &page.blocks {
            let place = format!("{}:{}", page.name(), block.line);
            found.extend(wanted(&page, block).map(|it| (place, it)));
        }
    }
    found
}

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_quoted_block_is_in_its_source_line_by_line() {
    let quoted = blocks(|_, block| Some((block.marker("source")?, block.text.clone())));
    assert!(quoted.len() >= 10, "only {} blocks are quoted", quoted.len());
    let mut wrong = Vec::new();
    for (place, (path, text)) in quoted {
        let quote: Vec<&str> = text.lines().collect();
        let source = fs::read_to_string(root().join(&path)).unwrap_or_default();
        // A picture in the comment at a file's head is quoted without the signs of the comment.
        let without_sign = |line| str::strip_prefix(line, "//! ").unwrap_or(line);
        let lines: Vec<&str> = source.lines().map(without_sign).collect();
        if quote.is_empty() || !lines.windows(quote.len()).any(|window| window == quote) {
            wrong.push(format!("{place}: not in {path}:\n{text}"));
        }
    }
    assert_none(wrong);
}

/// The pages that `src/lib.rs` hands to rustdoc.
fn doctested() -> BTreeSet<String> {
    let library = read(&root().join("src/lib.rs"));
    let included = library.split("include_str!(\"../").skip(1);
    included.filter_map(|rest| Some(rest.split_once('"')?.0.to_string())).collect()
}

#[test]
fn each_block_of_rust_is_a_doctest_or_quoted() {
    let doctested = doctested();
    let wrong = blocks(|page, block| {
        let words: Vec<&str> = block.info.split(',').collect();
        if words[0].is_empty() {
            return Some("a block without a language is Rust to rustdoc: name one");
        }
        if words[0] != "rust" {
            return None;
        }
        if block.text.lines().any(|line| line.starts_with("# ")) {
            return Some("a line that rustdoc hides is shown by a forge");
        }
        let is_doctest = doctested.contains(&page.name());
        let is_run = !words.contains(&"ignore") && !words.contains(&"no_run");
        match (block.marker("source"), is_doctest, is_run) {
            (None, true, true) | (Some(_), true, false) | (Some(_), false, _) => None,
            (None, true, false) => Some("compiled or run by nobody, and not quoted either"),
            (Some(_), true, true) => Some("quoted, so it needs `rust,ignore` on this page"),
            (None, false, _) => Some("not quoted, and src/lib.rs does not include this page"),
        }
    });
    assert_none(wrong.into_iter().map(|(place, why)| format!("{place}: {why}")).collect());
}

#[test]
fn each_block_of_text_says_what_it_is() {
    let wrong = blocks(|_, block| {
        let is_text = matches!(block.info.as_str(), "text" | "console");
        let kinds = ["source", "output", "not compared"];
        let is_told = kinds.iter().any(|kind| block.marker(kind).is_some_and(|it| !it.is_empty()));
        (is_text && !is_told && block.marker("drawing").is_none()).then_some(())
    });
    let say = |(place, ())| {
        format!("{place}: output, a picture, or what? Say so in the line above (tests/book.rs)")
    };
    assert_none(wrong.into_iter().map(say).collect());
}

#[test]
fn each_block_of_output_is_what_the_example_prints() {
    let outputs = blocks(|_, block| Some((block.marker("output")?, block.text.clone())));
    assert!(!outputs.is_empty(), "no block of output is compared");
    let mut wrong = Vec::new();
    for (place, (command, text)) in outputs {
        let (set, words): (Vec<&str>, Vec<&str>) =
            command.split_whitespace().partition(|word| word.contains('='));
        let mut program = example(words[0]);
        program.args(&words[1..]).envs(set.iter().filter_map(|word| word.split_once('=')));
        let output = program.output().expect("it can be started");
        let (out, error) = (stdout(&output), stderr(&output));
        if text != out && text != error {
            wrong.push(format!("{place}: {command} prints\n{out}{error}"));
        }
    }
    assert_none(wrong);
}

/// What is wrong with a link, if it is one within the repository.
fn broken(page: &Page, link: &str) -> Option<String> {
    let is_elsewhere = link.contains("://") || link.starts_with("mailto:");
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.path.parent().expect("a page is in a folder");
    let path = if file.is_empty() { page.path.clone() } else { folder.join(file) };
    if is_elsewhere {
        None
    } else if !path.exists() {
        Some(format!("{}: nothing is at {link}", page.name()))
    } else if anchor.is_empty() {
        None
    } else if path.extension().is_none_or(|extension| extension != "md") {
        Some(format!("{}: a place in a file that is no page moves: {link}", page.name()))
    } else {
        let known = Page::read(path).anchors.contains(anchor);
        (!known).then(|| format!("{}: no heading for {link}", page.name()))
    }
}

#[test]
fn each_link_leads_to_a_file_and_to_a_heading_in_it() {
    let pages: Vec<Page> = book().into_iter().chain(readmes()).collect();
    let links: usize = pages.iter().map(|page| page.links.len()).sum();
    assert!(links >= 100, "only {links} links were found");
    let wrong = |page: &Page| page.links.iter().filter_map(|it| broken(page, it)).collect();
    assert_none(pages.iter().flat_map::<Vec<String>, _>(wrong).collect());
}

/// A reader who learned English at school can read a sentence of this length once, and understand it.
const WORDS_OF_A_SENTENCE: usize = 35;

#[test]
fn each_sentence_is_short() {
    let (mut read, mut wrong) = (0, Vec::new());
    for page in book().into_iter().chain(in_front()).filter(|page| !page.name().contains("zh")) {
        read += page.sentences.len();
        let long = page.sentences.iter().filter(|it| it.words > WORDS_OF_A_SENTENCE);
        let say = |it: &Sentence| format!("{}:{}: {} words", page.name(), it.line, it.words);
        wrong.extend(long.map(say));
    }
    assert!(read >= 1_000, "only {read} sentences are read");
    assert_none(wrong);
}

/// What a story names, as `wget.rs:46`, is where a program makes, awaits or runs something.
#[test]
fn each_line_of_an_example_that_is_named_makes_awaits_or_runs_something() {
    let (mut named, mut wrong) = (0, Vec::new());
    for page in book().into_iter().chain(readmes()) {
        for word in read(&page.path).split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let Some((file, line)) = word.split_once(".rs:") else { continue };
            let source = root().join(format!("examples/{file}.rs"));
            let Some(line) = line.parse::<usize>().ok().filter(|_| source.exists()) else {
                continue;
            };
            named += 1;
            let source = read(&source);
            let text = source.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            let is_told_of = [".await", "create_task(", "run(", "run_until_complete("];
            if !is_told_of.iter().any(|call| text.contains(call)) {
                wrong.push(format!("{}: {word} is {:?}", page.name(), text.trim()));
            }
        }
    }
    assert!(named >= 10, "only {named} lines are named");
    assert_none(wrong);
}

#[test]
fn the_page_about_tests_names_each_file_of_tests() {
    let page = read(&root().join("docs/testing.md"));
    let tests = fs::read_dir(root().join("tests")).expect("a folder");
    let names = tests.map(|entry| entry.expect("it can be listed").file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    let is_missing = |name: &String| name.ends_with(".rs") && !page.contains(&format!("`{name}`"));
    assert_none(names.filter(is_missing).collect());
}

/// The language of a page of `docs/`, by its folders.
fn language(name: &str) -> &'static str {
    if name.split('/').any(|folder| folder == "zh") { "zh" } else { "en" }
}

/// The hints are told one at a time, by `cargo ex`: they are no pages.
#[test]
fn each_table_of_contents_lists_each_page_of_its_language_once_and_no_other() {
    let is_summary = |name: &String| name.ends_with("/SUMMARY.md");
    let names: Vec<String> = book().iter().map(Page::name).collect();
    assert!(names.contains(&"docs/SUMMARY.md".to_string()));
    for summary in names.iter().filter(|name| is_summary(name)) {
        let page = Page::read(root().join(summary));
        let folder = page.path.parent().expect("a page is in a folder");
        let file = |path: PathBuf| fs::canonicalize(path).expect("a link leads to a page");
        let mut listed: Vec<PathBuf> =
            page.links.iter().map(|link| file(folder.join(link))).collect();
        let is_page = |name: &&String| !is_summary(name) && !name.contains("/hints/");
        let of_language = |name: &&String| is_page(name) && language(name) == language(summary);
        let mut pages: Vec<PathBuf> =
            names.iter().filter(of_language).map(|name| file(root().join(name))).collect();
        listed.sort();
        pages.sort();
        assert_eq!(listed, pages, "left: {summary}; right: the pages that there are");
    }
}
