//! The timeline in a real browser: what a teacher does with it, by keyboard.

use std::{
    cell::RefCell,
    fs,
    path::PathBuf,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};

use glassloop::{
    EventLoop, create_task, gather,
    net::{TcpListener, TcpStream},
    sleep,
    trace::Record,
    views::timeline,
    wait, yield_now,
};
use real::{
    browser::{Browser, Look, arrow_left, arrow_right, enter, escape, home},
    example,
};
use serde_json::json;

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
#[derive(Debug)]
struct Page(PathBuf);

impl Page {
    fn named(name: &str) -> Page {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        // Several tests may look at the same example.
        let (id, number) = (std::process::id(), COUNTER.fetch_add(1, Relaxed));
        let file = format!("glassloop-timeline-{id}-{number}-{name}.html");
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

    browser.ask("document.getElementById('stage').focus(), 0");
    browser.press(&home());
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
    browser.press(&home());
    browser.press(&arrow_right());
    assert_eq!(browser.ask("glassloop.cursor"), 1);
    // How long it took is told, not judged: the machine may be busy.
    println!("{records} records, a frame in {} ms", browser.ask("glassloop.lastFrameMilliseconds"));
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn where_the_middle_is_left_out_the_totals_are_of_the_whole_run_and_the_panel_says_what_it_lacks() {
    let sleeper = || async {
        for _ in 0..4_500 {
            sleep(Duration::from_micros(100)).await;
        }
    };
    let page = Page::of("hole", gather((0..10).map(|_| sleeper())).return_exceptions());
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let turns = browser.text("glassloop.run.records.at(-1)[1].toLocaleString('en')");
    let asleep = browser.text("(100 * glassloop.run.sums.asleep / glassloop.run.total).toFixed(1)");
    let summary = browser.text("document.getElementById('summary').textContent");
    // A sleeper is polled to begin with, and after each sleep; main twice or more.
    assert!(summary.starts_with(&format!("11 tasks · {turns} turns · 45,01")), "{summary}");
    assert!(summary.ends_with(&format!(" · asleep {asleep} %")), "{summary}");
    let lead = browser.text("document.getElementById('lead').textContent");
    assert!(lead.starts_with("11 tasks took 45,01"), "{lead}");
    assert!(lead.contains(", and the loop slept "), "{lead}");
    let state = |index: u32| {
        browser.text(&format!("(goTo({index}), document.getElementById('state').textContent)"))
    };
    assert!(state(99_998).contains("Tasks: 11"), "{}", state(99_998));
    assert!(state(99_999).contains("Tasks, as far as known: "), "{}", state(99_999));
    // Main waits all the time, and nothing is heard of it.
    assert!(state(150_000).contains("Tasks, as far as known: 10"), "{}", state(150_000));
    assert!(!state(150_000).contains("NaN"), "{}", state(150_000));
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

/// The sizes at which people look at it.
const WIDTHS: [u32; 5] = [320, 400, 800, 1400, 1600];

#[test]
fn it_fits_every_width_and_dark_is_dark() {
    let page = timeline_of("wget", &[]);
    let browser = Browser::start(Look { dark: true });
    browser.open(&page.0);
    assert_eq!(browser.ask("matchMedia('(prefers-color-scheme: dark)').matches"), true);
    for words in ["", "embed", "embed,light"] {
        browser.open_with(&page.0, words);
        for width in WIDTHS {
            browser.set_size(width, 700);
            let overhang =
                "document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.ask(overhang), 0, "{words}, {width} pixels");
        }
    }
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

/// How often, of two polls or sleeps of a lane, the longer one is drawn narrower, or one of the same length wider.
const CONTRADICTIONS: &str = "(() => {
    const { run, x } = glassloop, lanes = [[...spans(run.polls), ...spans(run.sleeps)]];
    function spans({ first, last, state }, only) {
        const end = index => Math.min(index, run.length - 1);
        return first.map((from, slice) => [run.times[end(last[slice])] - run.times[from], x(end(last[slice])) - x(from), state[slice]])
            .filter(([, , state]) => only === undefined || state === only);
    }
    for (const { slices } of run.owners.task) lanes.push(spans(slices, 0));
    let wrong = 0;
    for (const lane of lanes) {
        lane.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        for (let at = 1; at < lane.length; at++) {
            if (lane[at][1] < lane[at - 1][1] - 1e-6) wrong++;
        }
    }
    return wrong;
})()";

async fn request(number: u64) {
    yield_now().await;
    sleep(Duration::from_millis(20 + number % 7)).await;
}

/// What the example `concurrency` does, smaller: ever more requests at the same time.
async fn a_crowd() {
    for at_once in [1, 3, 10, 50, 200, 500] {
        wait((0..at_once).map(|number| create_task(request(number)))).await;
    }
}

/// Polls and sleeps of very different lengths, also equal ones.
async fn all_lengths() {
    let tasks = (0..40_u64).map(|number| async move {
        for round in 0..4 {
            let until =
                Instant::now() + Duration::from_micros((number * number * 7 + round) % 3000);
            while Instant::now() < until {}
            sleep(Duration::from_millis(number % 9 + round)).await;
        }
        Ok::<_, ()>(())
    });
    gather(tasks).await.expect("none fails");
}

#[test]
fn no_width_contradicts_a_length_on_either_axis() {
    let pages = [
        timeline_of("wget", &[]),
        timeline_of("mistakes", &["--delay", "0.15"]),
        timeline_of("three_functions", &[]),
        Page::of("widths-of-a-crowd", a_crowd()),
        Page::of("lengths", all_lengths()),
    ];
    let browser = Browser::start(Look::default());
    for page in pages {
        browser.open(&page.0);
        assert_eq!(browser.text("document.getElementById('notice').textContent"), "", "{page:?}");
        let loops = browser.ask("document.querySelectorAll('#loops option').length").as_u64();
        for number in 1..=loops.expect("a number") {
            browser.open_with(&page.0, &format!("loop={number}"));
            assert_eq!(browser.ask(CONTRADICTIONS), 0, "{page:?}, loop {number}");
            assert_eq!(browser.text("glassloop.axis"), "readable");
            browser.press("l");
            assert_eq!(browser.ask(CONTRADICTIONS), 0, "{page:?}, loop {number}, linear");
            assert_eq!(browser.text("glassloop.axis"), "linear");
        }
    }
}

#[test]
fn long_sleeps_are_torn_and_the_overview_is_linear() {
    let page = timeline_of("three_functions", &[]);
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let torn =
        browser.ask("glassloop.theAxis.shortened.filter(part => part.kind === 'sleep').length");
    assert_eq!(torn, browser.ask("glassloop.run.sleeps.first.length"));
    let off = browser.ask(
        "Math.max(...[...glassloop.run.times].map(t => {
            const { run: { times, length }, overviewX } = glassloop, [from, until] = [times[0], times[length - 1]];
            const share = (overviewX(t) - overviewX(from)) / (overviewX(until) - overviewX(from));
            return Math.abs(share - (t - from) / (until - from));
        }))",
    );
    assert!(off.as_f64().is_some_and(|off| off < 1e-9), "{off}");
}

#[test]
fn labels_of_the_axis_are_round_and_none_covers_another() {
    let page = timeline_of("three_functions", &[]);
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    for _ in 0..12 {
        let ticks =
            browser.ask("glassloop.ticks().map(({ x, right, label }) => [x, right, label])");
        let ticks = ticks.as_array().expect("a list");
        for pair in ticks.windows(2) {
            assert!(pair[0][1].as_f64() <= pair[1][0].as_f64(), "{pair:?}");
        }
        let labels = ticks.iter().map(|tick| tick[2].as_str().expect("a text"));
        for label in labels.filter(|label| !label.starts_with('+')) {
            let digits = label.chars().filter(char::is_ascii_digit).collect::<String>();
            let digits = digits.trim_matches('0').len();
            assert!(digits <= 3 || browser.ask("glassloop.look.span < 1e5") == true, "{label}");
        }
        browser.press("+");
    }
}

#[test]
fn it_opens_with_a_sentence_and_at_the_first_warning() {
    let page = timeline_of("mistakes", &["--delay", "0.15"]);
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let lead = browser.text("document.querySelector('#lead').textContent");
    assert!(lead.starts_with("3 polls held the loop for "), "{lead}");
    assert_eq!(
        browser.ask("glassloop.run.records[glassloop.cursor].slice(2, 4)"),
        json!(["poll", 1])
    );
    let hint = "glassloop.hintAt(glassloop.x(glassloop.cursor) + 20, glassloop.size.overview + glassloop.size.axis + 30)";
    let hint = browser.text(hint);
    assert!(hint.contains("is polled, #1") && hint.contains("nothing else could run"), "{hint}");

    // The tour has three steps, and can be ended.
    let tour = "document.querySelector('#tour-step').textContent";
    assert!(browser.text(tour).starts_with("1 of 3"));
    browser.ask("document.querySelector('#tour-on').click()");
    assert!(browser.text(tour).starts_with("2 of 3"));
    browser.press(&escape());
    assert_eq!(browser.ask("document.querySelector('#tour').hidden"), true);
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn many_tasks_are_one_lane_that_opens_and_each_can_be_found() {
    let page = Page::of("crowd", a_crowd());
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let lanes = "glassloop.look.lanes.length";
    let folded = browser.ask(lanes).as_u64().expect("a number");
    assert!(folded < 40, "{folded} lanes");
    let fold = "glassloop.look.lanes.find(lane => lane.fold).name";
    assert!(browser.text(fold).starts_with("▸ request ×"), "{}", browser.text(fold));

    browser.press("/");
    browser.press("500");
    browser.press(&enter());
    assert_eq!(browser.ask("glassloop.look.task.id"), 500);
    let own = "glassloop.look.lanes.filter(lane => !lane.fold && lane.owners[0] === glassloop.look.task).length";
    assert_eq!(browser.ask(own), 1);

    browser.ask("document.getElementById('stage').focus(), 0");
    browser.press("f");
    let open = browser.ask(lanes).as_u64().expect("a number");
    assert!(open > 700, "{open} lanes: it stays folded");
    browser.press("f");
    assert_eq!(browser.ask(lanes), folded + 1, "with that of the one that was found");
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn tasks_of_one_coroutine_that_have_all_failed_have_lanes_of_their_own() {
    let page = Page::of("failed", async {
        let tasks: Vec<_> = (0..10).map(|number| create_task(request(number))).collect();
        yield_now().await;
        tasks.iter().for_each(|task| assert!(task.cancel()));
    });
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let lanes =
        "glassloop.look.lanes.filter(({ owners: [owner] }) => owner?.kind === 'task').length";
    assert_eq!(browser.ask(lanes), 11);
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn the_machine_plays_pauses_and_goes_back() {
    let page = Page::of("played", read_what_comes_later());
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    browser.ask("document.getElementById('stage').focus(), 0");
    browser.press(&home());
    // From here on its clock goes only where it is told to.
    browser.ask("glassloop.advance(1000)");
    assert_eq!(browser.ask("glassloop.chips"), json!(["0: queue"]));
    browser.press(" ");
    browser.ask("glassloop.advance(649)");
    assert_eq!(browser.ask("glassloop.cursor"), 0, "the first move takes 650 ms");
    assert!(
        browser.ask("glassloop.look.at > 0 && glassloop.look.at < 1") == true,
        "the cursor is on its way"
    );
    browser.ask("glassloop.advance(1)");
    browser.ask("glassloop.advance(500)");
    assert_eq!(browser.ask("glassloop.chips"), json!(["0: poll"]));
    assert!(
        browser
            .text("document.querySelector('#cause').textContent")
            .contains("next in the ready queue")
    );

    browser.press(" ");
    let paused = browser.ask("glassloop.cursor");
    browser.ask("glassloop.advance(10000)");
    assert_eq!(browser.ask("glassloop.cursor"), paused);

    // To the end, in which nobody is left.
    browser.press(" ");
    browser.ask("glassloop.advance(1e6)");
    assert_eq!(browser.ask("glassloop.cursor === glassloop.run.length - 1"), true);
    assert_eq!(browser.ask("glassloop.player.way"), 0);
    browser.ask("glassloop.advance(1000)");
    assert_eq!(browser.ask("glassloop.chips"), json!([]));

    browser.ask("document.querySelector('#play-back').click()");
    browser.ask("glassloop.advance(1e6)");
    assert_eq!(browser.ask("glassloop.cursor"), 0);
    browser.ask("glassloop.advance(1000)");
    assert_eq!(browser.ask("glassloop.chips"), json!(["0: queue"]));
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

#[test]
fn each_task_is_in_the_place_that_its_lane_says() {
    let page = Page::of("places", read_what_comes_later());
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let waits = browser.ask(
        "[...glassloop.run.sleeps.first].map(index => glassloop.stateAt(index))
            .map(({ socket, timer, queue, poll }) => [socket.length, timer.length, queue.length + poll.length])",
    );
    // Asleep, nobody is ready, and one reads while the other sleeps.
    let waits = waits.as_array().expect("a list");
    assert!(waits.contains(&json!([1, 1, 0])), "{waits:?}");
    assert!(waits.iter().all(|wait| wait[2] == 0), "{waits:?}");
}

#[test]
fn who_wants_no_motion_sees_steps() {
    let page = Page::of("still", read_what_comes_later());
    let browser = Browser::start(Look::default());
    browser.prefer("prefers-reduced-motion", "reduce");
    browser.open(&page.0);
    browser.ask("glassloop.advance(1000)");
    browser.ask("document.getElementById('stage').focus(), 0");
    browser.press(&home());
    browser.press(" ");
    browser.ask("glassloop.advance(400)");
    assert_eq!(browser.ask("glassloop.look.at"), 0, "the cursor stays until it jumps");
    browser.ask("glassloop.advance(250)");
    assert!(browser.ask("glassloop.cursor > 0 && glassloop.look.at === glassloop.cursor") == true);
    let where_it_is = "document.querySelector('.chip').style.transform";
    let before = browser.text(where_it_is);
    browser.ask("glassloop.advance(200)");
    assert_eq!(browser.text(where_it_is), before, "the task is there at once");
}

#[test]
fn embedded_it_is_lanes_and_machine_alone_in_the_colours_that_were_asked_for() {
    let page = timeline_of("wget", &[]);
    let browser = Browser::start(Look::default());
    for (words, scheme) in [("embed,dark", "dark"), ("embed,light", "light")] {
        browser.open_with(&page.0, words);
        browser.set_size(320, 640);
        let shown = browser.ask(
            "['header', '#panel', '#story-section', '#legend', '#tour', '#stage', '#places', '#play']
                .filter(part => document.querySelector(part).getClientRects().length)",
        );
        assert_eq!(shown, json!(["#stage", "#places", "#play"]));
        assert_eq!(browser.text("getComputedStyle(document.documentElement).colorScheme"), scheme);
        let lanes = browser.ask("document.getElementById('stage').clientHeight");
        assert!(lanes.as_u64().is_some_and(|lanes| lanes >= 200), "{lanes} pixels of lanes");
    }
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
}

/// The texts on the canvas that lie on one another, in pairs; signs of one letter may touch a line that they mark.
const OVERLAPS: &str = "(() => {
    const boxes = [], canvas = CanvasRenderingContext2D.prototype, { fillText } = canvas;
    canvas.fillText = function (text, left, baseline, room = Infinity) {
        const letters = parseInt(this.font.match(/([0-9]+)px/)[1]);
        const right = left + Math.min(this.measureText(text).width, room);
        if (text.length > 1) boxes.push({ text, left, right, top: baseline - letters * 0.8, bottom: baseline + letters * 0.2 });
        return fillText.apply(this, arguments);
    };
    glassloop.draw();
    canvas.fillText = fillText;
    const head = glassloop.size.overview + glassloop.size.axis + glassloop.size.loop, found = [];
    boxes.forEach((one, place) => {
        for (const other of boxes.slice(place + 1)) {
            if ((one.bottom <= head) !== (other.bottom <= head)) continue; // the head covers what is scrolled below it
            const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
            const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
            if (across > 1 && down > 1) found.push(`${one.text} / ${other.text}`);
        }
    });
    return found;
})()";

#[test]
fn no_two_texts_lie_on_one_another() {
    let pages = [
        timeline_of("wget", &[]),
        timeline_of("mistakes", &["--delay", "0.15"]),
        timeline_of("three_functions", &[]),
        Page::of("texts-of-a-crowd", a_crowd()),
    ];
    let browser = Browser::start(Look::default());
    for page in pages {
        for width in WIDTHS {
            browser.set_size(width, 900);
            browser.open(&page.0);
            assert_eq!(browser.ask(OVERLAPS), json!([]), "{page:?}, {width} pixels");
        }
    }
}

/// Texts whose contrast is below 4.5 : 1: those of the canvas by the colours that it uses, the others as they stand.
const PALE: &str = "(() => {
    const rgb = colour => colour.match(/[0-9.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z + 0.05;
    };
    const contrast = (a, b) => Math.max(light(a), light(b)) / Math.min(light(a), light(b));
    const probe = document.body.appendChild(document.createElement('i'));
    const named = name => {
        probe.style.color = `var(--${name})`;
        return rgb(getComputedStyle(probe).color);
    };
    const pairs = [['on-task', 'task'], ['on-task', 'block'], ['back', 'cursor']];
    for (const back of ['back', 'stripe', 'sleep', 'chosen']) {
        for (const text of ['ink', 'soft', 'task', 'socket', 'timer', 'job', 'bad']) pairs.push([text, back]);
    }
    const pale = pairs.filter(([text, back]) => contrast(named(text), named(back)) < 4.5).map(pair => pair.join(' on '));
    probe.remove();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode, element = text.parentElement;
        if (!text.data.trim() || element.matches('script, option') || !element.getClientRects().length) continue;
        let behind = element;
        while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
        const found = contrast(rgb(getComputedStyle(element).color), rgb(getComputedStyle(behind ?? document.body).backgroundColor));
        if (found < 4.5) pale.push(`${text.data} (${found.toFixed(2)})`);
    }
    return pale;
})()";

#[test]
fn every_text_can_be_read() {
    let pages = [timeline_of("wget", &[]), timeline_of("mistakes", &["--delay", "0.15"])];
    let browser = Browser::start(Look::default());
    for page in pages {
        for words in ["light", "dark"] {
            browser.open_with(&page.0, words);
            assert_eq!(browser.ask(PALE), json!([]), "{page:?}, {words}");
        }
    }
}

#[test]
fn the_lanes_can_be_saved_as_a_picture() {
    let page = timeline_of("wget", &[]);
    let browser = Browser::start(Look::default());
    browser.open(&page.0);
    let url = browser.text("glassloop.picture().toDataURL('image/png')");
    assert!(url.starts_with("data:image/png;base64,") && url.len() > 10_000, "{} bytes", url.len());
    assert_eq!(browser.complaints_and_requests(), [""; 0]);
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
