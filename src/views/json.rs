//! Text as JSON: quoted, so that it stays a string wherever it is read.

use std::fmt::{self, Write};

/// The text as a JSON string, quotes included.
///
/// JSON itself asks for less than is escaped here. But these strings stand in a page's script as well, where
/// `</script>` would end it, and in older browsers U+2028 and U+2029 would end the line.
pub(super) fn string(text: &str) -> Quoted<'_> {
    Quoted(text)
}

pub(super) struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut rest = self.0;
        while let Some(at) = rest.find(is_special) {
            f.write_str(&rest[..at])?;
            let mut characters = rest[at..].chars();
            match characters.next() {
                Some(quote @ ('"' | '\\')) => write!(f, "\\{quote}")?,
                Some(other) => write!(f, "\\u{:04x}", u32::from(other))?,
                None => {}
            }
            rest = characters.as_str();
        }
        f.write_str(rest)?;
        f.write_char('"')
    }
}

fn is_special(character: char) -> bool {
    matches!(character, '"' | '\\' | '<' | '\u{2028}' | '\u{2029}') || character.is_control()
}

#[cfg(test)]
mod tests {
    fn string(text: &str) -> String {
        super::string(text).to_string()
    }

    #[test]
    fn plain_text_is_only_quoted() {
        assert_eq!(string("sína → 5 µs 🦀"), "\"sína → 5 µs 🦀\"");
        assert_eq!(string(""), "\"\"");
    }

    #[test]
    fn what_would_end_the_string_is_escaped() {
        assert_eq!(string(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(string("\0\t\n\x1b\x7f"), r#""\u0000\u0009\u000a\u001b\u007f""#);
    }

    #[test]
    fn what_would_end_a_script_or_its_line_is_escaped() {
        assert_eq!(string("</script>"), r#""\u003c/script>""#);
        assert_eq!(string("\u{2028}\u{2029}"), r#""\u2028\u2029""#);
    }
}
