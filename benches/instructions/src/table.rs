//! The counts, as they are kept in `recorded/`, a file for each way of building; and how those of today compare.

use std::{env, fmt, fs, io, path::PathBuf, str::FromStr};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recorded");

/// How many per cent a count may change before somebody should know.
const TOLERATED: f64 = 5.0;

/// How many instructions each loop takes once around; and who has compiled it.
pub struct Table {
    pub compiler: String,
    pub counts: Vec<(String, f64)>,
}

impl Table {
    pub fn recorded() -> io::Result<Table> {
        let file = file()?;
        let told = |why: String| io::Error::other(format!("{}: {why}", file.display()));
        let text = fs::read_to_string(&file).map_err(|error| told(error.to_string()))?;
        text.parse().map_err(|line| told(format!("what is {line:?}?")))
    }

    pub fn write(&self) -> io::Result<()> {
        fs::write(file()?, self.to_string())
    }

    /// Prints how the counts have changed.
    ///
    /// # Errors
    /// If a loop takes noticeably more than is recorded, or if none is.
    pub fn compare(&self, counted: &Table) -> io::Result<()> {
        let (mut worse, mut better) = (Vec::new(), Vec::new());
        let record = how_to_record()?;
        println!("instructions, once around (recorded, now), profile {}", profile()?);
        for (name, now) in &counted.counts {
            let Some(before) = self.count(name) else {
                let missing = format!("for {name} nothing is recorded. To do so:\n  {record}");
                return Err(io::Error::other(missing));
            };
            let change = (now / before - 1.0) * 100.0;
            println!("  {name:<8} {before:>8.1} {now:>8.1} {change:>+6.1} %");
            match change {
                TOLERATED.. => worse.push(format!("{name} {change:+.1} %")),
                _ if change < -TOLERATED => better.push(format!("{name} {change:+.1} %")),
                _ => {}
            }
        }
        if !better.is_empty() {
            let which = better.join(", ");
            println!("Better than recorded: {which}. That it may stay so, record it:\n  {record}");
        }
        match worse.is_empty() {
            true => Ok(()),
            false => Err(io::Error::other(too_many(&worse.join(", "), &record))),
        }
    }

    fn count(&self, name: &str) -> Option<f64> {
        self.counts.iter().find(|(known, _)| known == name).map(|(_, count)| *count)
    }
}

/// The profile with which this was built: cargo gives each a folder with its name.
fn profile() -> io::Result<String> {
    let program = env::current_exe()?;
    let folder = program.parent().and_then(|folder| folder.file_name());
    Ok(folder.unwrap_or_default().to_string_lossy().into_owned())
}

fn file() -> io::Result<PathBuf> {
    Ok(PathBuf::from(RECORDED).join(profile()? + ".txt"))
}

fn how_to_record() -> io::Result<String> {
    let manifest = "benches/instructions/Cargo.toml";
    Ok(format!("cargo run --profile {} --manifest-path {manifest} -- --record", profile()?))
}

fn too_many(which: &str, record: &str) -> String {
    format!(
        "the runtime takes more instructions than are recorded in benches/instructions/recorded/: {which}.\n\
         To see where: valgrind --tool=callgrind, with the program and a loop's name and a number, before and after \
         the change.\nIf that is the price of something, record it, and say in the commit of what:\n  {record}"
    )
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.compiler)?;
        self.counts.iter().try_for_each(|(name, count)| writeln!(f, "{name:<8} {count:>8.1}"))
    }
}

impl FromStr for Table {
    /// The line that can't be read.
    type Err = String;

    fn from_str(text: &str) -> Result<Table, String> {
        let mut lines = text.lines();
        let compiler = lines.next().unwrap_or_default().to_owned();
        let count = |line: &str| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.trim().parse().ok()?))
        };
        let counts = lines.map(|line| count(line).ok_or_else(|| line.to_owned()));
        Ok(Table { compiler, counts: counts.collect::<Result<_, _>>()? })
    }
}
