//! Compares answers with what the stories tell.

use super::answer::ANSWERS;
use crate::harness::{Exercise, Message, Verdict, ensure, fail};

pub const EXERCISE: Exercise = Exercise { number: 14, messages: MESSAGES, check };

/// `{0}` is the answer that was given, `{1}` the file that tells the right one.
const MESSAGES: &[Message] = &[
    Message {
        id: "not-written",
        en: "not written yet: question {0} of 6 has no answer. Write it between the quotation marks in answer.rs.",
        zh: "还没有写：6 个问题中的第 {0} 个没有答案。请写在 answer.rs 里对应的引号之间。",
    },
    Message {
        id: "which-one",
        en: "question {1}: “{0}” does not say which one. The story numbers them: write the number, too.",
        zh: "问题 {1}：“{0}”没有说明是哪一个。记录里都有编号：请把编号也写上。",
    },
    Message {
        id: "who-has-the-lock",
        en: "question 1: it is not “{0}”. The answer is in {1}.\n\
             Three tasks ran before 10 ms. Only one of them did not stop at the lock.",
        zh: "问题 1：不是“{0}”。答案写在 {1} 里。\n\
             10 ms 之前运行过三个做支付的 Task，其中只有一个没有停在锁上。",
    },
    Message {
        id: "who-gave-the-lock",
        en: "question 2: it is not “{0}”. The answer is in {1}.\n\
             A wake during a poll is in the line of that poll: the task that is polled there calls the waker. The \
             timer woke another task, which then let go of the lock.",
        zh: "问题 2：不是“{0}”。答案写在 {1} 里。\n\
             在某次轮询当中发生的唤醒，写在那次轮询的一行里：正在被轮询的 Task 调用了唤醒器。定时器唤醒的是另一个 Task，\
             是它随后放开了锁。",
    },
    Message {
        id: "what-woke-the-sleeper",
        en: "question 3: it is not “{0}”. The answer is in {1}.\n\
             A line with ⚡ names what has called the waker. A task says how long it sleeps. But a future around the \
             sleep may have set another timer, and both timers wake the same task.",
        zh: "问题 3：不是“{0}”。答案写在 {1} 里。\n\
             带 ⚡ 的行写明了是什么调用了唤醒器。Task 说自己要睡多久是一回事；包在外面的 Future 可能另外设了一个定时器，\
             它们拿着的是同一个 Task 的唤醒器。",
    },
    Message {
        id: "who-ended-it",
        en: "question 4: it is not “{0}”. The answer is in {1}.\n\
             Cancelling drops the future where it waits. So there is no last poll of the task and no ✓; the cancelling \
             is in the line of the task that did it.",
        zh: "问题 4：不是“{0}”。答案写在 {1} 里。\n\
             取消就是在 Future 等待的地方把它丢弃 (drop)。所以这个 Task 没有最后一次轮询，也没有 ✓；这件事写在动手的那个 \
             Task 的一行里。",
    },
    Message {
        id: "who-wrote",
        en: "question 5: it is not “{0}”. The answer is in {1}.\n\
             A socket is readable because somebody has written to its other end. Go back from the ⚡ to the poll before \
             it.",
        zh: "问题 5：不是“{0}”。答案写在 {1} 里。\n\
             套接字可读，是因为有人往它的另一端写了数据。请从 ⚡ 那一行往回找，看前一次轮询。",
    },
    Message {
        id: "what-ended-the-sleep",
        en: "question 6: it is not “{0}”. The answer is in {1}.\n\
             Three things end a loop's sleep: a deadline, sockets, another thread. The line after the sleep says \
             which.",
        zh: "问题 6：不是“{0}”。答案写在 {1} 里。\n\
             能结束事件循环睡眠的只有三样：截止时间、套接字、别的线程。睡眠之后的那一行写明了是哪一样。",
    },
];

/// A question: what is told to a wrong answer, and where it is answered. The right answers are made of `words`, and
/// have all of one entry of `needed`. Who has said only `vague` words is asked for more.
struct Question {
    id: &'static str,
    story: &'static str,
    needed: &'static [&'static [&'static str]],
    words: &'static [&'static str],
    vague: &'static [&'static str],
}

const QUESTIONS: [Question; 6] = [
    Question {
        id: "who-has-the-lock",
        story: "first.txt",
        needed: &[&["1"], &["rent"]],
        words: &["task", "1", "rent"],
        vague: &["task"],
    },
    Question {
        id: "who-gave-the-lock",
        story: "first.txt",
        needed: &[&["2"], &["food"]],
        words: &["task", "2", "food"],
        vague: &["task"],
    },
    Question {
        id: "what-woke-the-sleeper",
        story: "second.txt",
        needed: &[&["timer", "1"]],
        words: &["timer", "1", "deadline", "timeout", "went", "off", "20", "ms"],
        vague: &["timer", "deadline", "timeout", "went", "off"],
    },
    Question {
        id: "who-ended-it",
        story: "second.txt",
        needed: &[&["0"], &["main"]],
        words: &["task", "0", "main"],
        vague: &["task"],
    },
    Question {
        id: "who-wrote",
        story: "third.txt",
        needed: &[&["1"], &["write"]],
        words: &["task", "1", "write"],
        vague: &["task"],
    },
    Question {
        id: "what-ended-the-sleep",
        story: "third.txt",
        needed: &[&["thread"], &["job"]],
        words: &["another", "thread", "job", "1", "is", "done", "worker", "background", "pool"],
        vague: &[],
    },
];

fn check() -> Verdict {
    for (number, (question, answer)) in (1..).zip(QUESTIONS.iter().zip(ANSWERS)) {
        let words = words(answer);
        let all_in = |known: &[&str]| words.iter().all(|word| known.contains(&word.as_str()));
        let has = |needed: &&[&str]| needed.iter().all(|&it| words.iter().any(|word| word == it));
        if words.is_empty() {
            return fail("not-written", &[&number]);
        }
        if !(all_in(question.words) && question.needed.iter().any(has)) {
            let is_vague = all_in(question.vague);
            ensure(!is_vague, "which-one", &[&answer, &number])?;
            return fail(question.id, &[&answer, &question.story]);
        }
    }
    Ok(())
}

/// Each way to write a word, and the word. An entry stands before those that are a part of it.
const SPELLINGS: &[(&str, &str)] = &[
    ("任务", "task"),
    ("计时器", "timer"),
    ("定时器", "timer"),
    ("截止时间", "deadline"),
    ("超时", "timeout"),
    ("套接字", "socket"),
    ("另外一个", "another"),
    ("另一个", "another"),
    ("另一条", "another"),
    ("其他", "another"),
    ("其它", "another"),
    ("别的", "another"),
    ("工作", "worker"),
    ("后台", "background"),
    ("主", "main"),
    ("到期", "off"),
    ("毫秒", "ms"),
    ("线程", "thread"),
    ("作业", "job"),
    ("零", "0"),
    ("一个", "a"),
    ("一", "1"),
    ("二", "2"),
    ("三", "3"),
    ("第", "no"),
    ("号", "no"),
    ("个", "a"),
    ("由", "by"),
    ("是", "by"),
    ("的", "of"),
];

/// What says no more than what stands beside it.
const FILLING: &[&str] = &[
    "a", "an", "the", "by", "of", "no", "number", "nr", "on", "in", "its", "it", "s", "because",
    "from", "was",
];

/// The words and numbers of an answer, however they are written.
fn words(answer: &str) -> Vec<String> {
    let mut text: String = answer.chars().map(narrow).collect::<String>().to_lowercase();
    for (spelling, word) in SPELLINGS {
        text = text.replace(spelling, &format!(" {word} "));
    }
    // A number is a word of its own, also where it follows without a space.
    let mut spaced = String::new();
    let mut last = ' ';
    for c in text.chars() {
        let c = if c.is_alphanumeric() { c } else { ' ' };
        if c.is_ascii_digit() != last.is_ascii_digit() {
            spaced.push(' ');
        }
        spaced.push(c);
        last = c;
    }
    let words = spaced.split_whitespace().filter(|word| !FILLING.contains(word));
    words.map(|word| plain(word).to_string()).collect()
}

fn plain(word: &str) -> &str {
    match word {
        "zero" => "0",
        "one" => "1",
        "two" => "2",
        "threads" => "thread",
        "three" => "3",
        "other" | "different" => "another",
        word => word,
    }
}

/// Full-width letters and digits as those of ASCII.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(c) - 0xFEE0).expect("these have a narrow form")
        }
        c => c,
    }
}
