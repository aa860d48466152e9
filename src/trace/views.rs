//! `GLASSLOOP`: which views of a run its user wants to see.

use std::{env, io};

use super::{Observer, lint::Lints, story::Story};

const KNOWN: &str = "\
    story, which tells in the terminal what happens; \
    all, so that the story leaves nothing out; \
    notime, so that it prints no times; \
    lint, which names mistakes, and is on by itself in debug builds";

/// The views that the environment variable `GLASSLOOP` asks for, separated by commas.
pub(crate) fn from_environment() -> io::Result<Vec<Box<dyn Observer>>> {
    match env::var("GLASSLOOP") {
        Ok(words) => parse(&words),
        Err(env::VarError::NotPresent) => parse(""),
        Err(env::VarError::NotUnicode(words)) => Err(unknown(&words.to_string_lossy())),
    }
}

fn parse(words: &str) -> io::Result<Vec<Box<dyn Observer>>> {
    let (mut story, mut all, mut time, mut lint) = (false, false, true, cfg!(debug_assertions));
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "story" => story = true,
            "all" => (story, all) = (true, true),
            "lint" => lint = true,
            "notime" => (story, time) = (true, false),
            _ => return Err(unknown(word)),
        }
    }
    let mut views: Vec<Box<dyn Observer>> = Vec::new();
    if story {
        views.push(Box::new(Story::on_stderr(all, time)));
    }
    if lint {
        views.push(Box::new(Lints::on_stderr()));
    }
    Ok(views)
}

fn unknown(word: &str) -> io::Error {
    let error = format!("GLASSLOOP knows no view {word:?}; it knows {KNOWN}");
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_unknown_view_is_an_error_that_names_the_known_ones() {
        let error = parse("story,tory").err().expect("tory is no view").to_string();
        assert!(error.contains("\"tory\"") && error.contains("story") && error.contains("notime"));
    }

    #[test]
    fn no_word_is_no_view_and_several_words_are_one_story() {
        let lints = usize::from(cfg!(debug_assertions));
        assert_eq!(parse("").unwrap().len(), lints);
        assert_eq!(parse(" story , notime,all").unwrap().len(), 1 + lints);
        assert_eq!(parse("lint").unwrap().len(), 1);
    }
}
