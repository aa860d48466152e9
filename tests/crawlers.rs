//! The crawlers of the tutorials print what they print there, and a page or an image that fails stops no other.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener},
    process::Output,
    thread,
};

use programs::{Folder, example, nobody, site, stderr, stdout, without_number};

#[path = "common/programs.rs"]
mod programs;

/// Runs an example in a folder of its own.
fn run(name: &str, words: &[&str]) -> (Output, Folder) {
    let folder = Folder::new();
    let output = example(name).args(words).current_dir(&folder.0).output().unwrap();
    (output, folder)
}

/// What an example prints, line by line, against the site that is embedded in it. `HOST` stands for that.
#[track_caller]
fn printed_with_site(name: &str, words: &[&str]) -> (Vec<String>, Folder) {
    let (output, folder) = run(name, words);
    let error = stderr(&output);
    assert!(output.status.success(), "{error}");
    let notice = "no URL given: asking the site that is embedded here, at ";
    let host = error.lines().find_map(|line| line.strip_prefix(notice)).expect("a notice");
    (stdout(&output).lines().map(|line| line.replace(host, "HOST")).collect(), folder)
}

/// What is said on stderr, without the notices of lints: a busy machine may stop any program in any poll.
fn complaints(output: &Output) -> Vec<String> {
    let error = stderr(output);
    error.lines().filter(|line| !line.starts_with("glassloop: ")).map(String::from).collect()
}

/// Replaces the time that a line tells by `N`.
fn without_time(line: impl AsRef<str>) -> String {
    let before = ["Cost time: ", "耗时"];
    before.iter().fold(line.as_ref().into(), |line: String, before| without_number(&line, before))
}

#[test]
fn the_crawler_asks_for_all_pages_before_the_first_has_come() {
    let (lines, _) = printed_with_site("scrape", &["--delay", "0.1"]);
    let url = "http://HOST/delay/0.1";
    let mut expected = vec![format!("Waiting for {url}"); 10];
    for _ in 0..10 {
        expected.push(format!("Get response from {url} response <Response({url}) [200 OK]>"));
        let headers = "{\"server\": \"glassloop\", \"content-type\": \"text/html; charset=utf-8\", \
                       \"content-length\": \"62\", \"connection\": \"keep-alive\"}";
        expected.push(headers.to_string());
    }
    expected.push("Cost time: N".to_string());
    assert_eq!(lines.iter().map(without_time).collect::<Vec<_>>(), expected);
}

#[test]
fn the_crawler_tells_of_each_page_that_does_not_come() {
    let host = nobody();
    let (output, _) = run("scrape", &[&host]);
    let failed = format!("http://{host}/: cannot connect to {host}: ");
    let complaints = complaints(&output);
    assert!(complaints.iter().all(|line| line.starts_with(&failed)), "{complaints:?}");
    assert_eq!((complaints.len(), output.status.code()), (10, Some(1)));
    assert_eq!(stdout(&output).lines().count(), 11, "ten times Waiting, then the time");
}

#[test]
fn more_and_more_pages_come_and_the_curve_is_drawn() {
    let (lines, _) = printed_with_site("concurrency", &["--delay", "0"]);
    let numbers = [1, 3, 5, 10, 15, 30, 50, 75, 100, 200, 500];
    let expected: Vec<_> = numbers.iter().map(|n| format!("Number: {n} Cost time: N")).collect();
    let (costs, curve) = lines.split_at(numbers.len());
    assert_eq!(costs.iter().map(without_time).collect::<Vec<_>>(), expected);
    let points: usize = curve.iter().map(|line| line.matches('*').count()).sum();
    assert_eq!(points, numbers.len(), "{curve:?}");
    let axis = "             1    3    5   10   15   30   50   75  100  200  500  at once";
    assert_eq!(curve.last().map(String::as_str), Some(axis));
}

#[cfg(target_os = "linux")]
#[test]
fn with_few_descriptors_requests_wait_in_line_and_none_fails() {
    let path = example("concurrency").get_program().to_owned();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 64; exec \"$0\" --delay 0"]).arg(path).env_remove("GLASSLOOP");
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let note = "64 descriptors (ulimit -n) are enough for 22 connections at once: more requests \
                wait in line";
    assert_eq!(complaints(&output)[1..], [note]);
}

/// Ends as a GIF or a JPEG does, and begins so.
fn is_whole(image: &[u8]) -> bool {
    (image.starts_with(b"GIF89a") && image.ends_with(b"\0;"))
        || (image.starts_with(&[0xFF, 0xD8]) && image.ends_with(&[0xFF, 0xD9]))
}

#[test]
fn images_are_downloaded_together_and_are_whole() {
    let (lines, folder) = printed_with_site("download_images", &["--delay", "0.05"]);
    let names = ["forest.jpg", "lake.jpg", "mountain.jpg", "river.jpg"];
    let (started, mut ended) = (&lines[..4], lines[4..].to_vec());
    assert_eq!(started, names.map(|name| format!("开始下载{name}")));
    ended.sort();
    assert_eq!(ended, names.map(|name| format!("{name}下载完成")));
    let files = folder.files("img");
    assert_eq!(files.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), names);
    assert!(files.iter().all(|(_, image)| is_whole(image)));
}

#[test]
fn an_image_that_fails_is_told_of_and_stops_no_other() {
    let site = site();
    let url = |name: &str| format!("http://{}/images/{name}", site.address);
    let words = [url("lake"), url("nowhere"), url("lake?again"), url("river")];
    let (output, folder) = run("download_images", &words.each_ref().map(|word| &**word));
    let failed = format!("nowhere.jpg: {}: 404 Not Found", url("nowhere"));
    assert_eq!(complaints(&output), ["there is no folder img: making one", &failed]);
    assert_eq!(output.status.code(), Some(1));
    let names: Vec<_> = folder.files("img").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["2-lake.jpg", "lake.jpg", "river.jpg"]);
}

/// What the files are called into which the images of a host with these paths are downloaded.
fn names_of(paths: &[&str]) -> Vec<String> {
    let host = half_hearted();
    let urls: Vec<_> = paths.iter().map(|path| format!("{host}/{path}")).collect();
    let (output, folder) =
        run("download_images", &urls.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", stderr(&output));
    folder.files("img").into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_name_that_is_too_long_for_a_file_is_cut_at_249_bytes_before_its_extension() {
    let long = |letter: &str, count, end: &str| letter.repeat(count) + end;
    let (x, y) = (long("x", 300, ".png"), long("y", 245, ".png"));
    let (no_extension, dots) = (long("z", 300, ""), format!("w.{}", "w".repeat(300)));
    let names = names_of(&[&x, &x, &y, &no_extension, &dots]);
    let mut expected = vec![
        long("x", 245, ".png"),
        format!("2-{}", long("x", 243, ".png")),
        y,
        long("z", 245, ".jpg"),
        format!("w.{}", "w".repeat(247)),
    ];
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn a_name_is_never_cut_in_the_middle_of_a_letter() {
    let picture = "画".repeat(90) + ".png";
    let names = names_of(&[&picture, &picture]);
    let cut = "画".repeat(81) + ".png"; // 247 bytes: one letter more would be 250
    assert_eq!(names, [format!("2-{cut}"), cut]);
}

/// An answer with this behind the status.
fn answers(rest: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let head = BufReader::new(&client).lines().map_while(Result::ok);
            head.take_while(|line| !line.is_empty()).for_each(drop);
            let _ = write!(&client, "HTTP/1.0 200 {rest}");
        }
    });
    address
}

#[test]
fn nothing_that_a_server_sends_commands_the_terminal() {
    // In the page of a search: a link to another image of this host, which turns the direction of writing.
    let host = half_hearted();
    let (output, _) = run("image_search", &["turns", &format!("{host}/search")]);
    assert!(stdout(&output).contains(&format!("http://{host}/\\u{{202e}}gnp.exe")), "{output:?}");
    let (again, _) = run("scrape", &[&answers("OK\u{202e}\r\nX-Evil: \u{9b}\u{202e}\r\n\r\n")]);
    for said in [stdout(&output), stdout(&again), stderr(&output), stderr(&again)] {
        let obeys = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.chars().any(obeys), "{said:?}");
    }
}

#[test]
fn where_the_folder_cannot_be_used_each_image_says_so() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("img"), "a file").unwrap();
    let mut command = example("download_images");
    let output = command.args(["--delay", "0"]).current_dir(&folder.0).output().unwrap();
    let failed = complaints(&output);
    assert!(failed[1..].iter().all(|line| line.contains(".jpg: cannot ")), "{failed:?}");
    assert_eq!((failed.len(), output.status.code()), (5, Some(1)));
}

#[test]
fn a_search_downloads_what_it_finds_and_its_keyword_is_percent_encoded() {
    let (lines, folder) = printed_with_site("image_search", &["--delay", "0.05"]);
    let name = |n| format!("{n}-CG%E5%8E%9F%E7%94%BB.gif");
    let mut expected = vec!["提取文本耗时N秒。".to_string()];
    expected.extend((1..=8).map(|n| format!("保存图片http://HOST/images/{}耗时N秒。", name(n))));
    expected.push("主程序耗时N秒。".to_string());
    assert_eq!(lines.iter().map(without_time).collect::<Vec<_>>(), expected);
    let files = folder.files("img");
    assert!(files.iter().map(|(name, _)| name.clone()).eq((1..=8).map(name)));
    assert!(files.iter().all(|(_, image)| is_whole(image) && image.len() > 512));
}

/// A server whose images are half there, or absent. Returns its address.
fn half_hearted() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let host = address.clone();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let head = BufReader::new(&client).lines().map_while(Result::ok);
            let head: Vec<_> = head.take_while(|line| !line.is_empty()).collect();
            let agent = head.iter().any(|line| line.starts_with("user-agent: Mozilla/5.0 (Win"));
            let link = |name| format!("{{\"objURL\":\"http:\\/\\/{host}/{name}\"}}");
            let (length, body) = match head[0].split(' ').nth(1) {
                Some("/search?word=a+%26b") if agent => (0, link("half") + &link("whole")),
                Some("/search?word=turns") => (0, link("\u{202e}gnp.exe")),
                Some("/half") => (1000, "half".to_string()),
                Some("/whole") => (0, "whole".to_string()),
                _ => (0, String::new()),
            };
            let length = body.len() + length;
            let _ = write!(&client, "HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        }
    });
    address
}

#[test]
fn an_image_that_breaks_off_leaves_no_file_and_stops_no_other() {
    let host = half_hearted();
    let (output, folder) = run("image_search", &["a &b", &format!("{host}/search")]);
    let broken = "the body ended too early: received 4 of 1004 bytes";
    assert_eq!(complaints(&output), [format!("http://{host}/half: {broken}")]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(folder.files("img"), [("whole.jpg".to_string(), b"whole".to_vec())]);
}

#[test]
fn an_image_that_breaks_off_leaves_the_file_of_an_earlier_run() {
    let (host, folder) = (half_hearted(), Folder::new());
    std::fs::create_dir(folder.0.join("img")).unwrap();
    std::fs::write(folder.0.join("img/half.jpg"), "earlier").unwrap();
    let mut command = example("image_search");
    command.args(["a &b", &format!("{host}/search")]).current_dir(&folder.0);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let files = [("half.jpg", "earlier"), ("whole.jpg", "whole")];
    assert_eq!(folder.files("img"), files.map(|(name, it)| (name.to_string(), it.into())));
}

#[cfg(target_os = "linux")]
#[test]
fn an_image_that_cannot_be_written_whole_leaves_the_file_of_an_earlier_run() {
    for (name, files) in
        [("image_search", "img"), ("download_images", "img"), ("flags", "downloads")]
    {
        let (_, folder) =
            printed_with_site(name, if name == "flags" { &[] } else { &["--delay", "0"] });
        let before = folder.files(files);
        let mut shell = std::process::Command::new("sh");
        // No file may grow beyond 512 bytes, and to try that is an error, not the end.
        shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\""]);
        shell.arg(example(name).get_program()).env_remove("GLASSLOOP").current_dir(&folder.0);
        let output = shell.output().unwrap();
        assert!(stderr(&output).contains("File too large"), "{name}: {output:?}");
        assert!(folder.files(files) == before, "{name} has changed {:?}", folder.0);
    }
}

#[test]
fn a_search_without_a_page_says_why() {
    let host = nobody();
    let (output, _) = run("image_search", &["x", &host]);
    let failed = complaints(&output);
    assert!(failed[0].contains(&format!("cannot connect to {host}: ")), "{failed:?}");
    assert_eq!((failed.len(), output.status.code()), (1, Some(1)));
}

#[test]
fn a_url_may_begin_with_its_host_and_have_another_url_in_its_path_or_query() {
    let names = names_of(&["one.png?u=http://a/b", "x://two.png", "a?://", "three.png#://"]);
    assert_eq!(names, ["a.jpg", "one.png", "three.png", "two.png"]);
}

const COUNTRIES: &str = "BD BR CD CN DE EG ET FR ID IN IR JP MX NG PH PK RU TR US VN";

#[test]
fn twenty_flags_come() {
    let (lines, folder) = printed_with_site("flags", &[]);
    let mut codes: Vec<_> = lines[0].split_whitespace().collect();
    codes.sort();
    assert_eq!(codes.join(" "), COUNTRIES);
    let total = lines[1].replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!((lines.len(), &*total), (2, "00 flags downloaded in 0.00s"));
    let files = folder.files("downloads");
    let names: Vec<_> = files.iter().map(|(name, _)| name.to_uppercase()).collect();
    assert_eq!(names.join(" ").replace(".GIF", ""), COUNTRIES);
    assert!(files.iter().all(|(_, image)| is_whole(image)));
}

#[test]
fn flags_that_do_not_come_are_told_of_and_not_counted() {
    let site = site();
    let base = format!("http://{}/nowhere/", site.address);
    let (output, folder) = run("flags", &[&base]);
    assert!(stdout(&output).starts_with("\n0 flags downloaded in "));
    let failed: Vec<_> = COUNTRIES
        .to_lowercase()
        .split(' ')
        .map(|c| format!("{base}{c}/{c}.gif: 404 Not Found"))
        .collect();
    assert_eq!(complaints(&output), failed);
    assert_eq!((folder.files("downloads").len(), output.status.code()), (0, Some(1)));
}

#[test]
fn wrong_arguments_are_explained() {
    for (name, words) in [
        ("scrape", &["--pages", "3"][..]),
        ("scrape", &["--delay"]),
        ("scrape", &["localhost", "--delay", "31"]),
        ("scrape", &["--delay", "nan"]),
        ("scrape", &["--delay", "-1"]),
        ("scrape", &["localhost", "--delay", "1"]),
        ("image_search", &["keyword", "localhost", "--delay", "1"]),
        ("download_images", &["localhost/a", "--delay", "1"]),
        ("scrape", &["ftp://localhost/"]),
        ("scrape", &["localhost", "localhost"]),
        ("scrape", &["local\x1bhost"]),
        ("concurrency", &["http://"]),
        ("download_images", &["localhost/a", "http://localhost:0/"]),
        ("image_search", &["keyword", "localhost", "more"]),
        ("flags", &["--delay", "1"]),
    ] {
        let (output, _) = run(name, words);
        let error = stderr(&output);
        assert_eq!((output.status.code(), &*stdout(&output)), (Some(2), ""), "{words:?}: {error}");
        let usage = format!("\nusage: {name} [");
        assert!(error.starts_with(&format!("{name}: ")) && error.contains(&usage), "{error}");
        assert!(!error.contains('\x1b'));
        let (output, _) = run(name, &["--help"]);
        assert!(output.status.success() && stdout(&output).starts_with(&usage[1..]));
    }
}
