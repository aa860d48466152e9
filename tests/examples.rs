//! The examples do what their first lines say, and what goes wrong comes out as one clear line each.

use std::{
    io,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::Output,
    sync::mpsc,
    thread,
    time::Duration,
};

use programs::{Running, example, nobody, site, stderr, stdout};
use socket2::SockRef;

#[path = "common/programs.rs"]
mod programs;

fn wget<S: AsRef<str>>(words: &[S]) -> Output {
    example("wget").args(words.iter().map(S::as_ref)).output().unwrap()
}

/// A server for one client: reads its request, then does what the script says. Returns its address.
fn peer(script: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            (&stream).read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        script(stream);
    });
    address.to_string()
}

/// A server that answers with this, and closes.
fn says(answer: &'static [u8]) -> String {
    // The client may have had enough before the end.
    peer(move |mut stream| drop(stream.write_all(answer)))
}

#[test]
fn hello_greets_twice_and_says_what_a_closed_loop_says() {
    let output = example("hello").output().unwrap();
    assert_eq!(stdout(&output), "Hello world!\nHello again!\nevent loop is closed\n");
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
}

#[test]
fn the_story_of_hello_is_always_the_same() {
    let output = example("hello").env("GLASSLOOP", "story,notime").output().unwrap();
    assert_eq!(stdout(&output), "Hello world!\nHello again!\nevent loop is closed\n");
    let story = "\
loop starts: one thread, task 0 \"main\"                                            hello.rs:21
 ▶ 0 main                #1   runs
 ⏸ 0 main                     sleeps for 1s                                       hello.rs:15
── turn 1: polled 1, nothing ready → sleeps until the next timer
── woken by the deadline
 ⚡ 0 main                     because timer 0 went off
 ▶ 0 main                #2   runs
 ✓ 0 main                     ready after 2 polls
loop ends: 2 turns · 2 polls · 0 warnings
";
    assert_eq!(stderr(&output), story);
}

#[test]
fn a_story_for_a_terminal_without_utf_8_is_ascii() {
    let output = example("hello").env("GLASSLOOP", "story").env("LC_ALL", "C").output().unwrap();
    let story = stderr(&output);
    assert!(story.contains("loop starts") && story.is_ascii(), "{story}");
}

#[test]
fn an_unknown_view_is_an_error_that_names_the_known_ones() {
    let output = example("wget").env("GLASSLOOP", "tory").arg(nobody()).output().unwrap();
    let error = stderr(&output);
    assert!(error.starts_with("wget: GLASSLOOP knows no view \"tory\"; it knows story"), "{error}");
    assert_eq!((error.lines().count(), output.status.code()), (1, Some(1)));

    let output = example("hello").env("GLASSLOOP", "tory").output().unwrap();
    let error = stderr(&output);
    assert!(error.starts_with("hello: GLASSLOOP knows no view \"tory\""), "{error}");
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(1)));
}

#[test]
fn a_wrong_word_is_told_before_anything_is_printed() {
    let output = example("wget").env("GLASSLOOP", "story,tory").output().unwrap();
    assert!(stderr(&output).starts_with("wget: GLASSLOOP knows no view"), "{}", stderr(&output));
    let output = example("mistakes").env("GLASSLOOP", "tory").arg(nobody()).output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).lines().count()), ("", 1));
}

#[test]
fn help_lists_the_views_on_stdout_and_runs_nothing() {
    for (name, words) in [("hello", "Help"), ("wget", "story,help,html=nowhere/at/all")] {
        let output = example(name).env("GLASSLOOP", words).output().unwrap();
        let (out, error) = (stdout(&output), stderr(&output));
        assert!(
            out.starts_with("GLASSLOOP=VIEW,VIEW,... lets you watch a loop:\n  story "),
            "{out}"
        );
        assert_eq!((out.lines().count(), error.as_str(), output.status.code()), (12, "", Some(0)));
    }
}

#[test]
fn wget_without_a_host_asks_the_three_that_are_embedded() {
    let output = wget::<&str>(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("no host given: asking three"));
    assert_eq!(stderr(&output).lines().count(), 1);
    for (host, status) in [
        ("www.sina.com.cn", "302 Moved Temporarily"),
        ("www.sohu.com", "307 Temporary Redirect"),
        ("www.163.com", "301 Moved Permanently"),
    ] {
        let out = stdout(&output);
        let lines: Vec<_> = out.lines().filter(|line| line.contains(host)).collect();
        let header = |text: &str| format!("{host} header > {text}");
        assert_eq!(
            lines,
            [
                format!("wget {host}..."),
                header(&format!("HTTP/1.1 {status}")),
                header("Server: glassloop"),
                header("Content-Type: text/html; charset=utf-8"),
                header(&format!("Location: https://{host}/")),
                header("Cache-Control: max-age=60"),
                header("X-Via: 1.1 glassloop"),
                header("Content-Length: 52"),
                header("Connection: close"),
            ]
        );
    }
    assert_eq!(stdout(&output).lines().count(), 27);
}

#[test]
fn the_story_of_wget_waits_for_the_three_at_once_and_fits_the_terminal() {
    for (columns, most) in [(None, 100), (Some("70"), 70), (Some("wide"), 100), (Some("1"), 60)] {
        let mut wget = example("wget");
        wget.env("GLASSLOOP", "story").envs(columns.map(|columns| ("COLUMNS", columns)));
        let output = wget.output().unwrap();
        let story = stderr(&output);
        let lines: Vec<_> = story.lines().filter(|line| !line.starts_with("no host")).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= most), "{columns:?}: {story}");
        assert!(story.contains("waits for task 1"), "something can be read in any width: {story}");
        let time = |line: &str| line.split_whitespace().next().unwrap().parse::<f64>().unwrap();
        let with = |sign| lines.iter().filter(move |line| line.contains(sign));
        let ended: Vec<_> = with("✓").map(|line| time(line)).collect();
        let [sina, sohu, netease, main] = ended[..] else { panic!("{story}") };
        assert!(sina >= 80.0 && sohu >= 100.0 && netease >= 120.0 && main >= netease, "{story}");
        let waiting = with("⏸").take(4).map(|line| time(line));
        assert!(
            waiting.fold(0.0, f64::max) < sina,
            "all three wait before the first is done: {story}"
        );
    }
}

#[test]
fn the_tree_of_wget_is_printed_once_for_each_state() {
    let output = example("wget").env("GLASSLOOP", "tree").output().unwrap();
    let without_time = |line: &str| match line.split_once(", for ") {
        Some((state, rest)) => {
            format!("{state}{}", rest.split_once(" at ").map_or("", |(_, at)| at))
        }
        None => line.to_string(),
    };
    let shown = stderr(&output);
    let trees: Vec<String> = shown
        .split("── ")
        .skip(1)
        .map(|tree| tree.lines().skip(1).map(without_time).collect::<Vec<_>>().join("\n"))
        .collect();
    // On a busy machine two answers may be there at once: then there is one state less.
    assert!(trees.len() >= 2 && trees[0].lines().count() == 4, "all three wait at first: {shown}");
    assert!(trees.windows(2).all(|two| two[0] != two[1]), "{shown}");
}

#[test]
fn wget_tells_each_failure_in_one_line_and_the_others_go_on() {
    let well = says(b"HTTP/1.0 200 OK\r\nX-One: 1\r\n\r\nthe body");
    let refused = nobody();
    // A label of more than 63 letters: no name server needs to be asked to know that it does not exist.
    let nowhere = format!("{}.test", "x".repeat(64));
    let early = says(b"HTTP/1.0 200 OK\r\nX-Hal");
    let empty = says(b"");
    let endless = peer(|mut stream| drop(stream.write_all(&[b'x'; 1 << 20])));
    let reset = peer(|stream| {
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let late = says(b"HTTP/1.0 404 Not Found\n\n");
    let hosts = [&well, &refused, &nowhere, &early, &empty, &endless, &reset, &late];
    let output = wget(&hosts);
    assert_eq!(output.status.code(), Some(1));

    let errors = stderr(&output);
    let closed = "cannot read the header: the connection was closed before the blank line";
    let expected = [
        format!("{refused}: cannot connect to {refused}: "),
        format!("{nowhere}: cannot look up \"{nowhere}\": "),
        format!("{early}: {closed}"),
        format!("{empty}: {closed}"),
        format!("{endless}: cannot read the header: no separator within the limit of 65536 bytes"),
        format!("{reset}: cannot read the header: Connection reset"),
        "No network? cargo run --example wget needs none".into(), // since a name could not be looked up
    ];
    assert_eq!(errors.lines().count(), expected.len(), "{errors}");
    for (line, expected) in errors.lines().zip(expected) {
        assert!(line.starts_with(&expected) && line.len() < 300, "{line}\nnot {expected}");
    }
    let out = stdout(&output);
    let headers: Vec<_> = out.lines().filter(|line| line.contains(" header > ")).collect();
    for host in [&well, &late] {
        let answered = headers.iter().any(|line| line.starts_with(host.as_str()));
        assert!(answered, "{host} is missing: {headers:?}");
    }
    assert_eq!(headers.len(), 4, "two of {well}, one of {early} and of {late}: {headers:?}");
}

#[test]
fn wget_gives_up_on_a_host_that_accepts_and_says_nothing() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let output = wget(&[address.as_str(), "--timeout", "0.3"]);
    let error = stderr(&output);
    assert!(error.starts_with(&format!("{address}: timed out after 0.3 s while ")), "{error}");
    assert_eq!((error.lines().count(), output.status.code()), (1, Some(1)));
}

#[test]
fn wget_waits_for_a_slow_header_and_serves_the_other_hosts_meanwhile() {
    let (served, other_is_served) = mpsc::channel();
    let slow = peer(move |mut stream| {
        stream.write_all(b"HTTP/1.0 200 OK\r\nX-Sl").unwrap();
        other_is_served.recv().unwrap();
        stream.write_all(b"ow: yes\r\n\r\n").unwrap();
    });
    let quick = peer(move |mut stream| {
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the client has closed its side");
        served.send(()).unwrap();
    });
    let output = wget(&[&slow, &quick]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains(&format!("{slow} header > X-Slow: yes\n")));
}

#[test]
fn wget_shows_what_would_command_the_terminal_as_escapes() {
    let host = says(b"HTTP/1.0 200 OK\r\nX-Evil: \x1b]0;title\x07\x1b[2J\x9b\r\n\r\n");
    let output = wget(&[&host]);
    let out = stdout(&output);
    assert!(out.contains("X-Evil: \\u{1b}]0;title\\u{7}\\u{1b}[2J"), "{out}");
    assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{out:?}");
    assert!(output.status.success());
}

#[test]
fn wget_shows_what_would_turn_the_direction_of_writing_as_escapes_and_every_script_as_it_is() {
    let host = says(
        "HTTP/1.0 200 OK\r\nX-Evil: \u{202A}\u{202E}\u{2066}\u{2069}\u{200E}\u{200F}\u{61C}\u{85}\u{2028}\u{2029}.\r\n\
         X-Words: हिन्दी, עברית, cafe\u{301}, 画\\\"'\r\n\r\n"
            .as_bytes(),
    );
    let out = stdout(&wget(&[&host]));
    let evil = ["202a", "202e", "2066", "2069", "200e", "200f", "61c", "85", "2028", "2029"];
    let evil: String = evil.map(|code| format!("\\u{{{code}}}")).concat();
    let lines: Vec<_> = out.lines().skip(2).collect();
    let header = |text: &str| format!("{host} header > {text}");
    let words = header("X-Words: हिन्दी, עברית, cafe\u{301}, 画\\\"'");
    assert_eq!(lines, [header(&format!("X-Evil: {evil}.")), words]);
}

#[test]
fn wget_sends_a_request_that_names_the_host() {
    let (send, sent) = mpsc::channel();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head: Vec<String> =
            BufReader::new(&stream).lines().map_while(Result::ok).take(3).collect();
        send.send(head).unwrap();
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
    });
    assert!(wget(&[&address.to_string()]).status.success());
    assert_eq!(sent.recv().unwrap(), ["GET / HTTP/1.0", &format!("Host: {address}"), ""]);
}

#[test]
fn wget_explains_its_usage() {
    for wrong in [
        &["--timeout"][..],
        &["--timeout", "soon"],
        &["--timeout", "-1"],
        &["--timeout", "nan"],
        &["--verbose"],
        &[""],
        &[":80"],
        &["localhost:0"],
        &["localhost:99999"],
        &["http://localhost/"],
        &["local host"],
        &["local\x1bhost"],
    ] {
        let output = wget(wrong);
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {error}");
        assert!(error.starts_with("wget: ") && error.contains("\nusage: wget HOST"), "{error}");
        assert!(!error.contains('\x1b') && output.stdout.is_empty());
    }
    let output = wget(&["--help"]);
    assert!(output.status.success() && stderr(&output).is_empty());
    assert!(stdout(&output).starts_with("usage: wget HOST[:PORT]... [--timeout SECONDS]\n"));
}

#[test]
fn wget_ends_without_a_word_when_nobody_reads_what_it_prints() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let host = says(b"HTTP/1.0 200 OK\r\n\r\n");
    let output = example("wget").arg(&host).stdout(writer).output().unwrap();
    assert_eq!((stderr(&output).as_str(), output.status.code()), ("", Some(1)));
}

#[test]
fn each_example_ends_without_a_word_when_nobody_reads_what_it_prints() {
    for name in [
        "hello",
        "coroutine",
        "task_states",
        "three_functions",
        "callback",
        "many_tasks",
        "mistakes",
        "scrape_blocking",
    ] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = example(name).stdout(writer).output().unwrap();
        let error = stderr(&output);
        // But for the notice of the site, and for lints: the end comes in the middle of something.
        let is_word = |line: &&str| !line.starts_with("no ") && !line.starts_with("glassloop: ");
        let mut said = error.lines().filter(is_word);
        assert_eq!((said.next(), output.status.code()), (None, Some(1)), "{name}: {error}");
    }
}

/// No device is needed that is full: a file that may not grow is as good.
#[cfg(unix)]
#[test]
fn hello_says_why_it_cannot_print() {
    let folder = programs::Folder::new();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" > out"]);
    shell.arg(example("hello").get_program()).current_dir(&folder.0);
    let output = shell.env("LC_ALL", "C").env_remove("GLASSLOOP").output().unwrap();
    let error = stderr(&output);
    assert!(error.starts_with("hello: cannot print: File too large"), "{error}");
    assert_eq!((error.lines().count(), output.status.code()), (1, Some(1)));
}

#[cfg(unix)]
#[test]
fn a_word_that_is_not_utf_8_is_refused_and_not_changed() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    for (words, why) in [
        (&[&b"\xff:0"[..]][..], "\"\\xFF:0\" is not UTF-8"),
        (&[b"\xff \xff"], "\"\\xFF \\xFF\" is not UTF-8"),
        (&[b"--timeout", b"1\xff"], "\"1\\xFF\" is not UTF-8"),
        (&[b"--\xff"], "no such option: \"--\u{fffd}\""),
        (&[b"-\xff"], "no such option: \"-\u{fffd}\""),
    ] {
        let words = words.iter().map(|word| OsStr::from_bytes(word));
        let output = example("wget").args(words).output().unwrap();
        let error = stderr(&output);
        assert!(error.starts_with(&format!("wget: {why}\nusage: wget ")), "{error}");
        assert_eq!(output.status.code(), Some(2), "{error}");
    }
}

/// The head and the body of an answer of the site.
fn ask(site: &Running, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(site.address).unwrap();
    write!(stream, "{request}\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_string(), body.to_string())
}

#[test]
fn the_site_serves_its_pages_and_says_what_it_does_not_have() {
    let site = site();
    for (request, status, text) in [
        ("GET / HTTP/1.0", "HTTP/1.1 200 OK", "Portal"),
        ("GET /delay/0 HTTP/1.1", "HTTP/1.1 200 OK", "After 0 s"),
        ("GET /detail/7 HTTP/1.1", "HTTP/1.1 200 OK", "Movie 7"),
        ("GET /detail/0 HTTP/1.1", "HTTP/1.1 404 Not Found", "no such page"),
        ("GET /nowhere HTTP/1.1", "HTTP/1.1 404 Not Found", "no such page"),
        ("GET /delay/soon HTTP/1.1", "HTTP/1.1 400 Bad Request", "at most 30 seconds"),
        ("GET /delay/1e300 HTTP/1.1", "HTTP/1.1 400 Bad Request", "at most 30 seconds"),
        ("GET /search/flip?word=a%20b HTTP/1.1", "HTTP/1.1 200 OK", "Images of a%20b"),
        ("GET /search/flip?word=<b> HTTP/1.1", "HTTP/1.1 200 OK", "Images of b<"),
        ("GET /images/0-x.gif HTTP/1.1", "HTTP/1.1 404 Not Found", "no such page"),
        ("GET /flags/xx/xx.gif HTTP/1.1", "HTTP/1.1 404 Not Found", "no such page"),
        ("GET /redirect/soon HTTP/1.1", "HTTP/1.1 400 Bad Request", "from 1 to 100"),
        (
            "DELETE /anything HTTP/1.1",
            "HTTP/1.1 200 OK",
            "DELETE /anything HTTP/1.1\r\nHost: local",
        ),
        ("nonsense", "HTTP/1.1 400 Bad Request", "no request"),
    ] {
        let (head, body) = ask(&site, request);
        assert_eq!(head.lines().next(), Some(status), "{request}");
        assert!(body.contains(text), "{request}: {body}");
        let length = format!("Content-Length: {}\r\nConnection: close", body.len());
        assert!(head.ends_with(&length), "{head}");
    }
    let (head, body) = ask(&site, "HEAD / HTTP/1.1");
    assert!(head.starts_with("HTTP/1.1 200 OK") && body.is_empty());
}

#[test]
fn a_request_whose_length_is_not_clear_is_refused_before_more_of_it_is_read() {
    let site = site();
    for (lengths, status) in [
        ("Content-Length: 0\r\ncontent-length: 0", "200 OK"),
        ("Content-Length: 0\r\ncontent-length: 3", "400 Bad Request"),
        ("Content-Length: 0, 3", "400 Bad Request"),
        ("Content-Length: +0", "400 Bad Request"),
        ("Content-Length: 0x0", "400 Bad Request"),
        ("Content-Length: ", "400 Bad Request"),
        ("Content-Length : 0", "400 Bad Request"),
        ("Transfer-Encoding: chunked", "400 Bad Request"),
    ] {
        let (head, _) = ask(&site, &format!("POST /anything HTTP/1.1\r\n{lengths}"));
        assert_eq!(head.lines().next(), Some(&*format!("HTTP/1.1 {status}")), "{lengths}");
    }
}

#[test]
fn the_site_keeps_a_connection_for_as_long_as_the_client_wants() {
    let site = site();
    let mut stream = TcpStream::connect(site.address).unwrap();
    let body = "POST /anything HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 4\r\n\r\nbody";
    let requests =
        format!("GET / HTTP/1.1\r\n\r\n{body}HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n");
    stream.write_all(requests.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let connections = answers.lines().filter(|line| line.starts_with("Connection: "));
    let connections: Vec<_> = connections.map(|line| &line["Connection: ".len()..]).collect();
    let expected = ["keep-alive", "keep-alive", "Keep-Alive", "keep-alive", "close"];
    assert_eq!(
        connections, expected,
        "the third is that of the request, in the answer's body: {answers}"
    );
}

#[test]
fn the_site_says_why_it_cannot_listen() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = example("site").arg(&address).output().unwrap();
    let error = stderr(&output);
    assert!(error.starts_with(&format!("site: cannot listen at {address}: ")), "{error}");
    assert_eq!((error.lines().count(), output.status.code()), (1, Some(1)));
}
