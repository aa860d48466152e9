//! told: who-wrote

pub const ANSWERS: [&str; 6] = ["task 1", "task 2", "timer 1", "task 0", "socket 1", "another thread"];
