//! How the views look in a terminal: colour where there is a terminal, ASCII where there is no UTF-8.

use std::{
    env,
    io::{self, IsTerminal},
    time::Duration,
};

pub(super) struct Style {
    /// The terminal moves its cursor as escape sequences say.
    pub(super) escapes: bool,
    pub(super) colour: bool,
    pub(super) ascii: bool,
}

impl Style {
    /// No colour, all characters.
    pub(super) const PLAIN: Style = Style { escapes: false, colour: false, ascii: false };

    pub(super) fn of_stderr() -> Style {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        Style::of(io::stderr().is_terminal(), cfg!(windows), set)
    }

    /// Colour for a terminal, unless `NO_COLOR` says no; plain ASCII where the locale is not UTF-8.
    ///
    /// Windows has no locale among its variables. There a file or a pipe gets all characters, as does a terminal that
    /// is known to be a modern one. The old console would show escape sequences as they are, and its fonts lack our
    /// signs.
    fn of(is_terminal: bool, windows: bool, set: impl Fn(&str) -> Option<String>) -> Style {
        let escapes = is_terminal && obeys_escapes(windows, &set);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&set);
        let utf8 = locale.map_or(windows && (escapes || !is_terminal), |locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Style { escapes, colour: escapes && set("NO_COLOR").is_none(), ascii: !utf8 }
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

/// Does the terminal obey escape sequences? On Windows only those do that say who they are: Windows Terminal, ConEmu,
/// the terminals of editors (`TERM_PROGRAM`), and those that come from Unix (`TERM`). To ask the console itself would
/// need `unsafe`, or a crate that has it.
fn obeys_escapes(windows: bool, set: impl Fn(&str) -> Option<String>) -> bool {
    match set("TERM") {
        Some(name) => name != "dumb",
        None if windows => {
            ["WT_SESSION", "TERM_PROGRAM"].into_iter().any(|name| set(name).is_some())
                || set("ConEmuANSI").is_some_and(|value| value == "ON")
        }
        None => true,
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

#[cfg(test)]
mod tests {
    use super::Style;

    /// Colour and signs, with these variables.
    fn style(is_terminal: bool, windows: bool, variables: &[(&str, &str)]) -> (bool, bool) {
        let set = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.to_string());
        let style = Style::of(is_terminal, windows, set);
        assert!(style.escapes || !style.colour);
        (style.colour, !style.ascii)
    }

    #[test]
    fn elsewhere_the_locale_says_which_characters_there_are() {
        let unix = |is_terminal, variables: &[_]| style(is_terminal, false, variables);
        assert_eq!(unix(true, &[("LANG", "zh_CN.UTF-8")]), (true, true));
        assert_eq!(unix(true, &[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")]), (true, false));
        assert_eq!(unix(true, &[]), (true, false));
        assert_eq!(unix(false, &[("LC_CTYPE", "en_US.utf8")]), (false, true));
        assert_eq!(unix(true, &[("TERM", "dumb"), ("NO_COLOR", "")]), (false, false));
        assert_eq!(unix(true, &[("NO_COLOR", "1")]), (false, false));
    }

    #[test]
    fn on_windows_a_terminal_must_say_that_it_can() {
        let windows = |is_terminal, variables: &[_]| style(is_terminal, true, variables);
        assert_eq!(windows(true, &[]), (false, false), "the old console");
        assert_eq!(windows(false, &[]), (false, true), "a file is read as UTF-8");
        for (name, value) in [
            ("WT_SESSION", "1"),
            ("TERM_PROGRAM", "vscode"),
            ("ConEmuANSI", "ON"),
            ("TERM", "xterm"),
        ] {
            assert_eq!(windows(true, &[(name, value)]), (true, true), "{name}");
            assert_eq!(windows(true, &[(name, value), ("NO_COLOR", "1")]), (false, true), "{name}");
            assert_eq!(windows(true, &[(name, value), ("LANG", "C")]), (true, false), "{name}");
            assert_eq!(windows(false, &[(name, value)]), (false, true), "{name}");
        }
        assert_eq!(windows(true, &[("ConEmuANSI", "OFF")]), (false, false));
        assert_eq!(windows(true, &[("TERM", "dumb"), ("WT_SESSION", "1")]), (false, false));
        assert_eq!(windows(true, &[("LC_ALL", "C.UTF-8")]), (false, true), "it is told so");
    }
}
