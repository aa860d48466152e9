//! A target: inputs of one kind, and a check of each. Here they are tried, and what is found is made small and told.

use std::{
    fs,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use crate::{guard::Guard, random::Random};

/// What can be tried with inputs from a generator.
pub trait Target {
    /// Also the folder of its corpus.
    const NAME: &'static str;
    /// What its inputs are called.
    const INPUTS: &'static str;
    type Input;

    /// Makes what inputs are tried with. What has failed once is not used again.
    fn new() -> Self;

    fn random(&self, random: &mut Random) -> Self::Input;

    /// The inputs that a file of the corpus stands for.
    fn read(&self, file: &[u8]) -> Result<Vec<Self::Input>, String>;

    /// What is wrong, if anything is. A panic is wrong, too.
    fn check(&mut self, input: &Self::Input) -> Result<(), String>;

    /// Of how many parts an input consists: one that fails is tried without some of them.
    fn parts(&self, input: &Self::Input) -> usize;

    fn without(&self, input: &Self::Input, parts: Range<usize>) -> Self::Input;

    /// The input, for the eye.
    fn show(&self, input: &Self::Input) -> String;
}

/// How long to go on, and where to begin.
pub struct Plan {
    pub first: u64,
    /// How many seeds at the most.
    pub seeds: u64,
    pub time: Duration,
    /// The corpus is tried, too.
    pub with_corpus: bool,
}

/// How often an input that fails is tried anew, to make it small.
const MOST_TRIES: usize = 2_000;

/// Tries the corpus, then one seed after the other. Returns whether all was well.
pub fn run<T: Target>(plan: &Plan, guard: &Guard) -> bool {
    let mut target = T::new();
    let kept = match plan.with_corpus {
        true => try_corpus(&mut target, guard),
        false => Some(0),
    };
    let Some(kept) = kept else { return false };
    let (start, mut tried) = (Instant::now(), 0);
    while tried < plan.seeds && start.elapsed() < plan.time {
        let seed = plan.first.wrapping_add(tried);
        let input = target.random(&mut Random::new(seed));
        let (what, again) = (format!("seed {seed}"), format!("--seed {seed}"));
        if !try_one(&mut target, input, &what, &again, guard) {
            return false;
        }
        tried += 1;
    }
    guard.end();
    let seconds = start.elapsed().as_secs_f64();
    let (name, inputs, rate) = (T::NAME, T::INPUTS, tried as f64 / seconds);
    println!(
        "{name}: {tried} {inputs} from seed {} on in {seconds:.1} s, {rate:.0} a second; and {kept} of the corpus",
        plan.first
    );
    true
}

/// Tries what is kept. Returns how many inputs that was, or `None` if one has failed.
fn try_corpus<T: Target>(target: &mut T, guard: &Guard) -> Option<usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(T::NAME);
    let files = fs::read_dir(&folder).expect("each target has a folder in the corpus");
    let mut paths: Vec<_> = files.map(|file| file.expect("it can be listed").path()).collect();
    paths.sort();
    let mut tried = 0;
    for path in paths {
        let what = format!("corpus/{}/{}", T::NAME, path.file_name()?.display());
        let inputs = match target.read(&fs::read(&path).expect("it can be read")) {
            Ok(inputs) => inputs,
            Err(why) => {
                println!("{what} can't be read: {why}");
                return None;
            }
        };
        for input in inputs {
            tried += 1;
            if !try_one(target, input, &what, "--seeds 0", guard) {
                return None;
            }
        }
    }
    Some(tried)
}

/// Tries an input, and tells what is wrong with it: by the smallest one that still fails.
fn try_one<T: Target>(
    target: &mut T,
    input: T::Input,
    what: &str,
    again: &str,
    guard: &Guard,
) -> bool {
    let again = format!("cargo run -p fuzz --release -- --target {} {again}", T::NAME);
    guard.begin(&format!("{}: {what}", T::NAME), &again);
    let Err(wrong) = checked(target, &input) else { return true };
    println!("{}: {what} fails: {wrong}\nagain: {again}", T::NAME);
    guard.begin(&format!("{}: {what}, while it was made smaller,", T::NAME), &again);
    let (smaller, wrong) = smallest(target, input, wrong);
    println!("\nwhat is left of it, made smaller:\n{}\n{wrong}\n", target.show(&smaller));
    false
}

fn checked<T: Target>(target: &mut T, input: &T::Input) -> Result<(), String> {
    let checked = catch_unwind(AssertUnwindSafe(|| target.check(input)));
    let checked = checked.unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or_default()))
    });
    if checked.is_err() {
        *target = T::new();
    }
    checked
}

/// Takes parts away, large pieces first, as long as it fails.
fn smallest<T: Target>(
    target: &mut T,
    mut input: T::Input,
    mut wrong: String,
) -> (T::Input, String) {
    let mut tries = 0;
    let mut piece = target.parts(&input).div_ceil(2);
    while piece > 0 {
        let (mut start, mut has_shrunk) = (0, false);
        while start < target.parts(&input) && tries < MOST_TRIES {
            tries += 1;
            let end = target.parts(&input).min(start + piece);
            let smaller = target.without(&input, start..end);
            match checked(target, &smaller) {
                Err(still) => (input, wrong, has_shrunk) = (smaller, still, true),
                Ok(()) => start = end,
            }
        }
        if !has_shrunk || tries == MOST_TRIES {
            piece /= 2;
        }
    }
    (input, wrong)
}
