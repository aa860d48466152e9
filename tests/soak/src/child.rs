//! Processes of this same program, under limits that a shell sets: a limit is the whole process's, and so is what a
//! signal does.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    process::{self, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::{Entry, files};

/// How a process ended that runs a scenario.
pub enum Ending {
    Well,
    LeftOut(&'static str),
    /// It could not tell by itself what was wrong, or has told.
    Wrong(String),
}

/// With these the C library's allocator gives back what is free. By itself it keeps more the larger a peak was, and
/// memory would tell nothing.
const ALLOCATOR: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
    ("MALLOC_TRIM_THRESHOLD_", "65536"),
];

/// Has a shell do this, and then become this program, to run one target.
fn shell(before: &str, target: &str, time: Duration) -> io::Result<Command> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{before}\nexec \"$0\" \"$@\"")).arg(env::current_exe()?);
    command.envs(ALLOCATOR);
    command.args(["--here", "--target", target, "--seconds", &time.as_secs_f64().to_string()]);
    Ok(command)
}

/// Runs a scenario in a process and a folder of its own.
pub fn run(entry: &Entry, time: Duration) -> Ending {
    let folder = env::temp_dir().join(format!("glassloop-soak-{}-{}", process::id(), entry.name));
    let ending = fs::create_dir(&folder).and_then(|()| {
        let status = match entry.limits {
            files::SMALL_DISK if !files::can_mount(&folder) => {
                return Ok(Ending::LeftOut("no small file system can be mounted here"));
            }
            files::SMALL_DISK => files::on_small_disk(&shell("", entry.name, time)?, &folder),
            limits => passed_on(shell(limits, entry.name, time)?.current_dir(&folder)),
        }?;
        Ok(match status.success() {
            true => Ending::Well,
            false => Ending::Wrong(format!("its process has failed: {status}")),
        })
    });
    let removed = fs::remove_dir_all(&folder);
    match ending.and_then(|ending| removed.map(|()| ending)) {
        Ok(ending) => ending,
        Err(error) => Ending::Wrong(format!("it could not be run: {error}")),
    }
}

/// Runs a process, and passes on what it says. By pipes: if this program's output is a file that is large already, a
/// process with a limit on the size of files could not say a word.
fn passed_on(command: &mut Command) -> io::Result<ExitStatus> {
    let output = command.output()?;
    io::stdout().write_all(&output.stdout)?;
    io::stderr().write_all(&output.stderr)?;
    Ok(output.status)
}

/// A process to talk to, line by line.
pub struct Child {
    process: process::Child,
    output: BufReader<process::ChildStdout>,
}

impl Child {
    pub fn start(limits: &str, target: &str) -> io::Result<Child> {
        let mut command = shell(limits, target, Duration::ZERO)?;
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or_else(|| io::Error::other("it has no output"))?;
        Ok(Child { process, output: BufReader::new(output) })
    }

    /// Says a line to it.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        let input = self.process.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{line}")
    }

    /// Waits for its next line, which must begin with this word. Returns what comes behind it.
    pub fn hear(&mut self, word: &str) -> Result<String, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        match line.trim_end().strip_prefix(word) {
            Some(rest) => Ok(rest.trim_start().to_string()),
            None if line.is_empty() => {
                Err(format!("fails: the process ended before it said {word:?}"))
            }
            None => Err(format!("fails: the process says {line:?}")),
        }
    }

    /// A script for a shell, that knows the process as `$0`.
    pub fn script(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, &self.process.id().to_string()]);
        command
    }
}

/// What has failed leaves no process behind.
impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
