//! told: what-woke-the-sleeper

pub const ANSWERS: [&str; 6] = ["task 1", "task 2", "1", "task 0", "task 1", "another thread"];
