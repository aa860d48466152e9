//! The curves as a picture: a small plot for each, all on one sheet, in SVG.
//!
//! Its colours are those that can be read on a white page as well as on a black one.

use std::fmt::{self, Write};

use super::Line;

const COLUMNS: usize = 3;
/// A plot with all that belongs to it, and the plot alone.
const CELL: (f64, f64) = (310.0, 230.0);
const PLOT: (f64, f64) = (220.0, 140.0);
/// From the corner of the one to the corner of the other.
const MARGIN: (f64, f64) = (60.0, 40.0);

const GREY: &str = "#808080";
const COLOURS: [&str; 3] = ["#2f81f7", "#d9730d", "#2ea043"];

/// One plot for each title.
pub fn svg(panels: &[(&str, Vec<Line>)]) -> String {
    let mut picture = String::new();
    draw(&mut picture, panels).expect("a String takes everything");
    picture
}

fn draw(picture: &mut String, panels: &[(&str, Vec<Line>)]) -> fmt::Result {
    let rows = panels.len().div_ceil(COLUMNS);
    let (width, height) = (CELL.0 * COLUMNS as f64, CELL.1 * rows as f64);
    writeln!(
        picture,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="11" fill="{GREY}">"#
    )?;
    writeln!(picture, "<title>Nanoseconds each, beside how many others</title>")?;
    for (at, (title, lines)) in panels.iter().enumerate() {
        let (column, row) = ((at % COLUMNS) as f64, (at / COLUMNS) as f64);
        let (x, y) = (column * CELL.0 + MARGIN.0, row * CELL.1 + MARGIN.1);
        writeln!(picture, r#"<g transform="translate({x} {y})">"#)?;
        plot(picture, title, lines)?;
        writeln!(picture, "</g>")?;
    }
    writeln!(picture, "</svg>")
}

/// One plot. Its corner is at the top left, and the axes begin at the bottom left.
fn plot(picture: &mut String, title: &str, lines: &[Line]) -> fmt::Result {
    let (width, height) = PLOT;
    let points = || lines.iter().flat_map(|line| &line.points);
    let least = points().map(|(size, _)| *size).min().unwrap_or(1) as f64;
    let most = points().map(|(size, _)| *size).max().unwrap_or(10) as f64;
    let top = round_up(points().map(|(_, ns)| *ns).fold(1.0, f64::max));
    let x = |size: u64| (size as f64 / least).ln() / (most / least).ln().max(0.1) * width;
    let y = |ns: f64| height - ns / top * height;

    writeln!(picture, r#"<text y="-14" x="-40" font-weight="bold">{title}</text>"#)?;
    for part in [0.0, 0.5, 1.0] {
        let (ns, y) = (top * part, y(top * part));
        writeln!(picture, r#"<path d="M0 {y:.1}H{width}" stroke="{GREY}" stroke-opacity=".35"/>"#)?;
        writeln!(picture, r#"<text x="-6" y="{:.1}" text-anchor="end">{ns}</text>"#, y + 4.0)?;
    }
    writeln!(
        picture,
        r#"<text x="-6" y="{:.1}" text-anchor="end">ns</text>"#,
        y(top * 0.75) + 4.0
    )?;
    writeln!(picture, r#"<text x="-20" y="{}" text-anchor="end">others</text>"#, height + 16.0)?;
    if let Some(line) = lines.iter().max_by_key(|line| line.points.len()) {
        for (size, _) in &line.points {
            let (x, y) = (x(*size), height + 16.0);
            writeln!(
                picture,
                r#"<text x="{x:.1}" y="{y}" text-anchor="middle">{}</text>"#,
                short(*size)
            )?;
        }
    }
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let corners: Vec<String> =
            line.points.iter().map(|(size, ns)| format!("{:.1},{:.1}", x(*size), y(*ns))).collect();
        writeln!(
            picture,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            corners.join(" ")
        )?;
    }
    legend(picture, lines)
}

/// Under the plot: which colour is who.
fn legend(picture: &mut String, lines: &[Line]) -> fmt::Result {
    for (at, (line, colour)) in lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let (x, y) = (at as f64 * 75.0, PLOT.1 + 36.0);
        writeln!(picture, r#"<text x="{x}" y="{y}" fill="{colour}">{}</text>"#, line.runtime)?;
    }
    Ok(())
}

/// 1, 2 or 5, with as many noughts as are needed.
fn round_up(figure: f64) -> f64 {
    let power = 10_f64.powf(figure.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|digit| digit * power)
        .into_iter()
        .find(|it| *it >= figure)
        .unwrap_or(power * 10.0)
}

fn short(size: u64) -> String {
    match size {
        1_000_000.. => format!("{} M", size / 1_000_000),
        1_000.. => format!("{} k", size / 1_000),
        _ => size.to_string(),
    }
}
