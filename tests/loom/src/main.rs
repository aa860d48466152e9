//! The loop's own source files, run in all orders in which its threads can meet.
//!
//! They are included as they are, and not a line in them knows of it. What they call `std` and `mio` is `stand_ins/`,
//! where threads and locks are loom's. Loom runs a model again and again, each time in another order, until there is
//! none left. `docs/testing.md` says how to run this, and what it does not see.

extern crate stand_ins as mio;
extern crate stand_ins as std;

/// Loom's: the threads of a model are one thread to the real `std`.
macro_rules! thread_local {
    ($(#[$attribute:meta])* static $name:ident: $cell:ty = const $first:block;) => {
        #[allow(unused_imports)] // some do without
        use std::ThreadLocalCell as _;
        loom::thread_local! { $(#[$attribute])* static $name: $cell = $first }
    };
}

// These are the library's, which uses more of them than the models do.
#[allow(dead_code, unused_imports)]
#[path = "../../../src/runtime/mod.rs"]
mod runtime;
#[allow(dead_code, unused_imports, unfulfilled_lint_expectations)]
#[path = "../../../src/trace/mod.rs"]
mod trace;
#[allow(dead_code, unused_imports)]
#[path = "../../../src/waits/mod.rs"]
mod waits;

mod event_loop;
mod handle;
mod inbox_alone;
mod models;

mod views {
    pub(crate) fn all_wait(_: usize) -> String {
        String::new()
    }
}

use std::{env, time::Instant};

use models::{MODELS, Model};

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
