//! Text as JSON: quoted, so that it stays a string wherever it is read.

use std::fmt::Write;

/// The text as a JSON string, quotes included.
///
/// JSON itself asks for less than is escaped here. But these strings stand in a page's script as well, where
/// `</script>` would end it, and in older browsers U+2028 and U+2029 would end the line.
pub(super) fn string(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            c if c.is_control() || ['<', '\u{2028}', '\u{2029}'].contains(&c) => {
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            plain => json.push(plain),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::string;

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
