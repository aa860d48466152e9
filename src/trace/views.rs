//! `GLASSLOOP`: which views of a run its user wants to see.

use std::{env, io};

use super::{Observer, story::Story};

const KNOWN: &str = "\
    story, which tells in the terminal what happens; \
    all, so that the story leaves nothing out; \
    notime, so that it prints no times";

/// The views that the environment variable `GLASSLOOP` asks for, separated by commas.
pub(crate) fn from_environment() -> io::Result<Vec<Box<dyn Observer>>> {
    match env::var("GLASSLOOP") {
        Ok(words) => parse(&words),
        Err(env::VarError::NotPresent) => Ok(Vec::new()),
        Err(env::VarError::NotUnicode(words)) => Err(unknown(&words.to_string_lossy())),
    }
}

fn parse(words: &str) -> io::Result<Vec<Box<dyn Observer>>> {
    let (mut story, mut all, mut time) = (false, false, true);
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "story" => story = true,
            "all" => (story, all) = (true, true),
            "notime" => (story, time) = (true, false),
            _ => return Err(unknown(word)),
        }
    }
    Ok(match story {
        true => vec![Box::new(Story::on_stderr(all, time))],
        false => Vec::new(),
    })
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
        assert_eq!(parse("").unwrap().len(), 0);
        assert_eq!(parse(" story , notime,all").unwrap().len(), 1);
    }
}
