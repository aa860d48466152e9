//! The timeline in a real browser: what a teacher does with it, by keyboard.

use std::{cell::RefCell, fs, path::PathBuf, rc::Rc, time::Duration};

use glassloop::{
    EventLoop, create_task, gather,
    net::{TcpListener, TcpStream},
    sleep,
    trace::Record,
    views::timeline,
    yield_now,
};
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

impl Page {
    /// The timeline of a run of one's own.
    fn of<F: Future>(name: &str, run: F) -> Page {
        let records = Rc::new(RefCell::new(Vec::new()));
        let list = records.clone();
        let event_loop = EventLoop::builder()
            .unwatched()
            .observer(move |record: &Record| list.borrow_mut().push(record.clone()))
            .build()
            .expect("a loop can be made");
        event_loop.run(run);
        let page = Page::named(name);
        fs::write(&page.0, timeline(&records.borrow())).expect("the page can be written");
        page
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A task reads from a peer that has not written yet, so that it surely has to wait.
async fn read_what_comes_later() {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let reader = create_task(async move {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.read(&mut [0; 8]).await.expect("something comes")
    });
    reader.set_name("reader");
    let (stream, _) = listener.accept().await.expect("it comes");
    sleep(Duration::from_millis(5)).await;
    stream.write(b"at last").await.expect("it reads");
    assert_eq!(reader.await.expect("it does not fail"), 7);
}

#[test]
fn wget_opens_without_a_word_and_tells_its_story() {
    let page = timeline_of("wget", &[]);
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let story = browser.text("document.querySelector('#story').textContent");
    for host in ["www.sina.com.cn", "www.sohu.com", "www.163.com"] {
        assert!(story.contains(host), "{story}");
    }
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn it_can_be_stepped_through_and_asked_why() {
    let page = Page::of("why", read_what_comes_later());
    let browser = Browser::start(Look::default());
    browser.open(&page.0);

    assert_eq!(browser.ask("glassloop.cursor"), 0);
    browser.press(&arrow_right());
    browser.press(&arrow_right());
    assert_eq!(browser.ask("glassloop.cursor"), 2);
    browser.press(&arrow_left());
    assert_eq!(browser.ask("glassloop.cursor"), 1);

    // The poll in which the reader reads: its socket became readable.
    let sentences = "[...document.querySelectorAll('#story li')].map(item => item.textContent)";
    let number = format!(
        "{sentences}.findIndex(text => text.includes('reader') && text.includes('read 7 B'))"
    );
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
    assert!(story.contains("loop starts") && story.contains("sleeps for 5ms"), "{story}");
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

const HOSTILE: &str = "</script><img src=x onerror=document.title='bitten'>";

#[test]
fn what_others_have_written_is_shown_as_text() {
    let page = Page::of("hostile", async {
        let task = create_task(async {
            yield_now().await;
        });
        task.set_name(HOSTILE);
        task.await.expect("it does not fail");
    });
    assert!(!fs::read_to_string(&page.0).expect("it is there").contains(HOSTILE));
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    assert!(browser.text("document.querySelector('#story').textContent").contains("</script><img"));
    assert_eq!(browser.ask("document.querySelectorAll('img').length"), 0);
    assert_ne!(browser.text("document.title"), "bitten");
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn a_hundred_thousand_records_are_drawn_and_stepped_through() {
    let turns = || async {
        for _ in 0..165 {
            yield_now().await;
        }
    };
    let page = Page::of("long", gather((0..200).map(|_| turns())).return_exceptions());
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let records = browser
        .ask("JSON.parse(document.getElementById('run').textContent).loops[0].records.length");
    assert!(records.as_u64().is_some_and(|records| records >= 100_000), "{records}");
    browser.press(&arrow_right());
    assert_eq!(browser.ask("glassloop.cursor"), 1);
    // How long it took is told, not judged: the machine may be busy.
    println!("{records} records, a frame in {} ms", browser.ask("glassloop.lastFrameMilliseconds"));
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn it_fits_a_narrow_window_and_a_dark_one() {
    let page = timeline_of("wget", &[]);
    for look in [Look { dark: true, ..Look::default() }, Look { narrow: true, ..Look::default() }] {
        let browser = Browser::start(look);
        browser.open(&page.0);
        let is_dark = browser.ask("matchMedia('(prefers-color-scheme: dark)').matches");
        assert_eq!(is_dark, look.dark);
        let overhang =
            "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.ask(overhang), 0, "{look:?}");
        assert_eq!(browser.complaints_and_requests(), [""; 0]);
    }
}

#[test]
fn the_mistakes_are_loops_to_choose_from_and_name_their_warnings() {
    let page = timeline_of("mistakes", &["--delay", "0.1"]);
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let loops = browser.ask("document.querySelectorAll('#loops option').length");
    assert_eq!(loops, 8);
    let warnings = browser.text("document.querySelector('#findings').textContent");
    assert!(warnings.contains("held the loop for"), "{warnings}");
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}
