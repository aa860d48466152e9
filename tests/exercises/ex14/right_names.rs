pub const ANSWERS: [&str; 6] = ["rent", "Task 2 (food)", "Timer #1.", "the main task", "task 1 \"write\"", "by another thread"];
