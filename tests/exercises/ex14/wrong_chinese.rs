//! told: who-gave-the-lock

pub const ANSWERS: [&str; 6] = ["task 1", "定时器 1", "timer 1", "task 0", "task 1", "another thread"];
