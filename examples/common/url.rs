//! A URL that was given on the command line.

use glassloop::http::Url;

use super::{arguments::Arguments, host::split_scheme};

impl Arguments {
    /// The URL that this word is. Who leaves out its beginning means `http://`.
    pub fn url(&self, word: &str) -> String {
        self.embedded_site_is_not_asked();
        let url = match split_scheme(word) {
            Some(_) => word.into(),
            None => format!("http://{word}"),
        };
        match Url::parse(&url) {
            Ok(_) => url,
            Err(error) => self.wrong(&error.to_string()),
        }
    }

    /// The URL that is the last word; without one, that of the embedded site, at this path.
    pub fn url_or_site(&mut self, path: &str) -> String {
        match self.last_word("URL") {
            Some(word) => self.url(&word),
            None => format!("http://{}{path}", self.embedded_site("URL")),
        }
    }

    /// The URL that is the last word; without one, that of a page of the embedded site that takes its time.
    pub fn slow_url(&mut self) -> String {
        let path = format!("/delay/{}", self.delay.as_secs_f64());
        self.url_or_site(&path)
    }
}
