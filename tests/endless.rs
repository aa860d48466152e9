//! What never ends is told of while it lasts: a poll that does not come back, a job that a closing loop waits for.
//!
//! Each program here is this test itself, run once more as a child: what it says on stderr is what a user reads, and a
//! child that hangs can be ended.

use std::{
    env,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStderr, Command, Stdio},
    rc::Rc,
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

use glassloop::{EventLoop, create_task, get_event_loop, run, sleep, to_thread, yield_now};

/// Says to the child which program it is.
const PROGRAM: &str = "GLASSLOOP_TEST_PROGRAM";

/// A program under way, and what it says.
struct Running {
    child: Child,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Runs the program of this test, which it must be the only thing to do.
    fn start(test: &str, views: &str) -> Running {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
        command.env(PROGRAM, test).env("GLASSLOOP", views).env("LC_ALL", "C.UTF-8");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        Running { child, stderr }
    }

    /// The next line in which this occurs.
    fn line_with(&mut self, words: &str) -> String {
        let mut lines = self.stderr.by_ref().map(|line| line.expect("it is text"));
        lines.find(|line| line.contains(words)).unwrap_or_else(|| panic!("nobody said {words:?}"))
    }
}

/// A child that hangs is what is tested here.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is this the child, which is to be the program?
fn is_program(test: &str) -> bool {
    env::var(PROGRAM).is_ok_and(|name| name == test)
}

/// A mutex of std, held across an `.await`, and locked by another task of the same thread.
#[expect(clippy::await_holding_lock, reason = "this is the mistake")]
async fn locks(mutex: Rc<Mutex<u32>>) {
    let mut guard = mutex.lock().unwrap();
    yield_now().await;
    *guard += 1;
}

#[test]
fn a_poll_that_never_ends_is_told_of_while_it_lasts() {
    const TEST: &str = "a_poll_that_never_ends_is_told_of_while_it_lasts";
    if is_program(TEST) {
        return run(async {
            let mutex = Rc::new(Mutex::new(0));
            let first = create_task(locks(mutex.clone()));
            create_task(locks(mutex)).set_name("the second");
            first.await.unwrap();
        });
    }
    let mut program = Running::start(TEST, "lint");
    let said = program.line_with("endless");
    let (said, place) = said.split_once(", made at ").expect("it names the line");
    assert_eq!(
        said,
        "glassloop: endless: task 2 has been in poll #1 for 1.2 s: nothing else can run. \
         (task \"the second\""
    );
    assert!(place.starts_with("tests/endless.rs:"), "{place}");
    assert!(program.child.try_wait().unwrap().is_none(), "it still hangs");
}

#[test]
fn the_main_future_is_named_too() {
    const TEST: &str = "the_main_future_is_named_too";
    if is_program(TEST) {
        return run(async { thread::park() });
    }
    let said = Running::start(TEST, "lint").line_with("endless");
    assert!(said.contains("endless: task 0 has been in poll #1 for 1.2 s"), "{said}");
    assert!(said.contains("(task \"main\", run at tests/endless.rs:"), "{said}");
}

/// A sleep is no poll, and neither are many short polls one.
#[test]
fn a_loop_that_sleeps_or_works_in_small_pieces_is_told_of_by_nobody() {
    const TEST: &str = "a_loop_that_sleeps_or_works_in_small_pieces_is_told_of_by_nobody";
    if is_program(TEST) {
        return run(async {
            sleep(Duration::from_millis(1500)).await;
            let end = get_event_loop().time() + Duration::from_millis(1500);
            while get_event_loop().time() < end {
                yield_now().await;
            }
            eprintln!("the end");
        });
    }
    let mut program = Running::start(TEST, "lint");
    let said = program.line_with("e");
    assert_eq!(said, "the end", "nothing was said before");
}

#[test]
fn a_closing_loop_says_which_job_it_waits_for_and_that_it_waits() {
    const TEST: &str = "a_closing_loop_says_which_job_it_waits_for_and_that_it_waits";
    if is_program(TEST) {
        return run(async {
            let (began, begins) = mpsc::channel();
            let work = move || {
                let _ = began.send(());
                thread::park();
            };
            drop(create_task(to_thread(work)));
            while begins.try_recv().is_err() {
                yield_now().await; // until a thread has taken it: what has not begun is not waited for
            }
        });
    }
    let mut program = Running::start(TEST, "lint");
    let said = program.line_with("unending job");
    let (said, rest) = said.split_once(" tests/endless.rs:").expect("it names the line");
    assert_eq!(
        said,
        "glassloop: unending job: the loop is closing, and has waited for 1 job on threads for a \
         second: job 1, begun at"
    );
    assert!(rest.ends_with(
        "has not ended. A thread can't be cancelled, so the program can't end before it."
    ));
    assert!(program.child.try_wait().unwrap().is_none(), "it still waits");
}

/// What is freed with the loop: an observer, also one that owns what belongs to the loop.
#[test]
fn an_observer_that_owns_a_sleep_is_freed_with_its_loop() {
    let alive = Rc::new(());
    let (held, mut owned) = (alive.clone(), None);
    let event_loop = EventLoop::builder()
        .unwatched()
        .virtual_time()
        .observer(move |_: &glassloop::trace::Record| {
            let _ = &held;
            owned.get_or_insert_with(|| {
                let mut sleep = Box::pin(sleep(Duration::from_secs(9)));
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(sleep.as_mut().poll(&mut context).is_pending(), "it is armed");
                sleep
            });
        })
        .build()
        .unwrap();
    event_loop.run_until_complete(yield_now());
    assert_eq!(Rc::strong_count(&alive), 2);
    drop(event_loop);
    assert_eq!(Rc::strong_count(&alive), 1);
}
