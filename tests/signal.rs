//! Ctrl-C, as a program meets it: each test runs this program again as a child, and sends it the signal.

#![cfg(all(unix, feature = "signal"))]

mod common;

use std::{
    env,
    future::poll_fn,
    io::{BufRead, BufReader, Read},
    os::unix::process::ExitStatusExt,
    pin::Pin,
    process::{self, Child, Command, ExitStatus, Stdio},
    sync::Arc,
    task::{Poll, Waker},
    time::Duration,
};

use common::{CountingWaker, assert_nothing_left, poll_with};
use glassloop::{
    EventLoop, create_task,
    signal::{CtrlC, Interrupted, ctrl_c, or_ctrl_c},
    sleep,
    sync::{Queue, Semaphore},
    yield_now,
};

const SIGINT: i32 = 2;
const MS: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(60);

/// A child that plays a part of `the_child`.
struct Program {
    child: Child,
    output: BufReader<process::ChildStdout>,
}

impl Program {
    fn start(part: &str) -> Program {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "the_child", "--nocapture", "--test-threads=1"]);
        command.env("GLASSLOOP_TEST_PART", part).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Program { child, output }
    }

    /// Waits until the child says this.
    fn says(&mut self, words: &str) -> &mut Program {
        let mut line = String::new();
        while !line.ends_with(&format!("{words}\n")) {
            line.clear();
            let read = self.output.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the child ended before it said {words:?}");
        }
        self
    }

    fn press_ctrl_c(&mut self) -> &mut Program {
        let mut kill = Command::new("kill");
        kill.arg("-INT").arg(self.child.id().to_string());
        assert!(kill.status().expect("kill can be run").success());
        self
    }

    /// How it ended, and what it said after what was waited for.
    fn end(&mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

/// A test that has failed leaves no child behind.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Not a test but what the children do: nothing, where nobody says which part to play.
#[test]
fn the_child() {
    let Ok(part) = env::var("GLASSLOOP_TEST_PART") else { return };
    println!();
    match part.as_str() {
        "main" => main_that_is_interrupted(),
        "cleaning up" => cleaning_up(),
        "stuck" => stuck(),
        "gone" => gone(),
        "two" => two_loops(),
        "again" => again(),
        "at once" => at_once(),
        "out of budget" => out_of_budget(),
        _ => panic!("there is no part {part:?}"),
    }
    process::exit(0);
}

/// Polls it once: from then on it waits.
async fn is_pending(waiting: &mut CtrlC) -> bool {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *waiting).poll(context).is_pending())).await
}

/// Says so when it is dropped.
struct Loud(&'static str);

impl Drop for Loud {
    fn drop(&mut self) {
        println!("{} cleans up", self.0);
    }
}

async fn serve() {
    let _main = Loud("main");
    drop(create_task(async {
        let _task = Loud("task");
        sleep(LONG).await;
    }));
    sleep(MS).await;
    println!("serving");
    sleep(LONG).await;
}

fn main_that_is_interrupted() {
    match glassloop::run(or_ctrl_c(serve())) {
        Ok(()) => println!("served"),
        Err(interrupted) => {
            println!("{interrupted}");
            process::exit(Interrupted::EXIT_CODE.into());
        }
    }
}

#[test]
fn ctrl_c_drops_the_main_future_then_the_tasks_and_the_program_says_130() {
    let mut program = Program::start("main");
    let (status, said) = program.says("serving").press_ctrl_c().end();
    assert_eq!(said, "main cleans up\ntask cleans up\ninterrupted by Ctrl-C\n");
    assert_eq!(status.code(), Some(130));
}

fn cleaning_up() {
    glassloop::run(async {
        or_ctrl_c(serve()).await.unwrap_err();
        sleep(MS).await;
        let more = async {
            println!("goodbye");
            sleep(LONG).await;
        };
        or_ctrl_c(more).await.unwrap_err();
        println!("no, really");
    });
}

#[test]
fn after_ctrl_c_the_loop_still_runs_and_can_wait_for_the_next() {
    let mut program = Program::start("cleaning up");
    program.says("serving").press_ctrl_c().says("main cleans up").says("goodbye");
    let (status, said) = program.press_ctrl_c().end();
    assert_eq!(said, "no, really\ntask cleans up\n");
    assert!(status.success());
}

fn stuck() {
    glassloop::run(or_ctrl_c(async {
        let _main = Loud("main");
        println!("stuck");
        loop {
            std::thread::park();
        }
    }))
    .unwrap();
}

#[test]
fn the_second_ctrl_c_ends_a_program_that_is_stuck() {
    let mut program = Program::start("stuck");
    program.says("stuck").press_ctrl_c();
    // Two signals that are sent at once may be one. So again, until it is dead.
    while program.child.try_wait().unwrap().is_none() {
        program.press_ctrl_c();
    }
    let (status, said) = program.end();
    assert_eq!(said, "", "nothing was cleaned up");
    assert_eq!(status.signal(), Some(SIGINT), "it died of the signal");
}

fn gone() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run(async {
        let mut waiting = ctrl_c();
        let ((old, first), (new, latest)) = (CountingWaker::new(), CountingWaker::new());
        assert!(poll_with(&mut waiting, &first).is_pending());
        assert!(poll_with(&mut waiting, &latest).is_pending());
        drop((first, latest));
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 2), "only the latest");
        drop(waiting);
        assert_eq!(Arc::strong_count(&new), 1, "it is given back");
        println!("nobody waits");
        sleep(LONG).await;
        drop(Loud("main"));
    });
}

#[test]
fn a_ctrl_c_that_nobody_waits_for_any_more_ends_the_program() {
    let mut program = Program::start("gone");
    let (status, said) = program.says("nobody waits").press_ctrl_c().end();
    assert_eq!((status.signal(), said.as_str()), (Some(SIGINT), ""));
}

fn two_loops() {
    let wait = || {
        glassloop::run(async {
            let waiting = [create_task(ctrl_c()), create_task(ctrl_c())];
            yield_now().await;
            println!("a loop waits");
            for one in waiting {
                one.await.unwrap().unwrap();
            }
        });
    };
    let other = std::thread::spawn(wait);
    wait();
    other.join().unwrap();
    println!("all have heard");
}

#[test]
fn all_who_wait_hear_of_the_same_ctrl_c_in_whatever_loop() {
    let mut program = Program::start("two");
    let (status, said) = program.says("a loop waits").says("a loop waits").press_ctrl_c().end();
    assert_eq!(said, "all have heard\n");
    assert!(status.success());
}

fn again() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let mut waiting = ctrl_c();
        for _ in 0..3 {
            assert!(is_pending(&mut waiting).await);
            println!("waits");
            (&mut waiting).await.unwrap();
        }
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn ctrl_c_can_be_waited_for_again_and_again() {
    let mut program = Program::start("again");
    for _ in 0..3 {
        program.says("waits").press_ctrl_c();
    }
    assert!(program.end().0.success());
}

/// The future becomes ready in the very poll in which Ctrl-C is seen.
fn at_once() {
    let output = glassloop::run(or_ctrl_c(async {
        let mut inner = ctrl_c();
        assert!(is_pending(&mut inner).await);
        println!("waits");
        inner.await.map(|()| 7).unwrap()
    }));
    println!("{output:?}");
}

#[test]
fn a_future_that_is_ready_wins_over_ctrl_c() {
    let (_, said) = Program::start("at once").says("waits").press_ctrl_c().end();
    assert_eq!(said, "Ok(7)\n");
}

/// An item is there in the very poll in which Ctrl-C is seen, and that poll has no budget left to get it with.
fn out_of_budget() {
    let (free, queue, mut poll) = (Semaphore::new(1), Queue::new(0), 0);
    let mut getting = or_ctrl_c(queue.get());
    let output = glassloop::run(poll_fn(|context| {
        poll += 1;
        if poll == 2 {
            queue.put_nowait(7).unwrap();
            while poll_with(&mut free.acquire(), Waker::noop()).is_ready() {}
        }
        let polled = poll_with(&mut getting, context.waker());
        println!("poll {poll}");
        polled
    }));
    println!("{output:?}");
}

#[test]
fn what_is_there_wins_over_ctrl_c_though_the_poll_had_no_budget_left() {
    let (_, said) = Program::start("out of budget").says("poll 1").press_ctrl_c().end();
    assert_eq!(said, "poll 2\npoll 3\nOk(Ok(7))\n");
}

#[test]
fn without_ctrl_c_the_output_is_that_of_the_future() {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    let output = event_loop.run_until_complete(or_ctrl_c(async {
        sleep(LONG).await;
        7
    }));
    assert_eq!(output, Ok(7));
    assert_nothing_left(&event_loop);
}

#[test]
fn a_task_that_waits_for_ctrl_c_says_so_in_the_trace() {
    let (event_loop, lines) = common::virtual_and_recorded();
    let waiting = event_loop.create_task(ctrl_c());
    event_loop.run_until_complete(sleep(MS));
    assert_eq!(lines.take_only(&["pending 1"]), ["pending 1: Ctrl-C"]);
    waiting.cancel();
    assert_nothing_left(&event_loop);
}
