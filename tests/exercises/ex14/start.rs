//! Exercise 14: reading stories.
//! The task is in `docs/course/ex14.md` (中文：`docs/course/zh/ex14.md`), the stories lie beside this file.

/// Each answer is one or two words, such as `"task 5"`, `"timer 7"`, `"socket 3"` or `"the deadline"`.
#[rustfmt::skip] // each question above its answer
pub const ANSWERS: [&str; 6] = [
    // first.txt: three tasks pay from one account, whose lock each of them needs.
    // 1. At 10 ms task 3 is idle. Which task has the lock that it waits for?
    "",
    // 2. Later it gets the lock. Which task has woken it?
    "",
    // second.txt: one task asks for something, another one ticks.
    // 3. At 0 ms task 1 goes to sleep for 50 ms, and at 20 ms it is polled. What has woken it?
    "",
    // 4. Task 2 is never ready. Which task has ended it?
    "",
    // third.txt: a letter goes from one end of a connection to the other, and is printed.
    // 5. At 10 ms socket 2 is readable, and wakes task 2. Which task had made it so?
    "",
    // 6. At 15 ms the loop falls asleep in turn 6 and is woken at once; no timer is due. What has ended its sleep?
    "",
];
