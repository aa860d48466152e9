//! What was written for no runtime runs on this one.

use std::process::Command;

fn printed_by(program: &str) -> String {
    let run = Command::new(program).env("GLASSLOOP", "lint").output().expect("it runs");
    assert!(
        run.status.success() && run.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    String::from_utf8_lossy(&run.stdout).into_owned()
}

#[test]
fn hyper_asks_and_answers_on_one_loop() {
    let expected = ["one", "two", "three"].map(|path| format!("you have asked for /{path}\n"));
    assert_eq!(printed_by(env!("CARGO_BIN_EXE_hyper")), expected.concat());
}

#[test]
fn a_websocket_echoes() {
    assert_eq!(printed_by(env!("CARGO_BIN_EXE_websocket")), "hello\nglass\nloop\n");
}
