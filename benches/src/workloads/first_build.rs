//! The first build: how long a newcomer waits until a program that does one GET has been compiled.
//!
//! A clean debug build, by as many compilers as there are processors, of crates that have been downloaded before.
//! The program is then run once: it has to be one that works.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Command},
    thread,
};

use super::{Better, Contender, Metric, Workload};
use crate::{Result, measure};

/// Without TLS, on all sides.
pub const WORKLOAD: Workload = Workload {
    name: "first-build",
    title: "the first build of a GET",
    metrics: &[
        Metric { unit: "seconds", better: Better::Less },
        Metric { unit: "crates", better: Better::Less },
    ],
    size: EVERYBODY,
    quick: IN_A_HURRY,
    most_runs: Some(3),
    contenders: &[
        Contender::ours("glassloop", |who| GLASSLOOP.build(who)),
        Contender::peer("tokio by hand", |who| TOKIO.build(who)),
        Contender::peer("ureq", |who| UREQ.build(who)),
        Contender::peer("reqwest", |who| REQWEST.build(who)),
        Contender::floor("mio by hand", |who| MIO.build(who)),
    ],
};

/// The size of this workload says who takes part.
const EVERYBODY: u64 = 2;
const IN_A_HURRY: u64 = 1;

/// What is built.
struct Program {
    source: &'static str,
    /// As in `Cargo.toml`; `..` is glassloop.
    dependencies: &'static str,
    /// Does it take more than a few seconds?
    slow: bool,
}

const GLASSLOOP: Program = Program {
    source: include_str!("../../first_build/glassloop.rs"),
    dependencies: "glassloop = { path = '..', features = ['http'] }",
    slow: false,
};

const TOKIO: Program = Program {
    source: include_str!("../../first_build/tokio.rs"),
    dependencies: "httparse = '1'
        tokio = { version = '1', features = ['rt', 'net', 'io-util'] }",
    slow: false,
};

const MIO: Program = Program {
    source: include_str!("../../first_build/mio.rs"),
    dependencies: "httparse = '1'
        mio = { version = '1', features = ['os-poll', 'net'] }
        socket2 = '0.6'",
    slow: false,
};

const UREQ: Program = Program {
    source: include_str!("../../first_build/ureq.rs"),
    dependencies: "ureq = { version = '3', default-features = false }",
    slow: true,
};

const REQWEST: Program = Program {
    source: include_str!("../../first_build/reqwest.rs"),
    dependencies: "reqwest = { version = '0.13', default-features = false }
        tokio = { version = '1', features = ['rt', 'macros'] }",
    slow: true,
};

impl Program {
    /// Builds it, and runs it. Returns seconds and crates.
    fn build(&self, who: u64) -> Result<Vec<f64>> {
        if self.slow && who == IN_A_HURRY {
            return Err("left out with --quick: it takes too long".into());
        }
        let package = Package::new(self)?;
        package.cargo(&["fetch"])?;
        let start = measure::start();
        let said = package.cargo(&["build", "--offline"])?;
        let seconds = start.elapsed().as_secs_f64();
        let is_crate = |line: &&str| line.trim_start().starts_with("Compiling ");
        let crates = said.lines().filter(is_crate).count();
        package.try_out()?;
        Ok(vec![seconds, crates as f64])
    }
}

/// A package in a folder that goes with it.
struct Package {
    folder: PathBuf,
}

impl Package {
    fn new(program: &Program) -> Result<Package> {
        let folder = env::temp_dir().join(format!("first-build-{}", process::id()));
        let package = Package { folder };
        fs::create_dir_all(package.folder.join("src"))?;
        let glassloop = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let glassloop = format!("'{}'", glassloop.canonicalize()?.display());
        let dependencies = program.dependencies.replace("'..'", &glassloop);
        let manifest = format!(
            "[package]\nname = 'first-build'\nedition = '2024'\n[workspace]\n[dependencies]\n{dependencies}\n"
        );
        fs::write(package.folder.join("Cargo.toml"), manifest)?;
        fs::write(package.folder.join("src/main.rs"), program.source)?;
        Ok(package)
    }

    /// What cargo has said. A newcomer has set none of its variables.
    fn cargo(&self, words: &[&str]) -> Result<String> {
        let output = Command::new("cargo")
            .args(words)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTC_WRAPPER")
            .env_remove("CARGO_INCREMENTAL")
            .output()
            .map_err(|error| format!("cargo cannot be started: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            let why = said.lines().find(|line| line.starts_with("error")).unwrap_or(&said);
            return Err(format!("cargo {}: {why}", words[0]).into());
        }
        Ok(said)
    }

    /// Runs the program against a server that answers once.
    fn try_out(&self) -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/greeting", listener.local_addr()?);
        thread::spawn(move || answer_once(&listener));
        let output =
            Command::new(self.folder.join("target/debug/first-build")).arg(url).output()?;
        match output.stdout == b"hello" {
            true => Ok(()),
            false => Err(format!("the program does not work: {output:?}").into()),
        }
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        // What cannot be removed from a temporary folder stays there; there is nobody to tell.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn answer_once(listener: &TcpListener) -> std::io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    for line in BufReader::new(&stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nhello",
    )
}
