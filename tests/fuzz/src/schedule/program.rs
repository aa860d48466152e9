//! A program: tasks that do one step after the other to each other and to themselves.

use std::{fmt, ops::Range};

use crate::random::Random;

/// What a task does next. Tasks go by their places in the program: 0 is the main future.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Makes this task, unless somebody has.
    Spawn(usize),
    /// Lets others go first.
    Yield,
    /// Sleeps so many milliseconds.
    Sleep(u64),
    /// Leaves its waker to all others, and goes on with the next poll, whoever asks for it.
    Park,
    /// Wakes a task by the waker that it has left, if it has.
    Wake(usize),
    /// The same, from another thread.
    WakeFromThread(usize),
    /// Awaits a task, if it is there and nobody else has asked for it.
    Join(usize),
    Cancel(usize),
    /// Has the first task call back when it is done, to wake the second as `Wake` does; unless somebody has joined it.
    Callback(usize, usize),
    Panic,
}

/// What each task does. The main future sleeps for `LAST` at its end, so that others come to theirs; and it waits
/// for nobody, so that each run ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    pub shuffle: Option<u64>,
    pub tasks: Vec<Vec<Step>>,
}

/// How long the main future sleeps at its end, in milliseconds.
pub const LAST: u64 = 1_000;

impl Step {
    fn random(random: &mut Random, tasks: usize) -> Step {
        let mut task = || random.below(tasks);
        let (one, other) = (task(), task());
        match random.below(20) {
            0..3 => Step::Yield,
            3..5 => Step::Sleep(1 + random.below(4) as u64),
            5..8 => Step::Park,
            8..12 => Step::Wake(one),
            12..14 => Step::Join(one),
            14..16 => Step::Cancel(one),
            16 => Step::Callback(one, other),
            17 if random.once_in(4) => Step::WakeFromThread(one),
            18 if random.once_in(4) => Step::Panic,
            _ => Step::Spawn(one),
        }
    }

    /// May the main future do this? It must come to its end, and not by a panic.
    fn is_for_main(self) -> bool {
        !matches!(self, Step::Park | Step::Join(_) | Step::Panic)
    }

    /// The tasks that the step names.
    fn named(self) -> Vec<usize> {
        match self {
            Step::Yield | Step::Sleep(_) | Step::Park | Step::Panic => vec![],
            Step::Callback(one, other) => vec![one, other],
            Step::Spawn(one) | Step::Wake(one) | Step::WakeFromThread(one) => vec![one],
            Step::Join(one) | Step::Cancel(one) => vec![one],
        }
    }

    fn read(text: &str) -> Option<Step> {
        let words: Vec<_> = text.split_whitespace().collect();
        let (verb, numbers) = words.split_first()?;
        let numbers: Option<Vec<usize>> = numbers.iter().map(|word| word.parse().ok()).collect();
        Some(match (*verb, numbers?.as_slice()) {
            ("spawn", [one]) => Step::Spawn(*one),
            ("yield", []) => Step::Yield,
            ("sleep", [length]) => Step::Sleep(*length as u64),
            ("park", []) => Step::Park,
            ("wake", [one]) => Step::Wake(*one),
            ("wake-from-thread", [one]) => Step::WakeFromThread(*one),
            ("join", [one]) => Step::Join(*one),
            ("cancel", [one]) => Step::Cancel(*one),
            ("callback", [one, other]) => Step::Callback(*one, *other),
            ("panic", []) => Step::Panic,
            _ => return None,
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Spawn(task) => write!(f, "spawn {task}"),
            Step::Yield => write!(f, "yield"),
            Step::Sleep(length) => write!(f, "sleep {length}"),
            Step::Park => write!(f, "park"),
            Step::Wake(task) => write!(f, "wake {task}"),
            Step::WakeFromThread(task) => write!(f, "wake-from-thread {task}"),
            Step::Join(task) => write!(f, "join {task}"),
            Step::Cancel(task) => write!(f, "cancel {task}"),
            Step::Callback(task, woken) => write!(f, "callback {task} {woken}"),
            Step::Panic => write!(f, "panic"),
        }
    }
}

impl Program {
    /// Most are small: what goes wrong among three tasks is found soonest there. Some are larger than a turn.
    pub fn random(random: &mut Random) -> Program {
        let (tasks, most) = match random.below(32) {
            0 => (70 + random.below(100), 4),
            _ => (2 + random.below(7), 7),
        };
        let shuffle = random.once_in(2).then(|| random.number());
        let mut steps =
            |_| (0..random.below(most + 1)).map(|_| Step::random(random, tasks)).collect();
        let mut program = Program { shuffle, tasks: (0..tasks).map(&mut steps).collect() };
        let main = &mut program.tasks[0];
        main.retain(|step| step.is_for_main());
        for task in 1..tasks {
            if !random.once_in(4) {
                main.insert(random.below(main.len() + 1), Step::Spawn(task));
            }
        }
        program
    }

    /// Reads what `Display` writes.
    pub fn read(text: &str) -> Result<Program, String> {
        let mut program = Program::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let wrong = || format!("this is no line of a program: {line:?}");
            if let Some(seed) = line.strip_prefix("shuffle ") {
                program.shuffle = Some(seed.parse().map_err(|_| wrong())?);
                continue;
            }
            let (number, steps) = line.split_once(':').ok_or_else(wrong)?;
            if number.parse() != Ok(program.tasks.len()) {
                return Err(format!("the tasks are to come in order, from 0 on: {line:?}"));
            }
            let steps = steps.split(',').map(str::trim).filter(|step| !step.is_empty());
            let steps: Option<Vec<_>> = steps.map(Step::read).collect();
            program.tasks.push(steps.ok_or_else(wrong)?);
        }
        let is_there = |step: &Step| step.named().iter().all(|task| *task < program.tasks.len());
        if !program.tasks.iter().flatten().all(is_there) {
            return Err("a step names a task that is not there".into());
        }
        match program.tasks.first() {
            Some(main) if main.iter().all(|step| step.is_for_main()) => Ok(program),
            _ => Err("task 0 is the main future, which neither parks, joins nor panics".into()),
        }
    }

    pub fn steps(&self) -> usize {
        self.tasks.iter().map(Vec::len).sum()
    }

    /// The program without some of its steps, counted over all tasks, and without the last tasks, if they are not used.
    pub fn without(&self, steps: Range<usize>) -> Program {
        let mut count = 0;
        let mut program = self.clone();
        for step in &mut program.tasks {
            step.retain(|_| {
                count += 1;
                !steps.contains(&(count - 1))
            });
        }
        let used = program.tasks.iter().enumerate().flat_map(|(task, steps)| {
            let named = steps.iter().flat_map(|step| step.named()).max();
            (!steps.is_empty()).then_some(task).max(named)
        });
        program.tasks.truncate(used.max().unwrap_or(0) + 1);
        program
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seed) = self.shuffle {
            writeln!(f, "shuffle {seed}")?;
        }
        for (number, steps) in self.tasks.iter().enumerate() {
            let steps: Vec<_> = steps.iter().map(Step::to_string).collect();
            writeln!(f, "{}", format!("{number}: {}", steps.join(", ")).trim_end())?;
        }
        Ok(())
    }
}
