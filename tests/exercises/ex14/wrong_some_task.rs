//! told: which-one

pub const ANSWERS: [&str; 6] = ["a task", "task 2", "timer 1", "task 0", "task 1", "another thread"];
