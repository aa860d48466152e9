//! The language in which an answer is judged, and `cargo ex` speaks.

use std::env;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

impl Language {
    pub fn named(name: &str) -> Option<Language> {
        match name {
            "en" => Some(Language::English),
            "zh" => Some(Language::Chinese),
            _ => None,
        }
    }

    /// As the variables say that name the locale.
    pub fn of_locale() -> Language {
        let said = |name: &&str| env::var(name).ok().filter(|value| !value.is_empty());
        match ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(said) {
            Some(locale) if locale.starts_with("zh") => Language::Chinese,
            _ => Language::English,
        }
    }

    /// What a command needs so that it answers in this language: nothing, if it does so by itself.
    pub fn option(self) -> &'static str {
        match self {
            language if language == Language::of_locale() => "",
            Language::English => " --lang en",
            Language::Chinese => " --lang zh",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh",
        }
    }
}
