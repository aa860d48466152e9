//! A page of Markdown, as the tests see it: blocks of code, links, headings, sentences.

use std::{
    collections::BTreeSet,
    fs, mem,
    path::{Path, PathBuf},
};

/// A page.
pub struct Page {
    pub path: PathBuf,
    pub blocks: Vec<Block>,
    pub links: Vec<String>,
    /// What may follow `#` in a link to this page.
    pub anchors: BTreeSet<String>,
    pub sentences: Vec<Sentence>,
}

/// A sentence of a paragraph or of a list.
#[derive(Default)]
pub struct Sentence {
    /// Where it begins.
    pub line: usize,
    pub words: usize,
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
        let sentences = sentences(&prose);
        let prose: String = prose.iter().map(|(_, line)| format!("{line}\n")).collect();
        Page { path, blocks, links: links(&prose), anchors: anchors(&prose), sentences }
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

/// The blocks of code, and all lines that are not in one, with their numbers.
fn split(text: &str) -> (Vec<Block>, Vec<(usize, &str)>) {
    let (mut blocks, mut prose) = (Vec::new(), Vec::new());
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let Some(ticks) = fence(line) else {
            prose.push((number, line));
            continue;
        };
        let is_end = |line: &str| {
            fence(line).is_some_and(|end| end >= ticks) && line.trim().bytes().all(|b| b == b'`')
        };
        let inside = lines.by_ref().map(|(line, _)| line).take_while(|line| !is_end(line));
        blocks.push(Block {
            line: number,
            info: line.trim().trim_start_matches('`').to_string(),
            above: prose.last().map(|(_, line)| line.to_string()).unwrap_or_default(),
            text: inside.map(|line| format!("{line}\n")).collect(),
        });
    }
    (blocks, prose)
}

/// The sentences outside of tables, headings, quotations and HTML. A colon or a semicolon ends none.
fn sentences(prose: &[(usize, &str)]) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut sentence = Sentence::default();
    for (line, text) in prose {
        let text = text.trim();
        let is_prose = !text.is_empty() && !text.starts_with(['|', '#', '>', '<']);
        let number = text.split_once(". ").map(|(number, _)| number.parse::<u8>());
        let is_item = text.starts_with("- ") || matches!(number, Some(Ok(_)));
        if !is_prose || is_item {
            sentences.push(mem::take(&mut sentence));
        }
        for word in text.split_whitespace().filter(|_| is_prose) {
            if sentence.words == 0 {
                sentence.line = *line;
            }
            sentence.words += usize::from(word.contains(char::is_alphanumeric));
            if word.trim_end_matches(['"', '\'', ')', '*', '`']).ends_with(['.', '?', '!']) {
                sentences.push(mem::take(&mut sentence));
            }
        }
    }
    sentences.push(sentence);
    sentences
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
