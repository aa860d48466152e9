//! The exercises: the beginning is told "not written yet", the solution passes, and each wrong answer is told just what
//! is wrong with it. What students write themselves is not looked at here.
//!
//! Each variant runs in a child, as a student's answer does: some of them hang.

#![allow(clippy::duplicate_mod, reason = "each answer has its own copy of the check")]

#[path = "../src/harness.rs"]
mod harness;

use std::{
    collections::BTreeSet,
    env, fs,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
};

use harness::{
    Exercise, Language, Message,
    child::child,
    common,
    parent::{Told, run_child},
};

/// How the first line of an answer begins that is wrong only if two threads meet.
const RACE: &str = "//! told, where the race is hit: ";

/// One answer to an exercise.
struct Variant {
    exercise: &'static Exercise,
    name: &'static str,
    /// Its text. The first line of a wrong one says what it is told.
    text: &'static str,
}

/// The answers to an exercise, each with a copy of the check that looks at it.
macro_rules! exercise {
    ($module:ident in $folder:literal, checked by $check:literal:
     $($(#[$condition:meta])? $variant:ident $file:literal)+) => {
        #[path = $folder]
        mod $module {
            $($(#[$condition])?
            #[path = "."]
            pub mod $variant {
                #[path = $file]
                #[allow(dead_code, unused_variables, unused_mut, clippy::all, clippy::todo)]
                pub mod answer;
                #[path = $check]
                pub mod check;
            })+

            pub const VARIANTS: &[super::Variant] = &[$($(#[$condition])? super::Variant {
                exercise: &$variant::check::EXERCISE,
                name: concat!(stringify!($module), "/", $file),
                text: include_str!(concat!($folder, "/", $file)),
            }),+];
        }
    };
}

exercise! {
    ex01 in "../../../tests/exercises/ex01", checked by "../../../examples/exercises/src/bin/ex01_countdown/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_an_async_block "right_an_async_block.rs"
    right_counts_a_range "right_counts_a_range.rs"
    right_shared_count "right_shared_count.rs"
    wrong_counts_in_a_byte "wrong_counts_in_a_byte.rs"
    wrong_keeps_the_first_waker "wrong_keeps_the_first_waker.rs"
    wrong_aborts "wrong_aborts.rs"
    wrong_exits "wrong_exits.rs"
    wrong_panics_beside "wrong_panics_beside.rs"
    wrong_prints_a_verdict "wrong_prints_a_verdict.rs"
    wrong_prints_for_ever "wrong_prints_for_ever.rs"
    wrong_no_wake "wrong_no_wake.rs"
    wrong_one_count_a_thread "wrong_one_count_a_thread.rs"
    wrong_one_count_for_all "wrong_one_count_for_all.rs"
    wrong_one_too_few "wrong_one_too_few.rs"
    wrong_one_too_many "wrong_one_too_many.rs"
    wrong_only_keeps_the_waker "wrong_only_keeps_the_waker.rs"
    wrong_underflow "wrong_underflow.rs"
    wrong_wakes_a_waker_once "wrong_wakes_a_waker_once.rs"
    wrong_wakes_after_a_while "wrong_wakes_after_a_while.rs"
    wrong_wakes_all_it_has_seen "wrong_wakes_all_it_has_seen.rs"
    wrong_wakes_by_the_clock "wrong_wakes_by_the_clock.rs"
    wrong_wakes_on_a_thread "wrong_wakes_on_a_thread.rs"
    wrong_wakes_twice "wrong_wakes_twice.rs"
    wrong_wakes_when_ready "wrong_wakes_when_ready.rs"
}

exercise! {
    ex02 in "../../../tests/exercises/ex02", checked by "../../../examples/exercises/src/bin/ex02_flag/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_a_channel "right_a_channel.rs"
    right_a_list_of_wakes "right_a_list_of_wakes.rs"
    right_a_mutex "right_a_mutex.rs"
    right_a_waker_of_its_own "right_a_waker_of_its_own.rs"
    right_clears_only_what_it_saw "right_clears_only_what_it_saw.rs"
    right_remembers_the_count "right_remembers_the_count.rs"
    right_room_for_one_wake "right_room_for_one_wake.rs"
    wrong_a_dropped_waker_sets_it "wrong_a_dropped_waker_sets_it.rs"
    wrong_begins_set "wrong_begins_set.rs"
    wrong_clears_what_it_did_not_see "wrong_clears_what_it_did_not_see.rs"
    wrong_counts_in_a_byte "wrong_counts_in_a_byte.rs"
    wrong_counts_wakes "wrong_counts_wakes.rs"
    wrong_expects_the_flag "wrong_expects_the_flag.rs"
    wrong_forgets_wake_by_ref "wrong_forgets_wake_by_ref.rs"
    wrong_hands_over "wrong_hands_over.rs"
    wrong_keeps_its_wakers "wrong_keeps_its_wakers.rs"
    wrong_loads_then_clears "wrong_loads_then_clears.rs"
    wrong_locks_twice "wrong_locks_twice.rs"
    wrong_never_clears "wrong_never_clears.rs"
    wrong_one_for_all "wrong_one_for_all.rs"
    wrong_one_for_all_that_begins_anew "wrong_one_for_all_that_begins_anew.rs"
    wrong_reads_then_writes "wrong_reads_then_writes.rs"
    wrong_room_for_one_wake "wrong_room_for_one_wake.rs"
    wrong_says_only_one "wrong_says_only_one.rs"
    wrong_the_last_waker_counts "wrong_the_last_waker_counts.rs"
    wrong_thread_local "wrong_thread_local.rs"
    wrong_toggles "wrong_toggles.rs"
    wrong_toggles_under_a_lock "wrong_toggles_under_a_lock.rs"
    wrong_try_lock_in_take "wrong_try_lock_in_take.rs"
    wrong_try_lock_in_wake "wrong_try_lock_in_wake.rs"
    wrong_waits_a_little "wrong_waits_a_little.rs"
    wrong_waits_for_a_message "wrong_waits_for_a_message.rs"
    wrong_waits_in_take "wrong_waits_in_take.rs"
    wrong_waits_until_it_is_taken "wrong_waits_until_it_is_taken.rs"
    wrong_waker_works_once "wrong_waker_works_once.rs"
}

exercise! {
    ex03 in "../../../tests/exercises/ex03", checked by "../../../examples/exercises/src/bin/ex03_block_on/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_a_new_waker_for_each_poll "right_a_new_waker_for_each_poll.rs"
    right_bell_with_one_place "right_bell_with_one_place.rs"
    right_clears_before_the_poll "right_clears_before_the_poll.rs"
    right_condvar "right_condvar.rs"
    right_generations "right_generations.rs"
    right_unbounded_channel "right_unbounded_channel.rs"
    wrong_clears_after_the_poll "wrong_clears_after_the_poll.rs"
    wrong_condvar_without_a_flag "wrong_condvar_without_a_flag.rs"
    wrong_expects_a_sleeper "wrong_expects_a_sleeper.rs"
    wrong_flag_beside_the_lock "wrong_flag_beside_the_lock.rs"
    wrong_holds_the_lock_while_it_polls "wrong_holds_the_lock_while_it_polls.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    wrong_looks_every_ten_milliseconds "wrong_looks_every_ten_milliseconds.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    wrong_naps "wrong_naps.rs"
    wrong_never_clears_the_flag "wrong_never_clears_the_flag.rs"
    wrong_parks_once "wrong_parks_once.rs"
    wrong_parks_once_and_clears "wrong_parks_once_and_clears.rs"
    wrong_parks_without_a_flag "wrong_parks_without_a_flag.rs"
    wrong_polls_again_for_the_result "wrong_polls_again_for_the_result.rs"
    wrong_polls_by_the_clock "wrong_polls_by_the_clock.rs"
    wrong_polls_twice "wrong_polls_twice.rs"
    wrong_sets_the_flag_of_a_sleeper_only "wrong_sets_the_flag_of_a_sleeper_only.rs"
    wrong_sleeps_first "wrong_sleeps_first.rs"
    wrong_spins "wrong_spins.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    wrong_spins_on_the_flag "wrong_spins_on_the_flag.rs"
    wrong_static_flag "wrong_static_flag.rs"
    wrong_takes_a_wake_for_ready "wrong_takes_a_wake_for_ready.rs"
    wrong_thread_local_flag "wrong_thread_local_flag.rs"
    wrong_times_out "wrong_times_out.rs"
    wrong_toggles "wrong_toggles.rs"
    wrong_tries_the_lock "wrong_tries_the_lock.rs"
    wrong_unparks_first "wrong_unparks_first.rs"
    wrong_unparks_the_wrong_thread "wrong_unparks_the_wrong_thread.rs"
    wrong_waits_for_a_place "wrong_waits_for_a_place.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    wrong_waits_for_a_while "wrong_waits_for_a_while.rs"
    wrong_wakes_once "wrong_wakes_once.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    wrong_yields "wrong_yields.rs"
}

exercise! {
    ex04 in "../../../tests/exercises/ex04", checked by "../../../examples/exercises/src/bin/ex04_delay/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_clock_under_a_lock "right_clock_under_a_lock.rs"
    right_leaves_it_first "right_leaves_it_first.rs"
    right_one_thread_for_all "right_one_thread_for_all.rs"
    right_starts_at_the_first_poll "right_starts_at_the_first_poll.rs"
    wrong_a_few_threads_in_turn "wrong_a_few_threads_in_turn.rs"
    wrong_an_atomic_and_a_lock "wrong_an_atomic_and_a_lock.rs"
    wrong_asks_whether_the_thread_is_finished "wrong_asks_whether_the_thread_is_finished.rs"
    wrong_clones_then_looks "wrong_clones_then_looks.rs"
    wrong_first_poll_always_waits "wrong_first_poll_always_waits.rs"
    wrong_forgets_the_end "wrong_forgets_the_end.rs"
    wrong_forgets_the_seconds "wrong_forgets_the_seconds.rs"
    wrong_gives_up_if_busy "wrong_gives_up_if_busy.rs"
    wrong_joins_in_drop "wrong_joins_in_drop.rs"
    wrong_keeps_the_first_waker "wrong_keeps_the_first_waker.rs"
    wrong_leaves_no_sign_of_the_end "wrong_leaves_no_sign_of_the_end.rs"
    wrong_lock_in_if_let "wrong_lock_in_if_let.rs"
    wrong_locks_twice "wrong_locks_twice.rs"
    wrong_mixes_up_the_units "wrong_mixes_up_the_units.rs"
    wrong_one_thread_a_poll "wrong_one_thread_a_poll.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot count threads
    wrong_one_thread_a_poll_that_checks "wrong_one_thread_a_poll_that_checks.rs"
    wrong_one_thread_one_after_the_other "wrong_one_thread_one_after_the_other.rs"
    wrong_one_waker_a_deadline "wrong_one_waker_a_deadline.rs"
    wrong_one_waker_for_all "wrong_one_waker_for_all.rs"
    wrong_only_looks_at_the_clock "wrong_only_looks_at_the_clock.rs"
    wrong_rounds_down "wrong_rounds_down.rs"
    wrong_rounds_down_with_one_thread "wrong_rounds_down_with_one_thread.rs"
    wrong_sleeps_in_poll "wrong_sleeps_in_poll.rs"
    wrong_sleeps_under_the_lock "wrong_sleeps_under_the_lock.rs"
    wrong_starts_at_the_first_poll "wrong_starts_at_the_first_poll.rs"
    wrong_takes_a_poll_for_the_end "wrong_takes_a_poll_for_the_end.rs"
    wrong_takes_then_says_so "wrong_takes_then_says_so.rs"
    wrong_try_lock_in_poll "wrong_try_lock_in_poll.rs"
    wrong_waits_although_it_is_over "wrong_waits_although_it_is_over.rs"
    wrong_wakes_before_it_stores "wrong_wakes_before_it_stores.rs"
    wrong_wakes_by_ref_under_the_lock "wrong_wakes_by_ref_under_the_lock.rs"
    wrong_wakes_every_ten_milliseconds "wrong_wakes_every_ten_milliseconds.rs"
    wrong_wakes_first "wrong_wakes_first.rs"
    wrong_wakes_itself "wrong_wakes_itself.rs"
    wrong_wakes_under_the_lock "wrong_wakes_under_the_lock.rs"
    wrong_wakes_when_it_gets_a_new_waker "wrong_wakes_when_it_gets_a_new_waker.rs"
    wrong_whole_milliseconds "wrong_whole_milliseconds.rs"
    wrong_whole_seconds "wrong_whole_seconds.rs"
}

exercise! {
    ex05 in "../../../tests/exercises/ex05", checked by "../../../examples/exercises/src/bin/ex05_join_all/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_an_async_block "right_an_async_block.rs"
    right_backwards_in_a_map "right_backwards_in_a_map.rs"
    right_relays_each_wake "right_relays_each_wake.rs"
    right_two_by_two "right_two_by_two.rs"
    wrong_asks_and_then_fetches "wrong_asks_and_then_fetches.rs"
    wrong_bits_of_a_word "wrong_bits_of_a_word.rs"
    wrong_bits_of_the_widest_word "wrong_bits_of_the_widest_word.rs"
    wrong_ends_with_the_last_child "wrong_ends_with_the_last_child.rs"
    wrong_gives_no_waker "wrong_gives_no_waker.rs"
    wrong_in_the_order_of_completion "wrong_in_the_order_of_completion.rs"
    wrong_keeps_the_first_waker "wrong_keeps_the_first_waker.rs"
    wrong_looks_before_it_polls "wrong_looks_before_it_polls.rs"
    wrong_loops_until_all_are_done "wrong_loops_until_all_are_done.rs"
    wrong_max_is_not_done "wrong_max_is_not_done.rs"
    wrong_one_of_each_result "wrong_one_of_each_result.rs"
    wrong_passes_on_within_the_poll "wrong_passes_on_within_the_poll.rs"
    wrong_polls_all_again "wrong_polls_all_again.rs"
    wrong_polls_all_in_a_loop "wrong_polls_all_in_a_loop.rs"
    wrong_polls_in_the_call "wrong_polls_in_the_call.rs"
    wrong_polls_only_who_has_woken "wrong_polls_only_who_has_woken.rs"
    wrong_ready_with_the_first "wrong_ready_with_the_first.rs"
    wrong_relays_to_the_first_waker "wrong_relays_to_the_first_waker.rs"
    wrong_skips_whom_it_moves "wrong_skips_whom_it_moves.rs"
    wrong_sorts_the_results "wrong_sorts_the_results.rs"
    wrong_starts_over_after_progress "wrong_starts_over_after_progress.rs"
    wrong_stops_at_the_first_that_waits "wrong_stops_at_the_first_that_waits.rs"
    wrong_waker_for_the_first_alone "wrong_waker_for_the_first_alone.rs"
    wrong_wakes_itself "wrong_wakes_itself.rs"
    wrong_wakes_itself_after_progress "wrong_wakes_itself_after_progress.rs"
    wrong_wakes_itself_from_the_second_poll_on "wrong_wakes_itself_from_the_second_poll_on.rs"
    wrong_wakes_when_all_are_done "wrong_wakes_when_all_are_done.rs"
    wrong_zero_is_not_done "wrong_zero_is_not_done.rs"
}

exercise! {
    ex06 in "../../../tests/exercises/ex06", checked by "../../../examples/exercises/src/bin/ex06_race/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_a_list "right_a_list.rs"
    right_an_async_block "right_an_async_block.rs"
    right_puts_them_back "right_puts_them_back.rs"
    right_relays_each_wake "right_relays_each_wake.rs"
    wrong_asks_and_then_fetches "wrong_asks_and_then_fetches.rs"
    wrong_asks_the_first_again "wrong_asks_the_first_again.rs"
    wrong_asks_the_second_first "wrong_asks_the_second_first.rs"
    wrong_asks_the_second_first_later "wrong_asks_the_second_first_later.rs"
    wrong_drops_the_second_alone "wrong_drops_the_second_alone.rs"
    wrong_drops_the_winner "wrong_drops_the_winner.rs"
    wrong_forgets_the_loser "wrong_forgets_the_loser.rs"
    wrong_gives_no_waker "wrong_gives_no_waker.rs"
    wrong_hands_it_out_later "wrong_hands_it_out_later.rs"
    wrong_keeps_the_first_waker "wrong_keeps_the_first_waker.rs"
    wrong_keeps_the_loser "wrong_keeps_the_loser.rs"
    wrong_loops_until_one_is_ready "wrong_loops_until_one_is_ready.rs"
    wrong_no_waker_for_the_first "wrong_no_waker_for_the_first.rs"
    wrong_no_waker_for_the_second "wrong_no_waker_for_the_second.rs"
    wrong_passes_on_within_the_poll "wrong_passes_on_within_the_poll.rs"
    wrong_polls_both "wrong_polls_both.rs"
    wrong_polls_both_until_one_is_ready "wrong_polls_both_until_one_is_ready.rs"
    wrong_polls_in_the_call "wrong_polls_in_the_call.rs"
    wrong_says_who_won "wrong_says_who_won.rs"
    wrong_takes_turns "wrong_takes_turns.rs"
    wrong_waits_for_both "wrong_waits_for_both.rs"
    wrong_waits_for_the_first "wrong_waits_for_the_first.rs"
    wrong_wakes_at_the_end "wrong_wakes_at_the_end.rs"
    wrong_wakes_in_the_first_poll "wrong_wakes_in_the_first_poll.rs"
    wrong_wakes_itself "wrong_wakes_itself.rs"
    wrong_wakes_itself_from_the_second_poll_on "wrong_wakes_itself_from_the_second_poll_on.rs"
}

exercise! {
    ex07 in "../../../tests/exercises/ex07", checked by "../../../examples/exercises/src/bin/ex07_channel/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_std_channel "right_std_channel.rs"
    right_takes_its_waker_back "right_takes_its_waker_back.rs"
    right_tickets "right_tickets.rs"
    right_waker_behind_a_lock_of_its_own "right_waker_behind_a_lock_of_its_own.rs"
    right_wakes_by_reference "right_wakes_by_reference.rs"
    wrong_any_drop_ends "wrong_any_drop_ends.rs"
    wrong_bounded "wrong_bounded.rs"
    wrong_clears_at_end "wrong_clears_at_end.rs"
    wrong_clone_not_counted "wrong_clone_not_counted.rs"
    wrong_clone_with_a_queue_of_its_own "wrong_clone_with_a_queue_of_its_own.rs"
    wrong_counts_references "wrong_counts_references.rs"
    wrong_counts_the_receiver "wrong_counts_the_receiver.rs"
    wrong_drops_under_lock "wrong_drops_under_lock.rs"
    wrong_end_first "wrong_end_first.rs"
    wrong_expects_a_receiver "wrong_expects_a_receiver.rs"
    wrong_first_waker "wrong_first_waker.rs"
    wrong_gives_the_last_again "wrong_gives_the_last_again.rs"
    wrong_half_written "wrong_half_written.rs"
    wrong_knows_two_senders "wrong_knows_two_senders.rs"
    wrong_locks_twice "wrong_locks_twice.rs"
    wrong_looks_at_the_first "wrong_looks_at_the_first.rs"
    wrong_marks_the_end_once "wrong_marks_the_end_once.rs"
    wrong_none_when_empty "wrong_none_when_empty.rs"
    wrong_one_place "wrong_one_place.rs"
    wrong_registers_once "wrong_registers_once.rs"
    wrong_send_tries_the_lock "wrong_send_tries_the_lock.rs"
    wrong_set "wrong_set.rs"
    wrong_silent_end "wrong_silent_end.rs"
    wrong_sorts "wrong_sorts.rs"
    wrong_stack "wrong_stack.rs"
    wrong_std_channel_looks_first "wrong_std_channel_looks_first.rs"
    wrong_takes_at_recv "wrong_takes_at_recv.rs"
    wrong_takes_the_waker_along "wrong_takes_the_waker_along.rs"
    wrong_tries_the_lock "wrong_tries_the_lock.rs"
    wrong_two_locks "wrong_two_locks.rs"
    wrong_two_locks_close_together "wrong_two_locks_close_together.rs"
    wrong_waits_first "wrong_waits_first.rs"
    wrong_wakes_before_it_goes "wrong_wakes_before_it_goes.rs"
    wrong_wakes_before_it_sends "wrong_wakes_before_it_sends.rs"
    wrong_wakes_before_its_fields_go "wrong_wakes_before_its_fields_go.rs"
    wrong_wakes_nobody "wrong_wakes_nobody.rs"
    wrong_wakes_once "wrong_wakes_once.rs"
    wrong_wakes_under_lock "wrong_wakes_under_lock.rs"
    wrong_zero_is_the_end "wrong_zero_is_the_end.rs"
}

exercise! {
    ex08 in "../../../tests/exercises/ex08", checked by "../../../examples/exercises/src/bin/ex08_executor/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_channel "right_channel.rs"
    right_generations "right_generations.rs"
    right_states "right_states.rs"
    wrong_a_set_of_numbers "wrong_a_set_of_numbers.rs"
    wrong_borrows_while_it_polls "wrong_borrows_while_it_polls.rs"
    wrong_cancels_when_its_handle_is_dropped "wrong_cancels_when_its_handle_is_dropped.rs"
    wrong_clears_all_flags_at_once "wrong_clears_all_flags_at_once.rs"
    wrong_clears_the_flag_after_the_poll "wrong_clears_the_flag_after_the_poll.rs"
    wrong_drops_at_the_end "wrong_drops_at_the_end.rs"
    wrong_drops_under_its_borrow "wrong_drops_under_its_borrow.rs"
    wrong_expects_the_executor "wrong_expects_the_executor.rs"
    wrong_expects_the_task "wrong_expects_the_task.rs"
    wrong_flips_the_flag "wrong_flips_the_flag.rs"
    wrong_forgets_who_has_no_handle "wrong_forgets_who_has_no_handle.rs"
    wrong_gives_up_a_busy_lock "wrong_gives_up_a_busy_lock.rs"
    wrong_handle_has_the_future "wrong_handle_has_the_future.rs"
    wrong_handle_polls_the_task "wrong_handle_polls_the_task.rs"
    wrong_handle_wakes_itself "wrong_handle_wakes_itself.rs"
    wrong_keeps_the_first_awaiter "wrong_keeps_the_first_awaiter.rs"
    wrong_keeps_what_is_done "wrong_keeps_what_is_done.rs"
    wrong_last_result "wrong_last_result.rs"
    wrong_lock_in_while_let "wrong_lock_in_while_let.rs"
    wrong_locks_twice_in_spawn "wrong_locks_twice_in_spawn.rs"
    wrong_locks_while_it_polls "wrong_locks_while_it_polls.rs"
    wrong_looks_at_each_flag "wrong_looks_at_each_flag.rs"
    wrong_looks_then_sets "wrong_looks_then_sets.rs"
    wrong_marks_the_waker_of_what_is_done "wrong_marks_the_waker_of_what_is_done.rs"
    wrong_marks_what_is_done "wrong_marks_what_is_done.rs"
    wrong_new_ones_first "wrong_new_ones_first.rs"
    wrong_no_flag "wrong_no_flag.rs"
    wrong_number_used_again "wrong_number_used_again.rs"
    wrong_one_flag_for_all "wrong_one_flag_for_all.rs"
    wrong_one_queue_for_all "wrong_one_queue_for_all.rs"
    wrong_one_round "wrong_one_round.rs"
    wrong_polls_all_until_done "wrong_polls_all_until_done.rs"
    wrong_polls_in_spawn "wrong_polls_in_spawn.rs"
    wrong_polls_in_wake "wrong_polls_in_wake.rs"
    wrong_polls_until_ready "wrong_polls_until_ready.rs"
    wrong_pushes_then_sets "wrong_pushes_then_sets.rs"
    wrong_queue_of_the_thread "wrong_queue_of_the_thread.rs"
    wrong_queues_nothing_in_spawn "wrong_queues_nothing_in_spawn.rs"
    wrong_result_for_an_awaiter_only "wrong_result_for_an_awaiter_only.rs"
    wrong_searches_the_queue_first "wrong_searches_the_queue_first.rs"
    wrong_stack "wrong_stack.rs"
    wrong_to_the_front "wrong_to_the_front.rs"
    wrong_waits_for_all_to_be_done "wrong_waits_for_all_to_be_done.rs"
    wrong_waits_for_the_next "wrong_waits_for_the_next.rs"
    wrong_wakes_no_awaiter "wrong_wakes_no_awaiter.rs"
    wrong_wakes_the_awaiter_first "wrong_wakes_the_awaiter_first.rs"
    wrong_wakes_the_awaiter_under_its_borrow "wrong_wakes_the_awaiter_under_its_borrow.rs"
    wrong_wakes_the_awaiter_under_lock "wrong_wakes_the_awaiter_under_lock.rs"
    wrong_zero_is_no_result "wrong_zero_is_no_result.rs"
}

exercise! {
    ex09 in "../../../tests/exercises/ex09", checked by "../../../examples/exercises/src/bin/ex09_timers/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_heap "right_heap.rs"
    right_shared_places "right_shared_places.rs"
    right_sorted_vec "right_sorted_vec.rs"
    wrong_a_deadline_is_the_key "wrong_a_deadline_is_the_key.rs"
    wrong_a_place_at_the_deadline "wrong_a_place_at_the_deadline.rs"
    wrong_an_index_at_the_deadline "wrong_an_index_at_the_deadline.rs"
    wrong_at_least_a_millisecond "wrong_at_least_a_millisecond.rs"
    wrong_cancels_by_the_waker "wrong_cancels_by_the_waker.rs"
    wrong_cancels_nothing "wrong_cancels_nothing.rs"
    wrong_difference "wrong_difference.rs"
    wrong_fires_all "wrong_fires_all.rs"
    wrong_fires_only_at_the_very_time "wrong_fires_only_at_the_very_time.rs"
    wrong_first_inserted "wrong_first_inserted.rs"
    wrong_for_ever_when_empty "wrong_for_ever_when_empty.rs"
    wrong_forgets_what_is_past "wrong_forgets_what_is_past.rs"
    wrong_in_no_order "wrong_in_no_order.rs"
    wrong_leaves_them_in "wrong_leaves_them_in.rs"
    wrong_looks_from_the_last_time "wrong_looks_from_the_last_time.rs"
    wrong_marks_and_keeps_it "wrong_marks_and_keeps_it.rs"
    wrong_never_sleeps "wrong_never_sleeps.rs"
    wrong_not_at_the_deadline "wrong_not_at_the_deadline.rs"
    wrong_number_used_again "wrong_number_used_again.rs"
    wrong_one_a_deadline "wrong_one_a_deadline.rs"
    wrong_one_a_turn "wrong_one_a_turn.rs"
    wrong_one_for_all "wrong_one_for_all.rs"
    wrong_one_timer_a_waker "wrong_one_timer_a_waker.rs"
    wrong_only_marks_it "wrong_only_marks_it.rs"
    wrong_order_of_insertion "wrong_order_of_insertion.rs"
    wrong_remembers_the_earliest "wrong_remembers_the_earliest.rs"
    wrong_rounds_down "wrong_rounds_down.rs"
    wrong_sleeps_itself "wrong_sleeps_itself.rs"
    wrong_sleeps_to_the_last "wrong_sleeps_to_the_last.rs"
    wrong_sorts_by_whole_milliseconds "wrong_sorts_by_whole_milliseconds.rs"
    wrong_the_key_is_the_place "wrong_the_key_is_the_place.rs"
    wrong_ticks "wrong_ticks.rs"
    wrong_tidies_up_later "wrong_tidies_up_later.rs"
    wrong_underflow "wrong_underflow.rs"
    wrong_whole_milliseconds "wrong_whole_milliseconds.rs"
    wrong_zero_when_empty "wrong_zero_when_empty.rs"
}

exercise! {
    ex10 in "../../../tests/exercises/ex10", checked by "../../../examples/exercises/src/bin/ex10_read_all/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_arms_first "right_arms_first.rs"
    right_async_block "right_async_block.rs"
    right_reads_into_its_end "right_reads_into_its_end.rs"
    right_states "right_states.rs"
    wrong_a_timeout_waits "wrong_a_timeout_waits.rs"
    wrong_arms_for_a_new_waker_alone "wrong_arms_for_a_new_waker_alone.rs"
    wrong_arms_once "wrong_arms_once.rs"
    wrong_capacity_is_no_length "wrong_capacity_is_no_length.rs"
    wrong_each_error_waits "wrong_each_error_waits.rs"
    wrong_early_eof_is_the_end "wrong_early_eof_is_the_end.rs"
    wrong_end_is_an_error "wrong_end_is_an_error.rs"
    wrong_error_is_the_end "wrong_error_is_the_end.rs"
    wrong_error_of_its_own "wrong_error_of_its_own.rs"
    wrong_first_waker "wrong_first_waker.rs"
    wrong_forgets_between_polls "wrong_forgets_between_polls.rs"
    wrong_gathers_a_string "wrong_gathers_a_string.rs"
    wrong_nobody_wakes_it "wrong_nobody_wakes_it.rs"
    wrong_nothing_read_is_no_error "wrong_nothing_read_is_no_error.rs"
    wrong_one_for_all "wrong_one_for_all.rs"
    wrong_overwrites "wrong_overwrites.rs"
    wrong_question_mark "wrong_question_mark.rs"
    wrong_reads_once "wrong_reads_once.rs"
    wrong_room_of_a_fixed_size "wrong_room_of_a_fixed_size.rs"
    wrong_short_read_is_the_last "wrong_short_read_is_the_last.rs"
    wrong_sleeps_in_poll "wrong_sleeps_in_poll.rs"
    wrong_thread_wakes_it "wrong_thread_wakes_it.rs"
    wrong_tries_again_and_again "wrong_tries_again_and_again.rs"
    wrong_trims "wrong_trims.rs"
    wrong_up_to_the_first_zero "wrong_up_to_the_first_zero.rs"
    wrong_waits_after_the_end "wrong_waits_after_the_end.rs"
    wrong_waits_before_trying "wrong_waits_before_trying.rs"
    wrong_waker_of_nobody "wrong_waker_of_nobody.rs"
    wrong_wakes_itself "wrong_wakes_itself.rs"
    wrong_wakes_itself_to_read_on "wrong_wakes_itself_to_read_on.rs"
    wrong_whole_buffer "wrong_whole_buffer.rs"
    wrong_would_block_is_the_end "wrong_would_block_is_the_end.rs"
}

exercise! {
    ex11 in "../../../tests/exercises/ex11", checked by "../../../examples/exercises/src/bin/ex11_loop/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_channel "right_channel.rs"
    right_one_poll_a_turn "right_one_poll_a_turn.rs"
    right_two_lists "right_two_lists.rs"
    wrong_a_set_of_numbers "wrong_a_set_of_numbers.rs"
    wrong_asks_before_the_polls "wrong_asks_before_the_polls.rs"
    wrong_at_most_100_ms "wrong_at_most_100_ms.rs"
    wrong_bits_of_the_widest_word "wrong_bits_of_the_widest_word.rs"
    wrong_clears_all_flags_at_once "wrong_clears_all_flags_at_once.rs"
    wrong_does_not_put_it_back "wrong_does_not_put_it_back.rs"
    wrong_drains_for_ever "wrong_drains_for_ever.rs"
    wrong_empty_queue_is_the_end "wrong_empty_queue_is_the_end.rs"
    wrong_expects_a_timer "wrong_expects_a_timer.rs"
    wrong_expects_the_loop "wrong_expects_the_loop.rs"
    wrong_fires_after_a_socket "wrong_fires_after_a_socket.rs"
    wrong_fires_and_forgets "wrong_fires_and_forgets.rs"
    wrong_fires_when_idle "wrong_fires_when_idle.rs"
    wrong_fires_when_no_socket_is_ready "wrong_fires_when_no_socket_is_ready.rs"
    wrong_flips_the_flag "wrong_flips_the_flag.rs"
    wrong_last_in_first_out "wrong_last_in_first_out.rs"
    wrong_lock_in_while_let "wrong_lock_in_while_let.rs"
    wrong_looks_at_each_flag "wrong_looks_at_each_flag.rs"
    wrong_looks_at_sockets_when_idle "wrong_looks_at_sockets_when_idle.rs"
    wrong_looks_for_the_end_too_late "wrong_looks_for_the_end_too_late.rs"
    wrong_loses_a_wake_during_the_poll "wrong_loses_a_wake_during_the_poll.rs"
    wrong_never_sleeps "wrong_never_sleeps.rs"
    wrong_only_looks_without_a_timer "wrong_only_looks_without_a_timer.rs"
    wrong_polls_all "wrong_polls_all.rs"
    wrong_polls_the_finished "wrong_polls_the_finished.rs"
    wrong_queues_twice "wrong_queues_twice.rs"
    wrong_sleeps_for_ever "wrong_sleeps_for_ever.rs"
    wrong_sleeps_on_the_thread "wrong_sleeps_on_the_thread.rs"
    wrong_sleeps_with_work "wrong_sleeps_with_work.rs"
    wrong_subtracts "wrong_subtracts.rs"
    wrong_ticks "wrong_ticks.rs"
    wrong_timers_before_sockets "wrong_timers_before_sockets.rs"
    wrong_until_when_for_how_long "wrong_until_when_for_how_long.rs"
    wrong_unwraps_the_finished "wrong_unwraps_the_finished.rs"
    wrong_waits_for_the_clock "wrong_waits_for_the_clock.rs"
    wrong_whole_milliseconds "wrong_whole_milliseconds.rs"
}

exercise! {
    ex12 in "../../../tests/exercises/ex12", checked by "../../../examples/exercises/src/bin/ex12_unblock/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_a_list_of_wakers "right_a_list_of_wakers.rs"
    right_a_second_thread_joins "right_a_second_thread_joins.rs"
    right_begins_with_the_first_poll "right_begins_with_the_first_poll.rs"
    right_channel "right_channel.rs"
    wrong_a_pool_of_four "wrong_a_pool_of_four.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    wrong_a_thread_for_each_poll "wrong_a_thread_for_each_poll.rs"
    #[cfg(target_os = "linux")] // elsewhere the check cannot see it
    wrong_a_thread_looks "wrong_a_thread_looks.rs"
    wrong_asks_again_and_again "wrong_asks_again_and_again.rs"
    wrong_asks_whether_the_thread_is_finished "wrong_asks_whether_the_thread_is_finished.rs"
    wrong_boxes_the_payload "wrong_boxes_the_payload.rs"
    wrong_channel_looks_first "wrong_channel_looks_first.rs"
    wrong_does_not_catch "wrong_does_not_catch.rs"
    wrong_joins_at_once "wrong_joins_at_once.rs"
    wrong_joins_in_drop "wrong_joins_in_drop.rs"
    wrong_joins_in_poll "wrong_joins_in_poll.rs"
    wrong_joins_when_woken "wrong_joins_when_woken.rs"
    wrong_keeps_it_for_who_waits "wrong_keeps_it_for_who_waits.rs"
    wrong_keeps_the_first_waker "wrong_keeps_the_first_waker.rs"
    wrong_looks_and_leaves_in_two_steps "wrong_looks_and_leaves_in_two_steps.rs"
    wrong_never_wakes "wrong_never_wakes.rs"
    wrong_nothing_is_an_error "wrong_nothing_is_an_error.rs"
    wrong_one_thread_for_all "wrong_one_thread_for_all.rs"
    wrong_other_payload "wrong_other_payload.rs"
    wrong_poll_tries_the_lock "wrong_poll_tries_the_lock.rs"
    wrong_resumes_the_panic "wrong_resumes_the_panic.rs"
    wrong_two_locks_close_together "wrong_two_locks_close_together.rs"
    wrong_wakes_by_the_clock "wrong_wakes_by_the_clock.rs"
    wrong_wakes_first "wrong_wakes_first.rs"
    wrong_wakes_under_lock "wrong_wakes_under_lock.rs"
    wrong_work_under_lock "wrong_work_under_lock.rs"
    wrong_works_in_poll "wrong_works_in_poll.rs"
}

exercise! {
    ex13 in "../../../tests/exercises/ex13", checked by "../../../examples/exercises/src/bin/ex13_lines/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_byte_by_byte "right_byte_by_byte.rs"
    right_gives_it_back "right_gives_it_back.rs"
    right_queue_of_lines "right_queue_of_lines.rs"
    right_remembers_where_it_looked "right_remembers_where_it_looked.rs"
    wrong_a_timeout_waits "wrong_a_timeout_waits.rs"
    wrong_an_empty_line_at_the_end "wrong_an_empty_line_at_the_end.rs"
    wrong_arms_for_a_new_waker_alone "wrong_arms_for_a_new_waker_alone.rs"
    wrong_arms_for_the_first_alone "wrong_arms_for_the_first_alone.rs"
    wrong_early_eof_is_the_end "wrong_early_eof_is_the_end.rs"
    wrong_end_is_an_error "wrong_end_is_an_error.rs"
    wrong_error_is_the_end "wrong_error_is_the_end.rs"
    wrong_error_of_its_own "wrong_error_of_its_own.rs"
    wrong_future_has_the_beginning "wrong_future_has_the_beginning.rs"
    wrong_future_has_the_buffer "wrong_future_has_the_buffer.rs"
    wrong_keeps_the_first_waker "wrong_keeps_the_first_waker.rs"
    wrong_keeps_the_newline "wrong_keeps_the_newline.rs"
    wrong_last_line_again "wrong_last_line_again.rs"
    wrong_leaves_out_empty_lines "wrong_leaves_out_empty_lines.rs"
    wrong_local_buffer "wrong_local_buffer.rs"
    wrong_lossy "wrong_lossy.rs"
    wrong_needs_a_newline "wrong_needs_a_newline.rs"
    wrong_none_only_once "wrong_none_only_once.rs"
    wrong_one_for_all "wrong_one_for_all.rs"
    wrong_overwrites "wrong_overwrites.rs"
    wrong_question_mark "wrong_question_mark.rs"
    wrong_reads_all_before_it_cuts "wrong_reads_all_before_it_cuts.rs"
    wrong_reads_before_it_looks "wrong_reads_before_it_looks.rs"
    wrong_room_of_a_fixed_size "wrong_room_of_a_fixed_size.rs"
    wrong_searches_on_from_the_old_place "wrong_searches_on_from_the_old_place.rs"
    wrong_sleeps_in_poll "wrong_sleeps_in_poll.rs"
    wrong_strips_the_carriage_return "wrong_strips_the_carriage_return.rs"
    wrong_takes_it_at_the_call "wrong_takes_it_at_the_call.rs"
    wrong_takes_the_buffer_out "wrong_takes_the_buffer_out.rs"
    wrong_trims "wrong_trims.rs"
    wrong_unwraps_utf8 "wrong_unwraps_utf8.rs"
    wrong_waits_for_the_rest_of_the_line "wrong_waits_for_the_rest_of_the_line.rs"
    wrong_waker_of_nobody "wrong_waker_of_nobody.rs"
    wrong_wakes_itself_to_read_on "wrong_wakes_itself_to_read_on.rs"
    wrong_would_block_ends_the_line "wrong_would_block_ends_the_line.rs"
}

exercise! {
    ex14 in "../../../tests/exercises/ex14", checked by "../../../examples/exercises/src/bin/ex14_stories/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_chinese "right_chinese.rs"
    right_chinese_phrases "right_chinese_phrases.rs"
    right_full_width "right_full_width.rs"
    right_more_words "right_more_words.rs"
    right_names "right_names.rs"
    right_phrases "right_phrases.rs"
    right_short "right_short.rs"
    wrong_a_socket "wrong_a_socket.rs"
    wrong_a_timer "wrong_a_timer.rs"
    wrong_chinese "wrong_chinese.rs"
    wrong_half_written "wrong_half_written.rs"
    wrong_its_own_sleep "wrong_its_own_sleep.rs"
    wrong_itself "wrong_itself.rs"
    wrong_main_thread "wrong_main_thread.rs"
    wrong_not_that_one "wrong_not_that_one.rs"
    wrong_number_alone "wrong_number_alone.rs"
    wrong_other_kind "wrong_other_kind.rs"
    wrong_some_task "wrong_some_task.rs"
    wrong_some_timer "wrong_some_timer.rs"
    wrong_ten "wrong_ten.rs"
    wrong_the_reader "wrong_the_reader.rs"
    wrong_the_task_itself "wrong_the_task_itself.rs"
    wrong_the_timer "wrong_the_timer.rs"
    wrong_two_at_once "wrong_two_at_once.rs"
    wrong_who_waits "wrong_who_waits.rs"
}

exercise! {
    ex15 in "../../../tests/exercises/ex15", checked by "../../../examples/exercises/src/bin/ex15_wget/check.rs":
    start "start.rs"
    solution "solution.rs"
    right_all_after_each_sleep "right_all_after_each_sleep.rs"
    right_callbacks "right_callbacks.rs"
    right_channel_of_wakes "right_channel_of_wakes.rs"
    wrong_a_thread_for_each "wrong_a_thread_for_each.rs"
    wrong_a_thread_to_connect "wrong_a_thread_to_connect.rs"
    wrong_all_before_it_looks "wrong_all_before_it_looks.rs"
    wrong_asks_the_peer_alone "wrong_asks_the_peer_alone.rs"
    wrong_carriage_returns_alone "wrong_carriage_returns_alone.rs"
    #[cfg(target_os = "linux")]
    wrong_connects_blocking "wrong_connects_blocking.rs"
    wrong_first_event_alone "wrong_first_event_alone.rs"
    wrong_keeps_the_carriage_return "wrong_keeps_the_carriage_return.rs"
    wrong_keeps_the_finished "wrong_keeps_the_finished.rs"
    wrong_last_line_left_out "wrong_last_line_left_out.rs"
    wrong_lossy_a_read "wrong_lossy_a_read.rs"
    wrong_names_no_host "wrong_names_no_host.rs"
    #[cfg(target_os = "linux")]
    wrong_never_sleeps "wrong_never_sleeps.rs"
    wrong_one_a_name "wrong_one_a_name.rs"
    wrong_one_after_the_other "wrong_one_after_the_other.rs"
    wrong_one_token_for_all "wrong_one_token_for_all.rs"
    wrong_polls_the_finished "wrong_polls_the_finished.rs"
    wrong_prints_at_the_end "wrong_prints_at_the_end.rs"
    wrong_prints_the_rest_at_the_close "wrong_prints_the_rest_at_the_close.rs"
    wrong_queue_of_the_thread "wrong_queue_of_the_thread.rs"
    wrong_reads_in_their_order "wrong_reads_in_their_order.rs"
    wrong_reads_once_an_event "wrong_reads_once_an_event.rs"
    wrong_reads_past_the_end "wrong_reads_past_the_end.rs"
    wrong_reads_to_the_end "wrong_reads_to_the_end.rs"
    wrong_registers_for_reading_alone "wrong_registers_for_reading_alone.rs"
    wrong_registers_for_writing_alone "wrong_registers_for_writing_alone.rs"
    wrong_room_of_a_fixed_size "wrong_room_of_a_fixed_size.rs"
    wrong_skips_the_status_line "wrong_skips_the_status_line.rs"
    wrong_sleeps_with_nothing_to_do "wrong_sleeps_with_nothing_to_do.rs"
    #[cfg(target_os = "linux")]
    wrong_spins_until_connected "wrong_spins_until_connected.rs"
    wrong_started_for_ever "wrong_started_for_ever.rs"
    wrong_swallows_failures "wrong_swallows_failures.rs"
    #[cfg(target_os = "linux")]
    wrong_takes_no_peer_for_a_failure "wrong_takes_no_peer_for_a_failure.rs"
    wrong_takes_reads_for_lines "wrong_takes_reads_for_lines.rs"
    wrong_takes_the_end_for_the_blank_line "wrong_takes_the_end_for_the_blank_line.rs"
    #[cfg(target_os = "linux")]
    wrong_ticks "wrong_ticks.rs"
    #[cfg(target_os = "linux")]
    wrong_ticks_often "wrong_ticks_often.rs"
    wrong_trims "wrong_trims.rs"
    wrong_unwraps "wrong_unwraps.rs"
    wrong_unwraps_connect "wrong_unwraps_connect.rs"
    wrong_unwraps_utf8 "wrong_unwraps_utf8.rs"
    #[cfg(target_os = "linux")]
    wrong_wakes_itself_instead_of_waiting "wrong_wakes_itself_instead_of_waiting.rs"
    #[cfg(target_os = "linux")]
    wrong_write_all "wrong_write_all.rs"
    #[cfg(target_os = "linux")]
    wrong_write_all_again "wrong_write_all_again.rs"
    #[cfg(target_os = "linux")]
    wrong_writes_once "wrong_writes_once.rs"
}

/// All exercises. Each brings its folder `tests/exercises/exNN`.
const ALL: &[&[Variant]] = &[
    ex01::VARIANTS,
    ex02::VARIANTS,
    ex03::VARIANTS,
    ex04::VARIANTS,
    ex05::VARIANTS,
    ex06::VARIANTS,
    ex07::VARIANTS,
    ex08::VARIANTS,
    ex09::VARIANTS,
    ex10::VARIANTS,
    ex11::VARIANTS,
    ex12::VARIANTS,
    ex13::VARIANTS,
    ex14::VARIANTS,
    ex15::VARIANTS,
];

impl Variant {
    fn of_name(name: &str) -> &'static Variant {
        ALL.iter().flat_map(|variants| variants.iter()).find(|it| it.name == name).expect("a name")
    }

    fn is_solution(&self) -> bool {
        self.name.ends_with("/solution.rs") || self.name.contains("/right_")
    }

    /// The id of what it should be told; `None` for a solution.
    fn expected(&self) -> Option<&'static str> {
        let first = self.text.lines().next().unwrap_or_default();
        let told = first.strip_prefix("//! told: ").or_else(|| first.strip_prefix(RACE));
        match told {
            Some(id) => Some(id),
            None if self.is_solution() => None,
            None => Some("not-written"),
        }
    }

    /// How often its check may miss what is wrong with it. Two steps of the answer, on its own threads, are all that is
    /// wrong, and nothing of the check's runs between them; the exercise's text says how often they are met.
    fn misses(&self) -> usize {
        if self.text.starts_with(RACE) { 19 } else { 0 }
    }

    /// What it is told: the id, and the words.
    fn told(&self, seed: Option<u64>, language: Language) -> Told {
        let mut child = Command::new(env::current_exe().expect("a program knows where it is"));
        child.args(["--exact", "a_child_checks_one_variant", "--nocapture"]);
        child.env("EXERCISE_VARIANT", self.name);
        if let Some(seed) = seed {
            child.env("EXERCISE_SEED", seed.to_string());
        }
        run_child(self.exercise, &mut child, language)
    }
}

/// Not a test by itself: the others start it for each variant.
#[test]
fn a_child_checks_one_variant() {
    if let Ok(name) = env::var("EXERCISE_VARIANT") {
        child(Variant::of_name(&name).exercise);
    }
}

/// Runs something for each variant, two at once: more would take the processors from each other.
fn for_each(variants: &[&'static Variant], run: impl Fn(&'static Variant) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(variant) = variants.get(next.fetch_add(1, SeqCst)) {
                    run(variant);
                }
            });
        }
    });
}

#[test]
fn each_answer_is_told_what_its_first_line_says() {
    let variants: Vec<_> = ALL.iter().flat_map(|variants| variants.iter()).collect();
    for_each(&variants, |variant| {
        let mut told = variant.told(None, Language::English);
        for _ in 0..variant.misses() {
            if told.id == "passed" {
                told = variant.told(None, Language::English);
            }
        }
        let expected = variant.expected().unwrap_or("passed");
        assert_eq!(told.id, expected, "{}: {}", variant.name, told.text);
    });
}

#[test]
fn each_solution_passes_under_shuffled_schedules() {
    let all = ALL.iter().flat_map(|variants| variants.iter());
    let solutions: Vec<_> = all.filter(|variant| variant.is_solution()).collect();
    for_each(&solutions, |variant| {
        for seed in 0..5 {
            let told = variant.told(Some(seed), Language::English);
            assert_eq!(told.id, "passed", "{}: {}", variant.name, told.text);
        }
    });
}

#[test]
fn no_message_is_left_that_no_answer_is_told() {
    for variants in ALL {
        let told: BTreeSet<_> = variants.iter().filter_map(Variant::expected).collect();
        let exercise = variants[0].exercise;
        for Message { id, .. } in exercise.messages {
            assert!(told.contains(id), "exercise {}: nothing is told {id:?}", exercise.number);
        }
    }
    let told: BTreeSet<_> =
        ALL.iter().flat_map(|it| it.iter()).filter_map(Variant::expected).collect();
    for Message { id, .. } in common() {
        assert!(told.contains(id), "nothing is told {id:?}");
    }
}

#[test]
fn each_message_says_the_same_in_both_languages() {
    let own = ALL.iter().flat_map(|variants| variants[0].exercise.messages);
    for message in own.chain(common()) {
        for place in 0..5 {
            let place = format!("{{{place}}}");
            let (en, zh) = (message.en.contains(&place), message.zh.contains(&place));
            assert_eq!(en, zh, "{}: {place}", message.id);
        }
        assert!(message.zh.chars().any(|c| c > '\u{2e80}'), "{} is not in Chinese", message.id);
        assert!(message.en.is_ascii() || !message.en.chars().any(|c| c > '\u{2e80}'));
    }
}

#[test]
fn a_wrong_answer_is_told_in_chinese_where_that_is_wished() {
    let wrong = Variant::of_name("ex01/wrong_no_wake.rs");
    let told = wrong.told(None, Language::Chinese).text;
    assert!(told.contains("唤醒器"), "{told}");
}

#[test]
fn what_an_answer_prints_is_shown_its_first_and_its_last() {
    let told = Variant::of_name("ex01/wrong_prints_a_verdict.rs").told(None, Language::English);
    assert!(told.printed.contains("verdict: passed\n") && told.printed.contains("solved\n"));
    let told = Variant::of_name("ex01/wrong_prints_for_ever.rs").told(None, Language::English);
    let (first, last) = told.printed.split_once("\n… ").expect("most of it is left out");
    assert!(first.starts_with("still here\n") && last.ends_with("still here\n"));
    assert!(told.printed.len() < 5_000 && told.id == "time-limit");
}

#[test]
fn each_exercise_has_a_text_and_three_hints_in_both_languages() {
    for variants in ALL {
        let number = variants[0].exercise.number;
        for (folder, hint) in [("docs/course", "\n## Hint "), ("docs/course/zh", "\n## 提示 ")] {
            let read = |path: String| {
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
            };
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
            let text = read(format!("{root}/{folder}/ex{number:02}.md"));
            let hints = read(format!("{root}/{folder}/hints/ex{number:02}.md"));
            assert_eq!((text.matches(hint).count(), hints.matches(hint).count()), (0, 3));
        }
    }
}
