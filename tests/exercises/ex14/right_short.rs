pub const ANSWERS: [&str; 6] = ["1", "2", "timer1", "0", "1", "thread"];
