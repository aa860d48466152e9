//! `GLASSLOOP=live`: what its server says to whom, and that nobody who looks on holds the program.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStderr, Command, Stdio},
    time::{Duration, Instant},
};

use programs::example;

#[path = "common/programs.rs"]
mod programs;

/// A program that can be watched.
struct Watched {
    process: Child,
    stderr: BufReader<ChildStderr>,
    address: SocketAddr,
    /// Of the page, with the token.
    path: String,
    /// The line that names them.
    told: String,
}

impl Watched {
    fn start(mut command: Command, views: &str) -> Watched {
        command.env("GLASSLOOP", views);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        // A program may have said something before.
        let mut lines =
            std::iter::from_fn(|| Some(line(&mut stderr)).filter(|line| !line.is_empty()));
        let told = lines.find(|line| line.starts_with("live: ")).expect("it says where");
        let url = told.strip_prefix("live: http://").and_then(|rest| rest.split(' ').next());
        let (address, path) = url.and_then(|url| url.split_once('/')).expect(&told);
        let (address, path) = (address.parse().unwrap(), format!("/{path}"));
        Watched { process, stderr, address, path, told }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// What is answered to this request line, with the right `Host`.
    fn ask(&self, line: &str) -> String {
        self.ask_with(line, &format!("Host: {}", self.address))
    }

    fn ask_with(&self, line: &str, fields: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(format!("{line} HTTP/1.1\r\n{fields}\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The events, as far as they have been asked for and not yet read.
    fn watch(&self, fields: &str) -> BufReader<TcpStream> {
        let mut stream = self.connect();
        let (path, address) = (&self.path, self.address);
        let request = format!("GET {path}events HTTP/1.1\r\nHost: {address}\r\n{fields}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut events = BufReader::new(stream);
        let head = line(&mut events);
        assert_eq!(head, "HTTP/1.1 200 OK\r\n");
        while line(&mut events) != "\r\n" {}
        events
    }

    /// What it says on stdout until it ends.
    fn rest(mut self) -> String {
        let mut said = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(self.process.wait().unwrap().success());
        said
    }

    fn warning(&mut self) -> String {
        line(&mut self.stderr)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line
}

/// One of the pieces that come: the records' numbers, and the text.
struct Piece {
    id: String,
    first: u64,
    length: u64,
    data: String,
}

/// The next piece; `None` at the end, which is said.
fn piece(events: &mut impl BufRead) -> Option<Piece> {
    let mut id = String::new();
    loop {
        let line = line(events);
        assert!(!line.is_empty(), "it ends without a word");
        if line == "event: end\n" {
            return None;
        }
        if let Some(told) = line.strip_prefix("id: ") {
            id = told.trim().to_string();
        }
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let (_, first) = data.split_once("\"first\":").unwrap();
        let first = first.split(',').next().unwrap().parse().unwrap();
        let (_, records) = data.split_once("\"records\":{\"records\":[").unwrap();
        let (records, _) = records.split_once("],\"lost\"").unwrap();
        let length = records.matches("],[").count() as u64 + 1;
        return Some(Piece { id, first, length, data: data.to_string() });
    }
}

/// All pieces up to the end, as text.
fn all(events: &mut impl BufRead) -> String {
    let pieces = std::iter::from_fn(|| piece(events).map(|piece| piece.data));
    pieces.collect()
}

/// A test of this file as a program of its own.
fn program(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]);
    command
}

/// Run by other tests: so many records as this variable says.
#[test]
#[ignore = "it is a program for other tests"]
fn a_busy_program() {
    let times = env::var("TIMES").unwrap().parse().unwrap();
    glassloop::run(async move {
        glassloop::create_task(async move {
            for _ in 0..times {
                glassloop::yield_now().await;
            }
        })
        .await
        .unwrap();
    });
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        println!("at most {}", most.unwrap_or_default().trim());
    }
}

/// Run by other tests: it never ends by itself.
#[test]
#[ignore = "it is a program for other tests"]
fn a_program_that_yields_for_ever() {
    glassloop::run(async {
        loop {
            glassloop::yield_now().await;
        }
    });
}

/// It takes three records to yield once.
fn busy(records: u64) -> Command {
    let mut command = program("a_busy_program");
    command.env("TIMES", (records / 3).to_string());
    command
}

#[test]
fn a_short_program_waits_for_the_first_browser_and_lingers_until_that_has_everything() {
    let program = Watched::start(example("coroutine"), "live");
    assert!(program.told.contains("open it in a browser, and the program starts"));
    for _ in 0..20 {
        // A page that is fetched is not yet one that watches.
        assert!(program.ask(&format!("GET {}", program.path)).starts_with("HTTP/1.1 200 OK"));
    }
    let mut events = program.watch("");
    let told = all(&mut events);
    for word in ["\"loop starts\"", "\"poll\"", "\"loop ends\"", "coroutine.rs"] {
        assert!(told.contains(word), "{word} is missing in {told}");
    }
    drop(events);
    assert!(program.rest().contains("After calling loop"));
}

#[test]
fn enter_starts_it_without_a_browser_and_then_nobody_is_waited_for() {
    let mut program = Watched::start(example("coroutine"), "live");
    program.process.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(program.rest().contains("After calling loop"));
}

#[test]
fn with_nowait_it_neither_waits_nor_lingers() {
    let program = Watched::start(example("coroutine"), "live,nowait");
    assert!(program.told.ends_with("; open it in a browser\n"));
    assert!(program.rest().contains("After calling loop"));
}

#[test]
fn who_waits_takes_no_time_by_the_loops_clock() {
    let program = Watched::start(example("coroutine"), "live");
    let waited = Instant::now();
    while waited.elapsed() < Duration::from_millis(1500) {
        program.ask("GET /");
    }
    let told = all(&mut program.watch(""));
    let (_, first) = told.split_once("\"records\":{\"records\":[[").unwrap();
    let first: u64 = first.split(',').next().unwrap().parse().unwrap();
    assert!(first < waited.elapsed().as_nanos() as u64 - 1_400_000_000, "{first} ns");
}

#[test]
fn only_who_knows_the_token_and_asks_by_address_may_look() {
    let program = Watched::start(example("coroutine"), "live");
    let Watched { path, address, .. } = &program;
    let status = |answer: String| answer.split(' ').nth(1).unwrap_or_default().to_string();
    let get = format!("GET {path}");
    assert_eq!(status(program.ask(&get)), "200");
    let events = format!("GET {path}events");
    for host in ["evil.example", &format!("evil.example:{}", address.port()), "127.0.0.1"] {
        for request in [&get, &events] {
            assert_eq!(status(program.ask_with(request, &format!("Host: {host}"))), "403");
        }
    }
    assert_eq!(status(program.ask_with(&get, "Accept: */*")), "403");
    for path in ["/", "/favicon.ico", "/00000000000000000000000000000000/", &path[..20]] {
        let answer = program.ask(&format!("GET {path}"));
        assert_eq!(status(answer.clone()), "403", "{path}");
        assert!(
            answer.ends_with(
                "the whole address that the program has printed: each run has a different one.\n"
            ),
            "{answer}"
        );
    }
    let post = program.ask_with(
        &format!("POST {path}"),
        &format!("Host: {address}\r\nContent-Length: 9\r\n\r\nquit=true"),
    );
    assert!(post.starts_with("HTTP/1.1 405 ") && post.contains("\r\nAllow: GET\r\n"), "{post}");
    assert_eq!(status(program.ask("GET")), "400");
}

#[test]
fn the_page_may_ask_its_own_server_and_nobody_else() {
    let program = Watched::start(example("coroutine"), "live");
    let page = program.ask(&format!("GET {}", program.path));
    let (head, page) = page.split_once("\r\n\r\n").unwrap();
    for field in
        ["Referrer-Policy: no-referrer", "X-Frame-Options: DENY", "Cache-Control: no-store"]
    {
        assert!(head.contains(field), "{head}");
    }
    let policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
    assert_eq!(page.matches(&format!("content=\"{policy}; connect-src 'self'\"")).count(), 1);
    // What is saved has the policy of a file, and nothing on the page has the token.
    assert_eq!(page.matches(&format!("content=\\\"{policy}\\\"")).count(), 1);
    assert_eq!(page.matches(program.path.trim_matches('/')).count(), 0);
    assert!(!glassloop::views::timeline(&[]).contains("connect-src"));
}

#[test]
fn a_browser_that_comes_again_goes_on_where_it_was() {
    let program = Watched::start(busy(20_000), "live");
    let mut events = program.watch("");
    let first = piece(&mut events).unwrap();
    assert_eq!((first.first, first.id.clone()), (0, first.length.to_string()));
    let mut again = program.watch(&format!("Last-Event-ID: {}\r\n", first.id));
    drop(events);
    assert_eq!(piece(&mut again).unwrap().first, first.length);
    all(&mut again);
}

#[test]
fn a_seventeenth_browser_is_told_that_there_is_no_room() {
    let mut stay = example("site");
    stay.args(["127.0.0.1:0"]);
    let program = Watched::start(stay, "live");
    let watching: Vec<_> = (0..16).map(|_| program.watch("")).collect();
    // The page says so, and the events of a page that was there before.
    let mut events = program.connect();
    let request =
        format!("GET {}events HTTP/1.1\r\nHost: {}\r\n\r\n", program.path, program.address);
    events.write_all(request.as_bytes()).unwrap();
    assert_eq!(line(&mut BufReader::new(events)), "HTTP/1.1 503 Service Unavailable\r\n");
    let answer = program.ask(&format!("GET {}", program.path));
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("Too many browsers watch this program already"), "{answer}");
    drop(watching);
    // Their places are free once the server has noticed that they have gone.
    while program.ask(&format!("GET {}", program.path)).starts_with("HTTP/1.1 503") {}
}

#[test]
fn a_browser_that_reads_nothing_is_let_go_and_its_place_is_free() {
    let program = Watched::start(program("a_program_that_yields_for_ever"), "live");
    let get = format!("GET {}", program.path);
    let stuck: Vec<_> = (0..16).map(|_| program.watch("")).collect();
    assert!(program.ask(&get).starts_with("HTTP/1.1 503 "));
    // The records fill what the system keeps for a socket; from then on nothing can be sent.
    let began = Instant::now();
    while program.ask(&get).starts_with("HTTP/1.1 503 ") {
        assert!(began.elapsed() < Duration::from_secs(120), "they still have their places");
    }
    drop(stuck);
}

/// Linux tells what a process has open.
#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_connects_leave_nothing_behind() {
    let mut stay = example("site");
    stay.args(["127.0.0.1:0"]);
    let program = Watched::start(stay, "live");
    let process = format!("/proc/{}", program.process.id());
    let open = |what: &str| std::fs::read_dir(format!("{process}/{what}")).unwrap().count();
    let mut events = program.watch("");
    piece(&mut events).unwrap();
    let before = (open("fd"), open("task"));
    for _ in 0..100 {
        // No more at once, or some would wait for a second for their place in the system's queue.
        let connect = |number| {
            let mut stream = program.connect();
            if number % 3 == 1 {
                let _ = stream.write_all(b"GET / HTTP/1.1\r\n");
            }
            stream
        };
        let mut streams: Vec<TcpStream> = (0..100).map(connect).collect();
        let mut said = String::new();
        streams[99].read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 503 "), "the others have all the places: {said}");
        assert!(open("fd") <= before.0 + 65, "those that may be served, and one that is refused");
        drop(streams);
        // A thread of the program itself may have ended meanwhile.
        while open("fd") > before.0 || open("task") > before.1 {
            std::thread::yield_now();
        }
    }
}

/// What ten clients do to a program, each in another way; and two million records do to its memory.
#[test]
fn nobody_who_looks_on_holds_the_program_and_its_memory_is_bounded() {
    const RECORDS: u64 = 2_000_000;
    let program = Watched::start(busy(RECORDS), "live");
    let mut first = program.watch("");
    let never_reads = program.watch("");
    let leaves = program.watch("");
    let says_nothing = program.connect();
    let readers: Vec<_> = (0..6).map(|_| program.watch("")).collect();
    let readers = readers
        .into_iter()
        .map(|mut reader| std::thread::spawn(move || while piece(&mut reader).is_some() {}));
    let readers: Vec<_> = readers.collect();
    drop(leaves);
    let (mut next, mut got, mut missing) = (0, 0, 0);
    while let Some(piece) = piece(&mut first) {
        missing += piece.first - next;
        (next, got) = (piece.first + piece.length, got + piece.length);
    }
    assert!(next >= RECORDS && got + missing == next, "{got} + {missing} of {next}");
    drop((first, says_nothing));
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    let said = program.rest();
    drop(never_reads);
    if let Some((_, most)) = said.split_once("at most ") {
        let kilobytes: u64 = most.split(' ').next().unwrap().parse().unwrap();
        println!("{kilobytes} kB; {missing} records missing");
        assert!(kilobytes < 250_000, "{kilobytes} kB");
    }
}

#[test]
fn who_reads_too_slowly_misses_records_of_the_middle_and_gets_the_last() {
    let program = Watched::start(busy(600_000), "live");
    let mut slow = program.watch("");
    let mut quick = program.watch("");
    piece(&mut slow).unwrap();
    let mut last = 0;
    while let Some(piece) = piece(&mut quick) {
        last = piece.first + piece.length;
        if last > 450_000 {
            break;
        }
    }
    assert!(last > 450_000);
    let (mut next, mut missing) = (0, 0);
    while let Some(piece) = piece(&mut slow) {
        missing += piece.first.saturating_sub(next);
        next = piece.first + piece.length;
        if missing > 0 {
            break;
        }
    }
    assert!(missing > 0, "nothing was missing");
}

#[test]
fn several_loops_are_chapters_of_one_page() {
    let mut mistakes = example("mistakes");
    mistakes.args(["--delay", "0.02"]);
    let program = Watched::start(mistakes, "live");
    let told = all(&mut program.watch(""));
    for number in 0..8 {
        assert!(told.contains(&format!("{{\"loop\":{number},\"first\":0,")), "{number}");
    }
    assert!(told.contains("\"name\":\"Mistake 1: a blocking call in a coroutine\""));
}

#[test]
fn an_address_beyond_the_loopback_is_served_with_a_warning() {
    let mut program = Watched::start(example("coroutine"), "live=0.0.0.0:0,nowait");
    assert_eq!(program.address.ip().to_string(), "127.0.0.1");
    let warning = program.warning();
    assert!(
        warning.contains("addresses of all peers, and lines of the program's source"),
        "{warning}"
    );
    let mut program = Watched::start(example("coroutine"), "live=localhost:0,nowait");
    assert_eq!(program.warning(), "");
}

#[test]
fn an_address_that_cannot_be_had_is_a_clear_line_and_the_program_goes_on() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let views = format!("live={}", taken.local_addr().unwrap());
    let run = example("coroutine").env("GLASSLOOP", &views).output().unwrap();
    let said = programs::stderr(&run);
    assert!(run.status.success());
    assert!(said.starts_with(&format!("glassloop: {views} cannot be served: ")), "{said}");
    assert!(said.trim().ends_with("the program goes on without it"), "{said}");
}

#[test]
fn virtual_time_is_said_to_be_virtual() {
    let program = Watched::start(program("a_program_in_virtual_time"), "live");
    let told = all(&mut program.watch(""));
    assert!(told.contains("\"virtual\":true") && told.contains("sleep 1000s"), "{told}");
    let program = Watched::start(example("coroutine"), "live");
    assert!(all(&mut program.watch("")).contains("\"virtual\":false"));
}

#[test]
#[ignore = "it is a program for other tests"]
fn a_program_in_virtual_time() {
    let event_loop = glassloop::EventLoop::builder().virtual_time().build().unwrap();
    event_loop.run_until_complete(glassloop::sleep(Duration::from_secs(1000)));
}

#[test]
fn what_others_have_written_is_text_in_the_events() {
    let program = Watched::start(program("a_program_with_a_hostile_name"), "live");
    let mut stream = program.watch("");
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.contains("\\u003c/script>\\u000a\\u000aevent: end"), "{told}");
    assert_eq!(told.matches("\nevent: end\n").count(), 1);
}

#[test]
#[ignore = "it is a program for other tests"]
fn a_program_with_a_hostile_name() {
    glassloop::run(async {
        let task = glassloop::create_task(async {});
        task.set_name("</script>\n\nevent: end\n\n");
        task.await.unwrap();
    });
}
