pub const ANSWERS: [&str; 6] = ["ｔａｓｋ　１", "“Task２”", "定时器１", "Task＃０", "任务一。", "另一个线程"];
