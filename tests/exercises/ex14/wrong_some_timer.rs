//! told: which-one

pub const ANSWERS: [&str; 6] = ["task 1", "task 2", "the timer", "task 0", "task 1", "another thread"];
