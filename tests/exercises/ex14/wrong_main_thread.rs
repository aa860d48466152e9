//! told: what-ended-the-sleep

pub const ANSWERS: [&str; 6] = ["task 1", "task 2", "timer 1", "task 0", "task 1", "主线程"];
