//! `cargo ex grade`: checks the answers of a whole class, and writes a table.
//!
//! Nothing of a student's but the answers themselves is used: each is put into a copy of the exercises of this
//! repository, and is built and run there, by itself.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind},
    iter,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

use crate::{
    course::{Exercise, exercises},
    language::Language,
    say,
};

mod sandbox;
mod table;

use sandbox::Sandbox;
use table::{Row, Verdict};

/// A longer answer is none.
const MOST_BYTES: u64 = 200_000;

/// Where the table is written, in the folder in which one is.
const CSV: &str = "grades.csv";
const JSON: &str = "grades.json";

/// A student, by the name of the folder.
struct Student {
    name: String,
    folder: PathBuf,
}

pub fn grade(folders: &[PathBuf], language: Language) -> io::Result<()> {
    let students = students(folders, language)?;
    let exercises = exercises()?;
    let hidden: Vec<PathBuf> = students.iter().map(|student| student.folder.clone()).collect();
    let workers = thread::available_parallelism().map_or(1, |cores| cores.get().min(8));
    let sandboxes: Vec<Sandbox> =
        (1..=workers).map(|n| Sandbox::new(n, &hidden)).collect::<io::Result<_>>()?;
    // Nobody may read what is said, as with `| head -1`: the tables are for later.
    let was_said = say(language.how_isolated(sandboxes[0].is_isolated()));
    let begin = Instant::now();
    let cannot =
        |name| move |error| io::Error::other(language.no_such_folder(Path::new(name), &error));
    for name in [CSV, JSON] {
        // Before the work, not after it: nobody wants to do it twice.
        can_be_written(name).map_err(cannot(name))?;
    }
    let rows = check_all(&students, &exercises, sandboxes, language)?;
    for (name, table) in [(CSV, table::csv(&rows)), (JSON, table::json(&rows))] {
        write_whole(name, &table).map_err(cannot(name))?;
    }
    was_said?;
    say(table::summary(&rows, &students.len(), language))?;
    say(language.was_graded(rows.len(), begin.elapsed(), CSV, JSON))
}

/// A table is whole before it has its name: what was there until then is an earlier one, and whole as well.
fn unfinished(name: &str) -> String {
    format!("{name}.unfinished")
}

fn can_be_written(name: &str) -> io::Result<()> {
    fs::File::create(unfinished(name))?;
    match fs::OpenOptions::new().append(true).open(name) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_whole(name: &str, text: &str) -> io::Result<()> {
    fs::write(unfinished(name), text)?;
    fs::rename(unfinished(name), name)
}

/// Each folder is a student's; one without answers is a folder of students.
fn students(folders: &[PathBuf], language: Language) -> io::Result<Vec<Student>> {
    let (mut found, mut any) = (BTreeMap::new(), false);
    for given in folders {
        let cannot =
            |error| io::Error::new(ErrorKind::NotFound, language.no_such_folder(given, &error));
        let given = given.canonicalize().map_err(cannot)?;
        let inside = folders_in(&given).map_err(cannot)?;
        let is_class = !has_answers(&given)? && !inside.is_empty();
        // One who has handed in nothing has a row as well.
        for folder in if is_class { inside } else { vec![given] } {
            any |= has_answers(&folder)?;
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let folder = folder.canonicalize()?;
            if found.insert(name.clone(), folder).is_some() {
                return Err(io::Error::new(ErrorKind::InvalidInput, language.two_of(&name)));
            }
        }
    }
    if !any {
        return Err(io::Error::new(ErrorKind::NotFound, language.no_answers_in(&folders[0])));
    }
    Ok(found.into_iter().map(|(name, folder)| Student { name, folder }).collect())
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

fn has_answers(folder: &Path) -> io::Result<bool> {
    let exercises = exercises()?;
    Ok(exercises.iter().any(|exercise| places(folder, exercise).iter().any(|path| path.exists())))
}

/// Where an answer may lie: in a class repository, or beside the others.
fn places(folder: &Path, exercise: &Exercise) -> [PathBuf; 3] {
    [
        folder.join("examples/exercises/src/bin").join(&exercise.name).join("answer.rs"),
        folder.join(&exercise.name).join("answer.rs"),
        folder.join(format!("ex{:02}.rs", exercise.number)),
    ]
}

/// What a student has written; `Err` says why it is no answer. A link may lead anywhere, also one of a folder.
fn answer(student: &Student, exercise: &Exercise) -> Result<Vec<u8>, String> {
    let is_there = |path: &&PathBuf| fs::symlink_metadata(path).is_ok();
    let places = places(&student.folder, exercise);
    let path = places.iter().find(is_there).ok_or("there is no such file")?;
    let what = fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    let real = path.canonicalize();
    match what.len() {
        _ if what.is_symlink() => Err("it is a link".to_string()),
        _ if !real.is_ok_and(|real| real.starts_with(&student.folder)) => {
            Err("a link leads to it".to_string())
        }
        _ if !what.is_file() => Err("it is no file".to_string()),
        bytes if bytes > MOST_BYTES => {
            Err(format!("it has {bytes} bytes, the most is {MOST_BYTES}"))
        }
        _ => fs::read(path).map_err(|error| error.to_string()),
    }
}

/// All answers, a few at once: one exercise after the other, so that what was built for one student serves the next.
fn check_all(
    students: &[Student],
    exercises: &[Exercise],
    sandboxes: Vec<Sandbox>,
    language: Language,
) -> io::Result<Vec<Row>> {
    let next = AtomicUsize::new(0);
    let all = exercises.len() * students.len();
    let work = |sandbox: Sandbox| {
        let places = iter::from_fn(|| Some(next.fetch_add(1, SeqCst)).filter(|place| *place < all));
        let row = |place| {
            row(&students[place % students.len()], &exercises[place / students.len()], &sandbox)
        };
        let prepared = sandbox.prepare(&exercises[0], language);
        let rows: io::Result<Vec<Row>> = prepared.and_then(|()| places.map(row).collect());
        if rows.is_err() {
            next.store(all, SeqCst); // the others need not go on
        }
        rows
    };
    let rows: io::Result<Vec<Vec<Row>>> = thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> =
            sandboxes.into_iter().map(|sandbox| scope.spawn(move || work(sandbox))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    let mut rows = rows?.concat();
    rows.sort_by(|a, b| (&a.student, a.exercise).cmp(&(&b.student, b.exercise)));
    Ok(rows)
}

fn row(student: &Student, exercise: &Exercise, sandbox: &Sandbox) -> io::Result<Row> {
    let begin = Instant::now();
    let (verdict, message) = match answer(student, exercise) {
        Err(why) => (Verdict::Missing, why),
        Ok(answer) if answer == fs::read(exercise.beginning())? => {
            (Verdict::wrong("not-written"), String::new())
        }
        Ok(answer) => {
            // One answer may use another of the same student.
            for other in exercises()? {
                let beginning = || fs::read(other.beginning());
                sandbox.put(&other, &self::answer(student, &other).or_else(|_| beginning())?)?;
            }
            sandbox.check(exercise, &answer)?
        }
    };
    let (student, exercise, took) = (student.name.clone(), exercise.number, begin.elapsed());
    Ok(Row { student, exercise, verdict, message, took: took.max(Duration::from_millis(1)) })
}
