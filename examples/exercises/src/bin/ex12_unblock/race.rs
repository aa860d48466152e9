//! A job ends just when it is polled.

use std::{
    hint,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use super::{Door, Verdict, expect, fail, poll_once, unblock};

/// How many jobs there are at most, and how long they take at most: a busy machine has time for fewer.
const JOBS: u32 = 3_000;
const TRYING: Duration = Duration::from_millis(1_500);

/// How often a job that has not begun is looked for. It may begin with its first poll.
const LOOKS: u32 = 20_000;

/// Where the two are.
const AT_THE_START: u32 = 1;
const POLLED: u32 = 2;

pub fn loses_no_wake() -> Verdict {
    let start = Instant::now();
    for n in 1..=JOBS {
        if start.elapsed() > TRYING {
            break;
        }
        let place = Arc::new(AtomicU32::new(0));
        let seen = place.clone();
        let mut job = pin!(unblock(move || {
            let _ = seen.compare_exchange(0, AT_THE_START, SeqCst, SeqCst);
            while seen.load(SeqCst) < POLLED {
                hint::spin_loop();
            }
            n
        }));
        let mut looks = 0;
        while place.load(SeqCst) == 0 && looks < LOOKS {
            looks += 1;
            if looks.is_multiple_of(256) { thread::yield_now() } else { hint::spin_loop() }
        }
        let mut door = Door::new();
        let bell = door.bell();
        place.store(POLLED, SeqCst);
        // Not always at the same moment of the poll.
        (0..n % 40).for_each(|n| {
            hint::black_box(n);
        });
        let polled = poll_once(job.as_mut(), &bell);
        drop(bell);
        let result = match polled {
            Poll::Ready(result) => result,
            Poll::Pending => match door.answer(job.as_mut()) {
                Ok(result) => result,
                Err(_) if door.is_silent => return fail("lost-wake", &[&n]),
                Err(failure) => return Err(failure),
            },
        };
        expect(result, n)?;
    }
    Ok(())
}
