//! What is run in all orders, and what can come of it.

mod closing;
mod inbox;
mod jobs;

use crate::inbox_alone;

/// A small program whose threads meet.
pub(crate) struct Model {
    pub(crate) name: &'static str,
    /// It checks itself; and says which of its ends it has come to.
    pub(crate) run: fn() -> &'static str,
    /// The ends that are to be seen: all of these, and no other.
    pub(crate) ends: &'static [&'static str],
    /// How often a thread is interrupted that could go on. `None`: as often as can be, all orders.
    pub(crate) preemptions: Option<usize>,
}

macro_rules! models {
    ($($file:ident::$name:ident, $preemptions:expr, [$($end:literal),+];)+) => {
        &[$(Model {
            name: stringify!($name),
            run: $file::$name,
            ends: &[$($end),+],
            preemptions: $preemptions,
        }),+]
    };
}

pub(crate) const MODELS: &[Model] = models! {
    inbox_alone::one_look_before_a_sleep, None, ["1 sleep", "2 sleeps", "no sleep"];
    inbox::a_wake, None, ["1 poll", "2 polls"];
    inbox::two_wakes_of_a_thread, None, ["1 poll", "2 polls", "3 polls"];
    inbox::a_wake_each_of_two_threads, Some(4), ["1 poll", "2 polls", "3 polls"];
    inbox::a_call, None, ["deadlock"];
    inbox::a_handle_that_goes, None, ["deadlock"];
    inbox::a_call_and_a_handle_that_goes, Some(4), ["deadlock"];
    inbox::two_calls, Some(3), ["deadlock"];
    jobs::a_job, None, ["done by the first poll", "woken"];
    jobs::two_jobs_of_a_thread, Some(4), ["in turn"];
    jobs::a_job_each_of_two_threads, Some(3), ["in turn", "the other way round"];
    jobs::a_withdrawn_job, None, ["done", "withdrawn"];
    jobs::a_job_behind_a_withdrawn_one, Some(4), ["done", "withdrawn"];
    jobs::a_job_for_a_thread_that_ends, Some(3), ["another thread", "the same thread"];
    jobs::a_job_under_virtual_time, None, ["in no time"];
    jobs::time_behind_a_dropped_job, Some(6), ["done", "withdrawn"];
    closing::a_wake_while_the_loop_closes, None, ["nothing is left"];
    closing::a_call_while_the_loop_closes, None, ["called", "dropped", "refused"];
    closing::a_job_while_the_loop_closes, None, ["done", "dropped"];
    closing::an_idle_thread_while_the_loop_closes, None, ["it is gone"];
};
