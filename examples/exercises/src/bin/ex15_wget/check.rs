//! Lets `wget` ask servers that are driven by hand: what it has sent and printed by then says how it works.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    panic,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::answer::wget;
use crate::harness::{Exercise, Message, Verdict, ensure, fail};

pub const EXERCISE: Exercise = Exercise { number: 15, messages: MESSAGES, check };

/// How long is waited for what a right answer does at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// For so long all requests are left without an answer.
const SILENCE: Duration = Duration::from_millis(500);

/// Who computes for so long in that time is not asleep.
const SPINNING: Duration = Duration::from_millis(30);

/// How many lines the long head has, and how many lines are too many for any.
const LONG: usize = 1_500;
const RUNAWAY: usize = 10_000;

const MESSAGES: &[Message] = &[
    Message {
        id: "nothing-to-do",
        en: "of {0} hosts none was left, and wget did not return: with no task left nothing will ever happen, so the \
             loop must not sleep",
        zh: "给了 {0} 个主机，已经全部处理完，wget 却没有返回：没有剩下的 Task，就不会再有任何事发生，事件循环不应该再\
             睡下去",
    },
    Message {
        id: "no-request",
        en: "three servers were waiting, and no request came. A connection that is made is reported as writable: look \
             at what you have registered for, and who is woken by it.",
        zh: "三个服务器都在等，一个请求也没有来。连接建立之后会报告为可写：请检查注册了哪些事件，它们唤醒的又是谁。",
    },
    Message {
        id: "one-at-a-time",
        en: "one request at a time: {0} of 3 were open at once. These servers answer when they have all three. While \
             one task waits, the loop goes on with the others.",
        zh: "一次只发出一个请求：3 个请求中同时打开的只有 {0} 个。这些服务器要等三个请求都到了才回答。一个 Task 在等的时候，\
             事件循环应当去运行别的 Task。",
    },
    Message {
        id: "wrong-request",
        en: "the server of {0} was sent {1}, expected: {2}",
        zh: "{0} 的服务器收到的是 {1}，应当是 {2}",
    },
    #[cfg(target_os = "linux")]
    Message {
        id: "more-threads",
        en: "with three requests open, {0} threads more than yours were at work: one is enough. A loop on the thread that \
             calls wget waits for all sockets at once.",
        zh: "三个请求打开时，除了你的线程，还多出了 {0} 个线程：一个线程就够了。调用 wget 的那个线程上的事件循环，可以同时\
             等待所有的套接字。",
    },
    #[cfg(target_os = "linux")]
    Message {
        id: "spinning",
        en: "while nobody answered, your thread computed for {0} ms: you are spinning. If nothing is ready the loop \
             sleeps, until the operating system reports a socket.",
        zh: "没有任何服务器回答的这段时间里，你的线程却计算了 {0} 毫秒：这是忙等待。没有就绪的 Task 时，事件循环应当睡眠，\
             直到操作系统报告某个套接字就绪。",
    },
    Message {
        id: "wrong-lines",
        en: "of {0}, line {1} that was printed is {2}, expected: {3}",
        zh: "{0} 打印的第 {1} 行是 {2}，应当是 {3}",
    },
    Message {
        id: "reads-on",
        en: "all header lines were printed, and wget did not return. The blank line ends the head: the host is done \
             then, whether its server closes the connection or not.",
        zh: "头部的各行都已经打印，wget 却没有返回。空行表示头部结束：这个主机就算完成了，不管服务器关不关闭连接。",
    },
    Message {
        id: "edge-missed",
        en: "all was sent, {0} of {1} header lines were printed, and then nothing happened: the rest lies in the \
             socket, and nobody reads it. Readiness is told once (edge-triggered). Read until WouldBlock before you \
             wait.",
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
        en: "a server closed the connection in the middle of its head, and wget did not return: a read of 0 bytes is \
             the end of the stream, not a reason to read again",
        zh: "服务器在头部中途关闭了连接，wget 却没有返回：读到 0 个字节表示流结束了，不应该再去读",
    },
    Message {
        id: "silent-failure",
        en: "the host {0} could not be asked to its end, and no line {1} was printed. A connection that fails makes \
             its socket writable, too: ask it for its error (`take_error`) before its peer.",
        zh: "主机 {0} 没能问到底，却没有打印以 {1} 开头的一行。连接失败时套接字也会变得可写：先问它的错误 (`take_error`)，\
             再问对端地址。",
    },
];

fn check() -> Verdict {
    returns_at_once_if_there_is_nothing_to_do()?;
    asks_all_at_once()?;
    reads_all_there_is()?;
    sees_an_early_end()?;
    goes_on_after_a_failure()
}

fn returns_at_once_if_there_is_nothing_to_do() -> Verdict {
    let (_, has_ended) = Run::start(&[], None).finish();
    ensure(has_ended, "nothing-to-do", &[&0])
}

/// Three servers that answer when all of them were asked, and then leave the connection open.
fn asks_all_at_once() -> Verdict {
    let servers = ["north", "east", "south"].map(Server::start);
    let threads_before = threads();
    let run = Run::start(&servers.each_ref().map(Server::host), None);
    let deadline = Instant::now() + PATIENCE;
    let requests = servers.each_ref().map(|server| server.request(deadline));
    let open = requests.iter().flatten().count();
    if open < servers.len() {
        drop(servers);
        run.finish(); // it may have panicked
        ensure(open > 0, "no-request", &[])?;
        return fail("one-at-a-time", &[&open]);
    }
    for (server, request) in servers.iter().zip(requests.iter().flatten()) {
        let expected = format!("GET / HTTP/1.0\r\nHost: {}\r\n\r\n", server.name);
        let (sent, right) = (format!("{request:?}"), format!("{expected:?}"));
        ensure(*request == expected, "wrong-request", &[&server.name, &sent, &right])?;
    }
    let more = threads().saturating_sub(threads_before + 1);
    ensure(more == 0, "more-threads", &[&more])?;
    if let Some(computed) = run.computes_in_the_silence() {
        return fail("spinning", &[&computed.as_millis()]);
    }
    for server in &servers {
        server.send(&format!("HTTP/1.0 200 OK\r\nServer: {}\r\n\r\nbody\r\n\r\n", server.name));
    }
    let (lines, has_ended) = run.finish();
    let expected = servers.each_ref().map(|server| {
        let name = server.name;
        [format!("{name} header > HTTP/1.0 200 OK"), format!("{name} header > Server: {name}")]
    });
    let all: usize = expected.iter().map(|lines| lines.len()).sum();
    if !has_ended && lines.len() < all {
        return fail("edge-missed", &[&lines.len(), &all]);
    }
    for (server, expected) in servers.iter().zip(&expected) {
        compare(server.name, &lines, expected)?;
    }
    ensure(has_ended, "reads-on", &[])
}

/// A head that comes in two parts, cut in the middle of a line. When the first line is printed, all of the second part
/// is sent before `print` returns: so it is told by one event, and no other one follows.
fn reads_all_there_is() -> Verdict {
    let server = Server::start("west");
    let (go_on, may_go_on) = mpsc::channel();
    let run = Run::start(&[server.host()], Some(may_go_on));
    server.request(Instant::now() + PATIENCE);
    let numbered: Vec<_> = (1..LONG).map(|n| format!("X-Line-{n}: {n:030}")).collect();
    let head = format!("HTTP/1.0 200 OK\r\n{}\r\n\r\n", numbered.join("\r\n"));
    let (begin, rest) = head.split_at(20);
    server.send(begin);
    let Ok(first) = run.printed.recv_timeout(PATIENCE) else {
        run.finish(); // it may have panicked
        return fail("late", &[]);
    };
    server.send(rest);
    let _ = go_on.send(());
    let (mut lines, has_ended) = run.finish();
    lines.insert(0, first);
    let expected = ["HTTP/1.0 200 OK"].into_iter().chain(numbered.iter().map(String::as_str));
    let expected: Vec<_> = expected.map(|line| format!("west header > {line}")).collect();
    let until_now = &expected[..lines.len().min(LONG)];
    compare("west", &lines, until_now)?;
    ensure(lines.len() >= LONG, "edge-missed", &[&lines.len(), &LONG])?;
    ensure(has_ended, "reads-on", &[])
}

fn sees_an_early_end() -> Verdict {
    let server = Server::start("short");
    let run = Run::start(&[server.host()], None);
    server.request(Instant::now() + PATIENCE);
    server.send("HTTP/1.0 200 OK\r\nServer: sh");
    drop(server);
    let (mut lines, has_ended) = run.finish();
    ensure(has_ended, "end-not-seen", &[])?;
    expect_failure("short", &lines)?;
    lines.pop();
    compare("short", &lines, &["short header > HTTP/1.0 200 OK".to_string()])
}

/// One host refuses, another one answers.
fn goes_on_after_a_failure() -> Verdict {
    let server = Server::start("open");
    let run = Run::start(&[("closed", refusing()), server.host()], None);
    if server.request(Instant::now() + PATIENCE).is_some() {
        server.send("HTTP/1.0 200 OK\r\n\r\n");
    }
    let (lines, has_ended) = run.finish();
    expect_failure("closed", &lines)?;
    compare("open", &lines, &["open header > HTTP/1.0 200 OK".to_string()])?;
    ensure(has_ended, "nothing-to-do", &[&2])
}

/// How many threads this process has, where Linux says so.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// A run of the answer, on a thread of its own.
struct Run {
    thread: JoinHandle<()>,
    printed: Receiver<String>,
    /// Where Linux says how long the thread has computed.
    times: Receiver<String>,
}

impl Run {
    /// After the first line, `print` waits to be told to go on.
    fn start(hosts: &[(&'static str, SocketAddr)], mut go_on: Option<Receiver<()>>) -> Run {
        let hosts = hosts.to_vec();
        let (say, printed) = mpsc::channel();
        let (tell_times, times) = mpsc::channel();
        let thread = thread::spawn(move || {
            if let Ok(thread) = fs::read_link("/proc/thread-self") {
                let _ = tell_times.send(format!("/proc/{}/schedstat", thread.display()));
            }
            wget(&hosts, &mut |line| {
                let _ = say.send(line);
                if let Some(go_on) = go_on.take() {
                    let _ = go_on.recv_timeout(PATIENCE);
                }
            });
        });
        Run { thread, printed, times }
    }

    /// What was printed until the end, and whether it came to one.
    fn finish(self) -> (Vec<String>, bool) {
        let mut lines = Vec::new();
        while lines.len() < RUNAWAY {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Timeout) => return (lines, false),
                Err(RecvTimeoutError::Disconnected) => {
                    if let Err(payload) = self.thread.join() {
                        panic::resume_unwind(payload);
                    }
                    return (lines, true);
                }
            }
        }
        (lines, false)
    }

    /// For how long the thread has computed while nothing happened, if it was too long. Nobody is accused for the
    /// machine being slow: that makes a thread compute less.
    fn computes_in_the_silence(&self) -> Option<Duration> {
        let path = self.times.try_recv().ok()?;
        let computed = || {
            let times = fs::read_to_string(&path).ok()?;
            Some(Duration::from_nanos(times.split_whitespace().next()?.parse().ok()?))
        };
        let (start, before) = (Instant::now(), computed()?);
        while start.elapsed() < SILENCE {
            thread::sleep(Duration::from_millis(10));
            let since = computed()?.saturating_sub(before);
            if since >= SPINNING {
                return Some(since);
            }
        }
        None
    }
}

/// A server for one connection, which does what it is told to.
struct Server {
    name: &'static str,
    address: SocketAddr,
    requests: Receiver<String>,
    /// What is to be sent. When this is dropped the connection is closed.
    send: Sender<String>,
    sent: Receiver<()>,
}

impl Server {
    fn start(name: &'static str) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let (tell_request, requests) = mpsc::channel();
        let (send, to_send) = mpsc::channel::<String>();
        let (tell_sent, sent) = mpsc::channel();
        thread::spawn(move || {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let request = read_request(&mut stream);
            if request.is_empty() {
                return;
            }
            let _ = tell_request.send(request);
            for text in to_send {
                let _ = stream.write_all(text.as_bytes());
                let _ = tell_sent.send(());
            }
        });
        Server { name, address, requests, send, sent }
    }

    fn host(&self) -> (&'static str, SocketAddr) {
        (self.name, self.address)
    }

    /// The request, if one comes before the deadline.
    fn request(&self, deadline: Instant) -> Option<String> {
        self.requests.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    /// Returns when the operating system has all of it, as a rule.
    fn send(&self, text: &str) {
        let _ = self.send.send(text.to_string());
        let _ = self.sent.recv_timeout(PATIENCE);
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let _ = stream.set_read_timeout(Some(PATIENCE / 2));
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
        request.push(byte[0]);
    }
    String::from_utf8_lossy(&request).into_owned()
}

/// An address at which nobody listens.
fn refusing() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("a listener has an address")
}

/// Compares what was printed of a host with what should have been.
fn compare(name: &str, lines: &[String], expected: &[String]) -> Verdict {
    let start = format!("{name} ");
    let mut printed = lines.iter().filter(|line| line.starts_with(&start));
    let mut expected = expected.iter();
    for number in 1.. {
        let (line, right) = (printed.next(), expected.next());
        if line.is_none() && right.is_none() {
            break;
        }
        let words =
            |line: Option<&String>| line.map_or("—".to_string(), |line| format!("{line:?}"));
        ensure(line == right, "wrong-lines", &[&name, &number, &words(line), &words(right)])?;
    }
    Ok(())
}

/// The last that was printed of a host says that it failed.
fn expect_failure(name: &str, lines: &[String]) -> Verdict {
    let start = format!("{name} ");
    let last = lines.iter().rfind(|line| line.starts_with(&start));
    let failed = format!("{name} failed: ");
    let is_told = last.is_some_and(|line| line.starts_with(&failed));
    ensure(is_told, "silent-failure", &[&name, &failed.trim_end()])
}
