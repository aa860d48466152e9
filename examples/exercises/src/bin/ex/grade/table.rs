//! The table of a class: as CSV, as JSON, and what a teacher reads first.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use crate::language::Language;

#[derive(Clone, PartialEq)]
pub enum Verdict {
    Solved,
    /// Told this message.
    Wrong(String),
    DoesNotCompile,
    /// Its build was not over in time.
    TooSlow,
    /// There is no such file.
    Missing,
}

impl Verdict {
    pub fn wrong(id: &str) -> Verdict {
        Verdict::Wrong(id.to_string())
    }
}

/// One answer of one student.
#[derive(Clone)]
pub struct Row {
    pub student: String,
    pub exercise: u32,
    pub verdict: Verdict,
    pub message: String,
    pub took: Duration,
}

impl Row {
    fn verdict(&self) -> &'static str {
        match &self.verdict {
            Verdict::Solved => "solved",
            Verdict::Wrong(id) if id == "not-written" => "not written",
            Verdict::Wrong(_) => "wrong",
            Verdict::DoesNotCompile => "does not compile",
            Verdict::TooSlow => "too slow",
            Verdict::Missing => "missing",
        }
    }

    fn id(&self) -> &str {
        if let Verdict::Wrong(id) = &self.verdict { id } else { "" }
    }

    /// The first line of what it was told.
    fn told(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// By this mark a spreadsheet knows that the file is UTF-8. Without it, Excel shows Chinese names as nonsense.
const UTF_8: &str = "\u{feff}";

const COLUMNS: [&str; 6] = ["student", "exercise", "verdict", "message", "seconds", "text"];

pub fn csv(rows: &[Row]) -> String {
    let mut text = format!("{UTF_8}{}\n", COLUMNS.join(","));
    for row in rows {
        let (number, seconds) =
            (row.exercise.to_string(), format!("{:.1}", row.took.as_secs_f64()));
        let fields = [&row.student, &number, row.verdict(), row.id(), &seconds, row.told()];
        text += &(fields.map(field).join(",") + "\n");
    }
    text
}

/// A field that a spreadsheet takes for text, whatever a student has called the folder: not for a formula.
fn field(text: &str) -> String {
    let text = text.replace(['\n', '\r', '\0'], " ");
    let text = match text.starts_with(['=', '+', '-', '@', '\t']) {
        true => format!("'{text}"),
        false => text,
    };
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

pub fn json(rows: &[Row]) -> String {
    let row = |row: &Row| {
        format!(
            "  {{\"student\": {}, \"exercise\": {}, \"verdict\": {}, \"message\": {}, \"seconds\": {:.1}, \"text\": {}}}",
            string(&row.student),
            row.exercise,
            string(row.verdict()),
            string(row.id()),
            row.took.as_secs_f64(),
            string(row.told())
        )
    };
    format!("[\n{}\n]\n", rows.iter().map(row).collect::<Vec<_>>().join(",\n"))
}

fn string(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            c if c.is_control() => {
                let _ = write!(json, "\\u{:04x}", u32::from(c)); // into a string
            }
            plain => json.push(plain),
        }
    }
    json + "\""
}

/// For each exercise: how many have solved it, and what most of the others were told.
pub fn summary(rows: &[Row], students: &usize, language: Language) -> String {
    let mut text = language.summary_begins(*students);
    let mut by_exercise: BTreeMap<u32, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|row| by_exercise.entry(row.exercise).or_default().push(row));
    for (number, rows) in by_exercise {
        let solved = rows.iter().filter(|row| row.verdict == Verdict::Solved).count();
        let mut mistakes: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.verdict() == "wrong") {
            mistakes.entry(row.id()).or_default().push(row);
        }
        let commonest = mistakes.iter().max_by_key(|(_, rows)| rows.len());
        let mistake = commonest.map(|(id, rows)| (*id, rows.len(), rows[0].told()));
        text += &language.summary_of(number, solved, rows.len(), mistake);
    }
    text
}
