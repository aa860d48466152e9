//! The views that are files: complete, whatever ends the program; and no program ends because of them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use programs::example;

#[path = "common/json.rs"]
#[allow(dead_code, reason = "only what the checker needs")]
mod json;
#[path = "common/programs.rs"]
mod programs;
#[path = "common/trace_event.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod trace_event;

/// The programs of this crate that end by themselves, and what shortens them.
const EXAMPLES: [(&str, &[&str]); 8] = [
    ("hello", &[]),
    ("coroutine", &[]),
    ("task_states", &[]),
    ("callback", &[]),
    ("many_tasks", &[]),
    ("three_functions", &[]),
    ("mistakes", &["--delay", "0.05"]),
    ("wget", &[]),
];

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("glassloop-files-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder can be made");
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What lies in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("it can be listed");
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The data of a timeline: JSON, as the page's own script reads it.
#[track_caller]
fn timeline(path: &Path) -> String {
    let page = fs::read_to_string(path).expect("the timeline is there");
    let (_, data) = page.split_once("<script type=\"application/json\" id=\"run\">").expect("data");
    let (data, rest) = data.split_once("</script>").expect("the data has an end");
    assert!(rest.trim_end().ends_with("</html>") && !data.contains('<'));
    json::Json::parse(data).expect("the data is JSON");
    data.to_string()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn each_example_leaves_a_trace_that_keeps_the_importers_rules_and_a_timeline() {
    let folder = Folder::new("examples");
    let mut running = Vec::new();
    for (name, words) in EXAMPLES {
        let (json, html) =
            (folder.file(&format!("{name}.json")), folder.file(&format!("{name}.html")));
        let views = format!("chrome={},html={}", json.display(), html.display());
        let mut command = example(name);
        command.args(words).env("GLASSLOOP", views);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        running.push((name, json, html, command.spawn().expect("it starts")));
    }
    for (name, json, html, mut program) in running {
        assert!(program.wait().expect("it ends").success(), "{name}");
        let events = trace_event::check(&fs::read_to_string(json).expect("the trace is there"));
        assert!(events.iter().any(|event| event.name.starts_with("poll ")), "{name}");
        assert!(timeline(&html).contains("\"loop ends\""), "{name}");
    }
    assert!(folder.names().iter().all(|name| !name.contains(".part")));
}

#[test]
fn the_lines_of_a_program_are_its_own_wherever_it_is_started() {
    let folder = Folder::new("elsewhere");
    fs::create_dir_all(folder.file("examples")).unwrap();
    let stranger = "the line of another program\n".repeat(200);
    fs::write(folder.file("examples/wget.rs"), stranger).unwrap();
    for (package, own) in [(Some("tests/real"), true), (Some("src"), true), (None, false)] {
        let mut program = example("wget");
        program.env("GLASSLOOP", "html=run.html").current_dir(&folder.0);
        program.env_remove("CARGO_MANIFEST_DIR");
        if let Some(package) = package {
            let package = Path::new(env!("CARGO_MANIFEST_DIR")).join(package);
            program.env("CARGO_MANIFEST_DIR", package);
        }
        assert!(program.output().unwrap().status.success());
        let data = timeline(&folder.file("run.html"));
        assert_eq!(data.contains("the line of another program"), !own, "{package:?}");
        assert_eq!(data.contains("create_task("), own, "{package:?}");
    }
}

#[test]
fn to_write_the_file_takes_time_by_the_clock_of_the_loop_and_the_page_says_for_what() {
    let folder = Folder::new("takes-time");
    let path = folder.file("run.html");
    let run = example("wget").env("GLASSLOOP", format!("html={}", path.display())).output();
    assert!(run.unwrap().status.success());
    let data = timeline(&path);
    let (_, lost) = data.split_once("\"lost\":[\n[").expect("some time was lost");
    let watching = lost.split(',').nth(1).and_then(|number| number.parse::<u64>().ok());
    assert!(watching > Some(0), "{watching:?} ns");
}

#[test]
fn several_loops_of_a_program_are_in_one_file() {
    let folder = Folder::new("several");
    let (json, html) = (folder.file("run.json"), folder.file("run.html"));
    let views = format!("html={},chrome={}", html.display(), json.display());
    let run =
        example("mistakes").args(["--delay", "0.05"]).env("GLASSLOOP", views).output().unwrap();
    assert!(run.status.success());
    let (page, trace) = (timeline(&html), fs::read_to_string(json).unwrap());
    assert_eq!(page.matches("\"left_out\"").count(), 8);
    assert!(page.contains("\"name\":\"Mistake 1: a blocking call in a coroutine\",\"left_out\""));
    assert!(trace.contains("\"name\":\"loop 1: Mistake 1: a blocking call in a coroutine\""));
    let events = trace_event::check(&trace);
    assert_eq!(events.iter().map(|event| event.pid).max(), Some(8));
}

/// The files in a folder of this name, and what the example says at its end about them.
fn last_words(folder: &str, name: &str, words: &[&str]) -> Vec<String> {
    let folder = Folder::new(folder);
    let mut program = example(name);
    program.args(words).current_dir(&folder.0).env("GLASSLOOP", "html=run.html,chrome=run.json");
    let said = stderr(&program.output().unwrap());
    let is_last_word = |line: &&str| line.contains("run.html") || line.contains("run.json");
    said.lines().filter(is_last_word).map(str::to_string).collect()
}

#[test]
fn at_the_end_a_line_says_which_files_there_are_and_how_to_open_them() {
    let said = last_words("last-word", "hello", &[]);
    let Some(events) = said[0].strip_prefix("timeline: run.html, ") else { panic!("{said:?}") };
    let (events, rest) = events.split_once(' ').unwrap();
    assert_eq!((rest, said.len()), ("events; open it in a browser", 2));
    assert!(events.parse::<u64>().unwrap() > 10, "{said:?}");
    assert_eq!(
        said[1],
        format!("trace: run.json, {events} events; open it at https://ui.perfetto.dev")
    );
}

#[test]
fn several_loops_of_a_program_are_told_of_once() {
    let said = last_words("last-words", "mistakes", &["--delay", "0.01"]);
    assert!(said.len() == 2 && said[0].starts_with("timeline: run.html, 8 loops, "), "{said:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_a_clear_line_and_the_program_goes_on() {
    let folder = Folder::new("nowhere");
    let path = folder.file("missing").join("run.html");
    let run =
        example("hello").env("GLASSLOOP", format!("html={}", path.display())).output().unwrap();
    assert!(run.status.success() && run.stdout.starts_with(b"Hello world!"));
    let said = stderr(&run);
    assert!(
        said.starts_with(&format!("glassloop: html={} cannot be written: ", path.display())),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_pipe_that_is_closed_are_a_clear_line_and_the_program_goes_on() {
    let run = example("hello").env("GLASSLOOP", "html=/dev/full").output().unwrap();
    assert!(run.status.success());
    assert!(
        stderr(&run).contains("html=/dev/full cannot be written: No space left"),
        "{}",
        stderr(&run)
    );

    // A pipe whose other end nobody reads. The program prints elsewhere, or it would end before the view is written.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" 3>&1 >&2"]).arg(example("coroutine").get_program());
    let run = shell.env("GLASSLOOP", "chrome=/dev/fd/3").stdout(writer).output().unwrap();
    assert!(run.status.success() && stderr(&run).contains("After calling loop"));
    assert!(stderr(&run).contains("chrome=/dev/fd/3 cannot be written: "), "{}", stderr(&run));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_what_it_leads_to_is_written() {
    let folder = Folder::new("link");
    let (link, target) = (folder.file("link.html"), folder.file("target.html"));
    fs::write(&target, "yesterday's").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let run = example("coroutine").env("GLASSLOOP", format!("html={}", link.display())).output();
    assert!(run.unwrap().status.success());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(timeline(&target).contains("\"loop ends\""));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_a_plain_file_is_written_while_the_program_runs_too() {
    let folder = Folder::new("link-killed");
    let (link, target) = (folder.file("link.html"), folder.file("target.html"));
    std::os::unix::fs::symlink("target.html", &link).unwrap();
    let views = format!("html={}", link.display());
    kill_when_it_has_slept(example("hello").env("GLASSLOOP", views), &target);
    assert!(!timeline(&target).contains("\"loop ends\""));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[cfg(unix)]
#[test]
fn a_pipe_stays_a_pipe_and_its_reader_gets_a_complete_file() {
    let folder = Folder::new("pipe");
    let pipe = folder.file("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let views = format!("html={}", pipe.display());
    let mut program = example("coroutine").env("GLASSLOOP", views).spawn().unwrap();
    assert!(timeline(&pipe).contains("\"loop ends\""));
    assert!(program.wait().unwrap().success());
    assert_eq!(folder.names(), ["pipe"]);
}

#[cfg(unix)]
#[test]
fn a_file_of_a_view_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("mode");
    let html = folder.file("run.html");
    fs::write(&html, "yesterday's").unwrap();
    fs::set_permissions(&html, fs::Permissions::from_mode(0o604)).unwrap();
    let run = example("coroutine").env("GLASSLOOP", format!("html={}", html.display())).output();
    assert!(run.unwrap().status.success() && timeline(&html).contains("\"loop ends\""));
    assert_eq!(fs::metadata(&html).unwrap().permissions().mode() & 0o7777, 0o604);
}

#[cfg(unix)]
#[test]
fn a_link_that_somebody_planted_beside_the_file_of_a_view_is_not_followed() {
    let folder = Folder::new("planted");
    let (html, victim) = (folder.file("run.html"), folder.file("victim"));
    fs::write(&victim, "mine").unwrap();
    // Names that can be guessed: by a number, and by that of the process, which stays the same over `exec`.
    let plant = "for n in part1 part2 $$.part; do ln -s victim run.html.$n; done; exec \"$0\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", plant]).arg(example("coroutine").get_program()).current_dir(&folder.0);
    let run = shell.env("GLASSLOOP", "html=run.html").output().unwrap();
    assert!(run.status.success() && timeline(&html).contains("\"loop ends\""));
    assert_eq!(fs::read_to_string(victim).unwrap(), "mine");
    assert!(fs::symlink_metadata(html).unwrap().is_file());
    assert_eq!(folder.names().len(), 5);
}

#[test]
fn two_views_do_not_share_a_file_by_whatever_name() {
    for other in ["same", "./same", ".//./same"] {
        let views = format!("html=same,chrome={other}");
        let run = example("coroutine").env("GLASSLOOP", views).output().unwrap();
        let said = stderr(&run);
        assert!(!run.status.success());
        assert!(said.contains(&format!("GLASSLOOP names \"{other}\" for two views")), "{said}");
    }
}

/// Runs a program that sleeps for a second, and writes this page before it falls asleep.
#[cfg(unix)]
fn kill_when_it_has_slept(program: &mut Command, html: &Path) {
    let mut program = program.spawn().unwrap();
    let has_slept = || html.exists() && timeline(html).contains("\"park\"");
    while !has_slept() {
        assert!(program.try_wait().unwrap().is_none(), "it ended before it was interrupted");
        std::thread::yield_now();
    }
    program.kill().unwrap();
    program.wait().unwrap();
}

#[cfg(unix)]
#[test]
fn a_program_that_is_interrupted_leaves_a_complete_file() {
    let folder = Folder::new("interrupted");
    let (json, html) = (folder.file("run.json"), folder.file("run.html"));
    let views = format!("html={},chrome={}", html.display(), json.display());
    kill_when_it_has_slept(example("hello").env("GLASSLOOP", views), &html);
    assert!(
        timeline(&html).contains("\"arm timer\"") && !timeline(&html).contains("\"loop ends\"")
    );
    trace_event::check(&fs::read_to_string(json).unwrap());
}

/// Run by the next test, in a process of its own.
#[test]
#[ignore = "it aborts"]
fn a_loop_that_never_runs() {
    let _never_runs = glassloop::EventLoop::new();
    std::process::abort();
}

#[test]
fn a_program_that_is_interrupted_before_its_loop_runs_leaves_no_empty_file() {
    let folder = Folder::new("never-ran");
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "a_loop_that_never_runs", "--ignored"]);
    let html = folder.file("run.html");
    let run = command.env("GLASSLOOP", format!("html={}", html.display())).output().unwrap();
    assert!(!run.status.success() && stderr(&run).is_empty(), "{run:?}");
    assert_eq!(folder.names(), [""; 0]);
}

/// Run by the next test, in a process of its own.
#[test]
#[ignore = "it panics"]
fn a_run_that_panics() {
    glassloop::run(async {
        glassloop::sleep(std::time::Duration::from_millis(1)).await;
        panic!("on purpose");
    });
}

#[test]
fn a_program_that_panics_leaves_a_complete_file() {
    let folder = Folder::new("panicked");
    let html = folder.file("run.html");
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "a_run_that_panics", "--ignored"]);
    let run = command.env("GLASSLOOP", format!("html={}", html.display())).output().unwrap();
    assert!(!run.status.success());
    let data = timeline(&html);
    assert!(data.contains("\"panicked\"") && data.contains("\"loop ends\""), "{data}");
}

/// Where a program exits, nothing is dropped.
#[test]
fn the_end_of_the_loop_is_in_the_files_also_where_the_program_exits_at_once() {
    const TEST: &str = "the_end_of_the_loop_is_in_the_files_also_where_the_program_exits_at_once";
    if env::var("GLASSLOOP_TEST_PROGRAM").is_ok_and(|name| name == TEST) {
        let event_loop = glassloop::EventLoop::new().unwrap();
        event_loop.run_until_complete(async {
            // Enough to tell that a write takes its time; then one before a short sleep, and the end.
            for _ in 0..200 {
                glassloop::yield_now().await;
            }
            glassloop::sleep(std::time::Duration::from_millis(300)).await;
            glassloop::sleep(std::time::Duration::from_millis(1)).await;
        });
        std::process::exit(0);
    }
    let folder = Folder::new("exit");
    let (html, chrome) = (folder.file("run.html"), folder.file("run.json"));
    let views = format!("html={},chrome={}", html.display(), chrome.display());
    let mut program = Command::new(env::current_exe().unwrap());
    program.args([TEST, "--exact", "--nocapture"]);
    program.env("GLASSLOOP_TEST_PROGRAM", TEST).env("GLASSLOOP", views);
    assert!(program.output().unwrap().status.success());
    assert!(fs::read_to_string(html).unwrap().contains("\"loop ends\","));
    assert_eq!(fs::read_to_string(chrome).unwrap().matches("fire timer").count(), 2);
}
