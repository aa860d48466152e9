//! A place to build and run one answer after the other, from which none can do harm to another.
//!
//! Under `bwrap`, where it is installed, an answer sees neither the network nor other processes, can write nowhere but
//! here, and sees neither the folders of the students nor, of this project, what is right. Else it is only held to its
//! limits.

use std::{
    env::{self, consts::EXE_SUFFIX},
    fs,
    io::{self, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::Verdict;
use crate::{
    class::copy_exercises,
    course::{Exercise, root},
    language::Language,
};

/// How long the build of an answer may take, in seconds. The variable says so where a computer needs more.
const BUILD: u64 = 60;
const BUILD_SECONDS: &str = "EXERCISE_BUILD_SECONDS";

/// How long a check may take: the harness ends the answer sooner.
const CHECK: Duration = Duration::from_secs(15);

/// What an answer may have, as `ulimit` counts it: kilobytes of memory, blocks in a file, processes and threads.
const LIMITS: &str = "ulimit -v 4000000; ulimit -f 200000; ulimit -c 0; ";
const PROCESSES: &str = "ulimit -u 512; ";

/// What no answer may read: the solutions, the teacher's answers, what was solved, and what other workers check.
const HIDDEN: [&str; 3] = ["tests/exercises", "examples/exercises", "target"];

/// As much is read of what a compiler or a check says.
const MOST_OF_A_TEXT: u64 = 100_000;

pub struct Sandbox {
    folder: PathBuf,
    /// The arguments for `bwrap`.
    bwrap: Option<Vec<String>>,
}

impl Sandbox {
    pub fn new(number: usize, hidden: &[PathBuf]) -> io::Result<Sandbox> {
        let folder = root().join(format!("target/grade/{number}"));
        // Of an earlier class only what cargo has built is kept.
        let _ = fs::remove_dir_all(folder.join("examples"));
        fs::create_dir_all(folder.join("home"))?;
        copy_exercises(&folder)?;
        fs::copy(root().join("Cargo.lock"), folder.join("examples/exercises/Cargo.lock"))?;
        let manifest = folder.join("examples/exercises/Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        let path = format!("path = {:?}", root().display().to_string());
        fs::write(manifest, text.replace("path = \"../..\"", &path) + "\n[workspace]\n")?;
        let bwrap = is_there("bwrap").then(|| arguments(hidden));
        let sandbox = Sandbox { folder, bwrap };
        // Where the system does not let it make a sandbox, it is as good as missing.
        let works =
            sandbox.command("true", Writes::Nowhere).status().is_ok_and(|status| status.success());
        let Sandbox { folder, bwrap } = sandbox;
        Ok(Sandbox { folder, bwrap: bwrap.filter(|_| works) })
    }

    pub fn is_isolated(&self) -> bool {
        self.bwrap.is_some()
    }

    /// Puts an answer into its place.
    pub fn put(&self, exercise: &Exercise, answer: &[u8]) -> io::Result<()> {
        let place = self.package().join("src/bin").join(&exercise.name).join("answer.rs");
        // Cargo goes by the time of a file: what is the same stays as it is.
        match fs::read(&place) {
            Ok(there) if there == answer => Ok(()),
            _ => fs::write(place, answer),
        }
    }

    /// Builds what all answers need, in its own time: no answer is to pay for that, or to be blamed for it.
    pub fn prepare(&self, first: &Exercise, language: Language) -> io::Result<()> {
        let built = self.build(first, Duration::MAX)?;
        let [_, does_not_build] = language.builds_offline();
        let why = || io::Error::other(format!("{does_not_build}\n{}", built.said));
        if built.succeeded { Ok(()) } else { Err(why()) }
    }

    fn build(&self, exercise: &Exercise, limit: Duration) -> io::Result<Ran> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = self.command(&cargo.to_string_lossy(), Writes::Here);
        build.args(["build", "--quiet", "--offline", "--bin", &exercise.name]);
        build.current_dir(self.package()).stderr(Stdio::piped());
        run(build, limit)
    }

    fn package(&self) -> PathBuf {
        self.folder.join("examples/exercises")
    }

    /// The message that this answer gets: its id, and its text.
    pub fn check(&self, exercise: &Exercise, answer: &[u8]) -> io::Result<(Verdict, String)> {
        let package = self.package();
        self.put(exercise, answer)?;
        let limit = env::var(BUILD_SECONDS).ok().and_then(|seconds| seconds.parse().ok());
        let limit = limit.unwrap_or(BUILD);
        let built = self.build(exercise, Duration::from_secs(limit))?;
        if built.is_late {
            return Ok((Verdict::TooSlow, format!("the build was not over after {limit} s")));
        }
        if !built.succeeded {
            let first = built.said.lines().find(|line| line.starts_with("error"));
            return Ok((Verdict::DoesNotCompile, first.unwrap_or("no error").to_string()));
        }
        let program = format!("target/debug/{}{EXE_SUFFIX}", exercise.name);
        let program = package.join(program).to_string_lossy().into_owned();
        let mut check = self.command(&program, Writes::Nowhere);
        check.args(["--report", "--lang", "en"]).current_dir(&package).stdout(Stdio::piped());
        let checked = run(check, CHECK)?;
        let (id, text) = checked.said.split_once('\n').unwrap_or((&checked.said, ""));
        Ok(match (id, checked.succeeded) {
            ("passed", true) => (Verdict::Solved, String::new()),
            // It has taken down the harness as well.
            ("" | "passed", _) if checked.is_late => (Verdict::wrong("time-limit"), String::new()),
            ("" | "passed", _) => (Verdict::wrong("ended"), String::new()),
            (id, _) => (Verdict::wrong(id), text.trim().to_string()),
        })
    }

    /// A program in here, held to its limits.
    fn command(&self, program: &str, writes: Writes) -> Command {
        let mut command = Command::new("sh");
        let mut limits = LIMITS.to_string();
        if let Some(arguments) = &self.bwrap {
            let here = self.folder.display().to_string();
            let how = if writes == Writes::Here { "--bind" } else { "--ro-bind" };
            command = Command::new("bwrap");
            command.args(arguments).args([how, &here, &here]).arg("sh");
            limits += PROCESSES;
        }
        command.args(["-c", &format!("{limits}exec \"$0\" \"$@\""), program]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Of memory counts what is reserved, and glibc reserves much for each thread, unless they share.
        command.env("MALLOC_ARENA_MAX", "4");
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

/// Where a program may write. The compiler has to; an answer that runs has not.
#[derive(PartialEq)]
enum Writes {
    Here,
    Nowhere,
}

/// How the system looks from within.
fn arguments(hidden: &[PathBuf]) -> Vec<String> {
    let root = root();
    let project = root.display().to_string(); // it may lie in /tmp, which is empty else
    let mut all: Vec<String> =
        ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
            .into_iter()
            .chain(["--unshare-all", "--die-with-parent", "--new-session"])
            .chain(["--ro-bind", &project, &project])
            .map(str::to_string)
            .collect();
    let ours = HIDDEN.map(|name| root.join(name));
    let ours = ours.iter().filter(|folder| folder.is_dir());
    for folder in hidden.iter().filter(|folder| !root.starts_with(folder)).chain(ours) {
        all.extend(["--tmpfs".to_string(), folder.display().to_string()]);
    }
    all
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// What came of a program.
struct Ran {
    succeeded: bool,
    /// The beginning of what it has said, by the one pipe that it has.
    said: String,
    is_late: bool,
}

/// Runs a program for so long at most, and ends all that it has started.
fn run(mut command: Command, limit: Duration) -> io::Result<Ran> {
    let mut child = command.spawn()?;
    let pipe: Option<Box<dyn Read + Send>> = match (child.stdout.take(), child.stderr.take()) {
        (Some(stdout), _) => Some(Box::new(stdout)),
        (None, Some(stderr)) => Some(Box::new(stderr)),
        (None, None) => None,
    };
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(pipe) = pipe {
            let mut pipe = pipe.take(MOST_OF_A_TEXT);
            let _ = pipe.read_to_end(&mut said);
            let _ = io::copy(&mut pipe.into_inner(), &mut io::sink()); // or the writer would wait
        }
        let _ = sender.send(said);
    });
    let said = receiver.recv_timeout(limit);
    let succeeded = end(&mut child)?;
    let (is_late, said) = (said.is_err(), said.unwrap_or_default());
    Ok(Ran { succeeded, said: String::from_utf8_lossy(&said).into_owned(), is_late })
}

/// Gives a child that has closed its pipe a moment to end by itself; then its whole group is ended.
fn end(child: &mut Child) -> io::Result<bool> {
    for _ in 0..100 {
        if let Some(status) = child.try_wait()? {
            end_group(child);
            return Ok(status.success());
        }
        thread::sleep(Duration::from_millis(10));
    }
    end_group(child);
    let _ = child.kill();
    Ok(child.wait()?.success())
}

/// What the answer has started goes on in its group, and holds memory and processors.
fn end_group(child: &Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        let mut kill = Command::new("kill");
        let _ = kill.args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
}
