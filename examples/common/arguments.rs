//! What an example was told on its command line. Whatever is wrong with that ends the program, with a word on how
//! to use it and code 2.

use std::{collections::VecDeque, ffi::OsString, ops::RangeInclusive, process, time::Duration};

use lexopt::{Arg, Parser};

use super::{
    output::{print_line, say_line},
    site::Site,
};

/// The words behind the program's name.
pub struct Arguments {
    usage: &'static str,
    /// By name; the value is empty where there is none.
    options: Vec<(String, String)>,
    words: VecDeque<String>,
    /// How long the slow pages of the embedded site take: `--delay SECONDS`.
    pub delay: Duration,
}

impl Arguments {
    /// Reads them. The usage says which options there are: each has a line that begins with it.
    pub fn read(usage: &'static str) -> Arguments {
        let delay = Site::default().delay;
        let mut arguments = Arguments { usage, options: Vec::new(), words: VecDeque::new(), delay };
        let mut parser = Parser::from_env();
        loop {
            let option = match parser.next() {
                Ok(Some(Arg::Value(word))) => {
                    let word = arguments.text(word);
                    arguments.words.push_back(word);
                    continue;
                }
                Ok(Some(Arg::Short('h') | Arg::Long("help"))) => {
                    print_line(usage);
                    process::exit(0)
                }
                Ok(Some(Arg::Short(letter))) => format!("-{letter}"),
                Ok(Some(Arg::Long(name))) => format!("--{name}"),
                Ok(None) => break,
                Err(error) => arguments.wrong(&error.to_string()),
            };
            let value = match wanted_behind(&option, usage) {
                None => arguments.wrong(&format!("no such option: {option:?}")),
                Some("") => String::new(),
                Some(what) => match parser.value() {
                    Ok(value) => arguments.text(value),
                    Err(_) => arguments.wrong(&format!("{option} wants {what} behind it")),
                },
            };
            arguments.options.push((option, value));
        }
        arguments.delay = arguments.seconds("--delay", 30.0).unwrap_or(delay);
        arguments
    }

    /// Was this option given?
    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// What stands behind this option, each time that it was given.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let given = self.options.iter().filter(move |(given, _)| given == name);
        given.map(|(_, value)| &**value)
    }

    /// What stands behind this option; the last one counts.
    pub fn value<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).last()
    }

    /// A number behind this option.
    pub fn number(&self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let number = self.value(name)?.parse().ok().filter(|number| range.contains(number));
        let wants = format!("{name} wants a number from {} to {}", range.start(), range.end());
        number.or_else(|| self.wrong(&wants))
    }

    /// Seconds behind this option.
    pub fn seconds(&self, name: &str, most: f64) -> Option<Duration> {
        let seconds = self.value(name)?.parse().ok().filter(|it| (0.0..=most).contains(it));
        let wants = format!("{name} wants a number of seconds from 0 to {most}, as in {name} 1");
        seconds.map(Duration::from_secs_f64).or_else(|| self.wrong(&wants))
    }

    /// How long the program is to be patient, in seconds behind this option: a day at most.
    pub fn patience(&self, name: &str, usual: u64) -> Duration {
        self.seconds(name, 86_400.0).unwrap_or(Duration::from_secs(usual))
    }

    /// The next word that is no option.
    pub fn word(&mut self) -> Option<String> {
        self.words.pop_front()
    }

    /// The last word that is no option. One more is one too many.
    pub fn last_word(&mut self, what: &str) -> Option<String> {
        let word = self.word();
        if !self.words.is_empty() {
            self.wrong(&format!("one {what} is enough"))
        }
        word
    }

    /// Called where a URL was given: how fast that server is cannot be said here.
    pub fn embedded_site_is_not_asked(&self) {
        if self.has("--delay") {
            self.wrong("--delay is for the embedded site: leave out the URL, or --delay")
        }
    }

    /// A word need not be UTF-8. But what was changed to fit would name another page, or another file.
    fn text(&self, word: OsString) -> String {
        let text = word.into_string();
        text.unwrap_or_else(|word| self.wrong(&format!("{word:?} is not UTF-8")))
    }

    /// Says what is wrong, and how the program is used; and ends it.
    pub fn wrong(&self, problem: &str) -> ! {
        say_line(&format!("{}: {problem}\n{}", env!("CARGO_CRATE_NAME"), self.usage));
        process::exit(2)
    }
}

/// What the usage wants behind an option: `N`, in a line like `  --pages N  how many`. It may be nothing; `None`
/// says that there is no such option.
fn wanted_behind<'a>(option: &str, usage: &'a str) -> Option<&'a str> {
    let options = usage.lines().filter_map(|line| line.trim_start().split_once("  "));
    let mut options = options.map(|(option, _)| option.split_once(' ').unwrap_or((option, "")));
    options.find(|(name, _)| *name == option).map(|(_, what)| what)
}
