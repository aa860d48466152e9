//! Text that fits into the terminal: how many columns it takes, and what is left out where there is no room.

use std::{
    env,
    fs::File,
    io::{self, IsTerminal},
    iter, mem,
    process::{Command, Stdio},
    sync::OnceLock,
};

/// As wide as a line is where nobody says how wide the terminal is.
const COLUMNS: usize = 100;

/// A terminal that is narrower is taken for one that is this wide: of less, nothing could be read.
const NARROWEST: usize = 60;

/// A name is not made shorter than this.
const SHORT_NAME: usize = 8;

/// What stands between the things of a list.
const SIGNS: [&str; 3] = [", ", "; ", " and "];

/// How many columns a line may take: as many as `COLUMNS` says, or the terminal.
pub(super) fn columns() -> usize {
    static TERMINAL: OnceLock<Option<usize>> = OnceLock::new();
    let said = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.or_else(|| *TERMINAL.get_or_init(of_terminal)).unwrap_or(COLUMNS).max(NARROWEST)
}

/// Asks `stty`: to ask the terminal itself would need `unsafe`, or a crate that has it.
fn of_terminal() -> Option<usize> {
    if !(cfg!(unix) && io::stderr().is_terminal()) {
        return None;
    }
    let mut stty = Command::new("stty");
    stty.arg("size").stdin(File::open("/dev/tty").ok()?).stderr(Stdio::null());
    let size = String::from_utf8(stty.output().ok()?.stdout).ok()?;
    let columns = size.split_whitespace().nth(1)?.parse().ok()?;
    // Some terminals do not know it themselves.
    Some(columns).filter(|columns| *columns > 0)
}

/// How many columns a text takes: a letter of Chinese, Japanese or Korean takes two, a mark on the letter before it
/// none. What is not known here is taken for one.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(c: char) -> usize {
    match c as u32 {
        0..0x300 => 1,
        0x300..0x370 | 0x200B..0x2010 | 0x20D0..0x2100 | 0xFE00..0xFE10 => 0,
        0x1100..0x1160 | 0x2E80..0xA4D0 | 0xA960..0xA980 | 0xAC00..0xD7A4 | 0xF900..0xFB00 => 2,
        0xFE30..0xFE70 | 0xFF01..0xFF61 | 0xFFE0..0xFFE7 | 0x1F300..0x1FB00 | 0x20000..0x40000 => 2,
        0x26A1 => 2, // ⚡
        _ => 1,
    }
}

/// The beginning of a name, with dots behind it where it does not fit.
pub(super) fn shortened(name: &str, room: usize, dots: &str) -> String {
    if width(name) <= room {
        return name.to_string();
    }
    let room = room.saturating_sub(width(dots));
    let mut used = 0;
    let fits = letters(name).take_while(|letter| {
        used += width(letter);
        used <= room
    });
    format!("{}{dots}", fits.collect::<String>())
}

/// A character, or what stands for one that would do harm: `\n`, `\u{202e}`.
fn first_letter(text: &str) -> Option<&str> {
    let mut ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = match text {
        _ if text.starts_with("\\u{") => text.find('}').map(|at| at + 1),
        _ if text.starts_with('\\') => ends.nth(1),
        _ => ends.next(),
    };
    (!text.is_empty()).then(|| &text[..end.unwrap_or(text.len())])
}

fn letters(mut text: &str) -> impl Iterator<Item = &str> {
    iter::from_fn(move || {
        let letter = first_letter(text)?;
        text = &text[letter.len()..];
        Some(letter)
    })
}

/// The text in so many columns. First names are made shorter, and what stands in brackets goes; then the middle of a
/// list: where it began and what it led to is most worth the room; and at last words, from the end.
pub(super) fn fit(text: &str, room: usize, dots: &str) -> String {
    let mut text = text.to_string();
    let steps = [with_short_names, without_brackets, without_middle, without_end];
    for step in steps {
        if width(&text) <= room {
            break;
        }
        text = step(&text, room, dots);
    }
    text
}

/// What stands before, in and behind the quotes of a text: each other part is a name.
fn names_apart(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    for letter in letters(text) {
        match letter {
            "\"" => parts.push(mem::take(&mut part)),
            letter => part.push_str(letter),
        }
    }
    parts.push(part);
    parts
}

fn with_short_names(text: &str, room: usize, dots: &str) -> String {
    let parts = names_apart(text);
    let named = |length: usize| {
        let part = |(at, part): (usize, &String)| match at % 2 {
            1 => shortened(part, length, dots),
            _ => part.clone(),
        };
        parts.iter().enumerate().map(part).collect::<Vec<_>>().join("\"")
    };
    let longest = parts.iter().skip(1).step_by(2).map(|name| width(name)).max().unwrap_or(0);
    let mut texts = (SHORT_NAME..longest).rev().map(named);
    texts.find(|text| width(text) <= room).unwrap_or_else(|| named(SHORT_NAME))
}

fn without_brackets(text: &str, _room: usize, _dots: &str) -> String {
    let without = |(at, part): (usize, String)| match part.split_once(" (") {
        Some((before, rest)) if at % 2 == 0 => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        _ => part,
    };
    names_apart(text).into_iter().enumerate().map(without).collect::<Vec<_>>().join("\"")
}

/// Of a list, the first thing and as many of the last ones as there is room for.
fn without_middle(text: &str, room: usize, dots: &str) -> String {
    let things = things(text);
    let [first, .., _] = &things[..] else { return text.to_string() };
    let from = |kept: usize| {
        let signs = SIGNS.into_iter().find(|sign| things[kept - 1].ends_with(sign));
        format!("{first}{dots}{}{}", signs.unwrap_or_default(), things[kept..].concat())
    };
    let texts: Vec<String> = (2..things.len()).map(from).collect();
    let fits = texts.iter().find(|text| width(text) <= room);
    fits.or(texts.last()).map_or(text, |text| text).to_string()
}

/// The things of a list, each with the sign behind it.
fn things(text: &str) -> Vec<String> {
    let (mut things, mut thing, mut in_name) = (Vec::new(), String::new(), false);
    for letter in letters(text) {
        thing.push_str(letter);
        in_name ^= letter == "\"";
        if !in_name && SIGNS.into_iter().any(|sign| thing.ends_with(sign)) {
            things.push(mem::take(&mut thing));
        }
    }
    things.push(thing);
    things
}

fn without_end(text: &str, room: usize, dots: &str) -> String {
    let ends = text.match_indices(' ').map(|(at, _)| at);
    let texts = ends.map(|end| format!("{} {dots}", &text[..end]));
    let longest = texts.take_while(|text| width(text) <= room).last();
    longest.unwrap_or_else(|| shortened(text, room, dots))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_of_chinese_takes_two_columns_and_a_mark_none() {
        assert_eq!((width("▶ 1 main"), width("⚡ 1 main")), (8, 9));
        assert_eq!(width("画e\u{301}한，"), 7);
        assert_eq!(shortened("画画画画", 7, "…"), "画画画…");
        assert_eq!(shortened("画画画画", 6, "…"), "画画…");
        assert_eq!(shortened("cafe\u{301}s", 5, "…"), "cafe\u{301}s");
        assert_eq!(shortened("cafe\u{301}s!", 5, "…"), "cafe\u{301}…");
    }

    #[test]
    fn what_stands_for_a_harmful_character_is_not_cut_in_two() {
        assert_eq!(shortened("a\\u{202e}b", 8, "…"), "a…");
        assert_eq!(shortened("ab\\nc", 4, "…"), "ab…");
        assert_eq!(shortened("ab\\nc", 5, "…"), "ab\\nc");
        assert_eq!(shortened("\\", 0, "…"), "…");
    }

    #[test]
    fn names_are_made_shorter_first_and_all_to_one_length() {
        let text = "creates 1 \"www.sina.com.cn\", 2 \"b\"";
        assert_eq!(fit(text, 35, "…"), text);
        assert_eq!(fit(text, 33, "…"), "creates 1 \"www.sina.com.…\", 2 \"b\"");
        assert_eq!(fit(text, 30, "..."), "creates 1 \"www.sina...\", 2 \"b\"");
    }

    #[test]
    fn then_what_stands_in_brackets_goes_and_then_the_middle_of_the_list() {
        let text = "connected; wrote 4 B; read → would block; wants socket 0 (::1) readable";
        let without = "connected; wrote 4 B; read → would block; wants socket 0 readable";
        assert_eq!(fit(text, 70, "…"), without);
        let cut = "connected; …; read → would block; wants socket 0 readable";
        assert_eq!(fit(text, 64, "…"), cut);
        assert_eq!(fit(text, 56, "…"), "connected; …; wants socket 0 readable");
        assert_eq!(
            fit("creates 1 \"a; (b, c\", 2 \"d\", 3", 26, "…"),
            "creates 1 \"a; (b, c\", …, 3"
        );
    }

    #[test]
    fn at_last_words_go_from_the_end_and_no_word_is_cut() {
        assert_eq!(fit("waits for the tasks of wait", 18, "…"), "waits for the …");
        assert_eq!(fit("waits for the tasks of wait", 18, "..."), "waits for the ...");
        assert_eq!(fit("polled 4, nothing ready", 8, "…"), "polled …");
        assert_eq!(fit("画画画画画画", 8, "…"), "画画画…", "there is but one word");
    }
}
