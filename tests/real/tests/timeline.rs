//! The timeline in a real browser: what a teacher does with it, by keyboard.

use std::{fs, path::PathBuf};

use real::{
    browser::{Browser, Look, arrow_left, arrow_right},
    example,
};

/// Runs an example that writes its timeline.
fn timeline_of(name: &str, arguments: &[&str]) -> Page {
    let page = Page::named(name);
    let run = std::process::Command::new(example(name))
        .args(arguments)
        .env("GLASSLOOP", format!("html={}", page.0.display()))
        .output()
        .expect("the example runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    page
}

/// A page on disk that goes with the test.
struct Page(PathBuf);

impl Page {
    fn named(name: &str) -> Page {
        let file = format!("glassloop-timeline-{}-{name}.html", std::process::id());
        Page(std::env::temp_dir().join(file))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn wget_can_be_stepped_through_and_asked_why() {
    let page = timeline_of("wget", &[]);
    let browser = Browser::start(Look::default());
    browser.open(&page.0);

    assert_eq!(browser.ask("glassloop.cursor"), 0);
    browser.press(&arrow_right());
    browser.press(&arrow_right());
    assert_eq!(browser.ask("glassloop.cursor"), 2);
    browser.press(&arrow_left());
    assert_eq!(browser.ask("glassloop.cursor"), 1);

    // The second poll of task 1: its socket became readable.
    let sentences = "[...document.querySelectorAll('#story li')].map(item => item.textContent)";
    let number =
        format!("{sentences}.findIndex(text => text.includes('#2') && text.includes('read'))");
    browser.ask(&format!("document.querySelectorAll('#story li button')[{number}].click()"));
    browser.press("w");
    let why = browser.text("document.querySelector('#steps').textContent");
    for word in ["poll", "socket", "readable", "would block"] {
        assert!(why.contains(word), "{word:?} is missing in: {why}");
    }

    assert_eq!(browser.text("glassloop.axis"), "readable");
    browser.press("l");
    assert_eq!(browser.text("glassloop.axis"), "linear");

    let story = browser.text(&format!("{sentences}.join('\\n')"));
    assert!(
        story.contains("loop starts") && story.contains("waits for socket 0 readable"),
        "{story}"
    );
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}
