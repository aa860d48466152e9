//! A page of Markdown, as far as the tests look at one: blocks of code, links, headings.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A page.
pub struct Page {
    pub path: PathBuf,
    pub blocks: Vec<Block>,
    pub links: Vec<String>,
    /// What can stand behind `#` in a link to this page.
    pub anchors: BTreeSet<String>,
}

/// A block of code between two fences.
pub struct Block {
    /// Where it begins.
    pub line: usize,
    /// The words behind its first fence: `rust,should_panic`.
    pub info: String,
    /// The line above it.
    pub above: String,
    pub text: String,
}

impl Block {
    /// What the line above says of this: `src/lib.rs`, where it is `<!-- source: src/lib.rs -->`.
    pub fn marker(&self, word: &str) -> Option<String> {
        let comment = self.above.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
        let value = comment.strip_prefix(word)?;
        value.is_empty().then(String::new).or_else(|| Some(value.strip_prefix(": ")?.to_string()))
    }
}

impl Page {
    pub fn read(path: PathBuf) -> Page {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let (blocks, prose) = split(&text);
        let prose: String = prose.iter().map(|line| format!("{line}\n")).collect();
        Page { path, blocks, links: links(&prose), anchors: anchors(&prose) }
    }

    /// The path within the repository.
    pub fn name(&self) -> String {
        let path = self.path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")));
        path.unwrap_or(&self.path).display().to_string().replace('\\', "/")
    }
}

/// How many backticks a line begins with, if they are a fence.
fn fence(line: &str) -> Option<usize> {
    let line = line.trim_start();
    let ticks = line.len() - line.trim_start_matches('`').len();
    (ticks >= 3).then_some(ticks)
}

/// The blocks of code, and all lines that are not in one.
fn split(text: &str) -> (Vec<Block>, Vec<&str>) {
    let (mut blocks, mut prose) = (Vec::new(), Vec::new());
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let Some(ticks) = fence(line) else {
            prose.push(line);
            continue;
        };
        let is_end = |line: &str| {
            fence(line).is_some_and(|end| end >= ticks) && line.trim().bytes().all(|b| b == b'`')
        };
        let inside = lines.by_ref().map(|(line, _)| line).take_while(|line| !is_end(line));
        blocks.push(Block {
            line: number,
            info: line.trim().trim_start_matches('`').to_string(),
            above: prose.last().copied().unwrap_or_default().to_string(),
            text: inside.map(|line| format!("{line}\n")).collect(),
        });
    }
    (blocks, prose)
}

/// The targets of all links and pictures.
fn links(prose: &str) -> Vec<String> {
    let prose = without_code(prose);
    let in_brackets = prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    let in_tags = ["src=\"", "href=\""].into_iter().flat_map(|attribute| {
        prose.split(attribute).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0))
    });
    let of_references = prose.lines().filter_map(|line| {
        let (name, target) = line.split_once("]: ")?;
        name.starts_with('[').then_some(target)
    });
    let all = in_brackets.chain(in_tags).chain(of_references);
    all.filter_map(|target| Some(target.split_whitespace().next()?.to_string())).collect()
}

/// Leaves out what stands between backticks: as many of them behind it as before it.
fn without_code(prose: &str) -> String {
    let mut left = String::new();
    let mut rest = prose;
    while let Some(begin) = rest.find('`') {
        let ticks = rest[begin..].len() - rest[begin..].trim_start_matches('`').len();
        left.push_str(&rest[..begin]);
        let behind = &rest[begin + ticks..];
        let end = behind.find(&rest[begin..begin + ticks]);
        rest = end.map_or(behind, |end| &behind[end + ticks..]);
    }
    left + rest
}

/// The names by which headings can be linked to, as forges and mdBook make them.
fn anchors(prose: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose.lines() {
        let heading = line.trim_start_matches('#');
        let depth = line.len() - heading.len();
        if !(1..=6).contains(&depth) || !heading.starts_with(' ') {
            continue;
        }
        let name: String = (heading.trim().to_lowercase().chars())
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        // Where a name comes a second time, a number tells them apart.
        let numbered = (1..).map(|n| format!("{name}-{n}"));
        let free = [name.clone()].into_iter().chain(numbered).find(|it| !anchors.contains(it));
        anchors.extend(free);
    }
    anchors
}
