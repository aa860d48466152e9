//! A script: what a peer says, and what a reader asks for meanwhile, each time until it gives up.

use std::{fmt, ops::Range};

use crate::random::Random;

/// What the peer does next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Said {
    /// Says so many bytes.
    Bytes(usize),
    /// Lets the loop turn so many times.
    Turns(usize),
    /// Says nothing for so many milliseconds.
    Silence(u64),
}

/// What the reader asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Asked {
    AtMost(usize),
    Exactly(usize),
    Line,
    /// Up to two semicolons.
    Separator,
}

/// When it gives up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Patience {
    Endless,
    /// After so many milliseconds.
    Timeout(u64),
    /// After so many polls that were pending.
    Polls(usize),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// What the bytes are made from.
    pub seed: u64,
    pub limit: usize,
    pub said: Vec<Said>,
    pub asked: Vec<(Asked, Patience)>,
}

impl Said {
    fn random(random: &mut Random) -> Said {
        match random.below(8) {
            0..4 => Said::Bytes(1 + random.below(12)),
            4 => Said::Bytes(1 + random.below(3_000)),
            5..7 => Said::Turns(random.below(4)),
            _ => Said::Silence(1 + random.below(3) as u64),
        }
    }

    fn read(words: &[&str]) -> Option<Said> {
        Some(match *words {
            ["bytes", count] => Said::Bytes(count.parse().ok()?),
            ["turns", count] => Said::Turns(count.parse().ok()?),
            ["silence", length] => Said::Silence(length.parse().ok()?),
            _ => return None,
        })
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Bytes(count) => write!(f, "say bytes {count}"),
            Said::Turns(count) => write!(f, "say turns {count}"),
            Said::Silence(length) => write!(f, "say silence {length}"),
        }
    }
}

impl Asked {
    fn random(random: &mut Random) -> Asked {
        let sizes = if random.once_in(4) { 3_000 } else { 16 };
        let size = random.below(sizes);
        match random.below(5) {
            0..2 => Asked::AtMost(size),
            2 => Asked::Exactly(size),
            3 => Asked::Line,
            _ => Asked::Separator,
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::AtMost(size) => write!(f, "at-most {size}"),
            Asked::Exactly(size) => write!(f, "exactly {size}"),
            Asked::Line => write!(f, "line"),
            Asked::Separator => write!(f, "separator"),
        }
    }
}

impl Patience {
    fn random(random: &mut Random) -> Patience {
        match random.below(3) {
            0 => Patience::Endless,
            1 => Patience::Timeout(random.below(4) as u64),
            _ => Patience::Polls(1 + random.below(3)),
        }
    }
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Patience::Endless => Ok(()),
            Patience::Timeout(length) => write!(f, " timeout {length}"),
            Patience::Polls(count) => write!(f, " polls {count}"),
        }
    }
}

fn read_asked(words: &[&str]) -> Option<(Asked, Patience)> {
    let (asked, patience) = match *words {
        ["at-most", size, ref rest @ ..] => (Asked::AtMost(size.parse().ok()?), rest),
        ["exactly", size, ref rest @ ..] => (Asked::Exactly(size.parse().ok()?), rest),
        ["line", ref rest @ ..] => (Asked::Line, rest),
        ["separator", ref rest @ ..] => (Asked::Separator, rest),
        _ => return None,
    };
    let patience = match *patience {
        [] => Patience::Endless,
        ["timeout", length] => Patience::Timeout(length.parse().ok()?),
        ["polls", count] => Patience::Polls(count.parse().ok()?),
        _ => return None,
    };
    Some((asked, patience))
}

impl Script {
    pub fn random(random: &mut Random) -> Script {
        let limits = if random.once_in(2) { 100 } else { 10 };
        Script {
            seed: random.number(),
            limit: 1 + random.below(limits),
            said: (0..random.below(12)).map(|_| Said::random(random)).collect(),
            asked: (0..random.below(16))
                .map(|_| (Asked::random(random), Patience::random(random)))
                .collect(),
        }
    }

    /// All that the peer says, in bytes that hardly repeat themselves: one that is lost or doubled shows.
    pub fn stream(&self) -> Vec<u8> {
        let random = &mut Random::new(self.seed);
        let sizes = self.said.iter().map(|said| if let Said::Bytes(n) = said { *n } else { 0 });
        let mut byte = || match random.below(8) {
            0 => b'\n',
            1..3 => b';',
            _ => b'a' + random.below(26) as u8,
        };
        (0..sizes.sum()).map(|_| byte()).collect()
    }

    /// Reads what `Display` writes.
    pub fn read(text: &str) -> Result<Script, String> {
        let mut script = Script { limit: 100, ..Script::default() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<_> = line.split_whitespace().collect();
            let known = match words.as_slice() {
                ["seed", seed] => seed.parse().map(|seed| script.seed = seed).ok(),
                ["limit", limit] => limit.parse().map(|limit| script.limit = limit).ok(),
                ["say", said @ ..] => Said::read(said).map(|said| script.said.push(said)),
                ["ask", asked @ ..] => read_asked(asked).map(|asked| script.asked.push(asked)),
                _ => None,
            };
            known.ok_or_else(|| format!("this is no line of a script: {line:?}"))?;
        }
        Ok(script)
    }

    /// How many lines say or ask something.
    pub fn lines(&self) -> usize {
        self.said.len() + self.asked.len()
    }

    pub fn without(&self, lines: Range<usize>) -> Script {
        let mut script = self.clone();
        let mut places = 0..;
        script.said.retain(|_| places.next().is_some_and(|place| !lines.contains(&place)));
        script.asked.retain(|_| places.next().is_some_and(|place| !lines.contains(&place)));
        script
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}\nlimit {}", self.seed, self.limit)?;
        self.said.iter().try_for_each(|said| writeln!(f, "{said}"))?;
        self.asked.iter().try_for_each(|(asked, patience)| writeln!(f, "ask {asked}{patience}"))
    }
}
