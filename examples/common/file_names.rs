//! Names for the files of what is downloaded.

use std::collections::HashSet;

use super::host::split_scheme;

/// The longest name of a file, in bytes. Nearly all systems allow 255; while it is written there stands more around it.
const LONGEST_NAME: usize = 255 - "..part".len();

/// The longest extension, with its dot. What is longer is a part of the name.
const LONGEST_EXTENSION: usize = 16;

/// A name for the file of each URL: the last part of its path. No two are the same, none leads out of the folder, and
/// one that is too long is cut before its extension.
pub fn file_names(urls: &[String], extension: &str) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |url: &String| {
        let (stem, extension) = parts(&last_part(url), extension);
        let stems = (2..).map(|n| format!("{n}-{stem}"));
        let stems = [stem.clone()].into_iter().chain(stems);
        let mut names = stems.map(|stem| cut(&stem, LONGEST_NAME - extension.len()) + &extension);
        names.find(|name| taken.insert(name.to_lowercase())).expect("numbers don't end")
    };
    urls.iter().map(name).collect()
}

/// The last part of a URL's path, in letters that a name of a file may have on every system.
fn last_part(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or("");
    let (_, path) = split_scheme(path).unwrap_or(("", path));
    let last = path.split('/').skip(1).last().unwrap_or("");
    let is_allowed = |c: char| c.is_alphanumeric() || "-_.!%+".contains(c);
    let name = last.chars().map(|c| if is_allowed(c) { c } else { '_' });
    name.skip_while(|c| *c == '.').collect()
}

/// The name without its extension, and that.
fn parts(name: &str, usual: &str) -> (String, String) {
    match name.rfind('.') {
        _ if name.is_empty() => ("image".into(), usual.into()),
        None => (name.into(), usual.into()),
        Some(dot) if name.len() - dot <= LONGEST_EXTENSION => {
            (name[..dot].into(), name[dot..].into())
        }
        Some(_) => (name.into(), String::new()),
    }
}

/// At most so many bytes of it, and no half of a letter.
fn cut(text: &str, most: usize) -> String {
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|end| *end <= most).last().unwrap_or(0);
    text[..end].into()
}
