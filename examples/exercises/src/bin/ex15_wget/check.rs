//! Lets `wget` ask servers that are driven by hand: what it has sent and printed by then says how it works.

use std::{sync::mpsc, time::Instant};

use crate::harness::{Exercise, Verdict, ensure, fail};

#[path = "messages.rs"]
mod messages;
#[path = "world.rs"]
mod world;

use messages::MESSAGES;
use world::{Full, PATIENCE, Run, Server, Takes, Unrest, refusing, threads_started};

pub const EXERCISE: Exercise = Exercise { number: 15, messages: MESSAGES, check };

/// How many lines the long head has.
const LONG: usize = 1_500;

/// How many bytes the long line has.
const LONG_LINE: usize = 20_000;

/// So many bytes as no operating system takes at once for somebody who does not read.
const TOO_MUCH: usize = 8 << 20;

fn check() -> Verdict {
    returns_at_once_if_there_is_nothing_to_do()?;
    asks_all_at_once()?;
    asks_while_another_connects()?;
    sees_all_events_of_a_sleep()?;
    reads_all_there_is()?;
    sees_the_ends()?;
    goes_on_after_a_failure()?;
    sends_all_of_a_request()?;
    asks_each_entry()?;
    works_a_second_time()?;
    prints_all_kinds_of_lines()
}

fn returns_at_once_if_there_is_nothing_to_do() -> Verdict {
    ensure(Run::start(&[], None).ends(), "nothing-to-do", &[&0])
}

/// Three servers that answer when all of them were asked, and then leave the connection open.
fn asks_all_at_once() -> Verdict {
    let servers = ["north", "east", "south"].map(Server::start);
    let threads_before = threads_started();
    let mut run = Run::start(&servers.each_ref().map(Server::host), None);
    let deadline = Instant::now() + PATIENCE;
    let requests = servers.each_ref().map(|server| server.request(deadline));
    let open = requests.iter().flatten().count();
    if open < servers.len() {
        servers.into_iter().for_each(Server::close);
        run.ends(); // it may have panicked
        ensure(open > 0, "no-request", &[])?;
        return fail("one-at-a-time", &[&open]);
    }
    for (server, request) in servers.iter().zip(requests.iter().flatten()) {
        let expected = request_for(&server.name);
        let (sent, right) = (shown(request), shown(expected.as_bytes()));
        ensure(*request == expected.as_bytes(), "wrong-request", &[&server.name, &sent, &right])?;
    }
    match run.unrest() {
        Some(Unrest::Computes(time)) => return fail("spinning", &[&time.as_millis()]),
        Some(Unrest::WakesUp(n, time)) => {
            return fail("wakes-by-the-clock", &[&n, &time.as_millis()]);
        }
        None => {}
    }
    answer_in_turn(&servers, &mut run)?;
    // Since then: the thread of the run, and that which asks now.
    if let (Some(before), Some(now)) = (threads_before, threads_started()) {
        let more = now.saturating_sub(before + 2);
        ensure(more == 0, "more-threads", &[&more])?;
    }
    Ok(())
}

/// Each server answers when what the one before it has sent was printed: the second first, the first last.
fn answer_in_turn(servers: &[Server; 3], run: &mut Run) -> Verdict {
    let [north, east, south] = servers;
    let in_turn = [east, south, north];
    for (turn, server) in in_turn.into_iter().enumerate() {
        let name = &server.name;
        server.send(head_of(server));
        if run.prints(name, 2) {
            // It is done with. Whoever has kept its socket is told of this.
            server.send("body\r\n\r\n");
            continue;
        }
        let lines = run.lines_of(name).len();
        servers.iter().filter(|other| run.lines_of(&other.name).is_empty()).for_each(|other| {
            if other.name != *name {
                other.send(head_of(other));
            }
        });
        let has_ended = run.ends();
        for done in &in_turn[..turn] {
            compare(run, &done.name, &lines_of_head(&done.name))?;
        }
        compare(run, name, &lines_of_head(name)[..if has_ended { 2 } else { lines }])?;
        ensure(lines == 0, "edge-missed", &[&lines, &2])?;
        let is_printed = run.lines_of(name).len() >= 2;
        return fail(if is_printed { "waits-for-the-others" } else { "not-woken" }, &[name]);
    }
    let has_ended = run.ends();
    for server in servers {
        let name = &server.name;
        compare(run, name, &lines_of_head(name))?;
    }
    ensure(has_ended, "reads-on", &[])
}

fn head_of(server: &Server) -> String {
    format!("{}\r\n\r\n", lines_of_head(&server.name).join("\r\n"))
}

fn lines_of_head(name: &str) -> [String; 2] {
    ["HTTP/1.0 200 OK".to_string(), format!("Server: {name}")]
}

/// One host does not accept its connection, where that can be had: the other one is asked meanwhile.
fn asks_while_another_connects() -> Verdict {
    let full = if cfg!(target_os = "linux") { Full::start() } else { None };
    let Some(full) = full else { return Ok(()) };
    let server = Server::start("quick");
    let mut run = Run::start(&[("full".to_string(), full.address), server.host()], None);
    if server.request(Instant::now() + PATIENCE).is_none() {
        run.ends(); // it may have panicked
        return fail("connect-blocks", &[]);
    }
    server.send(head_of(&server));
    run.prints("quick", 2);
    match run.lines_of("full").first() {
        Some(line) => fail("connect-not-awaited", &[&"full", &shown(line.as_bytes())]),
        None => Ok(()),
    }
}

/// A head that comes in two parts, cut in the middle of a line. When the first line is printed, all of the second part
/// is sent before `print` returns: so it is told by one event, and no other one follows.
fn reads_all_there_is() -> Verdict {
    let server = Server::start("west");
    let (go_on, may_go_on) = mpsc::channel();
    let mut run = Run::start(&[server.host()], Some(may_go_on));
    server.request(Instant::now() + PATIENCE);
    let mut expected = vec!["HTTP/1.0 200 OK".to_string()];
    expected.extend((1..LONG).map(|n| format!("X-Line-{n}: {n:030}")));
    let head = format!("{}\r\n\r\n", expected.join("\r\n"));
    let (begin, rest) = head.split_at(20);
    server.send(begin);
    if !run.prints("west", 1) {
        run.ends(); // it may have panicked
        return fail("late", &[]);
    }
    server.send(rest);
    let _ = go_on.send(());
    let has_ended = run.ends();
    let lines = run.lines.len();
    compare(&run, "west", &expected[..if has_ended { LONG } else { lines.min(LONG) }])?;
    ensure(lines >= LONG, "edge-missed", &[&lines, &LONG])?;
    ensure(has_ended, "reads-on", &[])
}

/// Three answers come while `print` is held, so the next sleep brings them all.
fn sees_all_events_of_a_sleep() -> Verdict {
    let gate = Server::start("gate");
    let others = ["one", "two", "three"].map(Server::start);
    let mut hosts = others.each_ref().map(Server::host).to_vec();
    hosts.push(gate.host());
    let (go_on, may_go_on) = mpsc::channel();
    let mut run = Run::start(&hosts, Some(may_go_on));
    let deadline = Instant::now() + PATIENCE;
    others.iter().chain([&gate]).for_each(|server| drop(server.request(deadline)));
    gate.send("HTTP/1.0 200 OK\r\n");
    if !run.prints("gate", 1) {
        run.ends(); // it may have panicked
        return fail("late", &[]);
    }
    others.iter().for_each(|server| server.send(head_of(server)));
    let _ = go_on.send(());
    let all_are_served = others.iter().all(|server| run.prints(&server.name, 2));
    gate.send("\r\n");
    if !all_are_served {
        run.ends(); // it may have panicked
        let served = others.iter().filter(|server| run.lines_of(&server.name).len() >= 2).count();
        return fail("events-lost", &[&served]);
    }
    Ok(())
}

/// Ends of all kinds. `print` is held at the first line until all of them have come.
fn sees_the_ends() -> Verdict {
    let gate = Server::start("gate");
    let [short, mute, brief] = ["short", "mute", "brief"].map(Server::start);
    let reset = Server::which("reset", Takes::Never);
    let (go_on, may_go_on) = mpsc::channel();
    let hosts = [&gate, &short, &mute, &brief, &reset].map(Server::host);
    let mut run = Run::start(&hosts, Some(may_go_on));
    let deadline = Instant::now() + PATIENCE;
    for server in [&gate, &short, &mute, &brief, &reset] {
        server.request(deadline);
    }
    gate.send("HTTP/1.0 200 OK\r\n");
    run.prints("gate", 1);
    short.send("HTTP/1.0 200 OK\r\nServer: sh");
    brief.send(head_of(&brief));
    for server in [short, mute, brief, reset] {
        server.close();
    }
    let _ = go_on.send(());
    gate.send("\r\n");
    ensure(run.ends(), "end-not-seen", &[])?;
    for (name, lines) in [("short", 1), ("mute", 0), ("reset", 0)] {
        expect_failure(&mut run, name, "silent-close")?;
        compare(&run, name, &lines_of_head(name)[..lines])?;
    }
    compare(&run, "brief", &lines_of_head("brief"))
}

/// One host refuses, one is at no address that can be asked, another one answers.
fn goes_on_after_a_failure() -> Verdict {
    let server = Server::start("open");
    let mut hosts = vec![("closed".to_string(), refusing()), server.host()];
    // Linux says so at once, other systems may take their time.
    let failing = if cfg!(target_os = "linux") { &["closed", "nowhere"][..] } else { &["closed"] };
    hosts.extend(failing.get(1).map(|name| (name.to_string(), ([255; 4], 80).into())));
    let mut run = Run::start(&hosts, None);
    if server.request(Instant::now() + PATIENCE).is_some() {
        server.send(head_of(&server));
    }
    let has_ended = run.ends();
    for name in failing {
        expect_failure(&mut run, name, "silent-failure")?;
        compare(&run, name, &[])?;
    }
    compare(&run, "open", &lines_of_head("open"))?;
    ensure(has_ended, "nothing-to-do", &[&hosts.len()])
}

/// A host with a very long name, whose server reads when another one was answered.
fn sends_all_of_a_request() -> Verdict {
    let server = Server::which(&"n".repeat(TOO_MUCH), Takes::Late);
    let other = Server::start("other");
    let mut run = Run::start(&[server.host(), other.host()], None);
    other.request(Instant::now() + PATIENCE);
    other.send(head_of(&other));
    run.prints("other", 2);
    server.take_request();
    let request = server.request(Instant::now() + PATIENCE * 2).unwrap_or_default();
    let expected = request_for(&server.name);
    if request != expected.as_bytes() {
        server.close();
        run.ends(); // it may have panicked
        return fail("half-request", &[&expected.len(), &request.len()]);
    }
    Ok(())
}

/// The same host twice.
fn asks_each_entry() -> Verdict {
    let servers = Server::twins("twin");
    let mut run = Run::start(&servers.each_ref().map(Server::host), None);
    let deadline = Instant::now() + PATIENCE;
    let requests = servers.iter().filter_map(|server| server.request(deadline)).count();
    if requests < servers.len() {
        return fail("asked-once", &[&requests]);
    }
    for (number, server) in servers.iter().enumerate() {
        server.send(format!("HTTP/1.0 {number}\r\n\r\n"));
        if !run.prints("twin", number + 1) {
            break;
        }
    }
    let has_ended = run.ends();
    compare(&run, "twin", &[0, 1].map(|number| format!("HTTP/1.0 {number}")))?;
    ensure(has_ended, "reads-on", &[])
}

/// Whether a first call leaves anything may depend on the moment at which an answer comes: so it is tried a few times.
fn works_a_second_time() -> Verdict {
    (0..3).try_for_each(|_| works_twice())
}

/// Two calls on one thread. What is left of the first must not get into the second.
fn works_twice() -> Verdict {
    let [one, other, again] = ["one", "other", "again"].map(Server::start);
    let mut run = Run::of_calls(&[&[one.host(), other.host()], &[again.host()]], None);
    for server in [&one, &other, &again] {
        if server.request(Instant::now() + PATIENCE).is_none() {
            run.ends(); // it may have panicked
            return fail("once-only", &[&server.name]);
        }
        server.send(head_of(server));
        run.prints(&server.name, 2);
    }
    let has_ended = run.ends();
    compare(&run, "again", &lines_of_head("again"))?;
    ensure(has_ended, "once-only", &[&"again"])
}

/// Lines with both kinds of ends, spaces at both ends, bytes that are no ASCII; cut where it hurts. What ends in the
/// middle of a line is sent when the line before it was printed.
fn prints_all_kinds_of_lines() -> Verdict {
    let server = Server::start("mixed");
    let mut run = Run::start(&[server.host()], None);
    server.request(Instant::now() + PATIENCE);
    let pieces = [
        &b"HTTP/1.0 200 OK\nX-City: \xe5\x8c\x97\xe4\xba"[..],
        b"\xac\r\nX-Cut: here\r",
        b"\n  folded  \r\nX-Latin: caf\xe9!\n",
    ];
    let last = format!("Last: {}", "1".repeat(LONG_LINE));
    let expected = ["HTTP/1.0 200 OK", "X-City: 北京", "X-Cut: here", "  folded  "];
    for (lines, piece) in (1..).zip(pieces) {
        server.send(piece);
        if !run.prints("mixed", lines) {
            break;
        }
    }
    if run.lines.is_empty() {
        run.ends(); // it may have panicked
        return fail("bare-newline", &[]);
    }
    if run.lines.len() >= 3 && run.prints("mixed", 5) {
        server.send(format!("{last}\r\n\r"));
        if run.prints("mixed", 6) {
            server.send("\n");
        }
    }
    let has_ended = run.ends();
    let mut expected = expected.map(str::to_string).to_vec();
    // How what is no UTF-8 is printed is left to the answer.
    let latin = run.lines_of("mixed").into_iter().nth(4);
    let latin = latin.as_deref().and_then(|line| line.strip_prefix("mixed header > "));
    let is_right = |line: &&str| line.starts_with("X-Latin: caf") && line.ends_with('!');
    expected.push(latin.filter(is_right).unwrap_or("X-Latin: caf\u{FFFD}!").to_string());
    expected.push(last);
    compare(&run, "mixed", &expected)?;
    ensure(has_ended, "reads-on", &[])
}

fn request_for(name: &str) -> String {
    format!("GET / HTTP/1.0\r\nHost: {name}\r\n\r\n")
}

/// Compares what was printed of a host with the header lines it has sent.
fn compare(run: &Run, name: &str, expected: &[String]) -> Verdict {
    let printed = run.lines_of(name);
    let expected = expected.iter().map(|line| format!("{name} header > {line}"));
    let mut right = expected.clone();
    for (number, line) in (1..).zip(&printed) {
        let Some(right) = right.next() else {
            return fail("one-too-many", &[&name, &words(line)]);
        };
        let (one, other) = (words(line), words(&right));
        ensure(*line == right, "wrong-lines", &[&name, &number, &one, &other])?;
    }
    match right.next() {
        Some(line) => fail("missing-line", &[&name, &(printed.len() + 1), &words(&line)]),
        None => Ok(()),
    }
}

/// The last that was printed of a host says that it failed. Takes it out.
fn expect_failure(run: &mut Run, name: &str, id: &'static str) -> Verdict {
    let (start, failed) = (format!("{name} "), format!("{name} failed: "));
    let last = run.lines.iter().rposition(|line| line.starts_with(&start));
    match last.filter(|&at| run.lines[at].starts_with(&failed)) {
        Some(at) => {
            run.lines.remove(at);
            Ok(())
        }
        None => fail(id, &[&name, &failed.trim_end()]),
    }
}

/// A line in quotation marks, no more of it than can be looked at.
fn words(line: &str) -> String {
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{:?}… ({} bytes)", &line[..end], line.len()),
        None => format!("{line:?}"),
    }
}

/// Bytes as a literal of Rust, no more of them than can be looked at.
fn shown(bytes: &[u8]) -> String {
    match bytes.get(..200) {
        Some(begin) => format!("\"{}…\" ({} bytes)", begin.escape_ascii(), bytes.len()),
        None => format!("\"{}\"", bytes.escape_ascii()),
    }
}
