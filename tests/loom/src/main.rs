//! The loop's own source files, run in all orders in which their threads can meet. `docs/testing.md` says more.

// The names by which the included files know `std` and `mio`.
extern crate stand_ins as mio;
extern crate stand_ins as std;

/// Loom's, in the included files, too: in a model each thread is a loom thread.
macro_rules! thread_local {
    ($(#[$attribute:meta])* static $name:ident: $cell:ty = const $first:block;) => {
        #[allow(unused_imports)] // some do without
        use std::ThreadLocalCell as _;
        loom::thread_local! { $(#[$attribute])* static $name: $cell = $first }
    };
}

mod event_loop;
mod handle;
mod inbox_alone;
mod models;

// The library uses more of these files than the models do.
#[allow(dead_code, unused_imports)]
#[path = "../../../src/runtime/mod.rs"]
mod runtime;
#[allow(dead_code, unused_imports, unfulfilled_lint_expectations)]
#[path = "../../../src/trace/mod.rs"]
mod trace;
#[allow(dead_code, unused_imports)]
#[path = "../../../src/waits/mod.rs"]
mod waits;

use models::{MODELS, Model};

mod views {
    pub(crate) fn all_wait(_: usize) -> String {
        String::new()
    }
}

use std::{env, time::Instant};

/// `orders [NAME [PREEMPTIONS]]`: one model, with another bound than its own. Without a name: all of them.
fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let bound = words.get(1).map(|most| most.parse().expect("the second word is a number"));
    let is_asked_for = |model: &&Model| words.first().is_none_or(|name| name == model.name);
    let models: Vec<&Model> = MODELS.iter().filter(is_asked_for).collect();
    assert!(!models.is_empty(), "no model has that name; without a name, all are run");
    for model in models {
        check(model, bound.or(model.preemptions));
    }
}

fn check(model: &Model, preemptions: Option<usize>) {
    println!("{}", model.name);
    let start = Instant::now();
    let ends = std::in_all_orders(preemptions, model.run);
    let seconds = start.elapsed().as_secs_f32();
    let bound = match preemptions {
        None => "all orders".to_string(),
        Some(most) => format!("at most {most} preemptions"),
    };
    println!("    {} executions, {bound}, {seconds:.1} s: {ends:?}", ends.values().sum::<u64>());
    assert!(ends.keys().eq(model.ends), "it was to come to {:?}", model.ends);
}
