//! `cargo ex`, as a student and as a teacher use it: in a repository that was made for a class.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Mutex, OnceLock, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

/// Where the class repository lies, which is made once for all tests.
fn class() -> &'static Path {
    static CLASS: OnceLock<PathBuf> = OnceLock::new();
    CLASS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a class 班");
        let _ = fs::remove_dir_all(&folder);
        let export = ex(&["export", folder.to_str().unwrap(), "--no-vendor"]);
        assert!(export.status.success(), "{}", said(&export));
        folder
    })
}

/// The tests change the same answers.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The `ex` of this repository, for what changes nothing in it.
fn ex(words: &[&str]) -> Output {
    let mut ex = Command::new(env!("CARGO_BIN_EXE_ex"));
    ex.args(words).current_dir(env!("CARGO_TARGET_TMPDIR")).env("LC_ALL", "C.UTF-8");
    ex.output().unwrap()
}

/// `cargo ex` in the class repository.
fn cargo_ex(words: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["ex"]).args(words).current_dir(class());
    // Cargo tells its tests about this package.
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
        cargo.env_remove(name);
    }
    cargo.env("LC_ALL", "C.UTF-8").env("CARGO_NET_OFFLINE", "true");
    cargo.env("CARGO_HOME", env::var_os("CARGO_HOME").unwrap_or_default());
    if env::var_os("CARGO_HOME").is_none() {
        cargo.env_remove("CARGO_HOME");
    }
    cargo
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// What a student has in hand: a file of the suite.
fn variant(number: u32, name: &str) -> String {
    let path = format!("../../tests/exercises/ex{number:02}/{name}.rs");
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn answer(name: &str) -> PathBuf {
    class().join("examples/exercises/src/bin").join(name).join("answer.rs")
}

/// No exercise is solved yet, whatever another test has left.
fn as_in_the_beginning() {
    let _ = fs::remove_dir_all(class().join("target/exercises"));
    fs::write(answer("ex01_countdown"), variant(1, "start")).unwrap();
    let _ = fs::remove_file(answer("ex01_countdown").with_extension("rs.1"));
}

#[test]
fn words_that_mean_nothing_are_named_and_the_usage_is_shown() {
    for (words, meant) in [
        (&["countdown"][..], "\"countdown\""),
        (&["1", "2"], "\"2\""),
        (&["--hint"], "\"--hint\""),
        (&["--html"], "\"--html\""),
        (&["--lang", "xx"], "\"xx\""),
        (&["reset"], "\"reset\""),
        (&["-1"], "\"-1\""),
    ] {
        let output = ex(words);
        assert!(!output.status.success() && output.stdout.is_empty());
        let said = said(&output);
        assert!(said.contains(meant) && said.contains("cargo ex --help"), "{said}");
    }
    assert!(said(&ex(&["99"])).contains("there is no exercise 99: they have the numbers 1 to 15"));
    assert!(ex(&["--help"]).status.success() && said(&ex(&["help"])).starts_with("usage: "));
    assert!(said(&ex(&["--lang", "zh", "--help"])).starts_with("用法："));
}

#[test]
fn a_reader_that_has_enough_of_the_list_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_ex")).stdout(writer).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_class_gets_no_solution_and_a_folder_that_is_not_empty_is_left_alone() {
    let mut folders = vec![class().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            assert!(!name.contains("wrong_") && !name.contains("solution"), "{name}");
            folders.extend(Some(entry.path()).filter(|it| it.is_dir() && name != "target"));
        }
    }
    let grading = fs::read_to_string(class().join(".github/classroom/autograding.json")).unwrap();
    assert_eq!(grading.matches("\"run\": \"cargo ex ").count(), 15);
    let again = ex(&["export", class().to_str().unwrap(), "--no-vendor"]);
    assert!(!again.status.success() && said(&again).contains("is not empty"), "{}", said(&again));
}

#[test]
fn the_way_from_the_first_state_to_solved_and_back() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let tell = |words: &[&str]| said(&cargo_ex(words).output().unwrap());
    as_in_the_beginning();
    assert!(tell(&["next"]).contains("not written yet: answer.rs:"));
    let hints: Vec<_> = (0..4).map(|_| tell(&["1", "--hint"])).collect();
    assert!(hints[0].starts_with("Hint 1\n") && hints[0].contains("hint 1 of 3"), "{}", hints[0]);
    assert!(hints[2].contains("this is the last one") && hints[3] == hints[0]);

    fs::write(answer("ex01_countdown"), variant(1, "wrong_no_wake")).unwrap();
    let told = tell(&["1"]);
    assert!(told.contains("told nobody") && told.contains("cargo ex 1 --hint"), "{told}");
    fs::write(answer("ex01_countdown"), "this is no Rust").unwrap();
    assert!(tell(&["1"]).contains("does not compile yet: nothing was checked"));
    fs::write(answer("ex01_countdown"), variant(1, "solution")).unwrap();
    let told = tell(&["1"]);
    assert!(told.contains("exercise 1: solved\nNow you can write a future by hand"), "{told}");
    assert!(told.contains("next: Exercise 2: a waker that sets a flag"), "{told}");
    let list = tell(&[]);
    assert!(list.starts_with("✓ Exercise 1: ") && list.contains("█░░░░░░░░░░░░░░ 1 of 15 solved"));

    fs::write(answer("ex01_countdown"), variant(1, "wrong_no_wake")).unwrap();
    assert!(tell(&[]).starts_with("~ Exercise 1: "));
    assert!(tell(&["1"]).contains("was solved before"));
    let told = tell(&["reset", "1"]);
    assert!(told.contains("answer.rs.1"), "{told}");
    assert!(tell(&["reset", "1"]).contains("nothing to reset"));
    let first_state = fs::read_to_string(answer("ex01_countdown")).unwrap();
    assert_eq!(first_state, variant(1, "start"));
    let kept = fs::read_to_string(answer("ex01_countdown").with_extension("rs.1")).unwrap();
    assert_eq!(kept, variant(1, "wrong_no_wake"));
}

#[test]
fn the_run_of_an_answer_is_told_and_drawn_whether_it_is_right_or_wrong() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for (file, is_right) in [("solution", true), ("wrong_no_flag", false)] {
        fs::write(answer("ex08_executor"), variant(8, file)).unwrap();
        let output = cargo_ex(&["8", "--story", "--html", "run.html"]).output().unwrap();
        let told = said(&output);
        assert_eq!(output.status.success(), is_right, "{told}");
        assert!(told.contains("what happened:\n") && told.contains("▶ "), "{told}");
        assert!(told.contains("timeline: run.html; open it in a browser"), "{told}");
        let page = fs::read_to_string(class().join("run.html")).unwrap();
        assert!(page.starts_with("<!doctype html>") && page.contains("\"poll\""));
    }
    let _ = cargo_ex(&["reset", "8"]).output().unwrap();
}

/// The lines that a program prints, as they come.
fn lines_of(command: &mut Command) -> (std::process::Child, mpsc::Receiver<String>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (sender, receiver) = mpsc::channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
    });
    (child, receiver)
}

#[test]
fn watch_checks_what_is_saved_ends_a_check_that_is_out_of_date_and_goes_on_to_the_next() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    as_in_the_beginning();
    let (mut watch, lines) = lines_of(&mut cargo_ex(&["watch"]));
    let until = |wanted: &str| {
        let mut seen = String::new();
        let enough = Instant::now() + Duration::from_secs(120);
        while !seen.contains(wanted) {
            let line = lines.recv_timeout(enough.saturating_duration_since(Instant::now()));
            seen += &line.unwrap_or_else(|_| panic!("no {wanted:?} in {seen}"));
            seen.push('\n');
        }
        seen
    };
    until("not written yet");
    // It waits on a pipe until the end of the check; that another answer is checked shows that this one was ended.
    let endless = variant(1, "wrong_prints_for_ever")
        .replace("println!(\"still here\")", "std::thread::park()");
    fs::write(answer("ex01_countdown"), endless).unwrap();
    thread::sleep(Duration::from_secs(3)); // the build; the check lasts for ten seconds
    fs::write(answer("ex01_countdown"), variant(1, "wrong_no_wake")).unwrap();
    let seen = until("told nobody");
    assert!(!seen.contains("no end after"), "{seen}");
    fs::write(answer("ex01_countdown"), variant(1, "solution")).unwrap();
    let seen = until("watching ");
    assert!(seen.contains("exercise 1: solved") && seen.contains("Exercise 2: "), "{seen}");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn the_answers_of_a_class_are_graded_each_by_itself() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let students = class().join("target/students");
    let _ = fs::remove_dir_all(&students);
    let of_a_windows_editor = format!("\u{feff}{}", variant(1, "solution").replace('\n', "\r\n"));
    for (name, text) in [
        ("=amy", of_a_windows_editor),
        ("bo, \"b\"", variant(1, "wrong_no_wake")),
        ("cy", variant(1, "wrong_exits")),
        ("di", variant(1, "wrong_prints_a_verdict")),
        ("ed", variant(1, "wrong_prints_for_ever")),
        ("flo", "no Rust".to_string()),
        ("gil", variant(1, "start")),
    ] {
        fs::create_dir_all(students.join(name)).unwrap();
        fs::write(students.join(name).join("ex01.rs"), text).unwrap();
    }
    fs::create_dir_all(students.join("an empty folder")).unwrap();
    let output = cargo_ex(&["grade", "target/students"]).output().unwrap();
    let told = said(&output);
    assert!(output.status.success() && told.contains("students: 8"), "{told}");
    assert!(told.contains("1/8") && told.contains("no-wake ×2: "), "{told}");
    let table = fs::read_to_string(class().join("grades.csv")).unwrap();
    assert!(table.starts_with("\u{feff}student,exercise,"), "{table}");
    let row = |begin: &str| table.lines().find(|row| row.starts_with(begin)).unwrap_or(&table);
    assert!(row("'=amy,1,").starts_with("'=amy,1,solved,,"));
    assert!(row("\"bo, \"\"b\"\"\",1,").contains(",wrong,no-wake,"));
    assert!(row("cy,1,").contains(",wrong,ended,"));
    assert!(row("di,1,").contains(",wrong,no-wake,"));
    assert!(row("ed,1,").contains(",wrong,time-limit,"));
    assert!(row("flo,1,").contains(",does not compile,,"));
    assert!(row("gil,1,").contains(",not written,not-written,"));
    assert!(row("gil,2,").contains(",missing,,"));
    assert!(row("an empty folder,1,").contains("there is no such file"));
    let json = fs::read_to_string(class().join("grades.json")).unwrap();
    assert_eq!(json.matches("{\"student\": ").count(), 8 * 15);
    let nobody = cargo_ex(&["grade", "target/students/an empty folder"]).output().unwrap();
    assert!(said(&nobody).contains("there are no answers in "), "{}", said(&nobody));
}

/// Puts the first exercise's answer of each student into a folder of its own.
fn hand_in(answers: &[(&str, String)]) {
    let students = class().join("target/students");
    let _ = fs::remove_dir_all(&students);
    for (name, text) in answers {
        fs::create_dir_all(students.join(name)).unwrap();
        fs::write(students.join(name).join("ex01.rs"), text).unwrap();
    }
}

/// What the table says of a student's first answer.
fn graded(student: &str) -> String {
    let table = fs::read_to_string(class().join("grades.csv")).unwrap();
    let row = table.lines().find(|row| row.starts_with(&format!("{student},1,")));
    row.unwrap_or(&table).to_string()
}

#[test]
fn an_answer_reads_no_solution_and_none_of_another_worker() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let right_ones = [
        "tests/exercises/ex01/key.rs",
        "target/exercises/01.solved",
        "target/grade/9/answer.rs",
        "examples/exercises/src/bin/ex01_countdown/key.rs",
    ];
    let students = right_ones.map(|path| path.replace(['/', '.'], " "));
    let up = "../".repeat(8);
    let thief = |path| format!("#[path = \"{up}{path}\"]\nmod it;\npub use it::*;\n");
    let answers: Vec<_> =
        students.iter().zip(right_ones).map(|(name, path)| (name.as_str(), thief(path))).collect();
    hand_in(&answers);
    for path in right_ones.map(|path| class().join(path)) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, variant(1, "solution")).unwrap();
    }
    let told = said(&cargo_ex(&["grade", "target/students"]).output().unwrap());
    for path in right_ones {
        fs::remove_file(class().join(path)).unwrap();
    }
    // Where nothing isolates it, an answer may read all that you may.
    for student in students.iter().filter(|_| told.contains("isolated by bwrap")) {
        assert!(graded(student).contains(",does not compile,"), "{}", graded(student));
    }
}

#[cfg(unix)]
#[test]
fn a_link_of_a_folder_brings_no_answer_of_another_student() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    hand_in(&[("alice", variant(1, "start"))]);
    let students = class().join("target/students");
    fs::create_dir_all(students.join("alice/ex02_flag")).unwrap();
    fs::write(students.join("alice/ex02_flag/answer.rs"), variant(2, "start")).unwrap();
    fs::create_dir_all(students.join("bob")).unwrap();
    std::os::unix::fs::symlink("../alice/ex02_flag", students.join("bob/ex02_flag")).unwrap();
    let told = said(&cargo_ex(&["grade", "target/students"]).output().unwrap());
    let table = fs::read_to_string(class().join("grades.csv")).unwrap();
    let of = |row: &str| table.contains(row);
    assert!(of("\nalice,2,not written,") && of("\nbob,2,missing,"), "{told}{table}");
}

#[test]
fn a_teacher_who_reads_no_summary_has_both_tables_whole() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    hand_in(&[("amy", variant(1, "start"))]);
    for name in ["grades.csv", "grades.json"] {
        fs::write(class().join(name), "an earlier table").unwrap();
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = cargo_ex(&["grade", "target/students"]).stdout(writer).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(graded("amy").contains(",not written,"), "{}", graded("amy"));
    let json = fs::read_to_string(class().join("grades.json")).unwrap();
    assert!(json.starts_with("[\n") && json.ends_with("\n]\n"), "{json}");
    let left = fs::read_dir(class()).unwrap().map(|it| it.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().contains("unfinished")));
}

/// Has `cargo ex grade` call the compiler through this script; nothing is built in its sandboxes yet.
#[cfg(unix)]
fn grade_with_a_compiler(script: &str) -> Output {
    use std::os::unix::fs::PermissionsExt;
    let path = class().join("compiler.sh");
    assert!(cargo_ex(&["help"]).output().unwrap().status.success()); // it is built before that
    let _ = fs::remove_dir_all(class().join("target/grade"));
    fs::write(&path, format!("#!/bin/sh\n{script}\nexec \"$@\"\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut grade = cargo_ex(&["grade", "target/students"]);
    grade.env("RUSTC_WRAPPER", path).env("EXERCISE_BUILD_SECONDS", "1");
    grade.output().unwrap()
}

#[cfg(unix)]
#[test]
fn the_first_build_has_no_limit_and_an_answer_that_is_built_too_slowly_is_told_so() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    hand_in(&[("amy", format!("// slow\n{}", variant(1, "solution")))]);
    let slow = "grep -qs '^// slow' src/bin/ex01_countdown/answer.rs && exec sleep 600";
    let output = grade_with_a_compiler(slow);
    assert!(output.status.success(), "{output:?}");
    assert!(graded("amy").contains(",too slow,,"), "{}", graded("amy"));
    let built = class().join("target/grade/1/examples/exercises/target/debug/ex01_countdown");
    assert!(built.exists(), "the beginning was built, which takes longer than a second");
}

#[cfg(unix)]
#[test]
fn where_the_runtime_does_not_build_no_answer_is_blamed() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    hand_in(&[("amy", variant(1, "solution"))]);
    fs::write(class().join("grades.csv"), "an earlier table").unwrap();
    let output = grade_with_a_compiler("case \"$*\" in *'crate-name glassloop '*) exit 1; esac");
    assert!(!output.status.success(), "{output:?}");
    assert!(said(&output).contains("exercises do not build"), "{}", said(&output));
    assert_eq!(fs::read_to_string(class().join("grades.csv")).unwrap(), "an earlier table");
}
