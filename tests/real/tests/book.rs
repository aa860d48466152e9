//! The built book in a real browser, opened from disk. `.ci/site` builds it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use real::browser::{Browser, Look};
use serde_json::json;

fn site() -> PathBuf {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/site");
    fs::canonicalize(site).expect("the site is built, by .ci/site")
}

/// The pages in a folder and in those below it, without the timelines.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() && !path.ends_with("timelines") {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a page has complained of, and what it has asked for that is not beside it.
fn complaints(browser: &Browser) -> Vec<String> {
    let is_here = |it: &String| it.starts_with("file:") || it.starts_with("data:");
    browser.complaints_and_requests().into_iter().filter(|it| !is_here(it)).collect()
}

/// What has to be moved sideways to be seen in whole: the page, or the box in it that holds the text.
const TOO_WIDE: &str =
    "[document.documentElement, ...document.querySelectorAll('body, .page, .content')]
    .filter(part => part.scrollWidth > Math.min(part.clientWidth, innerWidth))
    .map(part => `${part.tagName}: ${part.scrollWidth}`)";

#[test]
#[ignore = "it takes the site, which .ci/site builds"]
fn each_page_fits_a_phone_and_a_screen_in_light_and_dark_and_asks_for_nothing_elsewhere() {
    let pages = pages(&site());
    assert!(pages.len() >= 50, "only {} pages were found", pages.len());
    for dark in [false, true] {
        let browser = Browser::start(Look { dark });
        for page in &pages {
            for width in [360, 1400] {
                browser.set_size(width, 800);
                browser.open(page);
                assert_eq!(browser.ask(TOO_WIDE), json!([]), "{page:?} at {width} pixels");
            }
        }
        assert_eq!(complaints(&browser), [""; 0]);
    }
}

/// Chinese text with white space between two letters of it: there its source has a new line.
const TORN: &str = "[...document.querySelectorAll('main :is(p, li, td)')]
    .flatMap(part => [...part.childNodes])
    .map(node => node.nodeType === Node.TEXT_NODE && node.data.match(/.*[\\p{Script=Han}，。：；、]\\s+\\p{Script=Han}.*/u))
    .filter(Boolean).map(found => found[0])";

#[test]
#[ignore = "it takes the site, which .ci/site builds"]
fn no_space_stands_in_a_chinese_sentence_where_a_line_of_the_source_broke() {
    let browser = Browser::start(Look::default());
    let chinese = pages(&site().join("zh"));
    assert!(chinese.len() >= 25, "only {} pages were found", chinese.len());
    for page in &chinese {
        browser.open(page);
        assert_eq!(browser.ask(TORN), json!([]), "{page:?}");
    }
}

#[test]
#[ignore = "it takes the site, which .ci/site builds"]
fn the_link_to_the_other_language_leads_to_the_same_page_and_back() {
    let browser = Browser::start(Look::default());
    let follow = || {
        let url = browser.text("document.querySelector('.right-buttons .language').href");
        browser.open(Path::new(url.strip_prefix("file://").expect("it is on disk")));
        browser.text("document.querySelector('main h1').innerText")
    };
    browser.open(&site().join("course/ex09.html"));
    assert_eq!(follow(), "练习 9：定时器");
    assert_eq!(follow(), "Exercise 9: timers");
}

#[test]
#[ignore = "it takes the site, which .ci/site builds"]
fn the_search_finds_words_in_english_and_letters_in_chinese() {
    let browser = Browser::start(Look::default());
    for (page, words, found) in [
        ("index.html", "latest waker", "waker"),
        ("zh/course/ex01.html", "休眠", "休眠"),
        ("zh/course/ex01.html", "套接字 线程", "套接字"),
    ] {
        browser.open(&site().join(page));
        browser.ask("document.getElementById('mdbook-search-toggle').click()");
        browser
            .ask(&format!("document.getElementById('mdbook-searchbar').value = {}", json!(words)));
        browser.ask(
            "document.getElementById('mdbook-searchbar').dispatchEvent(new KeyboardEvent('keyup'))",
        );
        let results = "document.querySelectorAll('#mdbook-searchresults li').length";
        while browser.ask("document.querySelector('.searching') !== null") == true {}
        assert!(browser.ask(results).as_u64() >= Some(3), "{words} is hardly found on {page}");
        let marked = "document.querySelector('#mdbook-searchresults em').innerText";
        assert_eq!(browser.text(marked).to_lowercase(), found);
    }
    assert_eq!(complaints(&browser), [""; 0]);
}

#[test]
#[ignore = "it takes the site, which .ci/site builds"]
fn the_chapters_show_running_timelines() {
    let browser = Browser::start(Look::default());
    let mut shown = Vec::new();
    for page in pages(&site()).iter().filter(|page| !page.ends_with("print.html")) {
        browser.open(page);
        let list = browser.ask(
            "[...document.querySelectorAll('figure.timeline')].flatMap(figure =>
                [figure.querySelector('iframe').src, ...[...figure.querySelectorAll('nav a')].map(link => link.href)])",
        );
        shown.extend(list.as_array().into_iter().flatten().map(|url| {
            let url = url.as_str().expect("an address");
            url.strip_prefix("file://").expect("it is on disk").to_string()
        }));
    }
    shown.sort();
    shown.dedup();
    for name in ["wget", "mistakes", "cancelling", "fairness"] {
        assert!(shown.iter().any(|it| it.contains(name)), "{name} is nowhere: {shown:?}");
    }
    let mut loops = Vec::new();
    for address in shown {
        let (page, words) = address.split_once('#').expect("it is for a frame");
        let page = page.split('?').next().unwrap_or(page);
        browser.open_with(Path::new(page), words);
        assert!(browser.ask("glassloop.run.length").as_u64() > Some(10), "{address}");
        loops.push(browser.text("document.querySelector('#loops').selectedOptions[0].text"));
    }
    loops.dedup();
    assert!(loops.len() >= 8, "the links choose no loops: {loops:?}");
}
