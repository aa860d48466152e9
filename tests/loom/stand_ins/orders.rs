//! Runs a model in all orders, and counts what comes of it.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex},
};

/// How often each end was seen. `preemptions` bounds how often a thread is interrupted that could go on; `None` bounds
/// nothing.
pub fn in_all_orders(
    preemptions: Option<usize>,
    model: fn() -> &'static str,
) -> BTreeMap<&'static str, u64> {
    let ends = Arc::new(Mutex::new(BTreeMap::new()));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    let seen = ends.clone();
    builder.check(move || {
        let end = model();
        *seen.lock().expect("a panic ends the program").entry(end).or_default() += 1;
    });
    mem::take(&mut *ends.lock().expect("a panic ends the program"))
}
