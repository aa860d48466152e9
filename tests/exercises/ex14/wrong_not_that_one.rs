//! told: who-ended-it

pub const ANSWERS: [&str; 6] = ["task 1", "task 2", "timer 1", "not task 0", "task 1", "another thread"];
