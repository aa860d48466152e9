//! What can be wrong with an answer.

use crate::harness::Message;

pub const MESSAGES: &[Message] = &[
    Message {
        id: "lost-after-line",
        en: "bytes {0}..{1} lost: they came in one read with the line before them, and were gone when that line was \
             returned. The bytes after the line belong to the next line, so they have to stay in Lines.",
        zh: "第 {0}..{1} 个字节丢失：它们和前一行是同一次读到的，前一行返回之后就不见了。多读到的数据属于下一行，\
             必须留在 Lines 里。",
    },
    Message {
        id: "lost-between-reads",
        en: "bytes {0}..{1} lost: one poll read several times before the line was complete. Add the bytes of each read \
             to those that are there.",
        zh: "第 {0}..{1} 个字节丢失：一次轮询要读好几次，这一行才完整。每次读到的都要接在已有数据的后面。",
    },
    Message {
        id: "lost-between-polls",
        en: "bytes {0}..{1} lost between two polls of one next_line: poll returned Pending when {2} bytes had come, \
             and its local variables ended there",
        zh: "第 {0}..{1} 个字节在同一个 next_line 的两次轮询之间丢失：到达 {2} 个字节时 poll 返回了 Pending，\
             它的局部变量也随之消失",
    },
    Message {
        id: "lost-when-dropped",
        en: "bytes {0}..{1} lost: next_line was dropped when {2} bytes had come, as a timeout would do it, and what it \
             had read was dropped with it. A future that is safe to cancel keeps outside of itself what must not be \
             lost.",
        zh: "第 {0}..{1} 个字节丢失：到达 {2} 个字节时 next_line 被丢弃（超时就会这样），它读到的内容也一起没了。\
             要做到取消安全，不能丢的东西就不能放在 Future 自己里面。",
    },
    Message {
        id: "lost-unpolled",
        en: "bytes {0}..{1} lost: next_line was called when {2} bytes had come, and its future dropped before its \
             first poll. That may happen, too: so the call must take nothing out of Lines.",
        zh: "第 {0}..{1} 个字节丢失：到达 {2} 个字节时调用了 next_line，它的 Future 还没有轮询过就被丢弃。这也是可能的：\
             所以调用本身不能从 Lines 里取走任何东西。",
    },
    Message {
        id: "line-held-back",
        en: "two lines came in one burst; the second next_line returned Pending, though its line had been read \
             already. Nothing reports these bytes again: look into the buffer before you read.",
        zh: "一批数据里有两行；第二次 next_line 返回了 Pending，而它要的那一行早已读进来了。不会再有人通知这些字节：\
             先看缓冲区，再去读。",
    },
    Message {
        id: "last-line",
        en: "the stream ended with {0} and no newline after it, and next_line returned None: the last line is \
             missing",
        zh: "流以 {0} 结束，后面没有换行符，next_line 却返回了 None：少了最后一行",
    },
    Message {
        id: "after-the-end",
        en: "next_line was called again after it had returned None at the end, and returned {0}. After the end it \
             returns None, however often it is called.",
        zh: "next_line 在结尾处已经返回过 None，再问一次却返回了 {0}。到了结尾，无论何时再问，都是 None。",
    },
    Message {
        id: "changed-line",
        en: "line {0} is {1}, expected: {2}. Only the \\n is taken from a line, no \\r and no space; and its bytes may \
             have any value, they need not be UTF-8.",
        zh: "第 {0} 行是 {1}，应当是 {2}。一行只去掉末尾的 \\n，\\r 和空格都要留着；其中的字节可以是任何值，不一定是 UTF-8。",
    },
    Message {
        id: "line-after-error",
        en: "a whole line had come before try_read failed with {0}, and next_line returned the error first. First \
             return the lines that have come, then the error.",
        zh: "try_read 以 {0} 失败之前，已经有完整的一行到达，next_line 却先返回了错误。已经到达的行要先返回。",
    },
    Message {
        id: "wrong-lines",
        en: "the lines are\n  {0}\nexpected:\n  {1}",
        zh: "得到的行是\n  {0}\n应当是：\n  {1}",
    },
    Message {
        id: "error-swallowed",
        en: "try_read failed with {0}, and next_line returned Ok: the caller would think that the stream has ended, \
             although the connection has failed",
        zh: "try_read 以 {0} 失败，next_line 却返回了 Ok：读的人会把中断的连接当成正常结束",
    },
];
