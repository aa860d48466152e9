//! The commands of `step`: what a line of the input asks for.

pub(super) const HELP: &str = "\
Type a command, or only its first letters; an empty line repeats the last move.
  next           to the next event
  turn           to the next turn of the loop
  poll           to the next poll
  run TASK       to the next poll of a task, by its number or name
  why            why this happens
  tree (or tr)   who waits for whom
  continue       do not stop this loop again
  quit           end the program
";

pub(super) const NO_SUCH_COMMAND: &str = "\
no such command; there are next, turn, poll, run TASK, why, tree, continue, quit, help
";

/// What the program runs to.
#[derive(Debug, PartialEq)]
pub(super) enum StopAt {
    Event,
    Turn,
    Poll,
    /// The poll of a task: its number or its name.
    PollOf(String),
    Nothing,
}

/// What a line asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Run(StopAt),
    RunAgain,
    Why,
    Tree,
    Help,
    Quit,
}

/// The command of a line: a word, or its first letters. If two commands begin alike, the first one counts.
pub(super) fn command(line: &str) -> Option<Command> {
    const WORDS: [&str; 9] =
        ["next", "turn", "poll", "run", "why", "tree", "continue", "quit", "help"];
    let line = line.trim();
    let (typed, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim().trim_matches('"');
    let typed = if typed == "?" { "help" } else { typed };
    let word = WORDS.into_iter().find(|word| word.starts_with(&typed.to_ascii_lowercase()))?;
    Some(match (word, rest) {
        _ if line.is_empty() => Command::RunAgain,
        ("next", "") => Command::Run(StopAt::Event),
        ("turn", "") => Command::Run(StopAt::Turn),
        ("poll", "") => Command::Run(StopAt::Poll),
        ("run", task) if !task.is_empty() => Command::Run(StopAt::PollOf(task.to_string())),
        ("continue", "") => Command::Run(StopAt::Nothing),
        ("why", "") => Command::Why,
        ("tree", "") => Command::Tree,
        ("help", "") => Command::Help,
        ("quit", "") => Command::Quit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_be_cut_short() {
        for (line, expected) in [
            ("t", Command::Run(StopAt::Turn)),
            ("tr", Command::Tree),
            (" CONT\r\n", Command::Run(StopAt::Nothing)),
            ("ru  a b ", Command::Run(StopAt::PollOf("a b".to_string()))),
            ("?", Command::Help),
            ("q", Command::Quit),
        ] {
            assert_eq!(command(line), Some(expected), "{line:?}");
        }
    }
}
