//! The programs of the tutorials that this crate grew from print what they print there, line by
//! line.
//!
//! What differs from run to run (ports, times, sizes) is replaced by a letter. The line of a
//! program at which a task was made is looked up in its source.

use std::{
    net::{Ipv4Addr, TcpListener},
    process::Output,
    time::Duration,
};

use glassloop::{EventLoop, TaskError};
use programs::{nobody, stderr, stdout, without_number};

#[path = "common/programs.rs"]
mod programs;

#[path = "../examples/three_functions.rs"]
#[allow(dead_code, reason = "its `main` runs as a program of its own")]
mod three_functions;

/// What came of an example whose lints are on.
fn example(name: &str, words: &[&str]) -> Output {
    programs::example(name).env("GLASSLOOP", "lint").args(words).output().unwrap()
}

/// What an example prints if all goes well; with the paths of Unix.
#[track_caller]
fn stdout_of(name: &str, words: &[&str]) -> Vec<String> {
    let output = example(name, words);
    let (out, error) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{out}{error}");
    assert_eq!(error, "", "nothing is to be said beside the output");
    out.replace('\\', "/").lines().map(String::from).collect()
}

/// The same of an example that fetches pages, from the site that is embedded in it. `HOST` stands
/// for that.
#[track_caller]
fn stdout_with_site(name: &str, words: &[&str]) -> Vec<String> {
    let (lines, complaints) = with_site(name, words);
    assert_eq!(complaints, "", "nothing else is said on stderr");
    lines
}

/// The same, and what is said on stderr besides the site's address.
#[track_caller]
fn with_site(name: &str, words: &[&str]) -> (Vec<String>, String) {
    let output = example(name, words);
    let (out, error) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{out}{error}");
    let notice = "no host given: asking the site that is embedded here, at ";
    let rest = error.strip_prefix(notice).and_then(|rest| rest.split_once('\n'));
    let (host, complaints) =
        rest.unwrap_or_else(|| panic!("the site is told of in one line: {error}"));
    let lines = out.replace('\\', "/").replace(host, "HOST");
    (lines.lines().map(String::from).collect(), complaints.to_string())
}

/// The number of the `n`-th line of a source that contains this text; counts from 1.
fn line_of(source: &str, text: &str, n: usize) -> usize {
    let mut lines = source.lines().zip(1..).filter(|(line, _)| line.contains(text));
    lines.nth(n).unwrap_or_else(|| panic!("no line {n} has {text:?}")).1
}

/// Each is on a line of its own.
fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn a_coroutine_that_is_made_runs_nothing() {
    let printed = stdout_of("coroutine", &[]);
    let printed: Vec<_> = printed.iter().map(|line| without_number(line, "}}, ")).collect();
    assert_eq!(
        printed,
        [
            "Coroutine: <coroutine::execute::{{closure}}, N bytes>",
            "After calling execute",
            "Number: 1",
            "After calling loop",
        ]
    );
}

#[test]
fn a_task_is_pending_before_the_loop_runs_and_finished_after_it_whichever_way_it_was_made() {
    let source = include_str!("../examples/task_states.rs");
    let ways =
        [("Task-1", "event_loop.create_task(coroutine)"), ("Task-2", "ensure_future(coroutine)")];
    let mut expected = Vec::new();
    for (name, call) in ways {
        let made = format!("created at examples/task_states.rs:{}", line_of(source, call, 0));
        let of = format!("name='{name}' coro=<task_states::execute() {made}>");
        expected.extend([
            "Coroutine: <task_states::execute::{{closure}}>".to_string(),
            "After calling execute".into(),
            format!("Task: <Task pending {of}>"),
            "Number: 1".into(),
            format!("Task: <Task finished {of} result=1>"),
            "After calling loop".into(),
        ]);
    }
    assert_eq!(stdout_of("task_states", &[]), expected);
}

#[test]
fn a_callback_is_called_between_the_pending_task_and_the_finished_one() {
    let source = include_str!("../examples/callback.rs");
    let at = |text, n| format!("at examples/callback.rs:{}", line_of(source, text, n));
    let of = |name: &str, n| {
        format!("name='{name}' coro=<callback::request() created {}>", at("ensure_future(req", n))
    };
    let (with, without) = (of("Task-1", 0), of("Task-2", 1));
    let added = at("add_done_callback(callback)", 0);
    assert_eq!(
        stdout_with_site("callback", &[]),
        [
            format!("Task: <Task pending {with} cb=[callback() {added}]>"),
            "Status: <Response [200]>".into(),
            format!("Task: <Task finished {with} result=<Response [200]>>"),
            format!("Task: <Task pending {without}>"),
            format!("Task: <Task finished {without} result=<Response [200]>>"),
            "Task Result: <Response [200]>".into(),
        ]
    );
}

#[test]
fn five_tasks_have_five_results() {
    let line = line_of(include_str!("../examples/many_tasks.rs"), "ensure_future(request", 0);
    let task = |n| {
        let made = format!("created at examples/many_tasks.rs:{line}");
        format!("<Task pending name='Task-{n}' coro=<many_tasks::request() {made}>>")
    };
    let tasks: Vec<_> = (1..=5).map(task).collect();
    let mut expected = vec![format!("Tasks: [{}]", tasks.join(", "))];
    expected.extend((1..=5).map(|_| "Task Result: <Response [200]>".into()));
    assert_eq!(stdout_with_site("many_tasks", &[]), expected);
}

#[test]
fn three_functions_start_together_and_end_one_after_the_other() {
    let expected = "\
我是函数1
我是函数2
我是函数3
函数1结束
函数2结束
函数3结束
done: 1
done: 2
done: 3
pending: []
我是函数3
我是函数1
我是函数2
函数1结束
函数2结束
函数3结束
gather: [3, 1, 2]
我是函数1
我是函数2
我是函数3
函数1结束
函数2结束
函数3结束
return_exceptions: [Ok(1), Err(\"函数2出错\"), Ok(3)]";
    assert_eq!(stdout_of("three_functions", &[]), lines(expected));
}

#[test]
fn sleeps_of_one_two_and_three_seconds_take_three_seconds_together() -> Result<(), TaskError> {
    let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
    event_loop.run_until_complete(three_functions::with_wait());
    assert_eq!(event_loop.time(), Duration::from_secs(3));
    event_loop.run_until_complete(three_functions::with_gather())?;
    assert_eq!(event_loop.time(), Duration::from_secs(6));
    event_loop.run_until_complete(three_functions::with_return_exceptions());
    assert_eq!(event_loop.time(), Duration::from_secs(9));
    Ok(())
}

/// One page after the other.
const ONE_BY_ONE: &str = "\
Waiting for http://HOST/delay/0.15
Get response from http://HOST/delay/0.15 response <Response [200]>
Waiting for http://HOST/delay/0.15
Get response from http://HOST/delay/0.15 response <Response [200]>
Waiting for http://HOST/delay/0.15
Get response from http://HOST/delay/0.15 response <Response [200]>
Cost time: N
";

/// All pages at once.
const TOGETHER: &str = "\
Waiting for http://HOST/delay/0.15
Waiting for http://HOST/delay/0.15
Waiting for http://HOST/delay/0.15
Get response from http://HOST/delay/0.15 response <Response [200]>
Get response from http://HOST/delay/0.15 response <Response [200]>
Get response from http://HOST/delay/0.15 response <Response [200]>
Cost time: N
";

/// One of them is not there. What is said of that, comes here last.
fn together_with_one_that_fails(failure: &str) -> String {
    format!(
        "\
Waiting for http://HOST/delay/0.15
Waiting for http://HOST/nowhere
Waiting for http://HOST/delay/0.15
Get response from http://HOST/delay/0.15 response <Response [200]>
Get response from http://HOST/delay/0.15 response <Response [200]>
{failure}Cost time: N
"
    )
}

#[test]
fn a_mistake_fetches_one_page_after_the_other_and_its_mend_all_at_once() {
    let (printed, complaints) = with_site("mistakes", &["--delay", "0.15"]);
    let line = line_of(include_str!("../examples/mistakes.rs"), "create_task(request_or_fail", 0);
    let lint =
        "glassloop: never retrieved: task 2 returned an error and nobody looked at its result";
    let who = format!("(task \"request_or_fail\", made at examples/mistakes.rs:{line})");
    let complaints = complaints.replace('\\', "/");
    // A busy machine may stop any program in any poll, so there may be other lines.
    let is_said = |begin: &str, end: &str| {
        let mut lines = complaints.lines();
        assert!(lines.any(|line| line.starts_with(begin) && line.contains(end)), "{complaints}");
    };
    for task in ["request_blocking", "request_wrapped"] {
        let who = format!("(task \"{task}\", made at examples/mistakes.rs:");
        is_said("glassloop: blocked: task 1 held the loop for ", &who);
    }
    is_said(lint, &who);
    let printed: Vec<_> = printed.iter().map(|line| without_number(line, "Cost time: ")).collect();
    let silent = together_with_one_that_fails("");
    let told = together_with_one_that_fails("Failed: http://HOST/nowhere <Response [404]>\n");
    let sections = [
        ("Mistake 1: a blocking call in a coroutine", ONE_BY_ONE),
        ("Fix: the call is made on a thread", TOGETHER),
        ("Mistake 2: a blocking call, wrapped in an async fn", ONE_BY_ONE),
        ("Fix: a call that does not block", TOGETHER),
        ("Mistake 3: each new task is awaited where it is made", ONE_BY_ONE),
        ("Fix: first all are made, then all are awaited", TOGETHER),
        ("Mistake 4: nobody asks what came of the tasks", &silent),
        ("Fix: each task is asked", &told),
    ];
    let expected: String =
        sections.map(|(title, section)| format!("{title}\n{section}\n")).concat();
    assert_eq!(printed, lines(&expected));
}

#[test]
fn a_host_that_does_not_answer_is_told_of_in_the_result() {
    let host = nobody();
    let output = example("many_tasks", &[&host]);
    let (out, error) = (stdout(&output), stderr(&output));
    assert_eq!((output.status.code(), error.as_str()), (Some(1), ""));
    let failed = format!("Task Result: <no Response: cannot connect to {host}: ");
    assert_eq!(out.lines().filter(|line| line.starts_with(&failed)).count(), 5, "{out}");

    let output = example("callback", &[&host]);
    let failed = format!("Status: <no Response: cannot connect to {host}: ");
    assert!(stdout(&output).contains(&failed));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_answers_without_http_is_told_of_in_the_result() {
    for (answer, problem) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "the answer is not HTTP"),
        (b"HTTP/1.1 many thanks\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 20", "the connection was closed in the middle of the answer's first line"),
        (b"", "the connection was closed in the middle of the answer's first line"),
    ] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let mut client = client.unwrap();
                // Not before the request has come: to close with unread bytes is to reset.
                let _ = std::io::Read::read(&mut client, &mut [0; 1024]);
                let _ = std::io::Write::write_all(&mut client, answer);
            }
        });
        let output = example("many_tasks", &[&address]);
        let out = stdout(&output);
        let expected = format!("Task Result: <no Response: {problem}>");
        assert_eq!(out.lines().last(), Some(&*expected), "{answer:?}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn wrong_arguments_are_explained() {
    let wrong: &[&[&str]] = &[
        &["--verbose"],
        &["--delay"],
        &["--delay", "soon"],
        &["--delay", "-1"],
        &["--delay", "nan"],
        &["--delay", "31"],
        &["localhost", "localhost"],
        &[""],
        &[":80"],
        &["localhost:0"],
        &["localhost:99999"],
        &["http://localhost/"],
        &["local host"],
        &["local\x1bhost"],
    ];
    for name in ["callback", "many_tasks", "mistakes"] {
        for words in wrong {
            let output = example(name, words);
            let (out, error) = (stdout(&output), stderr(&output));
            assert_eq!((output.status.code(), out.as_str()), (Some(2), ""), "{words:?}: {error}");
            let begins = error.starts_with(&format!("{name}: "));
            assert!(begins && error.contains(&format!("\nusage: {name} [HOST")), "{error}");
            assert!(!error.contains('\x1b'));
        }
        let output = example(name, &["--help"]);
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(stdout(&output).starts_with(&format!("usage: {name} [HOST[:PORT]]")));
    }
}
