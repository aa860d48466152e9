//! A strict reader of JSON, small enough to be believed. Numbers stay text: how they are written counts, too.

use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Word(String),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads a whole document; what is not JSON is an error that says where.
    pub fn parse(text: &str) -> Result<Json, String> {
        let mut reader = Reader { rest: text };
        let json = reader.value();
        let json =
            json.filter(|_| reader.rest.trim_start_matches([' ', '\n', '\r', '\t']).is_empty());
        json.ok_or_else(|| {
            let at = text.len() - reader.rest.len();
            format!("no JSON at byte {at}: {:?}", reader.rest.chars().take(60).collect::<String>())
        })
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        if let Json::Object(pairs) = self { pairs.get(key) } else { None }
    }

    pub fn text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    /// A number, as it is written.
    pub fn digits(&self) -> Option<&str> {
        if let Json::Number(digits) = self { Some(digits) } else { None }
    }

    /// A whole number that is written as one.
    pub fn integer(&self) -> Option<u64> {
        self.digits()?.parse().ok()
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
    }

    /// Takes this, after any space. Says whether it was there.
    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self) -> Option<Json> {
        self.skip_space();
        match self.rest.chars().next()? {
            '{' => self.object(),
            '[' => self.list(),
            '"' => self.text().map(Json::Text),
            '-' | '0'..='9' => self.number(),
            _ => {
                let word = ["true", "false", "null"].into_iter().find(|word| self.take(word))?;
                Some(Json::Word(word.to_string()))
            }
        }
    }

    fn object(&mut self) -> Option<Json> {
        let mut pairs = BTreeMap::new();
        self.take("{");
        while !(pairs.is_empty() && self.take("}")) {
            self.skip_space();
            let key = self.text()?;
            let value = self.take(":").then(|| self.value())??;
            if pairs.insert(key, value).is_some() {
                return None; // the same key twice
            }
            match (self.take(","), self.take("}")) {
                (true, false) => {}
                (false, true) => break,
                _ => return None,
            }
        }
        Some(Json::Object(pairs))
    }

    fn list(&mut self) -> Option<Json> {
        let mut items = Vec::new();
        self.take("[");
        while !(items.is_empty() && self.take("]")) {
            items.push(self.value()?);
            match (self.take(","), self.take("]")) {
                (true, false) => {}
                (false, true) => break,
                _ => return None,
            }
        }
        Some(Json::List(items))
    }

    fn text(&mut self) -> Option<String> {
        let mut characters = self.rest.strip_prefix('"')?.chars();
        let mut text = String::new();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => text.push(match characters.next()? {
                    'u' => {
                        let (digits, rest) = characters.as_str().split_at_checked(4)?;
                        characters = rest.chars();
                        let is_hex = digits.chars().all(|digit| digit.is_ascii_hexdigit());
                        let code = is_hex.then(|| u32::from_str_radix(digits, 16).ok())??;
                        char::from_u32(code)?
                    }
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\x08',
                    'f' => '\x0c',
                    escaped @ ('"' | '\\' | '/') => escaped,
                    _ => return None,
                }),
                control if u32::from(control) < 0x20 => return None,
                plain => text.push(plain),
            }
        }
        self.rest = characters.as_str();
        Some(text)
    }

    fn number(&mut self) -> Option<Json> {
        let is_digit = |character: char| character.is_ascii_digit();
        let end = self.rest.find(|c| !is_digit(c) && !"+-.eE".contains(c));
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let whole = digits.strip_prefix('-').unwrap_or(digits).split(['.', 'e', 'E']).next()?;
        let is_sound = digits.parse::<f64>().is_ok()
            && digits.ends_with(is_digit)
            && (whole == "0" || !whole.starts_with('0'))
            && !whole.is_empty();
        self.rest = rest;
        is_sound.then(|| Json::Number(digits.to_string()))
    }
}

#[test]
fn only_json_is_json() {
    for json in ["[]", " {\"a\": [1, -0.5, 2e3, true, null, \"\\u0041\\n\"], \"b\": {}} ", "0"] {
        assert!(Json::parse(json).is_ok(), "{json}");
    }
    let wrong = [
        "",
        "[1,]",
        "{,}",
        "[1 2]",
        "01",
        "1.",
        ".5",
        "\"\n\"",
        "\"\\x\"",
        "{\"a\":1,\"a\":2}",
        "[] []",
    ];
    for text in wrong {
        assert!(Json::parse(text).is_err(), "{text}");
    }
}
