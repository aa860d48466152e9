//! `GLASSLOOP=step`: keys come from stdin, what is shown goes to stderr, and the program stays as it is.

use std::{
    env, io,
    io::Write,
    process::{Command, Output, Stdio},
};

const SAID: &str = "Hello world!\nHello again!\nevent loop is closed\n";

/// `hello`, which `cargo test` has built beside the tests, stepped through with these lines.
fn hello(lines: &str, stderr: impl Into<Stdio>) -> Output {
    let tests = env::current_exe().unwrap();
    let target = tests.parent().and_then(|deps| deps.parent()).expect("target/…/deps/stepping-…");
    let path = target.join("examples").join(format!("hello{}", env::consts::EXE_SUFFIX));
    assert!(path.exists(), "there is no {path:?} yet: `cargo test` or `cargo build --examples`");
    let mut hello = Command::new(path)
        .env("GLASSLOOP", "step")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap();
    // It may have quit before it has read everything.
    let _ = hello.stdin.take().unwrap().write_all(lines.as_bytes());
    hello.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn the_program_is_the_same_and_why_names_the_timer() {
    let output = hello("poll\np\nwhy\ntree\ncontinue\n", Stdio::piped());
    assert_eq!(text(&output.stdout), SAID);
    let shown = text(&output.stderr);
    let goes_on = |line: &str| line.contains("poll #2 of main") && line.ends_with(" hello.rs:15");
    assert!(shown.lines().any(goes_on), "{shown}");
    let chain = "\
(step)   poll #2 of task 0
  task 0 was woken by timer 0
  timer 0 went off
  timer 0 was set for ";
    assert!(shown.contains(chain), "{shown}");
    assert!(
        shown.contains(" in poll #1 of task 0, which waits for it at hello.rs:15\n"),
        "{shown}"
    );
    assert!(shown.contains("0 \"main\" is being polled"), "{shown}");
    assert!(!shown.contains("end of the input") && output.status.success());
}

#[test]
fn where_the_keys_end_the_program_goes_on() {
    for lines in ["", "next\n\u{0}\np"] {
        let output = hello(lines, Stdio::piped());
        assert_eq!(text(&output.stdout), SAID);
        assert_eq!(text(&output.stderr).matches("end of the input").count(), 1);
        assert!(output.status.success());
    }
}

#[test]
fn a_closed_stderr_does_not_end_the_program_and_its_keys_still_count() {
    for (lines, said, code) in [("n\nw\ntree\nx\nc\n", SAID, 0), ("n\nx\nq\n", "", 130)] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = hello(lines, writer);
        assert_eq!((text(&output.stdout), output.status.code()), (said, Some(code)));
    }
}

#[test]
fn quit_ends_the_program_with_a_word_as_ctrl_c_would() {
    let output = hello("p\nq\nn\n", Stdio::piped());
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(130)));
    assert!(text(&output.stderr).ends_with("quit: the program ends here\n"));
}
