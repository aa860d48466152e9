//! The timeline's page: what stands in its data.

use std::time::Duration;

use glassloop::{
    EventLoop, create_task, sleep,
    trace::Record,
    views::{story, timeline},
};

mod common;

use common::kept;

/// Ten tasks that sleep so many times. Each time somebody makes another task, which is done at once.
async fn sleepers(times: u32) {
    let tasks = (0..10).map(|number| {
        create_task(async move {
            for _ in 0..times {
                sleep(Duration::from_millis(1)).await;
                if number == 0 {
                    create_task(async {}).await.expect("it does not fail");
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("it does not fail");
    }
}

/// The records of a loop that did this, once for each number.
fn records_of(runs: &[u32]) -> Vec<Record> {
    let (event_loop, records) = kept(EventLoop::builder().unwatched().virtual_time());
    runs.iter().for_each(|times| event_loop.run_until_complete(sleepers(*times)));
    records.take()
}

#[test]
fn of_a_long_run_the_page_has_the_totals_of_all_records_and_not_of_those_that_it_keeps() {
    // In the second run of the second one records are missing from its beginning on.
    for runs in [&[4_000][..], &[2_500, 2_500]] {
        let records = records_of(runs);
        assert!(records.len() > 220_000, "{} records", records.len());
        let (story, page) = (story(&records), timeline(&records));
        let (_, end) = story.rsplit_once("loop ends: ").expect("it ends");
        let (totals, _) = end.split_once(" · 0 warnings").expect("there is nothing wrong");
        let told = format!("loop ends: {totals} · 0 warnings in the records that are kept");
        assert!(page.contains(&told), "{told}");

        let count = |kind: &str| {
            records.iter().filter(|record| record.what.to_string().starts_with(kind)).count()
        };
        let tasks = count("create ") + runs.len();
        let (turns, polls) = (records.last().map_or(0, |record| record.turn), count("poll "));
        let asleep = runs.iter().map(|times| u64::from(*times) * 1_000_000).sum::<u64>();
        let sums = format!(
            "\"sums\":{{\"tasks\":{tasks},\"turns\":{turns},\"polls\":{polls},\"asleep\":{asleep}}}"
        );
        assert!(page.contains(&sums), "{sums}");
    }
}

#[test]
fn how_long_a_task_was_busy_is_not_said_where_records_of_it_are_missing() {
    let page = timeline(&records_of(&[4_000]));
    let ends = || page.lines().filter(|line| line.contains("\"ready after 4001 polls"));
    assert_eq!(ends().count(), 9, "nine sleepers");
    assert!(ends().all(|line| line.contains("\"ready after 4001 polls\"")), "{:?}", ends().next());
    assert!(page.contains("\"ready after 1 poll, "), "one that was made behind the gap");
}
