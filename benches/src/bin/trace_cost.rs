//! What watching costs: the same work with the trace compiled out, off, and on.
//!
//! ```text
//! trace_cost yields|echo [off|record|glassloop] [TIMES]
//! ```
//!
//! `record` keeps the records in a list, `glassloop` does what the variable `GLASSLOOP` says. Counted in
//! instructions, `valgrind --tool=callgrind` gives the same number each time; `docs/benchmarks.md` says how.

use std::{
    cell::Cell,
    env, io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Instant,
};

use glassloop::{
    EventLoop, StreamReader, StreamWriter, open_connection, start_server, trace::Record,
};

/// The barest thing that a task can wait for: itself.
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn yields(times: u64) {
    for _ in 0..times {
        Yield(false).await;
    }
}

/// Sends 64 bytes and gets them back, again and again. Both ends are tasks of one loop, so that the schedule, and
/// with it the count of instructions, is the same each time.
async fn echo(times: u64) -> io::Result<()> {
    let answer = |mut reader: StreamReader, writer: StreamWriter| async move {
        while let Ok(message) = reader.readexactly(64).await {
            writer.write(&message)?;
        }
        io::Result::Ok(())
    };
    let server = start_server("127.0.0.1:0", answer).await?;
    let address = server.local_addrs()[0];
    let (mut reader, writer) = open_connection((address.ip(), address.port())).await?;
    for _ in 0..times {
        writer.write(&[7; 64])?;
        reader.readexactly(64).await?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let word = |n: usize| words.get(n).map(String::as_str);
    let times = word(2).map_or(1_000_000, |times| times.parse().expect("TIMES is a number"));
    let records = Rc::new(Cell::new(0_u64));
    let builder = match word(1) {
        Some("record") => {
            let (mut kept, count) = (Vec::new(), records.clone());
            EventLoop::builder().unwatched().observer(move |record: &Record| {
                kept.push(record.clone());
                count.set(count.get() + 1);
            })
        }
        Some("glassloop") => EventLoop::builder(),
        _ => EventLoop::builder().unwatched(),
    };
    let event_loop = builder.build()?;
    let start = Instant::now();
    match word(0) {
        Some("yields") => event_loop.run_until_complete(yields(times)),
        Some("echo") => event_loop.run_until_complete(echo(times))?,
        _ => panic!("usage: trace_cost yields|echo [off|record] [TIMES]"),
    }
    let elapsed = start.elapsed().as_nanos() as f64;
    println!("{:.1} ns each", elapsed / times as f64);
    if records.get() > 0 {
        println!("{} records, {:.1} ns a record", records.get(), elapsed / records.get() as f64);
    }
    Ok(())
}
