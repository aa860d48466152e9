//! Makes the pictures of the timeline in `docs/pictures`, from real runs of the examples, in a headless Chromium.
//!
//! ```text
//! .ci/timelines && cargo run -p real --bin pictures
//! ```
//!
//! The moving one is put together by `img2webp`, of Debian's package `webp`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use real::browser::{Browser, Look};

/// A moment of the moving picture, in milliseconds; it plays as fast as the clock.
const FRAME: u32 = 80;
/// The moving picture is at most so large: it is the first thing that a reader of the README loads.
const MOVING: u64 = 2_000_000;

fn main() {
    let root =
        fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).expect("it is there");
    let pictures = root.join("docs/pictures");
    let folder = env::temp_dir().join(format!("glassloop-pictures-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    let timeline = |name: &str| root.join(format!("target/timelines/{name}.html"));
    let [wget, mistakes] = ["wget", "mistakes"].map(timeline);
    let browser = Browser::start(Look::default());
    still(&browser, &wget, "light", &pictures.join("timeline-wget.png"));
    still(&browser, &wget, "dark", &pictures.join("timeline-wget-dark.png"));
    still(&browser, &mistakes, "light", &pictures.join("timeline-mistakes.png"));
    still(&browser, &mistakes, "dark", &pictures.join("timeline-mistakes-dark.png"));
    for chapter in ["cancelling", "fairness"] {
        let picture = pictures.join(format!("timeline-{chapter}.png"));
        still(&browser, &timeline(chapter), "light", &picture);
    }
    moving(&browser, &wget, &folder, &pictures.join("timeline-wget.webp"));
    fs::remove_dir_all(&folder).expect("the folder goes");
}

/// The page as it opens, without the tour.
fn open(browser: &Browser, page: &Path, colours: &str) {
    browser.open_with(page, colours);
    browser.ask("document.querySelector('[data-do=tourOff]').click()");
    // From here on nothing moves by itself.
    browser.ask("glassloop.advance(10000)");
}

fn still(browser: &Browser, page: &Path, colours: &str, file: &Path) {
    browser.set_size(1280, 800);
    open(browser, page, colours);
    fs::write(file, browser.picture()).expect("the picture can be written");
    tell(file);
}

/// The run, played from its beginning to its end.
fn moving(browser: &Browser, page: &Path, folder: &Path, file: &Path) {
    browser.set_size(1200, 640);
    open(browser, page, "light");
    browser.ask("document.getElementById('story-section').removeAttribute('open')");
    browser.ask("document.querySelector('[data-do=first]').click()");
    browser.ask("glassloop.player.speed = 3");
    browser.ask("glassloop.advance(10000)");
    browser.ask("document.getElementById('play').click()");
    let mut frames: Vec<PathBuf> = Vec::new();
    let mut take = || {
        let frame = folder.join(format!("{:04}.png", frames.len()));
        fs::write(&frame, browser.picture()).expect("a frame can be written");
        frames.push(frame);
    };
    while browser.ask("glassloop.player.way") == 1 {
        take();
        browser.ask(&format!("glassloop.advance({FRAME})"));
    }
    take();
    let mut command = Command::new("img2webp");
    command.args(["-loop", "0", "-lossy", "-q", "60", "-m", "4", "-d", &FRAME.to_string()]);
    let (last, others) = frames.split_last().expect("there are frames");
    command.args(others).args(["-d", "2500"]).arg(last).arg("-o").arg(file);
    let made = command.output().expect("img2webp is installed, of Debian's package webp");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let bytes = fs::metadata(file).expect("it is there").len();
    assert!(bytes <= MOVING, "{} bytes are too many", bytes);
    println!("{} frames", frames.len());
    tell(file);
}

fn tell(file: &Path) {
    let bytes = fs::metadata(file).expect("it is there").len();
    println!("{}: {bytes} bytes", file.file_name().unwrap_or_default().to_string_lossy());
}
