//! Names for the files of what is downloaded.

use std::collections::HashSet;

/// The longest name of a file; systems allow some more.
const LONGEST_NAME: usize = 100;

/// A name for the file of each URL: the last part of its path. No two are the same, none leads out of the folder.
pub fn file_names(urls: &[String], extension: &str) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |url: &String| {
        let name = file_name(url, extension);
        let numbered = (2..).map(|n| format!("{n}-{name}"));
        let mut names = [name.clone()].into_iter().chain(numbered);
        names.find(|name| taken.insert(name.to_lowercase())).unwrap_or(name)
    };
    urls.iter().map(name).collect()
}

fn file_name(url: &str, extension: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or("");
    let last = path.split("://").last().unwrap_or("").split('/').skip(1).last().unwrap_or("");
    // What a URL may have in it, and a name of a file on some system may not.
    let is_allowed = |c: char| c.is_alphanumeric() || "-_.!%+".contains(c);
    let name = last.chars().map(|c| if is_allowed(c) { c } else { '_' });
    let name: String = name.skip_while(|c| *c == '.').take(LONGEST_NAME).collect();
    match name.contains('.') {
        _ if name.is_empty() => format!("image{extension}"),
        true => name,
        false => name + extension,
    }
}
