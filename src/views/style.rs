//! How the views look in a terminal: colour where there is a terminal, ASCII where there is no UTF-8.

use std::{
    env,
    io::{self, IsTerminal},
    time::Duration,
};

pub(super) struct Style {
    pub(super) colour: bool,
    pub(super) ascii: bool,
}

impl Style {
    /// No colour, all characters.
    pub(super) const PLAIN: Style = Style { colour: false, ascii: false };

    /// Colour for a terminal, unless `NO_COLOR` says no; plain ASCII where the locale is not UTF-8.
    pub(super) fn of_stderr() -> Style {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let utf8 = locale.map_or(cfg!(windows), |locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Style { colour: io::stderr().is_terminal() && set("NO_COLOR").is_none(), ascii: !utf8 }
    }

    /// The line in the characters that the terminal can show.
    pub(super) fn plain(&self, line: &str) -> String {
        if !self.ascii {
            return line.to_string();
        }
        let pairs = [("▶", ">"), ("⏸", "="), ("⚡", "*"), ("✓", "+"), ("✕", "x"), ("──", "--")];
        let more = [("→", "->"), ("…", "..."), ("·", "-"), ("µs", "us")];
        let branches = [("├─", "|-"), ("└─", "`-"), ("│", "|")];
        let replace = |line: String, (from, to): &(&str, &str)| line.replace(from, to);
        pairs.iter().chain(&more).chain(&branches).fold(line.to_string(), replace)
    }

    /// What stands where something is left out.
    pub(super) fn dots(&self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }

    /// The line in the colour of its glyph.
    pub(super) fn coloured(&self, line: &str) -> String {
        let colours = [("▶", 36), ("⏸", 33), ("⚡", 35), ("✓", 32), ("✕", 31), ("──", 2)];
        match colours.iter().find(|(glyph, _)| self.colour && line.contains(glyph)) {
            Some((_, colour)) => format!("\x1b[{colour}m{line}\x1b[0m"),
            None => line.to_string(),
        }
    }
}

/// Three digits of a duration, to be read at a glance.
pub(super) fn short(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos() as f64;
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let (unit, name) =
        units.into_iter().find(|(unit, _)| nanoseconds >= *unit).unwrap_or((1.0, "ns"));
    match nanoseconds / unit {
        number if number >= 100.0 || unit == 1.0 => format!("{number:.0} {name}"),
        number => format!("{number:.1} {name}"),
    }
}

/// `1 task`, `2 tasks`.
pub(super) fn count(number: impl TryInto<u64>, what: &str) -> String {
    match number.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {what}"),
        several => format!("{several} {what}s"),
    }
}
