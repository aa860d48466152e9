//! `GLASSLOOP=live` in a real browser: what a class sees on the wall, and what is left when the program has ended.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use real::{
    browser::{Browser, Look, arrow_left, home},
    example,
};

/// A program that is shown live, and the address of the page.
struct Watched {
    process: Child,
    url: String,
}

impl Watched {
    fn start(command: &mut Command) -> Watched {
        let command = command.env("GLASSLOOP", "live").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(process.stderr.take().expect("it is piped")).lines();
        let said = lines.by_ref().map_while(Result::ok);
        let url = said
            .into_iter()
            .find_map(|line| Some(line.strip_prefix("live: ")?.split(' ').next()?.to_string()));
        // Nobody reads what comes then, but it must not be in the way.
        std::thread::spawn(move || lines.for_each(drop));
        Watched { process, url: url.expect("it says where") }
    }

    fn example(name: &str, arguments: &[&str]) -> Watched {
        Watched::start(Command::new(example(name)).args(arguments))
    }

    /// A test of this file as a program of its own.
    fn test(name: &str) -> Watched {
        let this = env::current_exe().expect("a program has a path");
        Watched::start(Command::new(this).args([name, "--exact", "--ignored", "--nocapture"]))
    }

    /// Of a site: where it serves, once a browser has let it start.
    fn serves(&mut self) -> SocketAddr {
        let mut line = String::new();
        let stdout = self.process.stdout.as_mut().expect("it is piped");
        BufReader::with_capacity(1, stdout).read_line(&mut line).expect("it says where");
        line.split('/').find_map(|word| word.parse().ok()).expect("an address")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A page of the site.
fn get(site: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(site)?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {site}\r\n\r\n").as_bytes())?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

/// Waits until an expression of the page is true.
#[track_caller]
fn wait_for(browser: &Browser, expression: &str) {
    let begun = Instant::now();
    while browser.ask(expression) != true {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never was so: {expression}");
    }
}

const STATUS: &str = "document.getElementById('live').textContent";
const NOTICE: &str = "document.getElementById('notice').textContent";
/// The newest record stands at the right edge.
const AT_THE_EDGE: &str = "(() => {
    const { run, x, size } = glassloop, at = x(run.length - 1);
    return at <= size.width && at > size.width - 60;
})()";
const IS_WATCHED: &str = "glassloop.run?.length > 3";
/// How many tasks have been polled in the page.
const TASKS: &str = "glassloop.run.owners.task.length";

#[test]
fn what_the_program_does_is_followed_paused_and_followed_again() {
    let mut program = Watched::example("site", &["127.0.0.1:0", "--delay", "0"]);
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    let site = program.serves();
    wait_for(&browser, IS_WATCHED);
    assert_eq!(browser.text(STATUS), "live");

    // Each connection is a lane; how soon is told, not judged: the machine may be busy.
    for number in 1..=5 {
        let tasks = browser.ask(TASKS).as_u64().expect("a number");
        let asked = Instant::now();
        get(site, "/detail/1").expect("a page");
        wait_for(&browser, &format!("{TASKS} > {tasks}"));
        println!("connection {number} is on the page after {:?}", asked.elapsed());
    }
    wait_for(&browser, AT_THE_EDGE);
    wait_for(
        &browser,
        "glassloop.look.lanes.filter(({ name }) => name?.includes('client')).length === 5",
    );

    // Paused, the view stands, and what comes is counted.
    browser.ask("document.getElementById('follow').click()");
    let view = "JSON.stringify([glassloop.look.from, glassloop.look.span, glassloop.run.length, glassloop.cursor])";
    let stands = browser.text(view);
    get(site, "/detail/2").expect("a page");
    wait_for(&browser, &format!("/^paused: [0-9]+ more events have come$/.test({STATUS})"));
    assert_eq!(browser.text(view), stands);

    browser.press("v");
    wait_for(&browser, &format!("{TASKS} === 8 && {AT_THE_EDGE}"));
    assert_eq!(browser.text(STATUS), "live");
    assert_eq!(browser.complaints_and_requests(), [format!("{}events", program.url)]);
}

#[test]
fn whoever_looks_elsewhere_pauses_it_and_zooming_does_not() {
    let mut program = Watched::example("site", &["127.0.0.1:0", "--delay", "0"]);
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    let site = program.serves();
    get(site, "/").expect("a page");
    wait_for(&browser, &format!("{IS_WATCHED} && {TASKS} === 3"));
    browser.ask("document.getElementById('stage').focus(), 0");
    let mut tasks = 3;
    for key in ["+", "-", "0", "l", "l", "f", "b", "b"] {
        browser.press(key);
        get(site, "/").expect("a page");
        tasks += 1;
        wait_for(&browser, &format!("{TASKS} === {tasks} && {AT_THE_EDGE}"));
        assert_eq!(browser.text(STATUS), "live", "after {key}");
    }
    assert_eq!(browser.ask("glassloop.live.seconds === null"), false, "by then it was zoomed");
    for key in [home(), arrow_left(), " ".into(), "T".into()] {
        browser.press(&key);
        wait_for(&browser, &format!("{STATUS}.startsWith('paused')"));
        browser.press("v");
        wait_for(&browser, &format!("{STATUS} === 'live' && {AT_THE_EDGE}"));
    }

    // From its first event on it can be played.
    browser.press(&home());
    wait_for(&browser, "!glassloop.live.following");
    browser.ask("glassloop.advance(1000)");
    assert_eq!(browser.ask("glassloop.chips"), serde_json::json!(["0: queue"]));
    browser.press(" ");
    browser.ask("glassloop.advance(1200)");
    assert_eq!(browser.ask("glassloop.chips"), serde_json::json!(["0: poll"]));
}

/// A page that a browser has saved, in a folder of its own.
struct Saved {
    folder: PathBuf,
    page: PathBuf,
}

impl Saved {
    /// "Save" is pressed.
    fn by(browser: &Browser, name: &str) -> Saved {
        let folder = env::temp_dir().join(format!("glassloop-live-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        browser.save_into(&folder);
        browser.ask("document.getElementById('saveFile').click()");
        let begun = Instant::now();
        loop {
            let files = fs::read_dir(&folder).expect("it can be read").map_while(Result::ok);
            let mut pages = files.map(|file| file.path());
            // Until it is whole it has another name.
            if let Some(page) = pages.find(|file| file.extension().is_some_and(|it| it == "html")) {
                return Saved { folder, page };
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing was saved");
        }
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn at_the_end_the_page_says_so_keeps_what_it_has_and_saves_a_page_from_disk() {
    let program = Watched::example("wget", &[]);
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    wait_for(&browser, &format!("{NOTICE}.startsWith('The program has ended.')"));
    wait_for(&browser, &format!("{STATUS} === 'ended'"));
    let (records, lead) =
        ("glassloop.run.records.length", "document.getElementById('lead').textContent");
    let shown =
        (browser.ask(records), browser.text(lead), browser.ask("glassloop.run.story.length"));
    assert!(shown.1.contains("at the same time, on one thread"), "{}", shown.1);
    assert_eq!(browser.text("glassloop.run.records.at(-1)[2]"), "loop ends");

    let saved = Saved::by(&browser, "wget");
    let text = fs::read_to_string(&saved.page).expect("it is there");
    let token = program.url.trim_end_matches('/').rsplit('/').next().expect("a token");
    assert!(
        !text.contains(token) && !text.contains("connect-src") && !text.contains("EventSource")
    );
    assert_eq!(browser.complaints_and_requests(), [format!("{}events", program.url)]);
    drop(program);

    browser.open(&saved.page);
    let opened =
        (browser.ask(records), browser.text(lead), browser.ask("glassloop.run.story.length"));
    assert_eq!(opened, shown);
    for host in ["www.sina.com.cn", "www.sohu.com", "www.163.com"] {
        assert!(browser.text("document.getElementById('story').textContent").contains(host));
    }
    let sources = browser.text("JSON.stringify(glassloop.run.sources)");
    assert!(sources.contains("wget.rs") && sources.contains(".await"), "{sources}");
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn a_program_that_is_gone_leaves_its_page_and_the_page_says_so() {
    let mut program = Watched::example("site", &["127.0.0.1:0"]);
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    get(program.serves(), "/").expect("a page");
    wait_for(&browser, &format!("{IS_WATCHED} && {TASKS} === 3"));
    drop(program);
    wait_for(&browser, &format!("{NOTICE}.startsWith('The program is gone')"));
    assert_eq!(browser.ask(TASKS), 3);
}

const HOSTILE: &str = "</script><img src=x onerror=document.title='bitten'>";

#[test]
#[ignore = "it is a program for other tests"]
fn a_program_with_a_hostile_name() {
    glassloop::run(async {
        let task = glassloop::create_task(async {});
        task.set_name(HOSTILE);
        task.await.expect("it does not fail");
    });
}

#[test]
fn what_others_have_written_is_shown_as_text_and_saved_as_text() {
    let program = Watched::test("a_program_with_a_hostile_name");
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    wait_for(&browser, &format!("{NOTICE}.startsWith('The program has ended.')"));
    wait_for(&browser, &format!("{STATUS} === 'ended'"));
    let names = "glassloop.run.owners.task.map(({ name }) => name).join()";
    let check = |page: &str| {
        assert!(browser.text(names).contains("</script><img"), "{page}");
        assert_eq!(browser.ask("document.querySelectorAll('img').length"), 0, "{page}");
        assert_ne!(browser.text("document.title"), "bitten", "{page}");
    };
    check("live");
    let saved = Saved::by(&browser, "hostile");
    browser.open(&saved.page);
    check("saved");
}

/// A run that is too long to be kept.
#[test]
#[ignore = "it is a program for other tests"]
fn a_long_program() {
    glassloop::run(async {
        for _ in 0..130_000 {
            glassloop::yield_now().await;
        }
        // What it did by then has time to be told.
        glassloop::sleep(Duration::from_secs(2)).await;
    });
}

#[test]
fn of_a_long_run_the_first_and_the_last_records_are_kept_and_the_page_says_what_is_missing() {
    let program = Watched::test("a_long_program");
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    wait_for(&browser, &format!("{NOTICE}.startsWith('The program has ended.')"));
    wait_for(&browser, &format!("{STATUS} === 'ended'"));
    let loop_of = "(glassloop.live.loops[0].next ?? glassloop.live.loops[0].now).loop";
    let sum = format!(
        "(() => {{ const {{ records, left_out, skipped }} = {loop_of};
            return [records.length <= 200_000, records.length + left_out.records
                + skipped.reduce((sum, [, some]) => sum + some, 0) - glassloop.live.loops[0].total]; }})()"
    );
    assert_eq!(browser.ask(&sum), serde_json::json!([true, 0]));
    assert!(browser.text(NOTICE).contains("The middle is left out: "), "{}", browser.text(NOTICE));
    // What is missing is counted, too: the first poll, and one after each time that it waits.
    let summary = browser.text("document.getElementById('summary').textContent");
    let lead = browser.text("document.getElementById('lead').textContent");
    let turns = browser.text("glassloop.run.records.at(-1)[1].toLocaleString('en')");
    let totals = format!("1 task · {turns} turns · 130,002 polls · ");
    assert!(summary.starts_with(&totals), "{summary}");
    assert!(lead.starts_with("1 task took 130,002 polls in "), "{lead}");
    let saved = Saved::by(&browser, "long");
    browser.open(&saved.page);
    wait_for(&browser, &format!("{NOTICE}.startsWith('The middle is left out: ')"));
    assert_eq!(browser.text("document.getElementById('summary').textContent"), summary);
    assert_eq!(browser.complaints_and_requests().len(), 1, "the events, and nothing from the file");
}

#[test]
fn records_that_never_came_are_counted_in_the_page() {
    let mut program = Watched::example("site", &["127.0.0.1:0"]);
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    get(program.serves(), "/").expect("a page");
    wait_for(&browser, &format!("{IS_WATCHED} && {TASKS} === 3"));
    assert_eq!(browser.text(NOTICE), "");
    // As if a piece came that is a thousand records later.
    browser.ask(
        "(glassloop.take({ loop: 0, first: glassloop.live.loops[0].total + 1000, virtual: false, sources: {}, records: {
            records: [[1e12, 90, 'park', null]], lost: [], story: [], findings: [], names: [], places: [], name: null } }), 0)",
    );
    assert!(
        browser.text(NOTICE).starts_with("1,000 records were skipped"),
        "{}",
        browser.text(NOTICE)
    );
    wait_for(&browser, "glassloop.run.holes.size === 1");
    let saved = Saved::by(&browser, "skipped");
    browser.open(&saved.page);
    assert_eq!(browser.ask("[...glassloop.run.holes.values()][0]"), 1000);
}

#[test]
fn several_loops_are_chapters_and_the_newest_is_followed() {
    let program = Watched::example("mistakes", &["--delay", "0.15"]);
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    wait_for(&browser, &format!("{NOTICE}.startsWith('The program has ended.')"));
    assert_eq!(browser.ask("document.querySelectorAll('#loops option').length"), 8);
    assert_eq!(browser.ask("document.getElementById('loops').selectedIndex"), 7);
    browser.ask(
        "(document.getElementById('loops').value = 0, document.getElementById('loops').dispatchEvent(new Event('change')), 0)",
    );
    wait_for(&browser, &format!("{STATUS} === 'ended'"));
    let lead = browser.text("document.getElementById('lead').textContent");
    assert!(lead.starts_with("3 polls held the loop for "), "{lead}");
    let saved = Saved::by(&browser, "loops");
    browser.open(&saved.page);
    assert_eq!(browser.ask("document.querySelectorAll('#loops option').length"), 8);
}

#[test]
#[ignore = "it is a program for other tests"]
fn a_program_in_virtual_time() {
    let event_loop = glassloop::EventLoop::builder().virtual_time().build().expect("a loop");
    event_loop.run(glassloop::sleep(Duration::from_secs(1000)));
}

#[test]
fn under_virtual_time_the_axis_is_virtual_and_the_page_says_so() {
    let program = Watched::test("a_program_in_virtual_time");
    let browser = Browser::start(Look::default());
    browser.visit(&program.url);
    wait_for(&browser, &format!("{NOTICE}.startsWith('The program has ended.')"));
    assert_eq!(browser.ask("glassloop.theAxis.virtual && glassloop.theAxis.readable"), true);
    assert_eq!(browser.ask("glassloop.live.loops[0].isVirtual"), true);
}

#[test]
fn it_fits_every_width_dark_or_light() {
    let mut program = Watched::example("site", &["127.0.0.1:0"]);
    let browser = Browser::start(Look { dark: true });
    browser.visit(&program.url);
    get(program.serves(), "/").expect("a page");
    wait_for(&browser, IS_WATCHED);
    for width in [320, 400, 800, 1400] {
        browser.set_size(width, 700);
        let overhang =
            "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.ask(overhang), 0, "{width} pixels");
    }
}
