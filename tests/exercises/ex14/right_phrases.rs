pub const ANSWERS: [&str; 6] = ["by task 1's", "task 2", "the timeout's timer 1 (20 ms)", "主任务", "the task 1", "a worker thread"];
