//! told: who-has-the-lock

pub const ANSWERS: [&str; 6] = ["task 10", "task 2", "timer 1", "task 0", "task 1", "another thread"];
