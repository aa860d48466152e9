//! Compares answers with what the stories tell, and points at the line that tells it.

use super::answer::ANSWERS;
use crate::harness::{Exercise, Failure, Message, Verdict, fail};

pub const EXERCISE: Exercise = Exercise { number: 14, messages: MESSAGES, check };

const FIRST: (&str, &str) = ("first.txt", include_str!("first.txt"));
const SECOND: (&str, &str) = ("second.txt", include_str!("second.txt"));
const THIRD: (&str, &str) = ("third.txt", include_str!("third.txt"));

/// `{0}` is the answer that was given, `{1}` and `{2}` are the file and its line, `{3}` is what is written there.
const MESSAGES: &[Message] = &[
    Message {
        id: "not-written",
        en: "not written yet: question {0} of 6 has no answer. Write it between the quotation marks in answer.rs.",
        zh: "还没有写：6 个问题中的第 {0} 个没有答案。请写在 answer.rs 里对应的引号之间。",
    },
    Message {
        id: "who-has-the-lock",
        en: "question 1: it is not “{0}”. Look again at {1}, line {2}:\n{3}\n\
             Three tasks ran before 10 ms. One of them, and one alone, did not stop at the lock.",
        zh: "问题 1：不是“{0}”。请再看 {1} 第 {2} 行：\n{3}\n\
             10 ms 之前运行过三个做支付的 Task，其中只有一个没有停在锁上。",
    },
    Message {
        id: "who-gave-the-lock",
        en: "question 2: it is not “{0}”. Look again at {1}, line {2}:\n{3}\n\
             A wake in the course of a poll stands in the line of that poll: whoever is polled there calls the waker. \
             The timer woke somebody else, who then let go of the lock.",
        zh: "问题 2：不是“{0}”。请再看 {1} 第 {2} 行：\n{3}\n\
             在某次轮询当中发生的唤醒，写在那次轮询的一行里：正在被轮询的 Task 调用了唤醒器。定时器唤醒的是另一个 Task，\
             是它随后放开了锁。",
    },
    Message {
        id: "what-woke-the-sleeper",
        en: "question 3: it is not “{0}”. Look again at {1}, line {2}:\n{3}\n\
             A line with ⚡ names what has called the waker. What a task says that it sleeps for is one thing; a future \
             around it may have set a timer of its own, and both have the same task's waker.",
        zh: "问题 3：不是“{0}”。请再看 {1} 第 {2} 行：\n{3}\n\
             带 ⚡ 的行写明了是什么调用了唤醒器。Task 说自己要睡多久是一回事；包在外面的 future 可能另外设了一个定时器，\
             它们拿着的是同一个 Task 的唤醒器。",
    },
    Message {
        id: "who-ended-it",
        en: "question 4: it is not “{0}”. Look again at {1}, line {2}:\n{3}\n\
             To cancel is to drop the future where it waits. So there is no last poll of the task and no ✓; it stands \
             in the line of whoever did it.",
        zh: "问题 4：不是“{0}”。请再看 {1} 第 {2} 行：\n{3}\n\
             取消就是在 future 等待的地方把它丢弃 (drop)。所以这个 Task 没有最后一次轮询，也没有 ✓；这件事写在动手的那个 \
             Task 的一行里。",
    },
    Message {
        id: "who-wrote",
        en: "question 5: it is not “{0}”. Look again at {1}, line {2}:\n{3}\n\
             A socket is readable because somebody has written to its other end. Go back from the ⚡ to the poll \
             before it.",
        zh: "问题 5：不是“{0}”。请再看 {1} 第 {2} 行：\n{3}\n\
             套接字可读，是因为有人往它的另一端写了数据。请从 ⚡ 那一行往回找，看前一次轮询。",
    },
    Message {
        id: "what-ended-the-sleep",
        en: "question 6: it is not “{0}”. Look again at {1}, line {2}:\n{3}\n\
             Three things end a loop's sleep: a deadline, sockets, another thread. The line after the sleep says \
             which.",
        zh: "问题 6：不是“{0}”。请再看 {1} 第 {2} 行：\n{3}\n\
             能结束事件循环睡眠的只有三样：截止时间、套接字、别的线程。睡眠之后的那一行写明了是哪一样。",
    },
];

/// A question: what is told to a wrong answer, the answers that are right, and where it is told: in which story,
/// at the first line that contains these words.
struct Question {
    id: &'static str,
    right: &'static [&'static str],
    story: (&'static str, &'static str),
    told_at: &'static str,
}

const QUESTIONS: [Question; 6] = [
    Question {
        id: "who-has-the-lock",
        right: &["task 1", "1", "rent", "1 rent"],
        story: FIRST,
        told_at: "⏸ 1 rent",
    },
    Question {
        id: "who-gave-the-lock",
        right: &["task 2", "2", "food", "2 food"],
        story: FIRST,
        told_at: "wakes 3 \"books\"",
    },
    Question {
        id: "what-woke-the-sleeper",
        right: &["timer 1"],
        story: SECOND,
        told_at: "⚡ 1 ask",
    },
    Question {
        id: "who-ended-it",
        right: &["task 0", "0", "main", "0 main"],
        story: SECOND,
        told_at: "cancels 2 \"tick\"",
    },
    Question {
        id: "who-wrote",
        right: &["task 1", "1", "write", "1 write"],
        story: THIRD,
        told_at: "wrote 7 B",
    },
    Question {
        id: "what-ended-the-sleep",
        right: &["another thread", "a thread", "thread", "thread 1", "job 1"],
        story: THIRD,
        told_at: "by another thread",
    },
];

fn check() -> Verdict {
    for (number, (question, answer)) in (1..).zip(QUESTIONS.iter().zip(ANSWERS)) {
        let plain = plain(answer);
        if plain.is_empty() {
            return fail("not-written", &[&number]);
        }
        if !question.right.contains(&plain.as_str()) {
            return Err(question.look_again(answer));
        }
    }
    Ok(())
}

/// Without what does not matter: capitals, quotation marks, full stops, spaces.
fn plain(answer: &str) -> String {
    let words = answer.to_lowercase().replace(['"', '.', '#'], " ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Question {
    fn look_again(&self, answer: &str) -> Failure {
        let (file, story) = self.story;
        let lines = (1..).zip(story.lines());
        let told = lines.into_iter().find(|(_, line)| line.contains(self.told_at));
        let (number, line) = told.expect("the story tells it");
        fail::<()>(self.id, &[&answer, &file, &number, &line.trim()]).unwrap_err()
    }
}
