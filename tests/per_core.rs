//! `per_core`: several loops serve one port, and end together.

#![cfg(all(unix, feature = "signal"))]

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
};

use programs::Running;

#[path = "common/programs.rs"]
mod programs;

/// Asks once, on a connection of its own. Returns the number of the core that has answered.
fn ask(server: &Running) -> usize {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let core = answer.rsplit(' ').next().map(str::trim);
    core.and_then(|core| core.parse().ok()).unwrap_or_else(|| panic!("no core: {answer}"))
}

/// Waits for the end, and returns what was printed before it.
fn end(mut server: Running) -> String {
    let mut printed = String::new();
    server.process.stdout.as_mut().unwrap().read_to_string(&mut printed).unwrap();
    assert!(server.process.wait().unwrap().success());
    printed
}

fn counts(served: [usize; 3]) -> String {
    let line = |(core, served)| format!("core {core}: {served} requests\n");
    served.into_iter().enumerate().map(line).collect()
}

#[test]
fn each_request_is_counted_for_the_core_that_served_it() {
    let server = Running::start("per_core", &["127.0.0.1:0", "--cores", "3", "--requests", "40"]);
    let mut served = [0; 3];
    for _ in 0..40 {
        served[ask(&server)] += 1;
    }
    assert_eq!(end(server), counts(served));
    // The system chooses by a hash: that one of three gets nothing of forty is one case in millions.
    #[cfg(target_os = "linux")]
    assert!(served.iter().all(|served| *served > 0), "{served:?}");
}

#[test]
fn ctrl_c_ends_all_loops_and_the_counts_are_told() {
    let server = Running::start("per_core", &["127.0.0.1:0", "--cores", "3"]);
    let mut served = [0; 3];
    served[ask(&server)] += 1;
    let pid = server.process.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(end(server), counts(served));
}
