//! `cargo ex doctor`: is this machine ready for the course?

use std::{
    env, io,
    process::{Command, ExitCode, Stdio},
};

use crate::{course::package, language::Language, say};

/// The oldest compiler that will do.
const MINOR: u32 = 88;

/// Looks at each thing that a student needs, and says what to do where one is missing.
pub fn look(language: Language) -> io::Result<ExitCode> {
    let all = [
        (compiler(), language.compiler(MINOR)),
        (builds_offline(), language.builds_offline()),
        (has_utf8(), language.has_utf8()),
        (has_browser(), language.has_browser()),
    ];
    for (found, [good, bad]) in &all {
        say(if *found { format!("✓ {good}") } else { format!("✕ {bad}") })?;
    }
    let is_ready = all.iter().all(|(found, _)| *found);
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `rustc 1.88.0 (…)`, or later.
fn compiler() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("--version").output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let version = said.unwrap_or_default();
    let minor = version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= MINOR)
}

fn builds_offline() -> bool {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--offline", "--quiet", "--bin", "ex01_countdown", "--manifest-path"]);
    build.arg(package().join("Cargo.toml")).stderr(Stdio::null());
    build.status().is_ok_and(|status| status.success())
}

fn has_utf8() -> bool {
    let said = |name: &&str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(said);
    let locale = locale.map(|locale| locale.to_ascii_lowercase().replace('-', ""));
    // Windows has no locale among its variables: there a terminal that shows the signs says its name.
    let is_named =
        ["WT_SESSION", "TERM_PROGRAM", "ConEmuANSI", "TERM"].iter().any(|it| said(it).is_some());
    locale.map_or(cfg!(windows) && is_named, |locale| locale.contains("utf8"))
}

/// The other systems bring one along.
fn has_browser() -> bool {
    let names = ["xdg-open", "firefox", "chromium", "google-chrome", "chrome", "epiphany"];
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path);
    !cfg!(target_os = "linux")
        || folders.any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}
