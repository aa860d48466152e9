//! The story and the tree in a real terminal, which `script` makes.

use std::{env, process::Command, time::Duration};

use glassloop::{create_task, run, sleep};
use real::example;

/// What a program shows in a terminal of so many columns.
fn shown(columns: usize, command: &str) -> String {
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &format!("stty cols {columns}; {command}"), "/dev/null"]);
    let output = terminal.env("LC_ALL", "C.UTF-8").env_remove("COLUMNS").output();
    String::from_utf8(output.expect("there is a `script`").stdout).unwrap()
}

#[test]
fn a_line_of_the_story_is_as_long_as_the_terminal_is_wide() {
    for columns in [64, 80, 132] {
        let wget = example("wget");
        let told =
            shown(columns, &format!("GLASSLOOP=story NO_COLOR=1 {} >/dev/null", wget.display()));
        let lines = || told.lines().filter(|line| !line.starts_with("no host")).map(str::trim_end);
        let longest = lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(columns) && longest > Some(columns - 20), "{columns}: {told}");
        let creates = lines().find(|line| line.contains("creates")).expect("main creates tasks");
        assert_eq!(creates.contains('…'), columns < 132, "{columns}: {creates}");
    }
}

/// The rows of a terminal after it was sent this: as long lines need them, and without those that were wiped out.
fn rows(sent: &str, columns: usize) -> Vec<String> {
    let (mut rows, mut row) = (Vec::<String>::new(), 0_usize);
    let mut rest = sent.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => {
                let number: String =
                    rest.by_ref().skip(1).take_while(char::is_ascii_digit).collect();
                match number.parse::<usize>() {
                    Ok(up) => row = row.saturating_sub(up), // the letter behind it, A, is taken, too
                    Err(_) => rows.truncate(row),           // J
                }
            }
            '\r' => {}
            '\n' => row += 1,
            c => {
                rows.resize(rows.len().max(row + 1), String::new());
                if rows[row].chars().count() == columns {
                    row += 1;
                    rows.insert(row, String::new());
                }
                rows[row].push(c);
            }
        }
    }
    rows
}

/// Run by the next test: the lint finds something between two drawings of the tree.
#[test]
#[ignore = "it is a program for other tests"]
fn a_program_with_a_lint() {
    run(async {
        let tasks = [1, 2, 3].map(|number| {
            let task = create_task(async move {
                sleep(Duration::from_millis(300)).await;
                if number == 2 {
                    // The mistake that the lint is to find.
                    std::thread::sleep(Duration::from_millis(150));
                }
                sleep(Duration::from_millis(300)).await;
            });
            task.set_name("a task whose name is long enough for a row of its own in any terminal");
            task
        });
        for task in tasks {
            task.await.expect("it does not fail");
        }
    });
}

#[test]
fn a_tree_that_is_drawn_in_place_leaves_nothing_behind_and_wipes_out_no_finding_of_a_lint() {
    let program = env::current_exe().expect("it has a path");
    let test = "a_program_with_a_lint --exact --ignored --nocapture";
    for columns in [64, 100] {
        let command = format!("GLASSLOOP=tree,lint {} {test} >/dev/null", program.display());
        let sent = shown(columns, &command);
        assert!(sent.matches("── ").count() > 2, "it is drawn several times: {sent}");
        let rows = rows(&sent, columns);
        let of = |row: &String| row.starts_with("── ");
        assert_eq!(rows.iter().filter(|row| of(row)).count(), 2, "{rows:#?}");
        assert!(
            rows.concat().contains("glassloop: blocked: task 2 held the loop for "),
            "{rows:#?}"
        );
        assert!(rows.concat().contains("Move the work to `to_thread`, or await."), "{rows:#?}");
        // The last drawing may be of the moment at which only one task is left.
        let drawn = |begins: &str| rows.iter().filter(|row| row.contains(begins)).count();
        assert_eq!(drawn("0 \"main\""), 2, "{rows:#?}");
        assert!((3 + 1..=3 + 3).contains(&drawn("\"a task")), "{rows:#?}");
    }
}
