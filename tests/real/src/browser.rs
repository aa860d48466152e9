//! A headless Chromium, for pages that lie on disk. It tells what it logs and what it asks the network for.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use fantoccini::{
    Client, ClientBuilder,
    key::Key,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::Url;

/// A browser with one window. Dropping it ends it.
pub struct Browser {
    runtime: Runtime,
    client: Client,
    driver: Child,
}

/// How the window looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// The page is asked for dark colours.
    pub dark: bool,
}

impl Browser {
    /// Starts a browser.
    pub fn start(look: Look) -> Browser {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed; docs/testing.md says what these tests need");
        let lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver says on which port it listens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = runtime.block_on(async {
            let url = format!("http://127.0.0.1:{port}");
            builder.capabilities(capabilities(look)).connect(&url).await
        });
        Browser { runtime, client: client.expect("the browser starts"), driver }
    }

    /// Opens a page on disk.
    pub fn open(&self, page: &Path) {
        let url = Url::from_file_path(page).expect("the path is absolute");
        self.runtime.block_on(self.client.goto(url.as_str())).expect("the page opens");
    }

    /// Opens a page that is served.
    pub fn visit(&self, url: &str) {
        self.runtime.block_on(self.client.goto(url)).expect("the page opens");
    }

    /// The same, with these words behind the `#` of its address.
    pub fn open_with(&self, page: &Path, words: &str) {
        let mut url = Url::from_file_path(page).expect("the path is absolute");
        url.set_fragment(Some(words));
        // A page that is open already would only be scrolled.
        self.runtime.block_on(self.client.goto("about:blank")).expect("an empty page opens");
        self.runtime.block_on(self.client.goto(url.as_str())).expect("the page opens");
        // The driver may still have been told of the empty page.
        while self.ask("document.readyState") != "complete" {}
    }

    /// Makes the window so many pixels large, however narrow that is.
    pub fn set_size(&self, width: u32, height: u32) {
        let window =
            json!({ "width": width, "height": height, "mobile": false, "deviceScaleFactor": 1 });
        self.devtools("Emulation.setDeviceMetricsOverride", window);
    }

    /// What the system prefers, as the page's style can ask for it.
    pub fn prefer(&self, name: &str, value: &str) {
        let feature = json!({ "features": [{ "name": name, "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", feature);
    }

    /// Where files go that a page has to be saved.
    pub fn save_into(&self, folder: &Path) {
        let allowed = json!({ "behavior": "allow", "downloadPath": folder });
        self.devtools("Page.setDownloadBehavior", allowed);
    }

    /// A picture of the window, as PNG.
    pub fn picture(&self) -> Vec<u8> {
        self.runtime.block_on(self.client.screenshot()).expect("a picture can be taken")
    }

    fn devtools(&self, command: &'static str, parameters: Value) {
        let command = self.client.issue_cmd(Devtools(command, parameters));
        self.runtime.block_on(command).unwrap_or_else(|error| panic!("{error}"));
    }

    /// What an expression of the page's own language comes to.
    pub fn ask(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        let answer = self.runtime.block_on(self.client.execute(&script, Vec::new()));
        answer.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The same, where it is text.
    pub fn text(&self, expression: &str) -> String {
        self.ask(expression).as_str().unwrap_or_default().to_string()
    }

    /// Presses a key, wherever the focus is.
    pub fn press(&self, key: &str) {
        let pressed = self
            .runtime
            .block_on(async { self.client.active_element().await?.send_keys(key).await });
        pressed.unwrap_or_else(|error| panic!("{key:?} can't be pressed: {error}"));
    }

    /// All that the page has written to the console, and all that it has asked for beside itself.
    pub fn complaints_and_requests(&self) -> Vec<String> {
        let logged = self.log("browser").into_iter().map(|entry| entry["message"].to_string());
        let is_request = |entry: &Value| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            let url = message["params"]["request"]["url"].as_str()?.to_string();
            let is_document = message["params"]["type"] == "Document";
            (message["method"] == "Network.requestWillBeSent" && !is_document).then_some(url)
        };
        let requests = self.log("performance");
        logged.chain(requests.iter().filter_map(is_request)).collect()
    }

    fn log(&self, kind: &'static str) -> Vec<Value> {
        let entries = self.runtime.block_on(self.client.issue_cmd(Log(kind)));
        entries.expect("the driver keeps logs").as_array().cloned().unwrap_or_default()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The keys that have no letter.
pub fn arrow_right() -> String {
    char::from(Key::Right).to_string()
}

/// The other one.
pub fn arrow_left() -> String {
    char::from(Key::Left).to_string()
}

/// To the beginning.
pub fn home() -> String {
    char::from(Key::Home).to_string()
}

/// What ends a line.
pub fn enter() -> String {
    char::from(Key::Enter).to_string()
}

/// What ends a tour.
pub fn escape() -> String {
    char::from(Key::Escape).to_string()
}

fn capabilities(look: Look) -> Capabilities {
    // As root it refuses its sandbox; and it shall look for nothing on the network by itself.
    let mut arguments = vec![
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1400,900",
        "--hide-scrollbars",
    ];
    if look.dark {
        arguments.push("--blink-settings=preferredColorScheme=0");
    }
    let options = [
        ("goog:chromeOptions", json!({ "args": arguments })),
        ("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" })),
    ];
    let options = options.into_iter().map(|(name, value)| (name.to_string(), value));
    Capabilities::from_iter(options.collect::<HashMap<_, _>>())
}

/// Chromedriver's own command that gives what was logged since it was asked last.
#[derive(Debug)]
struct Log(&'static str);

impl WebDriverCompatibleCommand for Log {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": self.0 }).to_string()))
    }
}

/// A command of the browser's own protocol, with its parameters.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}
