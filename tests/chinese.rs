//! The Chinese book in `docs/zh/` is in step with the English one: the same headings, and the same code without its
//! comments.
//!
//! Below each heading stands the fingerprint of the English section that the Chinese one was written for. If the English
//! section has changed since then, the section is listed here, and the site says so at that place. That is no failure.
//! After you have brought a section in step, delete its fingerprint and run this, which adds those that are missing:
//!
//! ```text
//! cargo test --test chinese -- --ignored
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A heading, and all until the next one.
struct Section {
    level: usize,
    title: String,
    text: String,
    /// The code, block by block.
    code: Vec<String>,
}

impl Section {
    /// FNV-1a, which `docs/site/sources.py` can do as well.
    fn fingerprint(&self) -> String {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        let hash = self.text.trim().bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        format!("{hash:016x}")
    }

    /// The fingerprint that stands in it.
    fn stamp(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("<!-- en: ")?;
        Some(rest.split_once(" -->")?.0)
    }
}

fn sections(page: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut fence = None;
    let mut before = "";
    for line in page.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            fence = match fence {
                Some(_) => None,
                // What is drawn may be in the language of the page.
                None if is_drawing(before) => Some("drawing".to_string()),
                None => Some(info.to_string()),
            };
            if fence.is_some() {
                let section = sections.last_mut().expect("a page begins with a heading");
                section.code.push(format!("{info}\n"));
            }
        } else if let (Some(info), Some(section)) = (&fence, sections.last_mut()) {
            let code = section.code.last_mut().expect("a block has begun");
            if info != "drawing" {
                *code += &(without_comment(line, info) + "\n");
            }
        } else if line.starts_with('#') {
            let (level, title) = (line.bytes().take_while(|it| *it == b'#').count(), line.into());
            sections.push(Section { level, title, text: String::new(), code: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.text += &format!("{line}\n");
        }
        before = line;
    }
    sections
}

/// The drawing of the loop stands in several pages: each quotes the first page of its language.
fn is_drawing(marker: &str) -> bool {
    marker == "<!-- drawing -->" || marker.starts_with("<!-- source: docs/")
}

/// Comments are in the language of the page.
fn without_comment(line: &str, info: &str) -> String {
    let sign = match info.split(',').next() {
        Some("rust") => "//",
        Some("text" | "console") => return line.to_string(),
        _ => "#",
    };
    let is_begin = |at: &usize| line[..*at].trim_end().len() < *at || line[..*at].is_empty();
    let begin = line.match_indices(sign).map(|(at, _)| at).find(is_begin);
    line[..begin.unwrap_or(line.len())].trim_end().to_string()
}

/// The pages of the Chinese book, each with the English one.
fn pages() -> Vec<(PathBuf, PathBuf)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let Ok(entries) = fs::read_dir(docs.join("zh")) else { return Vec::new() };
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    let names = names.filter(|name| name != "SUMMARY.md");
    let mut pages: Vec<_> =
        names.map(|name| (docs.join("zh").join(&name), docs.join(name))).collect();
    pages.sort();
    pages
}

fn read(path: &Path) -> Vec<Section> {
    sections(
        &fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
}

#[test]
fn the_chinese_pages_have_the_headings_and_the_code_of_the_english_ones() {
    assert!(!pages().is_empty(), "there is no page");
    let mut wrong = Vec::new();
    for (chinese, english) in pages() {
        let name = chinese.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (here, there) = (read(&chinese), read(&english));
        let levels = |sections: &[Section]| sections.iter().map(|it| it.level).collect::<Vec<_>>();
        if levels(&here) != levels(&there) {
            let titles = |sections: &[Section]| {
                sections.iter().map(|it| it.title.clone()).collect::<Vec<_>>().join("\n  ")
            };
            let (here, there) = (titles(&here), titles(&there));
            wrong.push(format!("{name}: other headings:\n  {here}\nthan\n  {there}"));
            continue;
        }
        for (here, there) in here.iter().zip(&there) {
            if here.code != there.code {
                let (at, code) = (&here.title, &here.code);
                wrong.push(format!("{name}: {at}: other code: {code:#?}\nthan {:#?}", there.code));
            }
            match here.stamp() {
                None => wrong.push(format!("{name}: {}: no fingerprint", here.title)),
                Some(stamp) if stamp == there.fingerprint() => {}
                Some(_) => println!("{name}: {}: the English section is newer", here.title),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
#[ignore = "it writes: the fingerprints that are missing"]
fn add_missing_fingerprints() {
    for (chinese, english) in pages() {
        let (here, there) = (read(&chinese), read(&english));
        let mut page = String::new();
        for (here, there) in here.iter().zip(&there) {
            let rest =
                here.text.strip_prefix(&here.title).expect("a section begins with its title");
            page += &here.title;
            if here.stamp().is_none() {
                page += &format!("\n\n<!-- en: {} -->", there.fingerprint());
            }
            page += rest;
        }
        fs::write(&chinese, page).expect("it can be written");
    }
}
