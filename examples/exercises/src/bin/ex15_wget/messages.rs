//! What can be wrong with an answer.

use crate::harness::Message;

pub const MESSAGES: &[Message] = &[
    Message {
        id: "nothing-to-do",
        en: "{0} hosts were given, none is left to do, and wget did not return: if no task is left, nothing will ever \
             happen, so the loop must not sleep",
        zh: "给了 {0} 个主机，已经全部处理完，wget 却没有返回：没有剩下的 Task，就不会再有任何事发生，事件循环不应该再\
             睡下去",
    },
    Message {
        id: "no-request",
        en: "three servers were waiting, and no request came. A connection that is made is reported as writable: look \
             at what you have registered for, and which task it wakes.",
        zh: "三个服务器都在等，一个请求也没有来。连接建立之后会报告为可写：请检查注册了哪些事件，它们唤醒的又是谁。",
    },
    Message {
        id: "one-at-a-time",
        en: "{0} of 3 requests came, and these servers answer only when they have all three. While one task waits, the \
             loop goes on with the others; and each socket needs its own token, which leads to its task.",
        zh: "3 个请求只到了 {0} 个，而这些服务器要等三个请求都到了才回答。一个 Task 在等的时候，事件循环应当去运行别的 Task；\
             每个套接字也要有自己的 token，用它找到对应的 Task。",
    },
    Message {
        id: "wrong-request",
        en: "the server of {0} was sent {1}, expected: {2}",
        zh: "{0} 的服务器收到的是 {1}，应当是 {2}",
    },
    Message {
        id: "more-threads",
        en: "wget has started {0} threads. The thread that calls it is enough: a loop on it waits for all sockets at \
             once.",
        zh: "wget 另外启动了 {0} 个线程。有调用它的那个线程就够了：上面的事件循环可以同时等待所有的套接字。",
    },
    #[cfg(target_os = "linux")]
    Message {
        id: "spinning",
        en: "while nobody answered, your thread computed for {0} ms: you are spinning. If nothing is ready the loop \
             sleeps, until the operating system reports a socket.",
        zh: "没有任何服务器回答的这段时间里，你的线程却计算了 {0} 毫秒：这是忙等待。没有就绪的 Task 时，事件循环应当休眠，\
             直到操作系统报告某个套接字就绪。",
    },
    #[cfg(target_os = "linux")]
    Message {
        id: "wakes-by-the-clock",
        en: "while nobody answered, your thread woke up {0} times in {1} ms, though nothing had happened. A loop that \
             sleeps for a while and looks again asks again and again: let mio wait for the next event, without a \
             timeout.",
        zh: "没有任何服务器回答，也没有发生任何事，你的线程却在 {1} 毫秒里醒来 {0} 次。睡一会儿再去看，仍是反复询问：\
             应当让 mio 不带超时地等待下一个事件。",
    },
    Message {
        id: "waits-for-the-others",
        en: "{0} had answered, the other two not yet, and nothing of its answer was printed until they had, too. While \
             one host is silent, the loop goes on with the others; a line is printed as soon as it has come.",
        zh: "{0} 已经回答，另外两个还没有；它的回答一行也没有打印，直到另外两个也回答了。一个主机沉默时，事件循环应当继续\
             处理别的主机；一行到了就要打印。",
    },
    Message {
        id: "not-woken",
        en: "{0} had answered, and nothing of it was printed. Its socket is readable since then: look at what is \
             registered for it, and which task that wakes. Each socket needs its own token, and each token the waker \
             of its task; a sleep may bring several events.",
        zh: "{0} 已经回答，却一行也没有打印。它的套接字从那时起就可读：请检查为它注册了什么，它又唤醒了谁。每个套接字要有自己的 \
             token，每个 token 要对应它那个 Task 的唤醒器；一次休眠可能带来好几个事件。",
    },
    Message {
        id: "events-lost",
        en: "three sockets became readable while your thread was busy, and only {0} of them had their lines printed. \
             One sleep may bring several events: look at each of them.",
        zh: "你的线程忙着的时候，有三个套接字变得可读，却只打印了其中 {0} 个的内容。一次休眠可能带来好几个事件：\
             每一个都要处理。",
    },
    Message {
        id: "wrong-lines",
        en: "line {1} that was printed for {0} is {2}, expected: {3}",
        zh: "{0} 打印的第 {1} 行是 {2}，应当是 {3}",
    },
    Message {
        id: "bare-newline",
        en: "a line had come that ends with \\n alone, and it was not printed. Lines end with \\n or \\r\\n.",
        zh: "有一行到了，它以单独的 \\n 结尾，却没有打印。行以 \\n 或 \\r\\n 结尾。",
    },
    Message {
        id: "missing-line",
        en: "line {1} of {0} was not printed: {2}",
        zh: "{0} 的第 {1} 行没有打印：{2}",
    },
    Message {
        id: "one-too-many",
        en: "one line too many was printed for {0}: {1}",
        zh: "为 {0} 多打印了一行：{1}",
    },
    Message {
        id: "reads-on",
        en: "all header lines were printed, and wget did not return. The empty line ends the head: the host is done \
             then, whether its server closes the connection or not.",
        zh: "头部的各行都已经打印，wget 却没有返回。空行表示头部结束：这个主机就算完成了，不管服务器关不关闭连接。",
    },
    Message {
        id: "edge-missed",
        en: "all was sent, {0} of {1} header lines were printed, and then nothing happened: the rest is still in the \
             socket, and nobody reads it. Readiness is reported once (edge-triggered). Read until WouldBlock before \
             you wait.",
        zh: "数据全都发出了，{1} 行头部只打印了 {0} 行，然后就再没有动静：剩下的还在套接字里，没有人去读。就绪只通知一次\
             （边缘触发），必须读到 WouldBlock 才能等待。",
    },
    Message {
        id: "late",
        en: "the first line had come, and was not printed: it is printed as soon as it is there, not when the head is \
             complete",
        zh: "第一行已经到了，却没有打印：一行到了就要打印，不要等整个头部到齐",
    },
    Message {
        id: "end-not-seen",
        en: "all servers had closed their connections, and wget did not return: a read of 0 bytes is the end of the \
             stream, and so is an error of a read; neither is a reason to read again",
        zh: "所有服务器都关闭了连接，wget 却没有返回：读到 0 个字节表示流结束了，读出错也是结束，都不应该再去读",
    },
    Message {
        id: "silent-close",
        en: "{0} closed the connection before its empty line, and no line {1} was printed at the end: the reader of \
             the lines will think that the head is complete",
        zh: "{0} 在空行之前就关闭了连接，最后却没有打印以 {1} 开头的一行：看到这些行的人会以为头部是完整的",
    },
    Message {
        id: "half-request",
        en: "a request of {0} bytes went to a server that reads late, and {1} bytes came. A write takes what fits and \
             says how much: wait until the socket is writable, then send the rest.",
        zh: "一个 {0} 字节的请求发给一个很晚才读的服务器，到了 {1} 个字节。一次写入只接受放得下的部分，并返回写了多少：\
             应当等套接字可写，再发送剩下的部分。",
    },
    Message {
        id: "asked-once",
        en: "the same host was given twice, and {0} requests came. Each entry of hosts is its own task, whatever its \
             name and its address.",
        zh: "同一个主机给了两次，收到的请求是 {0} 个。hosts 的每一项都是单独的 Task，不管名字和地址是什么。",
    },
    Message {
        id: "once-only",
        en: "wget was called a second time on the same thread, and did not finish {0}. Nothing of the first call may \
             get into the next one: queues, wakers and tokens belong to one call.",
        zh: "在同一个线程上第二次调用 wget，它没有把 {0} 问到底。前一次调用留下的东西不能混进下一次：队列、唤醒器和 token \
             都属于各自的调用。",
    },
    #[cfg(target_os = "linux")]
    Message {
        id: "connect-blocks",
        en: "one host accepts no connection for now, and meanwhile the other one was sent no request. Connecting may \
             take time, too: it must not block the thread.",
        zh: "有一个主机暂时不接受连接，这段时间里另一个主机也没有收到请求。建立连接也是等待：不能因此占住线程。",
    },
    #[cfg(target_os = "linux")]
    Message {
        id: "connect-not-awaited",
        en: "{0} accepts no connection for now, and was given up: {1}. Until a connection is made its socket has no \
             peer (`NotConnected`); that is no failure, but a reason to wait.",
        zh: "{0} 暂时不接受连接，就被放弃了：{1}。连接建立之前，套接字没有对端地址（`NotConnected`）；这不是失败，\
             而是要等待。",
    },
    Message {
        id: "silent-failure",
        en: "the host {0} failed, and no line {1} was printed. A connection that fails makes its socket writable, too: \
             ask it for its error (`take_error`) before its peer.",
        zh: "主机 {0} 没能问到底，却没有打印以 {1} 开头的一行。连接失败时套接字也会变得可写：先问它的错误 (`take_error`)，\
             再问对端地址。",
    },
];
