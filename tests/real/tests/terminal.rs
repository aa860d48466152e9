//! The story in a real terminal, which `script` makes.

use std::process::Command;

use real::example;

#[test]
fn a_line_of_the_story_is_as_long_as_the_terminal_is_wide() {
    for columns in [64, 80, 132] {
        let wget = example("wget");
        let command = format!(
            "stty cols {columns}; GLASSLOOP=story NO_COLOR=1 {} >/dev/null",
            wget.display()
        );
        let mut terminal = Command::new("script");
        terminal.args(["-qec", &command, "/dev/null"]);
        let output = terminal.env("LC_ALL", "C.UTF-8").env_remove("COLUMNS").output();
        let told = String::from_utf8(output.expect("there is a `script`").stdout).unwrap();
        let lines = || told.lines().filter(|line| !line.starts_with("no host")).map(str::trim_end);
        let longest = lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(columns) && longest > Some(columns - 20), "{columns}: {told}");
        let creates = lines().find(|line| line.contains("creates")).expect("main creates tasks");
        assert_eq!(creates.contains('…'), columns < 132, "{columns}: {creates}");
    }
}
