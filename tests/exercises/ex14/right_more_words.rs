pub const ANSWERS: [&str; 6] = ["task one", "TASK-2", "timer 1 went off", "task 0, main", "Task_1", "job 1 on thread 1"];
