//! The parent of a check: starts the child, reads what it says, and ends it when its time is over.

use std::{
    collections::hash_map::RandomState,
    env,
    hash::BuildHasher,
    io::{self, BufRead, BufReader, Read, Write},
    process::{self, Child, ChildStdout, Command, ExitCode, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{
    Exercise, Failure, LIMIT, Language, SHOWN,
    child::{HTML, LANGUAGE, STORY, child},
    printed::Printed,
};

/// A child that has not said anything so long after its limit is ended.
const GRACE: Duration = Duration::from_secs(3);

/// As much of a line is read at once, and of a verdict in all.
const MOST_OF_A_LINE: u64 = 1 << 12;
const MOST_OF_A_VERDICT: usize = 1 << 22;

/// What came of a check.
pub struct Told {
    /// The message's, or `passed`.
    pub id: String,
    /// The same in words.
    pub text: String,
    /// What the answer has printed.
    pub printed: String,
}

/// A check from the command line: in a child, with a limit of time.
pub fn main(exercise: &'static Exercise) -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|it| it == word);
    if has("--child") {
        child(exercise);
    }
    let after = |word: &str| words.iter().skip_while(|it| *it != word).nth(1);
    let language = after("--lang").and_then(|name| Language::named(name));
    let language = language.unwrap_or_else(Language::of_locale);
    let mut command = Command::new(env::current_exe().expect("a program knows where it is"));
    command.arg("--child");
    if has("--story") {
        command.env(STORY, "1");
    }
    if let Some(file) = after("--html") {
        command.env(HTML, file);
    }
    if has("--report") {
        command.stderr(Stdio::null());
    }
    if has("--until-eof") {
        thread::spawn(|| {
            let _ = io::stdin().lock().read_to_end(&mut Vec::new());
            process::exit(1); // and the child with us, since it reads the end of its own input
        });
    }
    let told = run_child(exercise, &mut command, language);
    let is_right = told.id == "passed";
    // Somebody may have closed the terminal, or the pipe.
    let _ = match has("--report") {
        true => writeln!(io::stdout(), "{}\n{}", told.id, told.text),
        false => writeln!(io::stdout(), "{}{}", told.printed, in_words(exercise, &told, language)),
    };
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn in_words(exercise: &Exercise, told: &Told, language: Language) -> String {
    let (n, text) = (exercise.number, &told.text);
    match (told.id.as_str(), language) {
        ("passed", Language::English) => format!("exercise {n}: solved{text}"),
        ("passed", Language::Chinese) => format!("练习 {n}：通过{text}"),
        _ => text.clone(),
    }
}

/// Runs a check in a child.
pub fn run_child(exercise: &Exercise, command: &mut Command, language: Language) -> Told {
    // Two numbers that nobody can guess.
    let mark = [0; 2].map(|_| format!("{:016x}", RandomState::new().hash_one(0))).concat();
    command.env(LANGUAGE, language.name()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program can be started again");
    // It stays open until the check is over: where it ends, the child ends.
    let mut stdin = child.stdin.take().expect("a pipe");
    let _ = writeln!(stdin, "{mark}");
    let stdout = child.stdout.take().expect("a pipe");
    let printed: Arc<Mutex<Printed>> = Arc::default();
    let (sender, receiver) = mpsc::channel();
    let (keep, begin) = (printed.clone(), mark.clone());
    thread::spawn(move || sender.send(read_verdict(stdout, &begin, &keep)).is_ok());
    let verdict = receiver.recv_timeout(LIMIT + GRACE);
    let status = end(&mut child, matches!(verdict, Err(RecvTimeoutError::Timeout)));
    let printed = printed.lock().unwrap_or_else(PoisonError::into_inner).text();
    let (id, text) = match verdict {
        Ok(Some((id, text))) => (id, text),
        other => {
            let failure = match other {
                Err(RecvTimeoutError::Timeout) => Failure::new("time-limit", &[&LIMIT.as_secs()]),
                _ => Failure::new("ended", &[&status.map_or("?".to_string(), |it| it.to_string())]),
            };
            (failure.id.to_string(), failure.told(exercise, language, SHOWN))
        }
    };
    Told { id, text, printed }
}

/// Waits for a child, which is over or has to be ended.
fn end(child: &mut Child, is_late: bool) -> Option<ExitStatus> {
    if is_late {
        let _ = child.kill();
    }
    child.wait().ok()
}

/// Reads to the end of the verdict, or of all. What comes before it the answer has printed.
fn read_verdict(
    stdout: ChildStdout,
    mark: &str,
    printed: &Mutex<Printed>,
) -> Option<(String, String)> {
    let mut stdout = BufReader::new(stdout);
    let (mut id, mut text) = (None, Vec::new());
    loop {
        let mut line = Vec::new();
        let read = stdout.by_ref().take(MOST_OF_A_LINE).read_until(b'\n', &mut line).unwrap_or(0);
        let said = line.strip_prefix(mark.as_bytes()).map(|said| said.trim_ascii().to_vec());
        match (said, &id) {
            (Some(said), None) => id = Some(String::from_utf8_lossy(&said).into_owned()),
            (Some(_), Some(id)) => {
                let text = String::from_utf8_lossy(&text).trim_end().to_string();
                return Some((id.clone(), text));
            }
            _ if read == 0 => return None,
            (None, None) => printed.lock().unwrap_or_else(PoisonError::into_inner).add(&line),
            (None, Some(_)) if text.len() < MOST_OF_A_VERDICT => text.extend(line),
            (None, Some(_)) => {}
        }
    }
}
