//! `get` does what curl does with the same options.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener},
    process::Output,
    thread,
};

use programs::{Folder, example, nobody, site, stderr, stdout};

#[path = "common/programs.rs"]
mod programs;

fn get(words: &[&str]) -> Output {
    example("get").args(words).output().unwrap()
}

/// What the site was sent, line by line: `get` with these options asks for the page that shows the request.
#[track_caller]
fn sent(words: &[&str]) -> Vec<String> {
    let site = site();
    let url = format!("{}/anything", site.address);
    let output = get(&[words, &[&url]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).lines().map(String::from).collect()
}

#[test]
fn without_a_url_it_asks_the_embedded_site() {
    let output = get(&[]);
    assert!(stdout(&output).starts_with("GET /anything HTTP/1.0\r\n"), "{}", stdout(&output));
    assert!(
        stderr(&output).starts_with("no URL given: asking the site that is embedded here, at ")
    );
    assert!(output.status.success());
}

#[test]
fn a_method_headers_and_a_body_are_sent() {
    let lines = sent(&["-X", "PUT", "-H", "X-One:1", "-d", "a=1", "-H", "X-Two: -d", "-d", "b"]);
    assert_eq!(lines[0], "PUT /anything HTTP/1.0");
    for header in ["x-one: 1", "x-two: -d", "content-length: 5"] {
        assert!(lines.iter().any(|line| line == header), "{header}: {lines:?}");
    }
    assert_eq!(lines.last().map(String::as_str), Some("a=1&b"));
}

#[test]
fn a_body_is_posted_as_a_form_unless_a_header_says_otherwise() {
    let lines = sent(&["-d", "画"]);
    assert_eq!(lines[0], "POST /anything HTTP/1.0");
    assert!(lines.contains(&"content-type: application/x-www-form-urlencoded".to_string()));
    assert_eq!(lines.last().map(String::as_str), Some("画"));
    let lines = sent(&["-d", "{}", "-H", "Content-Type: application/json"]);
    let types: Vec<_> = lines.iter().filter(|line| line.starts_with("content-type: ")).collect();
    assert_eq!(types, ["content-type: application/json"]);
}

#[test]
fn a_header_that_is_given_twice_is_sent_twice() {
    let lines = sent(&["-H", "X-A: 1", "-H", "X-A: 2"]);
    let values: Vec<_> = lines.iter().filter(|line| line.starts_with("x-a: ")).collect();
    assert_eq!(values, ["x-a: 1", "x-a: 2"]);
}

#[test]
fn only_the_head_is_asked_for_and_printed() {
    let site = site();
    let output = get(&["-I", &site.address.to_string()]);
    let expected = "HTTP/1.1 200 OK\nserver: glassloop\ncontent-type: text/html; charset=utf-8\n\
                    cache-control: max-age=60\nx-via: 1.1 glassloop\ncontent-length: 52\n\
                    connection: keep-alive\n\n";
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (expected, ""));
}

#[test]
fn redirects_are_followed_if_that_is_wanted() {
    let site = site();
    let url = format!("http://{}/redirect/3", site.address);
    let here = get(&[&url]);
    assert!(stdout(&here).contains("Elsewhere") && here.status.success());
    let there = get(&["-L", "-v", &url]);
    assert!(stdout(&there).contains("Portal"));
    let error = stderr(&there);
    let lines: Vec<_> = error.lines().take(5).collect();
    let from = |n| format!("< 302 Found from http://{}/redirect/{n}", site.address);
    assert_eq!(lines, [&format!("> GET {url}"), &from(3), &from(2), &from(1), "< HTTP/1.1 200 OK"]);
}

#[test]
fn a_body_is_written_to_a_file_and_to_nowhere_else() {
    let (site, folder) = (site(), Folder::new());
    let words = ["-o", "lake.jpg", &format!("{}/images/lake", site.address)];
    let output = example("get").args(words).current_dir(&folder.0).output().unwrap();
    assert_eq!((stdout(&output).as_str(), output.status.success()), ("", true));
    let files = folder.files(".");
    assert_eq!((files.len(), &*files[0].0), (1, "lake.jpg"));
    assert!(files[0].1.starts_with(&[0xFF, 0xD8]) && files[0].1.ends_with(&[0xFF, 0xD9]));
}

#[test]
fn a_failure_is_one_line_and_exit_code_1() {
    let host = nobody();
    let output = get(&[&host]);
    let error = stderr(&output);
    let begins = format!("get: http://{host}/: cannot connect to {host}: ");
    assert!(error.starts_with(&begins), "{error}");
    assert_eq!((error.lines().count(), output.status.code()), (1, Some(1)));

    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let output = get(&["-m", "0.1", &silent.local_addr().unwrap().to_string()]);
    assert!(stderr(&output).ends_with("the request took longer than 100ms\n"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_would_command_the_terminal_is_not_printed_in_a_head() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head = BufReader::new(&stream).lines().map_while(Result::ok);
        head.take_while(|line| !line.is_empty()).for_each(drop);
        // The second byte of `\u{9b}` in UTF-8 is one that begins a command.
        let head = "HTTP/1.0 200 OK\r\nX-Evil: \u{9b}2J\u{202E}!\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
    });
    let output = get(&["-I", &address]);
    let expected = "x-evil: \\u{9b}2J\\u{202e}!\n";
    assert!(stdout(&output).contains(expected), "{:?}", stdout(&output));
}

#[test]
fn wrong_options_are_explained() {
    for words in [
        &["-z"][..],
        &["-X"],
        &["-X", "G ET"],
        &["-H", "no colon"],
        &["-m", "soon"],
        &["a", "b"],
        &["ftp://a"],
    ] {
        let output = get(words);
        let error = stderr(&output);
        assert!(error.starts_with("get: ") && error.contains("\nusage: get [OPTION]"), "{error}");
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{words:?}");
    }
    let output = get(&["--help"]);
    assert!(
        output.status.success() && stdout(&output).starts_with("usage: get [OPTION]... [URL]\n")
    );
}

#[test]
fn it_ends_without_a_word_when_nobody_reads_what_it_prints() {
    let site = site();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let words = [site.address.to_string()];
    let output = example("get").args(words).stdout(writer).output().unwrap();
    assert_eq!((stderr(&output).as_str(), output.status.code()), ("", Some(1)));
}
