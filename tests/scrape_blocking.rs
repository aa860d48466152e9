//! The blocking crawler prints what the tutorial's does, and a page that fails stops no other.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::Duration,
};

use programs::{example, site, stderr, stdout, without_number};

#[path = "common/programs.rs"]
mod programs;

#[path = "../examples/common/first_line.rs"]
mod first_line;
#[path = "../examples/common/utc.rs"]
mod utc;

#[test]
fn the_blocking_crawler_logs_each_page_and_the_time_in_all() {
    let words = ["--pages", "2", "--delay", "0.01"];
    let output = example("scrape_blocking").args(words).output().unwrap();
    let error = stderr(&output);
    assert!(output.status.success(), "{error}");
    let notice = "no URL given: asking the site that is embedded here, at ";
    let host = error.lines().find_map(|line| line.strip_prefix(notice)).expect("a notice");
    let out = stdout(&output).replace(host, "HOST");
    let messages = out.lines().map(|line| {
        let (time, message) = line.split_at("2020-03-31 06:40:35,411".len());
        let digits = time.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(digits, "0000-00-00 00:00:00,000");
        without_number(message, "total time ")
    });
    let messages: Vec<_> = messages.collect();
    assert_eq!(
        messages,
        [
            " - INFO: scraping http://HOST/detail/1",
            " - INFO: scraping http://HOST/detail/2",
            " - INFO: total time N seconds",
        ]
    );
}

#[test]
fn the_blocking_crawler_goes_on_after_a_page_that_fails() {
    let site = site();
    let url = format!("http://{}/detail/{{id}}1", site.address);
    let output = example("scrape_blocking").args([&url, "--pages", "11"]).output().unwrap();
    let out = stdout(&output);
    let errors: Vec<_> = out.lines().filter_map(|line| line.split_once(" - ERROR: ")).collect();
    let failed = |id| format!("http://{}/detail/{id} <Response [404]>", site.address);
    assert_eq!(errors.iter().map(|(_, error)| *error).collect::<Vec<_>>(), [101, 111].map(failed));
    assert_eq!((out.lines().count(), output.status.code()), (14, Some(1)));
}

#[test]
fn a_log_line_has_the_right_date() {
    for (seconds, written) in [
        (0, "1970-01-01 00:00:00,007"),
        (951_782_399, "2000-02-28 23:59:59,007"),
        (951_782_400, "2000-02-29 00:00:00,007"),
        (1_585_636_835, "2020-03-31 06:40:35,007"),
        (4_107_542_400, "2100-03-01 00:00:00,007"),
    ] {
        assert_eq!(utc::written(Duration::from_millis(seconds * 1000 + 7)), written);
    }
}

#[test]
fn what_is_needed_is_encoded_and_the_fragment_is_not_sent() {
    let site = site();
    let url = format!("HTTP://{}?{{id}}画 %zz<#fragment", site.address);
    let output = example("scrape_blocking").args([&url, "--pages", "1"]).output().unwrap();
    let sent = format!("INFO: scraping http://{}/?1%E7%94%BB%20%zz%3C\n", site.address);
    assert!(stdout(&output).contains(&sent) && output.status.success(), "{}", stdout(&output));
}

#[test]
fn a_url_may_begin_with_its_host_and_have_another_url_in_its_query() {
    let site = site();
    let url = format!("{}?id={{id}}&u=http://a/", site.address);
    let output = example("scrape_blocking").args([&url, "--pages", "1"]).output().unwrap();
    let sent = format!("INFO: scraping http://{}/?id=1&u=http://a/\n", site.address);
    assert!(stdout(&output).contains(&sent) && output.status.success(), "{output:?}");
}

#[test]
fn a_server_that_says_nothing_for_long_is_told_of_as_timed_out() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let stream = TcpStream::connect(silent.local_addr().unwrap()).unwrap();
    let error = first_line::first_line(stream, Duration::from_millis(1)).unwrap_err();
    assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::TimedOut, "timed out"));
}

#[test]
fn wrong_arguments_are_explained() {
    for words in [
        &["--pages", "0"][..],
        &["--pages", "101"],
        &["https://localhost/"],
        &["ftp://localhost/"],
        &["http://"],
        &["http://localhost:0/"],
        &["local\x1bhost"],
        &["localhost", "localhost"],
        &["localhost", "--delay", "31"],
    ] {
        let output = example("scrape_blocking").args(words).output().unwrap();
        let error = stderr(&output);
        assert_eq!((output.status.code(), &*stdout(&output)), (Some(2), ""), "{words:?}: {error}");
        let usage = "\nusage: scrape_blocking [";
        assert!(error.starts_with("scrape_blocking: ") && error.contains(usage), "{error}");
        assert!(!error.contains('\x1b'));
    }
    let output = example("scrape_blocking").arg("--help").output().unwrap();
    assert!(output.status.success() && stdout(&output).starts_with("usage: scrape_blocking ["));
}
