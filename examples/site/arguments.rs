//! What an example was told on its command line; and the site that it asks if it was told of none.

#![allow(dead_code, reason = "each example uses its own part")]

#[path = "server.rs"]
pub mod server;

use std::{
    collections::VecDeque,
    env,
    io::{self, Write},
    net::SocketAddr,
    ops::RangeInclusive,
    process::ExitCode,
    time::Duration,
};

use glassloop::http::Url;
use server::{Site, embed};

/// The words behind the program's name. What is wrong with them is said here, on stderr; the error is the code
/// with which the program is to end at once.
pub struct Arguments {
    usage: &'static str,
    /// By name; the value is empty where there is none.
    options: Vec<(String, String)>,
    words: VecDeque<String>,
    /// How long the slow pages of the embedded site take: `--delay SECONDS`.
    pub delay: Duration,
}

impl Arguments {
    /// Reads them. The options are given as in a usage line: `--pages N` has a value, `-v` has none.
    pub fn read(usage: &'static str, known: &[&str]) -> Result<Arguments, ExitCode> {
        let delay = Site::default().delay;
        let mut arguments = Arguments { usage, options: Vec::new(), words: VecDeque::new(), delay };
        // Not `env::args`, which panics where a word is not UTF-8.
        let mut words = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        while let Some(word) = words.next() {
            if word == "--help" || word == "-h" {
                let printed = writeln!(io::stdout(), "{usage}").is_ok();
                return Err(if printed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            if !word.starts_with('-') {
                arguments.words.push_back(word);
                continue;
            }
            let mut known =
                known.iter().map(|option| option.split_once(' ').unwrap_or((option, "")));
            let value = match known.find(|(name, _)| *name == word) {
                None => return Err(arguments.wrong(&format!("no such option: {word:?}"))),
                Some((_, "")) => String::new(),
                Some((name, value)) => match words.next() {
                    Some(word) => word,
                    None => return Err(arguments.wrong(&format!("{name} wants {value} behind it"))),
                },
            };
            arguments.options.push((word, value));
        }
        arguments.delay = arguments.seconds("--delay", 30.0)?.unwrap_or(delay);
        Ok(arguments)
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
    pub fn number(&self, name: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, ExitCode> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.parse().ok().filter(|number| range.contains(number));
        let wants = format!("{name} wants a number from {} to {}", range.start(), range.end());
        number.map(Some).ok_or_else(|| self.wrong(&wants))
    }

    /// Seconds behind this option.
    pub fn seconds(&self, name: &str, most: f64) -> Result<Option<Duration>, ExitCode> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let seconds = value.parse().ok().filter(|seconds| (0.0..=most).contains(seconds));
        let wants = format!("{name} wants a number of seconds from 0 to {most}, as in {name} 1");
        seconds.map(Duration::from_secs_f64).map(Some).ok_or_else(|| self.wrong(&wants))
    }

    /// The next word that is no option.
    pub fn word(&mut self) -> Option<String> {
        self.words.pop_front()
    }

    /// The last word that is no option. One more is one too many.
    pub fn last_word(&mut self, what: &str) -> Result<Option<String>, ExitCode> {
        let word = self.word();
        match self.words.is_empty() {
            true => Ok(word),
            false => Err(self.wrong(&format!("one {what} is enough"))),
        }
    }

    /// A URL that was given as a word. Who leaves out its beginning means `http://`.
    pub fn checked_url(&self, word: &str) -> Result<String, ExitCode> {
        let url = if word.contains("://") { word.into() } else { format!("http://{word}") };
        match Url::parse(&url) {
            Ok(_) => Ok(url),
            Err(error) => Err(self.wrong(&error.to_string())),
        }
    }

    /// The URL that is the last word; without one, that of the embedded site, at this path.
    pub fn url_or_site(&mut self, path: &str) -> Result<String, ExitCode> {
        match self.last_word("URL")? {
            Some(word) => self.checked_url(&word),
            None => Ok(format!("http://{}{path}", self.embedded_site("URL")?)),
        }
    }

    /// Starts the site in this program, since something was not given. Returns its address.
    pub fn embedded_site(&self, missing: &str) -> Result<SocketAddr, ExitCode> {
        match embed(Site { delay: self.delay }) {
            Ok(site) => {
                complain(&format!(
                    "no {missing} given: asking the site that is embedded here, at {site}"
                ));
                Ok(site)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Says what is wrong, and how the program is used.
    pub fn wrong(&self, problem: &str) -> ExitCode {
        complain(&format!("{}: {problem}\n{}", env!("CARGO_CRATE_NAME"), self.usage));
        ExitCode::from(2)
    }
}

/// The arguments `[URL] [--delay SECONDS]`: the URL, or that of a page of the embedded site that takes so long.
pub fn slow_page(usage: &'static str) -> Result<String, ExitCode> {
    let mut arguments = Arguments::read(usage, &["--delay SECONDS"])?;
    arguments.url_or_site(&format!("/delay/{}", arguments.delay.as_secs_f64()))
}

/// Says why the program can't go on.
pub fn failed(error: io::Error) -> ExitCode {
    complain(&format!("{}: {error}", env!("CARGO_CRATE_NAME")));
    ExitCode::FAILURE
}

/// Says something beside the output. If that can't be said there is nobody to say it to.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
