//! Target `schedule`: random programs of tasks, and who is polled when: the real loop against a reference.

mod model;
mod program;
mod real;

use std::ops::Range;

use self::program::Program;
use crate::{random::Random, target::Target};

pub struct Schedule;

/// How many lines are shown before the first that differs.
const SHOWN: usize = 12;

impl Target for Schedule {
    const NAME: &'static str = "schedule";
    const INPUTS: &'static str = "programs";
    type Input = Program;

    fn new() -> Schedule {
        Schedule
    }

    fn random(&self, random: &mut Random) -> Program {
        Program::random(random)
    }

    fn read(&self, file: &[u8]) -> Result<Vec<Program>, String> {
        let text = str::from_utf8(file).map_err(|error| error.to_string())?;
        Ok(vec![Program::read(text)?])
    }

    fn check(&mut self, program: &Program) -> Result<(), String> {
        let (expected, real) = (model::schedule(program), real::schedule(program)?);
        if expected == real {
            return Ok(());
        }
        let same = expected.iter().zip(&real).take_while(|(one, other)| one == other).count();
        let before = expected[same.saturating_sub(SHOWN)..same].join("\n  ");
        let next = |lines: &[String]| lines.get(same).map_or("(nothing)", |line| line).to_string();
        let (expected, real) = (next(&expected), next(&real));
        Err(format!("behind\n  {before}\nmust come\n  {expected}\nbut there comes\n  {real}"))
    }

    fn parts(&self, program: &Program) -> usize {
        program.steps()
    }

    fn without(&self, program: &Program, parts: Range<usize>) -> Program {
        program.without(parts)
    }

    fn show(&self, program: &Program) -> String {
        program.to_string()
    }
}
